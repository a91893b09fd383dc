"""Files that appear whole or not at all, and notes: what a cache remembers and can find out again."""

from __future__ import annotations

import os
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from parity.model import CondaPackage


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


class PackageNotes:
    """Notes on conda packages, one file for each, named by the package's SHA-256.

    Args:
        directory: holds them; a note that cannot be read or written is no loss.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, package: CondaPackage) -> str | None:
        """The note on a package."""
        if package.sha256:
            known = recall(f"{self._directory}/{package.sha256}")
            return None if known is None else known.decode()
        return None

    def put(self, package: CondaPackage, text: str) -> None:
        """Note something, whole or not at all."""
        if package.sha256:
            keep(self._directory / package.sha256, text.encode())


def _check(data: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(data)
