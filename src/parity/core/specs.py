"""Match specs: every form that people write, read into `MatchSpec`.

The grammar is conda's (CEP-29 and what conda itself accepts beyond it). One canonical form of a
version comes out, the one that rattler prints too:

    written                         version     build
    `numpy=1.24`, `numpy 1.24.*`    `1.24.*`              fuzzy: 1.24 and everything that starts with it
    `numpy==1.24`, `numpy 1.24`     `==1.24`              exact
    `numpy=1.24=py311h_0`           `==1.24`    `py311h_0`
    `pytorch=*=cuda*`               (any)       `cuda*`
    `numpy >= 1, < 2`               `>=1,<2`

Credentials never get into the result: they are taken out of URLs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from parity.core import urls
from parity.core.platforms import SUBDIRS
from parity.errors import SpecError
from parity.model import MatchSpec
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = regex(r"(?:^|\s)#.*$", re.DOTALL)
_ARCHIVE = regex(r"[^\s\[\]]+\.(?:conda|tar\.bz2)(?:#(?:sha256:)?(?P<hash>[0-9a-fA-F]+))?$")
_BRACKET = regex(r"\[((?:[^\[\]'\"]|'[^']*'|\"[^\"]*\"|\[[^\[\]]*\])*)\]")
_PAIR = regex(r"\s*([A-Za-z0-9_-]+)\s*=\s*('[^']*'|\"[^\"]*\"|\[[^\]]*\]|[^,'\"\[\]]+?)\s*(?:,|$)")
_HEAD = regex(r"\s*([^\s=<>!~,|;()]+)\s*")
_NAME = regex(r"[a-z0-9_*][a-z0-9_.*-]*|\^.*\$")
_TERM = regex(r"\s*(==|!=|~=|>=|<=|>|<|=|)\s*((?:[0-9]+!)?[A-Za-z0-9_*][A-Za-z0-9_.+*-]*)")
_JOIN = regex(r"\s*([,|])")
_BUILD = regex(r"(?:\s*=\s*|\s+)([^\s=,|<>~!\[\]]+)\s*")
_VCS = ("git+", "hg+", "svn+", "bzr+")
_KEYS = ("build", "build_number", "channel", "extras", "flags", "fn", "license", "license_family", "md5",
         "namespace", "sha256", "subdir", "track_features", "url", "version", "when")  # fmt: skip
_HASH_DIGITS = {"md5": 32, "sha256": 64}
_UNDER_PIP = "if a PyPI package is meant, put the line under `pip:`"


def parse(text: str, *, base: str = "", pattern: bool = False) -> MatchSpec:
    """Read a conda match spec in any form that is in use.

    Args:
        text: the spec; a trailing `# comment` is dropped.
        base: absolute directory, with forward slashes, from which a relative path of a package file starts.
        pattern: whether the name may be a glob, which can be looked for but not installed.

    Raises:
        SpecError: it cannot be read; the message says what was expected, the hints what to write.
    """
    spec = _COMMENT.sub("", text).strip()
    if not spec:
        raise SpecError("an empty match spec: expected a package name", hints=["write a name, as `numpy >=1.24`"])
    _refuse_pip_forms(spec)
    shown = urls.mask(spec)
    body, fields = _take_brackets(spec, shown)
    if _ARCHIVE.fullmatch(body):
        return _from_archive(body, fields, shown, base)
    body = body.partition("#")[0].rstrip()
    channel, rest = _take_channel(body, shown)
    head = _HEAD.match(rest)
    if head is None:
        _fail(shown, "expected a package name at its start", "write it as `name`, `name=1.2` or `name >=1.2,<2`")
    name = head[1].lower()
    if not _NAME.fullmatch(name):
        hint = "write `channel::name` to name a channel" if "/" in name or ":" in name else _UNDER_PIP
        _fail(shown, f"`{urls.mask(head[1])}` is not a package name (letters, digits, `_`, `-`, `.`)", hint)
    if not pattern and ("*" in name or name.startswith("^")):
        hint = f"name one; `parity search '{name}'` shows which there are"
        _fail(shown, f"`{name}` can stand for many packages", hint)
    version, build = version_and_build(rest[head.end() :], shown)
    if "version" in fields:
        version = version_and_build(fields.pop("version"), shown)[0]
    build = fields.pop("build", build)
    if "fn" in fields:
        _, of_file, build = _file_name(fields.pop("fn"), shown)
        version = f"=={of_file}"
    subdir = fields.pop("subdir", "")
    channel, of_channel = _split_subdir(fields.pop("channel", channel))
    return MatchSpec(
        name=name,
        version=version,
        build="" if build == "*" else build,
        channel=urls.strip_credentials(channel),
        subdir=subdir or of_channel,
        extra=tuple(sorted(fields.items())),
        text=shown,
    )


def pypi_name(text: str) -> str:
    """A project name as indexes compare it (PEP 503): lower case, runs of `-`, `_`, `.` made one `-`."""
    return re.sub(r"[-_.]+", "-", text).lower()


def version_and_build(text: str, shown: str = "") -> tuple[str, str]:
    """Take the part behind the name apart: canonical version range, build string.

    Args:
        text: as `>=1,<2`, `=1.24`, `1.26.4 py311h*_0`; empty for any version.
        shown: the whole spec, for error messages.

    Raises:
        SpecError: it is no version range.
    """
    shown = shown or text
    if not text.strip():
        return "", ""
    terms, end = _range(text, 0, shown)
    rest = text[end:]
    build = ""
    if rest.strip():
        found = _BUILD.fullmatch(rest)
        if found is None:
            _fail_at(shown, rest)
        build = found[1]
    if build and len(terms) == 1 and terms[0].startswith("=") and not terms[0].endswith("*"):
        return f"=={terms[0].lstrip('=')}", build  # conda: `name=1.24=build` means exactly 1.24
    version = "".join(_canonical(term, shown) for term in terms)
    return ("" if version == "*" else version), build


def _range(text: str, at: int, shown: str) -> tuple[list[str], int]:
    """The terms, joins and parentheses of a version range from `at`, and where it ends."""
    parts: list[str] = []
    while True:
        opening = re.compile(r"\s*\(").match(text, at)
        if opening:
            inner, at = _range(text, opening.end(), shown)
            closing = re.compile(r"\s*\)").match(text, at)
            if closing is None:
                _fail(shown, "a `(` without its `)`", "close the parenthesis")
            parts += ["(", *inner, ")"]
            at = closing.end()
        else:
            term = _TERM.match(text, at)
            if term is None:
                _fail_at(shown, text[at:])
            parts.append(term[1] + term[2])
            at = term.end()
        join = _JOIN.match(text, at)
        if join is None:
            return parts, at
        parts.append(join[1])
        at = join.end()


def _canonical(term: str, shown: str) -> str:
    """One term of a range with its operator written out; joins and parentheses as they are."""
    if term in {",", "|", "(", ")"}:
        return term
    found = _TERM.fullmatch(term)
    operator, version = (found[1], found[2].lower()) if found else ("", term)
    bare = version.rstrip(".*")
    if "*" in bare:
        _fail(shown, f"a `*` inside the version `{version}`", "a `*` can only end a version; write a range instead")
    starred = version.endswith("*")
    if not bare:
        if operator in {"", "=", "=="}:
            return "*"
        _fail(shown, f"`{operator}*` says nothing", "leave the version out for any version")
    if operator in {"", "="} and not re.search(r"[0-9]", bare):
        _fail(shown, f"`{bare}` is no version", "two packages need two entries; a version without digits needs `==`")
    if operator == "" and not starred:
        return f"=={bare}"
    if operator == "=" or (starred and operator in {"", "=="}):
        return f"{bare}.*"
    if starred and operator == "!=":
        return f"!={bare}.*"
    if starred and operator == "~=":
        _fail(shown, f"`~=` with `{version}`", f"write `~={bare}` or `={bare}`")
    return operator + bare  # `>=1.2.*` is common and means `>=1.2`


def _take_brackets(spec: str, shown: str) -> tuple[str, dict[str, str]]:
    """The spec without its `[key=value,...]`, and those as a dictionary."""
    found = _BRACKET.search(spec)
    if found is None:
        if "[" in spec or "]" in spec:
            _fail(shown, "a bracket that is not closed", "write `name[key='value']`")
        return spec, {}
    fields = dict(_pairs(found[1], shown))
    body = spec[: found.start()] + spec[found.end() :]
    if "[" in body or "]" in body:
        _fail(shown, "more than one pair of brackets", "join the keys: `name[version='>=1',build='mkl*']`")
    return body.strip(), fields


def _pairs(inner: str, shown: str) -> Iterator[tuple[str, str]]:
    if "=" not in inner:
        message = f"`[{inner}]` is how pip writes extras; conda expects `[key=value]` there"
        _fail(shown, message, f"{_UNDER_PIP}, or leave the brackets out")
    at = 0
    while at < len(inner):
        found = _PAIR.match(inner, at)
        if found is None:
            _fail(shown, f"expected `key='value'` at `{inner[at:].strip()}`", "separate keys with commas")
        key, value = found[1], found[2]
        value = value[1:-1] if value[0] in "'\"" else value
        if key not in _KEYS:
            _fail(shown, f"there is no key `{key}`", _did_you_mean(key, _KEYS))
        digits = _HASH_DIGITS.get(key)
        if digits and not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value):
            _fail(shown, f"`{key}` takes {digits} hexadecimal digits", "copy the hash again")
        yield key, urls.strip_credentials(value) if key == "url" else value.strip()
        at = found.end()


def _did_you_mean(word: str, known: tuple[str, ...]) -> str:
    from parity.core.words import near

    close = near(word, known)
    return f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(known)}"


def _take_channel(body: str, shown: str) -> tuple[str, str]:
    """`channel::rest` taken apart; the channel is "" where none is named."""
    channel, separator, rest = body.rpartition("::")
    if separator:
        return channel.strip(), rest
    if re.match(r"[A-Za-z][\w+.-]*://", body):
        _fail(shown, "a URL that is no package file", "a package file ends in .conda or .tar.bz2; "
              "a package of a channel is `https://host/channel::name`")  # fmt: skip
    if re.match(r"[\w.-]+:[\w.-]", body):
        _fail(shown, "a single `:`", "a channel is joined with two: `channel::name`")
    return "", body


def _split_subdir(channel: str) -> tuple[str, str]:
    head, _, last = channel.rstrip("/").rpartition("/")
    if head and (last in SUBDIRS or last == "noarch"):
        return head, last
    return channel, ""


def _from_archive(body: str, fields: dict[str, str], shown: str, base: str) -> MatchSpec:
    """A package file by its URL or path, as `https://host/channel/linux-64/pkg-1.0-0.conda#md5`."""
    address, _, fragment = body.partition("#")
    digest = fragment.rpartition(":")[2].lower()
    filename = re.split(r"[/\\]", address)[-1]
    name = _file_name(filename, shown)[0]
    if not re.match(r"[A-Za-z][\w+.-]+://", address):
        address = _file_url(address, base, shown)
    if digest:
        key = next((key for key, digits in _HASH_DIGITS.items() if digits == len(digest)), None)
        if key is None:
            _fail(shown, "the hash behind `#` is neither an MD5 nor a SHA-256", "copy the URL again")
        fields[key] = digest
    fields["url"] = urls.strip_credentials(address)
    return MatchSpec(name=name, extra=tuple(sorted(fields.items())), text=shown)


def _file_name(filename: str, shown: str) -> tuple[str, str, str]:
    """Name, version and build that a package file is called by."""
    parts = re.sub(r"\.(?:conda|tar\.bz2)$", "", filename).rsplit("-", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0].lower()):
        _fail(shown, "a package file is called name-version-build.conda (or .tar.bz2)", "check the file name")
    return parts[0].lower(), parts[1], parts[2]


def _file_url(path: str, base: str, shown: str) -> str:
    from posixpath import isabs, join, normpath

    path = path.replace("\\", "/")
    drive = re.match(r"[A-Za-z]:/", path)
    if not isabs(path) and not drive:
        if not base:
            _fail(shown, "a relative path of a package file", "write the absolute path or a file:// URL")
        path = join(base.replace("\\", "/"), path)
    path = normpath(path)
    return urls.path_to_url(path, windows=not isabs(path))


def _refuse_pip_forms(spec: str) -> None:
    """Say it plainly where a line belongs to pip."""
    shown = urls.mask(spec)
    if spec.startswith(("-e ", "-r ", "-c ", "--")):
        _fail(shown, "this is an option of pip", "put the line under `pip:`")
    if spec.startswith(_VCS):
        _fail(shown, "this is a repository, and conda installs packages only", "put the line under `pip:`")
    if re.match(r"[\w.-]+(?:\[[^\]]*\])?\s*@\s*\S", spec):
        _fail(shown, "`name @ URL` is how pip writes it", "put the line under `pip:`")
    if "===" in spec:
        _fail(shown, "`===` is an operator of pip", f"conda writes `==`; {_UNDER_PIP}")
    if ";" in spec and "[" not in spec:
        _fail(shown, "conda has no markers behind a `;`",
              f"use a selector (`# [linux]`) or the key `when`; {_UNDER_PIP}")  # fmt: skip
    if spec.endswith((".whl", ".tar.gz", ".zip")) or (spec.startswith((".", "~/")) and not _ARCHIVE.fullmatch(spec)):
        _fail(shown, "this is a path that conda cannot install", "put the line under `pip:`")


def _fail_at(shown: str, rest: str) -> NoReturn:
    """The version range stops making sense at `rest`: say the most likely reason."""
    rest = rest.strip()
    swapped = re.match(r"=([<>])", rest)
    if swapped:
        hint = f"write `{swapped[1]}=`"
    elif re.match(r"[<>!~=]=?\s*[\w.]", rest):
        hint = "join ranges with a comma, as `>=1,<2`"
    elif not rest:
        hint = "complete the range, as `>=1,<2`, or take the last sign away"
    else:
        hint = "write it as `name`, `name=1.2`, `name >=1.2,<2` or `name 1.2.3 build*`"
    _fail(
        shown, f"expected a version or a build string at `{urls.mask(rest)}`" if rest else "the range breaks off", hint
    )


def _fail(shown: str, why: str, hint: str) -> NoReturn:
    raise SpecError(f"cannot read `{shown}` as a conda match spec: {why}", hints=[hint])
