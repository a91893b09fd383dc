"""pip's requirements files: one logical line to one `PipLine`, and back to text that uv reads.

The format is pip's ("Requirements File Format" in its documentation), the requirements in it PEP 508,
the markers PEP 496. Nothing is opened here: `-r` and `-c` stay references.

What uv reads differently is settled in `render` and `command_options`:

- uv installs a repository, but not editable: `-e git+URL#egg=name` is rendered as `name @ git+URL`;
- relative paths are written against `base`; those inside a file that `-r` names start from the working directory
  of uv, as they do for pip, so run uv in `base`;
- `--pre`, `--trusted-host`, `--config-settings` and `--global-option` exist on uv's command line only;
- `--prefer-binary` and `--use-feature` mean nothing to uv and are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from parity.core import urls
from parity.core.specs import pypi_name
from parity.core.words import near
from parity.errors import Fault, FaultsError, SpecError
from parity.model import PipLine
from parity.patterns import regex
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_COMMENT = regex(r"(?:^|\s+)#.*$", re.DOTALL)
_VARIABLE = regex(r"\$\{(\w+)\}|\$([A-Za-z_]\w*)")
_SHORT = {"-i": "--index-url", "-f": "--find-links", "-r": "--requirement", "-c": "--constraint",
          "-C": "--config-settings", "--pypi-url": "--index-url", "--requirements": "--requirement",
          "--constraints": "--constraint", "--config-setting": "--config-settings"}  # fmt: skip
_WITH_VALUE = ("--index-url", "--extra-index-url", "--find-links", "--no-binary", "--only-binary", "--trusted-host",
               "--use-feature", "--requirement", "--constraint")  # fmt: skip
_FLAGS = ("--no-index", "--pre", "--prefer-binary", "--require-hashes")
_OF_A_REQUIREMENT = ("--hash", "--config-settings", "--global-option")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar", ".tlz", ".tar.lz")
_EDITABLE = regex(r"(?:--editable(?:\s+|=)|-e\s*)(?P<target>\S.*)", re.DOTALL)
_URL = regex(r"[A-Za-z][\w+.-]+://|file:")
_DRIVE = regex(r"[A-Za-z]:[/\\]")
_VCS = regex(r"(git|hg|svn|bzr)\+")
_NAMED = regex(r"(?P<head>[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?)\s*@\s*(?P<target>\S+)(?P<tail>.*)", re.DOTALL)
_LOCAL = regex(r"(?P<path>.*?)(?P<extras>\[[^\]]*\])?(?P<tail>\s*;.*)?", re.DOTALL)
_OPTIONS_BEHIND = regex(r"\s+((?:--[A-Za-z][\w-]*|-C)(?:[=\s].*)?)$", re.DOTALL)
_HASH = regex(r"[a-z0-9]+:[0-9a-fA-F]+")


def parse(text: str, *, file: str = "", base: str = "") -> tuple[PipLine, ...]:
    """Read a whole requirements file.

    Args:
        text: its content.
        file: its name, for messages.
        base: absolute directory that its relative paths start from.

    Raises:
        FaultsError: with every line that cannot be read.
    """
    lines: list[PipLine] = []
    faults: list[Fault] = []
    for number, logical in _logical_lines(text):
        try:
            lines += parse_item(logical, base=base)
        except SpecError as error:
            faults.append(Fault(error.message, line=number, file=file, hint=next(iter(error.hints), "")))
    if faults:
        raise FaultsError(faults)
    return tuple(lines)


def parse_line(text: str, *, base: str = "") -> PipLine:
    """Read one line that says one thing, as a requirement on a command line.

    Raises:
        SpecError: it cannot be read, is empty, or holds several options.
    """
    lines = parse_item(text, base=base)
    if len(lines) != 1:
        _fail(text, f"expected one requirement, found {len(lines)}", "write one a line")
    return lines[0]


def parse_item(text: str, *, base: str = "") -> tuple[PipLine, ...]:
    """Read one logical line, which may hold several options (`--index-url A --extra-index-url B`).

    Raises:
        SpecError: it cannot be read; the hints say what to write.
    """
    body = _COMMENT.sub("", text).strip()
    if not body:
        return ()
    editable = _EDITABLE.fullmatch(body)
    if body.startswith("-") and not editable:
        return tuple(_options(body, base))
    target = _unquoted(editable["target"].strip()) if editable else body
    behind = _OPTIONS_BEHIND.search(target)
    hashes: list[str] = []
    suffix = ""
    if behind:
        target = target[: behind.start()]
        for option, value in _tokens(behind[1], _OF_A_REQUIREMENT, body):
            if option == "--hash":
                if not _HASH.fullmatch(value):
                    _fail(body, f"`{value}` is no hash", "write `--hash=sha256:` and the hexadecimal digits")
                hashes.append(value.lower())
            suffix += f" {option}={value}"
    line = _requirement(target, body, editable=editable is not None)
    return (replace(line, text=line.text + suffix, hashes=tuple(hashes), base=base),)


def expand_text(text: str, environ: Mapping[str, str]) -> str:
    """Replace `${NAME}` and `$NAME`.

    Raises:
        SpecError: a variable is not set; the message names it and no value.
    """
    missing = sorted({name for a, b in _VARIABLE.findall(text) if (name := a or b) not in environ})
    if missing:
        names = ", ".join(missing)
        raise SpecError(
            f"not set in the environment: {names}",
            hints=[f"set {names}, or write %24 where a plain $ of a URL is meant"],
        )
    return _VARIABLE.sub(lambda found: environ[found[1] or found[2]], text)


def expand(line: PipLine, environ: Mapping[str, str]) -> PipLine:
    """The line with its environment variables replaced.

    Raises:
        SpecError: a variable is not set, or what comes out cannot be read.
    """
    if "$" not in line.text:
        return line
    return parse_line(expand_text(line.text, environ), base=line.base)


def render(lines: Iterable[PipLine]) -> str:
    """The text of a requirements file that uv reads and that means the same in every directory.

    What uv takes on its command line only is left out: see `command_options`.

    Raises:
        SpecError: a line that uv cannot install (a Mercurial, Subversion or Bazaar repository).
    """
    rendered = (_rendered(line) for line in lines)
    return "".join(f"{text}\n" for text in rendered if text)


def command_options(lines: Iterable[PipLine]) -> tuple[str, ...]:
    """What the lines ask for that uv takes on its command line only, as arguments for it."""
    found: list[str] = []
    for line in lines:
        if line.option == "--pre":
            found.append("--prerelease=allow")
        elif line.option == "--trusted-host":
            found.append(f"--allow-insecure-host={line.value}")
        for option, value in re.findall(r"\s(--config-settings|--global-option)=(\S+)", line.text):
            target = f"-package={line.name}:" if line.name else "="
            setting = value if option == "--config-settings" else f"--global-option={value}"
            found.append(f"--config-settings{target}{setting}")
    return tuple(dict.fromkeys(found))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined, and the number of the first; a comment ends a continuation, as in pip."""
    held: list[str] = []
    first = 0
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        first = first if held else number
        is_comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not is_comment:
            held.append(raw[:-1])
            continue
        line = "".join([*held, " " + raw if is_comment else raw])
        held = []
        yield first, line
    if held:
        yield first, "".join(held)


def _options(body: str, base: str) -> Iterator[PipLine]:
    for option, value in _tokens(body, (*_WITH_VALUE, *_FLAGS), body):
        if option == "--requirement":
            yield PipLine("requirements-file", f"-r {value}", value, base=base)
        elif option == "--constraint":
            yield PipLine("constraints-file", f"-c {value}", value, base=base)
        else:
            yield PipLine("option", f"{option} {value}".rstrip(), value, option=option, base=base)


def _tokens(text: str, known: tuple[str, ...], body: str) -> Iterator[tuple[str, str]]:
    """Pairs of long option and value ("" for a flag)."""
    import shlex

    try:  # without quotes a backslash is a Windows path and stays
        words = shlex.split(text) if "'" in text or '"' in text else text.split()
    except ValueError:
        _fail(body, "a quote that is not closed", "close the quote")
    queue = iter(words)
    for word in queue:
        option, equals, value = word.partition("=")
        if not option.startswith("--") and len(option) > 2 and word[:2] in _SHORT:
            option, equals, value = word[:2], "=", word[2:].removeprefix("=")
        option = _SHORT.get(option, option)
        if option not in known:
            _unknown(option, known, body)
        if option in _FLAGS:
            if equals:
                _fail(body, f"`{option}` takes no value", f"write `{option}`")
            yield option, ""
            continue
        value = value if equals else next(queue, "")
        if not value or (not equals and value.startswith("--")):
            _fail(body, f"`{option}` needs a value", f"write `{option} VALUE`")
        yield option, value


def _unknown(option: str, known: tuple[str, ...], body: str) -> NoReturn:
    if not option.startswith("-"):
        _fail(body, f"did not expect `{urls.mask(option)}`", "write each requirement and each option on its own line")
    if option in {"-e", "--editable"}:
        _fail(body, f"`{option}` needs a value", f"write `{option} .` or `{option} DIRECTORY`")
    close = near(option, (*known, *_OF_A_REQUIREMENT, "--editable"))
    if close and close[0] == option:
        _fail(body, f"`{option}` belongs behind a requirement", f"write `name {option}=…`")
    hint = f"did you mean `{close[0]}`?" if close else "options of pip's command line do not belong into a file"
    _fail(body, f"`{option}` is no option of a requirements file", hint)


def _requirement(target: str, body: str, *, editable: bool) -> PipLine:
    """A requirement, path or URL, its own options already taken off."""
    named = None if editable else _NAMED.fullmatch(target)
    if named is None and _URL.match(target) and not _DRIVE.match(target):
        value, name = _from_url(target, editable)
        _check_marker(target.partition(" ")[2], body)
        is_path = not (name and not editable and _NAMED.fullmatch(value))
    elif named is None and (editable or _is_path(target)):
        value, name, is_path = target, _name_of_file(_local(target)[0]), True
        _check_marker(_local(target)[1], body)
    else:
        value, name, is_path = " ".join(target.split()), _checked_name(target, body), False
    if editable:
        written = f'"{value}"' if " " in value and ";" not in value else value
        return PipLine("editable", f"-e {written}", value, name=name)
    return PipLine("path" if is_path else "requirement", value, value, name=name)


def _checked_name(text: str, body: str) -> str:
    """The normalised name of a PEP 508 requirement, checked by `packaging`."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        # a variable may stand anywhere; any version in its place shows whether the rest is sound
        name = Requirement(re.sub(r"\$\{\w+\}", "0", text)).name
    except InvalidRequirement as error:
        _fail(body, urls.mask(str(error).partition("\n")[0]), _what_to_write(text))
    return pypi_name(name)


def _what_to_write(text: str) -> str:
    """A hint for the usual ways in which a requirement is wrong."""
    if re.match(r"[\w.-]+\s*=[^=]", text):
        return f"pip writes two: `{text.replace('=', '==', 1)}`"
    if re.search(r"[<>]=?\s*[\w.]+\.\*", text):
        return "`.*` goes only with `==` and `!=`: leave it out"
    if re.search(r"\w\s+[<>!~=]=?[^;]*[\w.*]\s+[<>!~=]", text):
        return "join ranges with a comma, as `>=1,<2`"
    if "::" in text:
        return "a conda package belongs directly under `dependencies:`"
    return "write it as `name`, `name[extra]>=1,<2; marker` or `name @ URL`"


def _check_marker(behind: str, body: str) -> None:
    _, semicolon, text = behind.partition(";")
    if semicolon:
        from packaging.markers import InvalidMarker, Marker

        try:
            Marker(text)
        except InvalidMarker as error:
            reason = str(error).partition("\n")[0]
            _fail(body, reason, "write a marker as `; python_version < '3.12'`")


def _from_url(text: str, editable: bool) -> tuple[str, str]:
    """A URL without a name in front: as `name @ URL` where `#egg=` tells the name (pip's older way)."""
    url, gap, tail = text.partition(" ")
    head, _, fragment = url.partition("#")
    parts = fragment.split("&") if fragment else []
    egg = next((part[4:] for part in parts if part.startswith("egg=")), "")
    found = re.match(r"([\w.-]+)(\[[^\]]*\])?", egg)
    if not found:
        return text, _name_of_file(head)
    name = found[1]
    if editable:
        return text, pypi_name(name)
    rest = "&".join(part for part in parts if not part.startswith("egg="))
    return f"{egg} @ {head}{'#' if rest else ''}{rest}{gap}{tail}", pypi_name(name)


def _is_path(text: str) -> bool:
    path = _local(text)[0]
    return path.startswith((".", "/", "\\", "~")) or "/" in path or "\\" in path or path.lower().endswith(_ARCHIVES)


def _local(text: str) -> tuple[str, str]:
    """A path, and what stands behind it: extras and marker."""
    found = _LOCAL.fullmatch(text)
    if found is None:
        return text, ""
    return found["path"].strip(), (found["extras"] or "") + (found["tail"] or "")


def _name_of_file(path: str) -> str:
    """The name that a wheel or sdist tells by its file name; "" for a directory."""
    filename = re.split(r"[/\\]", path)[-1]
    if filename.endswith(".whl"):
        return "" if filename.count("-") < 4 else pypi_name(filename.partition("-")[0])
    stem = next((filename[: -len(suffix)] for suffix in _ARCHIVES if filename.endswith(suffix)), "")
    name, dash, version = stem.rpartition("-")
    return pypi_name(name) if dash and version[:1].isdigit() else ""


def _rendered(line: PipLine) -> str:
    suffix = "".join(f" --hash={digest}" for digest in line.hashes)
    if line.kind == "option":
        if line.option in {"--pre", "--trusted-host", "--prefer-binary", "--use-feature"}:
            return ""
        value = absolute(line.value, line.base) if line.option == "--find-links" else line.value
        return f"{line.option} {value}".rstrip()
    if line.kind in {"requirements-file", "constraints-file"}:
        return f"{'-r' if line.kind == 'requirements-file' else '-c'} {absolute(line.value, line.base)}"
    named = _NAMED.fullmatch(line.value) if line.kind == "requirement" else None
    target = named["target"] if named else line.value
    vcs = _VCS.match(target)
    if vcs and vcs[1] != "git":
        _fail(line.text, f"`{vcs[1]}` repositories cannot be installed from, only git ones", "build a wheel of it")
    if line.kind == "requirement":
        if named:
            return f"{named['head'].rstrip()} @ {absolute(target, line.base)}{named['tail']}{suffix}"
        return line.value + suffix
    if vcs:
        return _from_url(line.value, editable=False)[0] + suffix
    if _URL.match(target) and not target.startswith("file:"):
        return target + suffix
    path, behind = _local(line.value)
    return f"{'-e ' if line.kind == 'editable' else ''}{absolute(path, line.base)}{behind}{suffix}"


def absolute(path: str, base: str) -> str:
    """A path made absolute against `base`; URLs, absolute paths and variables stay as they are.

    Both are texts: nothing is looked up on this machine, and a Windows path is known by its drive.
    """
    from posixpath import isabs, join, normpath

    as_url = re.match(r"file:(?!//)", path)
    if as_url:
        path = absolute(path[5:], base)
        drive = _DRIVE.match(path) is not None
        return urls.path_to_url(path, windows=drive) if drive or isabs(path) else path
    if not base or path.startswith("${") or (_URL.match(path) and not _DRIVE.match(path)):
        return path
    if _DRIVE.match(base) or _DRIVE.match(path):
        path, base = path.replace("\\", "/"), base.replace("\\", "/")
    return path if isabs(path) or _DRIVE.match(path) else normpath(join(base, path))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _fail(body: str, why: str, hint: str) -> NoReturn:
    raise SpecError(f"cannot read `{urls.mask(body)}` as a requirement: {why}", hints=[hint])
