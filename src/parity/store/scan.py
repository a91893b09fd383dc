"""What a prefix holds, file by file: walked, hashed on all cores, and remembered for the next time."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parity.core.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parity.core.fingerprint import Entry
    from parity.core.ports import Progress


@dataclass(frozen=True, slots=True)
class Owned:
    """A package that a prefix holds, and its files by the records (conda-meta, RECORD).

    Attributes:
        files: sorted, relative to the prefix with `/`.
    """

    name: str
    version: str
    build: str
    source: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """What stands in a prefix.

    Attributes:
        prefix: absolute path.
        entries: by path: every file that counts, with the digest of its canonical content.
        links: target of each symbolic link, by path, as it stands on disk.
        raw: SHA-256 (hex) of the bytes as they stand on disk, for files whose canonical content is another (they hold
            the prefix): what conda-meta (`sha256_in_prefix`) and RECORD tell, so `parity.ops.verify` compares it.
        modes: `st_mode` of each regular file in `entries`, as the walk saw it (for root nothing is unreadable).
        sizes: bytes of each regular file in `entries`.
        packages: by the records, conda first, then by name.
        variables: environment variables set on activation, by name.
        unreadable: files and directories that could not be read, with the reason; a fingerprint cannot be told then.
        broken: records that could not be read, with the reason.
        other: sockets, pipes and devices: they hold no bytes and do not count.
        hashed: bytes that were read to know this; 0 where everything was remembered.
    """

    prefix: Path
    entries: Mapping[str, Entry]
    links: Mapping[str, str]
    packages: tuple[Owned, ...]
    variables: Mapping[str, str]
    raw: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    other: tuple[str, ...] = ()
    hashed: int = 0


def scan(
    prefix: Path,
    rules: Rules = Rules(),  # noqa: B008 - frozen
    *,
    cache: Path | None = None,
    full: bool = False,
    progress: Progress | None = None,
) -> Scan:
    """Look at every file of a prefix.

    Args:
        prefix: absolute path of the environment.
        rules: what is left out.
        cache: directory of stat caches (`CACHE/stat`); None to remember nothing.
        full: hash every file, whatever is remembered.
        progress: told the bytes as they are hashed.

    Returns:
        The scan. Placeholders come from the records of conda packages (`prefix_placeholder` in conda-meta).

    Raises:
        NotFoundError: there is no such directory.
    """
    raise NotImplementedError(prefix)
