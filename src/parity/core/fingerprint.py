"""The fingerprint of an environment: a Merkle root over what its files mean (docs/reference/fingerprint.md).

What enters and what does not, with the reasons:

- every file below the prefix by its path, kind, executable bit and canonical content (`core.canonical`), except those
  of `core.rules`: so that an added, removed or changed file shows;
- other permission bits, owners, times, hard links, copies and empty directories do not: they hang on the umask, the
  file system and the order of work, and no program of the environment behaves otherwise for them;
- `conda-meta` by its meaning: name, version and build of each conda package, because its bytes tell times, channels
  of mirrors and what was asked for. Wheels need no such line: their METADATA is a file;
- environment variables that activation sets (`conda-meta/state`), because programs see them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["file", "link"]

SCHEME = "parity1"
"""Names this definition. What would give one environment another fingerprint needs another name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an environment, as the fingerprint sees it.

    Attributes:
        path: relative to the prefix, with `/`.
        kind: a regular file or a symbolic link; directories do not count.
        digest: SHA-256 (hex) of the canonical content, or of the link's target.
        executable: its owner may execute it; False for links.
    """

    path: str
    kind: Kind
    digest: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A fingerprint with the parts that it was made of.

    Attributes:
        root: `parity1:sha256:HEX`.
        packages: digest (hex) of the conda packages.
        variables: digest of the variables.
        files: digest of the files.
    """

    root: str
    packages: str
    variables: str
    files: str

    def __str__(self) -> str:
        return self.root


def fingerprint(
    entries: Iterable[Entry], packages: Iterable[tuple[str, str, str]], variables: Mapping[str, str]
) -> Fingerprint:
    """The fingerprint of what an environment holds.

    Args:
        entries: its files, each path once, in any order.
        packages: name, version and build of its conda packages, in any order.
        variables: set on activation.
    """
    parts = (
        _digest(f"{name}\0{version}\0{build}" for name, version, build in packages),
        _digest(f"{name}\0{value}" for name, value in variables.items()),
        files_digest(entries),
    )
    titles = ("packages", "variables", "files")
    text = "".join([f"{SCHEME}\n", *(f"{title} {part}\n" for title, part in zip(titles, parts, strict=True))])
    return Fingerprint(f"{SCHEME}:sha256:{hashlib.sha256(text.encode()).hexdigest()}", *parts)


def root(entries: Iterable[Entry], packages: Iterable[tuple[str, str, str]], variables: Mapping[str, str]) -> str:
    """The fingerprint as text; see `fingerprint`."""
    return fingerprint(entries, packages, variables).root


def files_digest(entries: Iterable[Entry]) -> str:
    """Digest (hex) of some files: of an environment, or of one package's part of it."""
    return _digest(
        f"{entry.path}\0{entry.kind}{' x ' if entry.executable else ' - '}{entry.digest}" for entry in entries
    )


def _digest(lines: Iterable[str]) -> str:
    """Lines sorted by their bytes, each ended by two NULs, since neither names nor paths hold one."""
    encoded = sorted(line.encode("utf-8", "surrogateescape") for line in lines)
    return hashlib.sha256(b"".join([line + b"\0\0" for line in encoded])).hexdigest()
