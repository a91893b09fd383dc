"""Locks on disk: which file is meant, its bytes, and what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.errors import InputError, NotFoundError
from parity.store.files import translated

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.lock import Lock
    from parity.formats.project_toml import ImageTable

DEFAULT_NAMES = ("parity.lock", "pixi.lock", "conda-lock.yml")
"""What is looked for where no lock is named, in this order."""


def locate(directory: Path, given: str | None = None) -> Path:
    """The file of a lock.

    Args:
        directory: where to look where none is named.
        given: as a person named it; None for the first of `DEFAULT_NAMES` that is there.

    Raises:
        NotFoundError: there is none.
    """
    if given is not None:
        path = (directory / given).expanduser()
        if not path.is_file():
            raise NotFoundError(f"there is no file {given}", hints=["check the path of the lock"])
        return path
    found = next((directory / name for name in DEFAULT_NAMES if (directory / name).is_file()), None)
    if found is None:
        raise NotFoundError(
            f"there is no lock in {directory}: {', '.join(DEFAULT_NAMES)}",
            hints=["`parity lock` makes one", "or name the file of a lock"],
        )
    return found


def read_bytes(path: Path) -> bytes:
    """What a file holds.

    Raises:
        NotFoundError: it is not there.
        StorageError: it cannot be read.
    """
    if not path.exists():
        raise NotFoundError(f"there is no file {path}")
    with translated(path, "read"):
        return path.read_bytes()


def decode(data: bytes, file: str) -> str:
    """The text of a file.

    Raises:
        InputError: it is no UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text (byte {error.start})", hints=["save the file as UTF-8"]) from None


def kind_of(path: Path) -> str | None:
    """Which lock format a file is in; None for what is no lock, or no text.

    Raises:
        NotFoundError, StorageError: it cannot be read.
    """
    from parity.formats import locks

    return locks.detect(path.name, read_bytes(path).decode("utf-8-sig", "replace"))


def read(path: Path, *, platform: str = "") -> Lock:
    """A lock in any format.

    Args:
        path: of the file.
        platform: subdir that is meant where the file does not say.

    Raises:
        NotFoundError, StorageError: it cannot be read.
        FaultsError: it is no lock, or holds faults.
    """
    from parity.formats import locks

    text = decode(read_bytes(path), str(path))
    return locks.parse(text, file=str(path), base=path.absolute().parent.as_posix(), platform=platform)


def name_beside(lock: Path) -> str | None:
    """The `name:` of the environment.yml in a lock's directory: which environment is meant where none is named.

    Looked for as text, because reading YAML takes longer than a sync that has nothing to do.
    """
    for name in ("environment.yml", "environment.yaml"):
        try:
            text = (lock.parent / name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        found = re.search(r"""^name:[ \t]*(["']?)([^\s"'#:/]+)\1[ \t]*(?:#.*)?$""", text, re.MULTILINE)
        return found[2] if found else None
    return None


def image_table(directory: Path) -> ImageTable:
    """What the `parity.toml` of a directory says of images; nothing where there is none.

    Raises:
        FaultsError: it is not as it should be.
        StorageError: it cannot be read.
    """
    from parity.formats import project_toml

    path = directory / project_toml.NAME
    if not path.is_file():
        return project_toml.ImageTable()
    return project_toml.parse(decode(read_bytes(path), str(path)), file=str(path))
