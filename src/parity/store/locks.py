"""Locks between processes: one changes an environment or a cache, the others wait and say so.

Where the lock file of a prefix lies is `Root.lock_file`'s business. Lock files stay when they are free:
deleting one while somebody waits for it would let two processes in.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from parity.errors import BusyError
from parity.store.files import storage_error, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parity.core.ports import Progress


_PAUSE = 0.05
"""Seconds between two attempts."""


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
    release = _take(lock_file, 0)
    if release is None:
        if progress is not None and timeout != 0:
            progress.note(f"Waiting for another Parity process{_owner(lock_file)} to finish, in order to {purpose}")
        release = _take(lock_file, timeout)
    if release is None:
        raise BusyError(
            f"cannot {purpose}: another Parity process{_owner(lock_file)} is at work there",
            hints=["wait until it has finished, or end it", "`lock_timeout_secs` says how long Parity waits"],
        )
    try:
        _sign(lock_file)
        yield
    finally:
        release()


@contextmanager
def attempt(lock_file: Path) -> Iterator[bool]:
    """Hold a lock while the body runs if nobody has it; the body is told whether it is held.

    Raises:
        StorageError: the lock file cannot be opened.
    """
    release = _take(lock_file, 0)
    try:
        yield release is not None
    finally:
        if release is not None:
            release()


def is_free(lock_file: Path) -> bool:
    """Whether nobody holds a lock now; True where its file does not exist."""
    if not lock_file.exists():
        return True
    with attempt(lock_file) as held:
        return held


def _take(lock_file: Path, timeout: float | None) -> Callable[[], None] | None:
    """Take a lock, waiting at most so many seconds (None: for as long as it takes).

    Returns:
        What gives it back; None where the time was over.
    """
    with translated(lock_file, "lock"):
        lock_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        if sys.platform == "win32":
            return _take_library(lock_file, timeout)
        return _take_flock(str(lock_file), timeout)
    except OSError as error:
        raise storage_error(error, str(lock_file), "lock") from error


if sys.platform == "win32":

    def _take_library(lock_file: Path, timeout: float | None) -> Callable[[], None] | None:
        from filelock import FileLock, Timeout

        # One object a path, counted per thread: so that a lock can be taken again by who already has it.
        lock = FileLock(lock_file, is_singleton=True)
        try:
            lock.acquire(timeout=-1 if timeout is None else timeout)
        except Timeout:
            return None
        return lock.release

else:

    class _Held(threading.local):
        """Locks of one thread: path -> open file and how often it was taken."""

        def __init__(self) -> None:
            self.files: dict[str, list[int]] = {}

    _HELD = _Held()

    def _take_flock(path: str, timeout: float | None) -> Callable[[], None] | None:
        """With `flock`, as the filelock library does, whose import alone takes as long as a no-op install may."""
        import fcntl

        def release() -> None:
            held = _HELD.files[path]
            held[1] -= 1
            if not held[1]:
                del _HELD.files[path]
                os.close(held[0])

        if path in _HELD.files:
            _HELD.files[path][1] += 1
            return release
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            # Never blocking: a Ctrl-C just before the call would be lost for as long as it blocks.
            if not _attempts(lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB), timeout):
                os.close(file)
                return None
        except BaseException:
            os.close(file)
            raise
        _HELD.files[path] = [file, 1]
        return release

    def _attempts(lock: Callable[[], None], timeout: float | None) -> bool:
        """Try to lock again and again until it works or the time is over."""
        end = time.monotonic() + timeout if timeout is not None else math.inf
        while True:
            try:
                lock()
                return True
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                time.sleep(_PAUSE)


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
