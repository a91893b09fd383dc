"""Puts single files of an environment right: each step is whole or not done, and nothing that stood there is lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from parity.store.files import translated

if TYPE_CHECKING:
    from collections.abc import Iterable


class Repair:
    """Works on one environment.

    Args:
        prefix: real path of the environment.
        aside: directory that gets what is in the way or nobody's; made when something is moved there.
    """

    def __init__(self, prefix: Path, aside: Path) -> None:
        self._prefix = prefix
        self._aside = aside
        self.moved = False

    def set_aside(self, path: str) -> None:
        """Move a file, link or directory out of the environment; what is not there is no error.

        Raises:
            StorageError: it cannot be moved.
        """
        source = self._prefix / path
        if not os.path.lexists(source):
            return
        target = self._aside / path
        with translated(source, "move"):
            self._free(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, target)
        self.moved = True
        self._prune(source.parent)

    def _free(self, target: Path) -> None:
        """A parent that was set aside as a file before, or a namesake: they get a number."""
        for place in (*reversed(target.relative_to(self._aside).parents), target.relative_to(self._aside)):
            each = self._aside / place
            if os.path.lexists(each) and (place == target.relative_to(self._aside) or not each.is_dir()):
                number = 1
                while os.path.lexists(each.with_name(f"{each.name}.{number}")):
                    number += 1
                each.rename(each.with_name(f"{each.name}.{number}"))

    def _prune(self, directory: Path) -> None:
        """Remove directories that are empty now."""
        while directory != self._prefix and self._prefix in directory.parents:
            try:
                directory.rmdir()
            except OSError:
                return
            directory = directory.parent

    def place(self, staged: Path, path: str, *, executable: bool | None) -> None:
        """Give a staged file its place; the file that stands there is replaced in the same moment.

        The new file is another inode: what stood there may hang on a cache by a hard link, and is not written to.

        Args:
            staged: on the same file system.
            path: where it belongs, relative to the prefix.
            executable: permission it shall have; None to leave what it has.

        Raises:
            StorageError: it cannot be put there.
        """
        target = self._prefix / path
        for parent in reversed(Path(path).parents[:-1]):
            # Never through a link: it may lead out of the environment.
            between = self._prefix / parent
            if os.path.lexists(between) and (between.is_symlink() or not between.is_dir()):
                self.set_aside(parent.as_posix())
        with translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir() and not target.is_symlink():
                self.set_aside(path)
                target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
        if executable is not None and not target.is_symlink():
            self.permit(path, executable=executable)

    def permit(self, path: str, *, executable: bool | None) -> None:
        """Make a file readable, and executable or not.

        A hard link shares its permissions with the cache and with other environments: there they are mended too.

        Raises:
            StorageError: its permissions cannot be changed.
        """
        target = self._prefix / path
        with translated(target):
            mode = stat.S_IMODE(target.lstat().st_mode)
            wanted = mode if mode & 0o400 else mode | 0o644
            if executable:
                wanted |= (wanted & 0o444) >> 2
            elif executable is not None:
                wanted &= ~0o111
            if wanted != mode:
                target.chmod(wanted)

    def shared_inode(self, path: str) -> tuple[int, int] | None:
        """Device and inode of a file that has further names; None for one that has none, or is not there."""
        try:
            status = (self._prefix / path).lstat()
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) and status.st_nlink > 1 else None


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the text of a link; "" for what cannot be read."""
    try:
        if path.is_symlink():
            return hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()  # noqa: PTH115
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def sharing(environments: Iterable[Path], prefix: Path, inodes: dict[str, tuple[int, int]]) -> dict[Path, int]:
    """Other environments that hold one of some files under the same path, with how many.

    Args:
        environments: every one that is known.
        prefix: the one that the files are of.
        inodes: device and inode by path.
    """
    found: dict[Path, int] = {}
    for other in environments:
        if os.path.realpath(other) == str(prefix):
            continue
        for path, inode in inodes.items():
            try:
                status = (other / path).lstat()
            except OSError:
                continue
            if (status.st_dev, status.st_ino) == inode:
                found[other] = found.get(other, 0) + 1
    return found
