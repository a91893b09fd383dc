"""Files that others read at the same time: written whole or not at all, removed under another name first."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

TRASH_PREFIX = ".parity-trash-"
"""Start of the names under which things wait for their deletion; `parity clean` finishes interrupted ones."""

TEMPORARY_MARK = ".parity-tmp-"
"""Part of the names of files that are being written; a file is renamed to its own name when it is complete."""

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_DENIED = {errno.EACCES, errno.EPERM}


@contextmanager
def translated(path: Path | str, action: str = "write") -> Iterator[None]:
    """Turn an OSError from the body into a StorageError that names a file and says what can be done.

    Args:
        path: what the body works on; used where the OSError names no file itself.
        action: verb for the message: `write`, `read`, `remove`, `create`.

    Raises:
        StorageError: for every OSError.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(error, path, action) from error


def storage_error(error: OSError, path: Path | str, action: str = "write") -> StorageError:
    """The StorageError that says the same as an OSError."""
    named = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    where = named if named and TEMPORARY_MARK not in named else str(path)
    if error.errno in _FULL:
        hints = [
            "free some space, `parity clean --all --dry-run` shows what Parity can give back",
            "nothing half-made is used",
        ]
        reason = "the disk is full" if error.errno == errno.ENOSPC else "the disk quota is used up"
        return StorageError(f"cannot {action} {where}: {reason}", hints=hints)
    if error.errno == errno.EROFS:
        return StorageError(
            f"cannot {action} {where}: the file system is read-only",
            hints=["choose another place with `--prefix`, PARITY_ROOT, or `envs_dirs` and `pkgs_dirs` in .condarc"],
        )
    if error.errno in _DENIED:
        import shlex

        verb, place = ("read it", where) if action == "read" else ("write there", Path(where).parent)
        hints = [f"check who may {verb}: `ls -ld {shlex.quote(str(place))}`"]
        if action != "read":
            hints.append("or choose another place with `--prefix` or PARITY_ROOT")
        return StorageError(f"cannot {action} {where}: permission denied", hints=hints)
    return StorageError(f"cannot {action} {where}: {error.strerror or error}")


def atomic_write(path: Path, data: bytes | str, mode: int | None = None) -> None:
    r"""Write a file so that its readers see the old content or the new, never a part of it.

    A symbolic link is followed and stays. Missing parent directories are made.

    Args:
        path: the file.
        data: its whole content; text is written as UTF-8 with `\\n` line ends.
        mode: permission bits; those of the old file, or the usual ones, where None.

    Raises:
        StorageError: it cannot be written; the old file is unchanged.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:100]}{TEMPORARY_MARK}{os.urandom(4).hex()}")
    with translated(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode is None:
            with suppress(OSError):
                mode = stat.S_IMODE(target.stat().st_mode)
        try:
            with temporary.open("xb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def merge_tree(source: Path | str, target: Path | str) -> None:
    """Move everything in a directory into another on the same disk; directories that both have are merged.

    Raises:
        OSError: something cannot be moved; what was moved before stays where it is.
    """
    with os.scandir(source) as found:
        entries = list(found)
    for entry in entries:
        place = f"{target}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and os.path.isdir(place):  # noqa: PTH112 - thousands of files
            merge_tree(entry.path, place)
        else:
            os.replace(entry.path, place)  # noqa: PTH105
    os.rmdir(source)  # noqa: PTH106


def remove_tree(path: Path) -> None:
    """Delete a file, a link or a whole directory; its name disappears at once, before the slow part.

    Read-only directories are no obstacle. A path that does not exist is already deleted.

    Raises:
        StorageError: something in it cannot be deleted.
    """
    if path.is_symlink() or path.is_file():
        with translated(path, "remove"):
            path.unlink(missing_ok=True)
        return
    if not path.exists():
        return
    doomed = path
    if not path.name.startswith(TRASH_PREFIX):
        doomed = path.with_name(TRASH_PREFIX + os.urandom(6).hex())
        try:
            path.rename(doomed)
        except OSError:
            # A parent that may not be written, a mount point, or a lower layer of an overlay: delete in place.
            doomed = path
    delete_tree(doomed)


def delete_tree(directory: Path) -> None:
    """Delete a directory where it stands; for names that mean nothing to anybody any more.

    Raises:
        StorageError: something in it cannot be deleted.
    """
    with translated(directory, "remove"):
        _delete(directory)


def _delete(directory: Path) -> None:
    import shutil

    try:
        shutil.rmtree(directory)
        return
    except FileNotFoundError:
        if not directory.exists():
            return
    except OSError as error:
        # A process that outlived its parent may still write there; the second attempt goes through what it added.
        if not isinstance(error, PermissionError) and error.errno != errno.ENOTEMPTY:
            raise
    for parent, _, names in os.walk(directory):
        with suppress(OSError):
            Path(parent).chmod(0o700)
        if os.name == "nt":
            # Windows refuses to delete files that are marked read-only.
            for name in names:
                with suppress(OSError):
                    Path(parent, name).chmod(stat.S_IWRITE)
    shutil.rmtree(directory)


def tree_size(path: Path) -> int:
    """Bytes that deleting a file or a directory gives back: files that have no other name (hard link)."""
    try:
        own = path.lstat()
    except OSError:
        return 0
    if not stat.S_ISDIR(own.st_mode):
        return own.st_size if own.st_nlink == 1 else 0
    total = 0
    for entry in _entries(path):
        if entry.is_dir(follow_symlinks=False):
            continue
        with suppress(OSError):
            found = entry.stat(follow_symlinks=False)
            # Windows fills st_nlink only in os.stat; its 0 here counts as "no other name known".
            total += found.st_size if found.st_nlink <= 1 else 0
    return total


def last_change(path: Path) -> float:
    """When a file, or anything in a directory, was last changed: seconds since the epoch; 0 where it is gone."""
    times = [0.0]
    for each in (str(path), *(entry.path for entry in _entries(path))):
        with suppress(OSError):
            times.append(os.lstat(each).st_mtime)
    return max(times)


def disk_usage(directory: Path) -> tuple[int, int]:
    """Bytes and number of the files below a directory, each counted in full whatever else links to it."""
    size = count = 0
    for entry in _entries(directory):
        if not entry.is_dir(follow_symlinks=False):
            with suppress(OSError):
                size += entry.stat(follow_symlinks=False).st_size
                count += 1
    return size, count


def has_linked_files(directory: Path) -> bool:
    """Whether a file below has a second name: a package that is hard-linked into an environment."""
    for entry in _entries(directory):
        if entry.is_file(follow_symlinks=False):
            with suppress(OSError):
                if Path(entry.path).stat().st_nlink > 1:
                    return True
    return False


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(directory)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue


def is_writable(directory: Path) -> bool:
    """Whether files can be made in a directory, or in the nearest existing one above where it is missing."""
    for candidate in (directory, *directory.parents):
        if candidate.exists():
            return candidate.is_dir() and os.access(candidate, os.W_OK | os.X_OK)
    return False
