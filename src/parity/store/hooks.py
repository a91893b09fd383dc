"""Texts that shells read at their start, kept so that asking for them costs reading a file."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from parity.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FOLDER = "hooks"


def cached(cache: Path, place: Sequence[str], key: Sequence[str], make: Callable[[], str]) -> str:
    """The text for a key, made once; where the cache cannot be written, every time.

    Args:
        cache: the root's directory of what can be made again.
        place: what the text is for; of each there is one.
        key: everything else that it hangs on, the version of Parity among it.
        make: makes the text.
    """
    from zlib import crc32

    line = f"# {(*place, *key)!r}\n"
    path = cache / FOLDER / f"{crc32(repr(place).encode('utf-8', 'surrogateescape')):08x}"
    with suppress(OSError):
        found = path.read_text(encoding="utf-8", errors="surrogateescape")
        # All of it stands in the first line: a checksum of 32 bits can be that of another place.
        if found.startswith(line):
            return found[len(line) :]
    text = make()
    with suppress(StorageError):
        from parity.store.files import atomic_write

        atomic_write(path, (line + text).encode("utf-8", "surrogateescape"))
    return text
