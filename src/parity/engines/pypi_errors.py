"""What uv writes when it fails, as errors of Parity; works on text alone."""

from __future__ import annotations

import errno
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parity.core.urls import mask
from parity.engines import pypi_conflicts
from parity.errors import (
    ConflictError,
    EngineError,
    IntegrityError,
    NetworkError,
    NotFoundError,
    OfflineError,
    ParityError,
    SpecError,
    StorageError,
    UnsatisfiableError,
)
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_NOT_FOUND = regex(r"([\w.\-]+) was not found in the (?:package registry|provided package locations|cache)")
REFUSED_HINT = "check the user name and password of the index, in the settings or ~/.netrc: locks hold none"
_CLEAN_UP = "`parity clean --all` frees what caches hold"


def translate(
    stderr: str,
    *,
    provided: Mapping[str, str] | None = None,
    asked: Mapping[str, str] | None = None,
    private: Sequence[str] = (),
    offline: bool = False,
) -> ParityError:
    """The error that uv's standard error stands for.

    Args:
        stderr: all of it.
        provided: normalised names to versions that conda provides.
        asked: normalised names to the lines that ask for them.
        private: paths that are nobody's business (scratch, caches); taken out of messages that are not about disks.
        offline: whether `--offline` was given.
    """
    text, hints = _parts(stderr, ())
    low = text.lower()
    if "no space left" in low or "os error 28" in low or "quota exceeded" in low or "os error 112" in low:
        return StorageError(f"the disk is full: {_short(text)}", hints=[_CLEAN_UP])
    if "permission denied" in low or "read-only file system" in low or "failed to initialize cache" in low:
        hint = "choose another place with -p, or set PARITY_ROOT to a directory of yours"
        return StorageError(f"no permission to write: {_short(text)}", hints=[hint])
    # Only a full or forbidden disk is told with its paths.
    text, hints = _parts(stderr, private)
    if "hash mismatch" in low:
        return _mismatch(text)
    if "no solution found" in low:
        return _no_solution(_explanation(stderr, private) or text, hints, provided or {}, asked or {}, offline)
    if "conflicting urls" in low:
        return _conflicting_urls(text, provided or {})
    return _others(text, low, hints, offline)


@contextmanager
def storage_errors() -> Iterator[None]:
    """What the operating system says about this engine's own files, as StorageError."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
            raise StorageError(f"{where}the disk is full", hints=[_CLEAN_UP]) from error
        raise StorageError(f"{where}{(error.strerror or str(error)).lower()}") from error


def _others(text: str, low: str, hints: Sequence[str], offline: bool) -> ParityError:
    if "build backend returned an error" in low or "failed to build" in low or "metadata from built wheel" in low:
        return EngineError(f"a source distribution cannot be built: {text}",
                           hints=["ask for a version that has a wheel for this platform",
                                  "or install what its build needs (a compiler, headers) first"])  # fmt: skip
    spec = ("couldn't parse", "expected '-c'", "invalid url in", "multiple `--index-url`", "expected one of `@`",
            "conflicting `--index-url`", "unsupported requirement")  # fmt: skip
    if any(word in low for word in spec):
        return SpecError(f"a requirement cannot be read: {re.sub(r' in `-` at position [0-9]+', '', text)}")
    if "os error 2)" in low or "distribution not found at" in low or "file not found" in low:
        return NotFoundError(f"a file that a requirement names is not there: {text}")
    if offline and ("network" in low or "disabled" in low or "failed to fetch" in low or "offline" in low):
        return _offline(text)
    if any(
        word in low for word in ("bad crc", "invalid zip", "not a valid zip", "corrupt deflate", "failed to extract")
    ):
        return IntegrityError(f"a file is damaged: {_short(text)}",
                              hints=["try again; if it stays, the copy on the index is damaged"])  # fmt: skip
    if re.search(r"\b(401|403|407)\b", text):
        return NetworkError(f"the index refuses access: {_short(text)}",
                            hints=[REFUSED_HINT])  # fmt: skip
    if re.search(r"\((404|410)\b", text):
        return NotFoundError(f"a file is not on its server: {_short(text)}")
    if "couldn't find remote ref" in low or "failed to find branch" in low or "repository not found" in low:
        return NotFoundError(f"a repository has no such revision: {_short(text)}")
    network = ("failed to fetch", "error sending request", "dns error", "client error", "timed out", "connection",
               "http status", "request failed", "unable to access", "could not resolve", "could not read from remote",
               "certificate", "failed to download", "git operation failed")  # fmt: skip
    if any(word in low for word in network):
        return NetworkError(f"the index cannot be reached: {_short(text)}",
                            hints=["check the network, the proxy and the index's address",
                                   "--offline uses what caches hold"])  # fmt: skip
    return EngineError(f"uv failed: {text or 'it said nothing'}", hints=list(hints))


def _parts(stderr: str, private: Sequence[str]) -> tuple[str, list[str]]:
    """Uv's message from `error:` on as compact lines, and its hints; progress left out."""
    found: list[str] = []
    hints: list[str] = []
    into = None
    for line in stderr.splitlines():
        match = re.match(r"(error|hint|warning): (.*)", line)
        if match:
            into = {"error": found, "hint": hints}.get(match[1])
            line = match[2]
        elif line.startswith("  cause: "):
            into = found
            line = line.removeprefix("  cause: ")
        if into is not None and line.strip():
            into.append(line.strip())
    clean = [_without(mask(line), private) for line in found]
    return "\n".join(dict.fromkeys(clean)), [_in_our_words(_without(mask(line), private)) for line in hints]


def _in_our_words(hint: str) -> str:
    """A hint that names an option of uv, with the setting that does the same."""
    return hint.replace("By default, uv will", "By default, Parity will").replace(
        "use `--index-strategy unsafe-best-match`",
        "`parity config --set pypi_index_strategy unsafe-best-match` is a way",
    )


def _without(line: str, private: Sequence[str]) -> str:
    for path in sorted(private, key=len, reverse=True):
        line = line.replace(path + "/", "").replace(path + "\\", "").replace(path, "a private directory")
    return line


def _short(text: str) -> str:
    """First and last line: what was done, and what went wrong; uv puts the chain of causes between."""
    lines = text.splitlines()
    return lines[0] if len(lines) < 2 else f"{lines[0]} ({lines[-1]})"


def _mismatch(text: str) -> IntegrityError:
    name = re.search(r"[Hh]ash mismatch for `([^`]+)`", text)
    digests = re.findall(r"(sha\d+:[0-9a-f]+)", text)
    what = f"{name[1]}: " if name else ""
    said = f"its file is {digests[-1]}, and {' or '.join(digests[:-1])} was expected" if len(digests) > 1 else text
    return IntegrityError(f"{what}{said}", hints=["try again; if it stays, someone changed the file on the index"])


def _explanation(stderr: str, private: Sequence[str]) -> str:
    """Why uv found no solution, in one line; nothing left out, since its lists of versions may repeat a line."""
    _, _, text = stderr.partition("  cause: ")
    lines = re.split(r"\n(?=\S)", text)[0].split()
    return _without(mask(" ".join(lines)), private)


def _no_solution(
    reason: str, hints: Sequence[str], provided: Mapping[str, str], asked: Mapping[str, str], offline: bool
) -> ParityError:
    refused = next((hint for hint in hints if re.search(r"\b(401|403)\b", hint)), None)
    if refused:
        return NetworkError(f"the index refuses access: {refused}",
                            hints=[REFUSED_HINT])  # fmt: skip
    if any("network was disabled" in hint for hint in hints) or (offline and "not found in the cache" in reason):
        names = ", ".join(dict.fromkeys(_NOT_FOUND.findall(reason)))
        return _offline(f"{names or reason} is in no cache")
    missing = list(dict.fromkeys(_NOT_FOUND.findall(reason)))
    if missing:
        names = ", ".join(missing)
        return NotFoundError(f"{names} {'are' if len(missing) > 1 else 'is'} not on the index",
                             hints=["check the spelling", "add the index that has it with --extra-index-url under pip:",
                                    *hints])  # fmt: skip
    wanted = pypi_conflicts.wanted(reason, provided)
    told = reason
    facts = {name: provided[name] for name in wanted if name in provided}
    for name, version in facts.items():
        # uv knows the fact as the only version there is; a person should read whose it is.
        package = rf"{re.escape(name)}(?:\[[^\]]*\])?\s?"
        for pattern in (
            rf"only {package}[<>=!~]\S* is available",
            rf"only the following versions of {package}are available:(?: {package}[<>=!~][^\s,]+(?:,[<>=!~][^\s,]+)*)+",
            rf"there (?:is|are) no versions? of {package}[<>=!~]\S*",
        ):
            told = re.sub(pattern, f"conda provides {name} {version}", told, flags=re.IGNORECASE)
    lines = [line.strip() for line in re.split(r"(?<=[.)])\s+(?=And |So,|Because )", told)]
    said = [f"conda provides {name} {version}" for name, version in facts.items()]
    advice = [f"let conda choose another {name}: add a range for it to the dependencies" for name in facts]
    body = "\n".join(f"  {line}" for line in lines)
    head = "no set of PyPI packages fits the request"
    if said:
        head += f"; {', '.join(said)}"
    if not wanted:
        return UnsatisfiableError(f"{head}:\n{body}", hints=hints)
    chains = pypi_conflicts.chains(reason, wanted, asked)
    return ConflictError(f"{head}:\n{body}", hints=[*advice, *hints], wanted=wanted,
                         chains=chains if len(chains) == len(wanted) else {})  # fmt: skip


def _conflicting_urls(text: str, provided: Mapping[str, str]) -> UnsatisfiableError:
    name = re.search(r"for package `([^`]+)`", text)
    if name and name[1] in provided:
        asked = [line.removeprefix("- ") for line in text.splitlines()[1:] if not line.endswith("-py3-none-any.whl")]
        where = f" ({asked[0]})" if asked else ""
        return ConflictError(
            wanted={name[1]: ()},
            message=f"conda provides {name[1]} {provided[name[1]]}, and a requirement wants it from elsewhere{where}",
            hints=[f"remove {name[1]} from the conda dependencies or from pip:"],
        )
    return UnsatisfiableError(text)


def _offline(text: str) -> OfflineError:
    return OfflineError(f"this needs the network, and --offline was given: {_short(text)}",
                        hints=["run once without --offline to fill the caches"])  # fmt: skip
