"""Locks between processes: one changes an environment or a cache, the others wait and say so.

Where the lock file of a prefix lies is `Root.lock_file`'s business. Lock files stay when they are free:
deleting one while somebody waits for it would let two processes in.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from parity.errors import BusyError
from parity.store.files import storage_error, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import FileLock

    from parity.core.ports import Progress


@contextmanager
def hold(
    lock_file: Path, *, purpose: str, progress: Progress | None = None, timeout: float | None = None
) -> Iterator[None]:
    """Hold a lock while the body runs; the same thread may take it again inside.

    Args:
        lock_file: file to lock; made with its directory where missing.
        purpose: what the lock is wanted for, as a verb: "change /envs/work"; for the message while waiting.
        progress: told once when another process has the lock.
        timeout: seconds to wait; None for as long as it takes, 0 for not at all.

    Raises:
        BusyError: another process still has it when the time is over.
        StorageError: the lock file cannot be made.
    """
    from filelock import Timeout

    lock = _lock(lock_file)
    try:
        _acquire(lock, 0)
    except Timeout:
        if progress is not None and timeout != 0:
            progress.note(f"Waiting for another Parity process{_owner(lock_file)} to finish, in order to {purpose}")
        try:
            _acquire(lock, -1 if timeout is None else timeout)
        except Timeout as error:
            raise BusyError(
                f"cannot {purpose}: another Parity process{_owner(lock_file)} is at work there",
                hints=["wait until it has finished, or end it", "`lock_timeout_secs` says how long Parity waits"],
            ) from error
    try:
        _sign(lock_file)
        yield
    finally:
        lock.release()


@contextmanager
def attempt(lock_file: Path) -> Iterator[bool]:
    """Hold a lock while the body runs if nobody has it; the body is told whether it is held.

    Raises:
        StorageError: the lock file cannot be opened.
    """
    from filelock import Timeout

    lock = _lock(lock_file)
    try:
        _acquire(lock, 0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_free(lock_file: Path) -> bool:
    """Whether nobody holds a lock now; True where its file does not exist."""
    if not lock_file.exists():
        return True
    with attempt(lock_file) as held:
        return held


def _lock(lock_file: Path) -> FileLock:
    from filelock import FileLock

    with translated(lock_file, "lock"):
        lock_file.parent.mkdir(parents=True, exist_ok=True)
    # One object a path, counted per thread: so that a lock can be taken again by who already has it.
    return FileLock(lock_file, is_singleton=True)


def _acquire(lock: FileLock, timeout: float) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        # It is an OSError too, and no fault of the file system.
        raise
    except OSError as error:
        raise storage_error(error, lock.lock_file, "lock") from error


def _pid_file(lock_file: Path) -> Path:
    return lock_file.with_suffix(".pid")


def _sign(lock_file: Path) -> None:
    # Only for the message to those who wait, so it may fail.
    with suppress(OSError):
        _pid_file(lock_file).write_text(str(os.getpid()), encoding="ascii")


def _owner(lock_file: Path) -> str:
    try:
        pid = _pid_file(lock_file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
    return f" (pid {pid})" if pid.isdigit() else ""
