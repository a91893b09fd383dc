"""Files that appear whole or not at all, and notes: what a cache remembers and can find out again."""

from __future__ import annotations

import os
import threading
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
        write_whole(path, data)
