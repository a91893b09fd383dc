"""Files in parts, for places that take no large ones: `FILE.001`, `FILE.002`, ... are the file when put together.

That is all there is to it, so that `cat FILE.* > FILE` joins them without Parity.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from parity.errors import InputError, NotFoundError
from parity.patterns import regex
from parity.store.files import TEMPORARY_MARK, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST = 999
_BLOCK = 1 << 20
_PART = regex(r"(.+)\.(\d{3})")


def split(file: Path, size: int) -> tuple[Path, ...]:
    """Take a file apart; the parts take its place.

    Args:
        file: to take apart.
        size: bytes of each part but the last.

    Returns:
        The parts, in order; parts of an earlier file of this name are gone.

    Raises:
        InputError: there would be more than 999.
        StorageError: the disk is full.
    """
    total = file.stat().st_size
    count = max(1, -(-total // size))
    if count > _MOST:
        file.unlink()
        raise InputError(f"{file.name} would have {count} parts", hints=[f"take parts of {total // _MOST + 1} bytes"])
    made = []
    try:
        with translated(file), file.open("rb") as source:
            for number in range(1, count + 1):
                part = file.with_name(f".{file.name}.{number:03}{TEMPORARY_MARK}{os.getpid()}")
                made.append(part)
                with part.open("wb") as out:
                    left = size
                    while left and (block := source.read(min(left, _BLOCK))):
                        out.write(block)
                        left -= len(block)
            for old in of(file):
                old.unlink()
            found = tuple(file.with_name(f"{file.name}.{number:03}") for number in range(1, count + 1))
            for part, name in zip(made, found, strict=True):
                part.replace(name)
            file.unlink()
            return found
    finally:
        for part in made:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def of(file: Path) -> tuple[Path, ...]:
    """The parts of a file that are there, in order."""
    found = file.parent.glob("*.[0-9][0-9][0-9]") if file.parent.is_dir() else ()
    return tuple(sorted(path for path in found if path.name[:-4] == file.name))


def is_part(file: Path) -> bool:
    """Whether a name is that of a part."""
    return _PART.fullmatch(file.name) is not None


@contextmanager
def whole(file: Path, scratch: Path) -> Iterator[Path]:
    """A file that may be there in parts, as one file for as long as the body runs.

    Args:
        file: its own name, or that of a part.
        scratch: directory for a file put together; made where it does not exist.

    Raises:
        NotFoundError: a part between others is not there.
        StorageError: the disk is full.
    """
    import shutil
    from tempfile import TemporaryDirectory

    name = _PART.fullmatch(file.name)
    target = file.with_name(name[1]) if name else file
    found = of(target)
    if not found or (file.exists() and not name):
        yield file
        return
    expected = [f"{target.name}.{number:03}" for number in range(1, int(found[-1].name[-3:]) + 1)]
    missing = sorted(set(expected) - {part.name for part in found})
    if missing:
        raise NotFoundError(f"{target.name} is not whole: there is no {', '.join(missing)}",
                            hints=["put all its parts into one directory"])  # fmt: skip
    with translated(scratch, "create"):
        scratch.mkdir(parents=True, exist_ok=True)
        place = TemporaryDirectory(dir=scratch, prefix=TEMPORARY_MARK)
    with place as directory:
        joined = scratch / directory / target.name
        with translated(joined), joined.open("wb") as out:
            for part in found:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, out, _BLOCK)
        yield joined
