"""Tar archives written the same way every time, and the compressor that Python may lack."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from parity.store.files import translated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.core.image import Member

BLOCK = 1 << 20
"""Bytes that are read and written at once."""


def write(stream: IO[bytes] | io.RawIOBase, members: Iterable[Member], *, mtime: int, pax: bool) -> None:
    """Write a tar archive whose members belong to 0:0 and have one time.

    Args:
        stream: to write to, from its beginning to its end.
        members: in their order.
        mtime: seconds since the epoch.
        pax: names that are long or no ASCII in the words of POSIX; else in GNU's.

    Raises:
        StorageError: a file cannot be read.
    """
    import tarfile

    form = tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=stream, mode="w|", format=form, encoding="utf-8", bufsize=BLOCK) as tar:
        for member in members:
            info = tarfile.TarInfo(member.path)
            info.mtime, info.mode = mtime, member.mode
            if member.kind == "directory":
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
            elif member.kind == "link":
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, member.target, 0o777
                tar.addfile(info)
            elif member.source is None:
                info.size = len(member.data)
                tar.addfile(info, io.BytesIO(member.data))
            else:
                with translated(member.source, "read"), Path(member.source).open("rb") as file:
                    info.size = os.fstat(file.fileno()).st_size
                    tar.addfile(info, file)


def zstd() -> Any:
    """The zstd module: the standard library's from Python 3.14 on, else its backport."""
    import importlib
    import sys

    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
