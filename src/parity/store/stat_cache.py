"""What was known of each file of a prefix when it was last looked at: its `stat`, and the hashes of what it held.

A row holds as long as size, times, inode and mode stay: the change time (ctime) moves with every write and cannot be
set back. It also moves when another environment links the same file; the file is then hashed again, which is always
right. A file that changed shortly before it was looked at is not remembered, since a write within the same tick of
the file system's clock would leave its times as they are (as git does it with its index). MessagePack, written whole
or not at all.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.rules import Rules

VERSION = 1

TICK = 100_000_000
"""Nanoseconds within which two writes may leave the same times: Linux file systems tick every 4 to 10 ms."""


class Row(NamedTuple):
    """What is known of one regular file.

    Attributes:
        status: size, mtime and ctime in nanoseconds, inode, mode.
        raw: SHA-256 of its bytes; empty for what does not count.
        canonical: SHA-256 of its canonical content; empty where that is `raw`, and for what does not count.
        treatment: names how the canonical content was found (see `parity.store.scan`); what does not count has "-".
    """

    status: tuple[int, int, int, int, int]
    raw: bytes
    canonical: bytes
    treatment: str


class Known(NamedTuple):
    """Everything that is remembered of a prefix.

    Attributes:
        records: state of conda-meta when it was looked at.
        packages: name, version, build and files of each conda package.
        rows: of each regular file, by path.
    """

    records: tuple[tuple[str, int, int, int, int], ...] = ()
    packages: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    rows: dict[str, Row] = {}  # noqa: RUF012 - never changed


def read(directory: Path | None, prefix: Path, rules: Rules) -> Known:
    """What is remembered; nothing where there is no memory, or a damaged one, or one of other rules."""
    if directory is None:
        return Known()
    import msgspec

    try:
        data = _file(directory, prefix, rules).read_bytes()
        version, of, globs, known = _decoder().decode(data)
    except (OSError, msgspec.DecodeError):
        return Known()
    if (version, of, globs) != (VERSION, str(prefix), rules.ignored):
        return Known()
    found: Known = known
    return found


def write(directory: Path, prefix: Path, rules: Rules, known: Known) -> None:
    """Remember; a disk that cannot be written costs time only, and is no error."""
    import msgspec

    path = _file(directory, prefix, rules)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.parity-tmp-{os.urandom(4).hex()}")
    data = msgspec.msgpack.encode((VERSION, str(prefix), rules.ignored, known))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _file(directory: Path, prefix: Path, rules: Rules) -> Path:
    # Verification may leave out more than fingerprints do: each has a memory of its own.
    named = hashlib.sha256("\0".join((str(prefix), *rules.ignored)).encode("utf-8", "surrogateescape"))
    return directory / f"{named.hexdigest()[:32]}.msgpack"


@cache
def _decoder() -> Any:
    import msgspec

    return msgspec.msgpack.Decoder(tuple[int, str, tuple[str, ...], Known])
