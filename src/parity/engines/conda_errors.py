"""What rattler's exceptions mean, as errors of Parity; works on text so that it needs no engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.urls import mask
from parity.core.words import some
from parity.errors import (
    EngineError,
    IntegrityError,
    NetworkError,
    NoChannelError,
    NotFoundError,
    OfflineError,
    ParityError,
    SpecError,
    StorageError,
    UnsatisfiableError,
)
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_CANDIDATES = regex(
    r"(?:^[ │├└─|]*)([a-z0-9_.\-]+)(?: [^,\n]*?)?, for which no candidates were found"
    r"|No candidates were found for ([a-z0-9_.\-]+)",
    re.MULTILINE,
)


def missing_names(message: str) -> tuple[str, ...]:
    """Names of packages that a solver message says have no fitting candidate, in order of appearance."""
    names: dict[str, None] = {}
    for match in _NO_CANDIDATES.finditer(message):
        name = match.group(1) or match.group(2)
        if name and not name.startswith("__"):
            names.setdefault(name)
    return tuple(names)


def missing_virtual(message: str) -> tuple[str, ...]:
    """Virtual packages that a solver message says are absent or too old."""
    found = re.findall(
        r"(__[a-z0-9_]+)(?: [^\n]*?)?, for which no candidates were found|No candidates were found for (__[a-z0-9_]+)",
        message,
    )
    return tuple(dict.fromkeys(inside or alone for inside, alone in found))


def unsatisfiable(message: str, available: dict[str, str]) -> UnsatisfiableError:
    """The solver's explanation in Parity's words; without hints where the message tells no more than a clash.

    Args:
        message: what the solver said.
        available: for each name without a fitting candidate, words on what the channels have of it.
    """
    text = message.removeprefix("Cannot solve the request because of:").strip()
    text = re.sub(r"\n{2,}", "\n", text)
    # The solver says one line for each build; a person reads the same line again and again.
    text = re.sub(r"^(.*)(?:\n\1)+$", r"\1", text, flags=re.MULTILINE)
    hints = [f"{name}: {words}" for name, words in available.items()]
    for name in missing_virtual(message):
        short = name.removeprefix("__")
        hints.append(
            f"{name} describes this machine; to solve for another one, set CONDA_OVERRIDE_{short.upper()} "
            f"or --override-virtual {short}=VERSION"
        )
    if "constraint" in text:
        hints.append(
            "a pin says so (conda-meta/pinned, pinned_packages, or the Python that is there); --no-pin ignores "
            "the written ones"
        )
    if "strict channel priority" in text:
        hints.append("--flexible-channel-priority reaches into later channels where the first one cannot satisfy")
    return UnsatisfiableError(f"no set of packages fits the request:\n{mask(text)}", hints=hints)


def absent(files: Sequence[str]) -> NotFoundError:
    """The error for packages that a local channel's index names and its directories do not hold."""
    return NotFoundError(
        f"in the channel's index, but not in the channel: {some(files)}",
        hints=["copy the files there, or write the index anew with `parity channel index DIR`"],
    )


def translate(kind: str, message: str, *, offline: bool = False) -> ParityError:
    """The error that an engine exception stands for.

    Args:
        kind: class name of the exception.
        message: its text, causes included.
        offline: whether `--offline` was given.
    """
    text = mask(message.strip())
    low = text.lower()
    if "no space left" in low or "os error 28" in low or "quota exceeded" in low:
        return StorageError(f"the disk is full: {text}", hints=["`parity clean --all` frees what caches hold"])
    if "permission denied" in low or "read-only file system" in low:
        return StorageError(
            f"no permission to write: {text}", hints=["choose another place with -p, or set envs_dirs and pkgs_dirs"]
        )
    if (
        "hash mismatch" in low
        or "expected sha256" in low
        or "checksum" in low
        or "digest" in low
        or ("hash" in low and "match" in low)
    ):
        return IntegrityError(
            f"a package is not what its hash says: {text}",
            hints=["try again; if it stays, the channel's copy or its index is wrong"],
        )
    if offline and ("cache" in low or "offline" in low or "request" in low):
        return OfflineError(
            f"this needs the network, and --offline was given: {text}",
            hints=["run once without --offline to fill the caches"],
        )
    if kind in {"InvalidMatchSpecError", "InvalidVersionSpecError", "InvalidVersionError", "InvalidPackageNameError"}:
        return SpecError(f"this is not a match spec: {text}", hints=["examples: numpy, numpy=1.24, 'numpy>=1,<2'"])
    direct = re.search(r"direct url query failed for (\S+)", text)
    if direct and ("no such file" in low or re.search(r"\b404\b", text)):
        return NotFoundError(f"there is no package at {direct[1]}", hints=["check the address"])
    if direct and "archive identifier" in low:
        return SpecError(f"{direct[1]} is not the address of a package",
                         hints=["a package file is called name-version-build.conda (or .tar.bz2)"])  # fmt: skip
    if "could not find subdir" in low or ("no such file" in low and kind == "GatewayError"):
        return NoChannelError(
            f"a channel has no package index: {text}",
            hints=[
                (
                    "check the channel's name or path; `parity channel index DIR` makes an index for a "
                    "directory of packages"
                )
            ],
        )
    if "failed to parse repodata" in low or "failed to decode" in low:
        return NetworkError(
            f"the package index of a channel cannot be read: {text}",
            hints=["something between answers in the channel's place (a login page, a proxy), or its index is broken"],
        )
    if "before message length reached" in low or "error reading a body" in low:
        return NetworkError(f"a download broke off: {text}", hints=["try again: what came completely is kept"])
    status = re.search(r"\b(401|403|407)\b", text)
    if status and kind in {"GatewayError", "FetchRepoDataError", "InstallerError"}:
        return NetworkError(
            f"the server refuses access ({status.group(1)}): {text}",
            hints=["check the token or password of the channel, in .condarc or ~/.netrc: locks hold none"],
        )
    if re.search(r"\b404\b", text) and kind in {"GatewayError", "FetchRepoDataError", "InstallerError"}:
        return NotFoundError(
            f"a channel does not have what its index promises: {text}",
            hints=[
                (
                    "a channel with a token answers so without it, and Parity writes no token down: "
                    "name the channel with its token again, with -c or in .condarc"
                )
            ],
        )
    network = (
        "dns error",
        "error sending request",
        "connection",
        "timed out",
        "client error (connect)",
        "status code",
        "http status",
        "tls",
        "certificate",
        "error decoding response",
        "unexpected eof",
    )
    if any(word in low for word in network):
        return NetworkError(
            f"a channel cannot be reached: {text}",
            hints=[
                "check the network and the channel's address",
                "with only a PyPI index, `-c pypi` (or `channels: [pypi]`) needs no conda channel",
            ],
        )
    if (
        "extract" in low
        or "failed to unpack" in low
        or "invalid zip" in low
        or "unexpected end" in low
        or "corrupt" in low
    ):
        return IntegrityError(
            f"a package archive is broken: {text}", hints=["try again: a broken copy is fetched anew"]
        )
    return EngineError(f"the conda engine failed: {text}")
