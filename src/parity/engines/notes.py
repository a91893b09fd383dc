"""Files that appear whole or not at all, and notes: what a cache remembers and can find out again."""

from __future__ import annotations

import os
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, its directory too; several processes and threads may: the last rename wins.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def keep(path: Path, data: bytes) -> None:
    """Write a note; one that cannot be kept is no loss."""
    with suppress(OSError):
        write_whole(path, _check(data) + data)


def recall(path: Path | str) -> bytes | None:
    """The data of a note; None where there is none, or where it is not as it was written (a crash, a bad disk)."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a Path costs more than reading)
            check, data = file.readline(), file.read()
    except OSError:
        return None
    return data if check == _check(data) else None


def _check(data: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(data)
