"""Runs a child process: no shell, no pipe left open, no grandchild left behind.

A child gets its own session (a process group on Windows), so that it can be ended as a whole and cannot ask for
a password on the terminal.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from parity.errors import EngineError, NotFoundError, ParityError, StorageError
from parity.values import dataclass

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from threading import Thread, Timer
    from typing import IO

_GRACE = 3.0
"""Seconds between asking a child to end and killing it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a child process left: its exit code (negative for a signal on POSIX) and its output as text."""

    returncode: int
    stdout: str
    stderr: str


class Children:
    """The child processes of one owner, so that work in other threads can be ended from outside."""

    def __init__(self) -> None:
        from threading import Lock

        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def stop(self) -> None:
        """End all that run now, and refuse to start more."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for child in running:
            _end(child)

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        input: str | None = None,  # noqa: A002 - the name that subprocess gives it
        on_stderr_line: Callable[[str], None] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run a command to its end.

        Args:
            argv: program and arguments; never goes through a shell.
            env: the complete environment of the child.
            cwd: where it runs; None for here.
            input: text for its standard input; None for an empty one.
            on_stderr_line: called in this thread for each line of standard error, as soon as it is written;
                what it raises ends the child and passes through.
            timeout: seconds after which the child is ended; None for no limit.

        Raises:
            NotFoundError: there is no such program.
            StorageError: it may not be executed, or the system lacks memory, space or handles for it.
            EngineError: the timeout ran out, or `stop` was called.
        """
        from threading import Thread, Timer

        out: list[bytes] = []
        late: list[bool] = []
        lines: list[str] = []
        threads: list[Thread] = []
        child: subprocess.Popen[bytes] | None = None
        timer: Timer | None = None
        try:
            # Ctrl-C strikes when the child is known here: one that nobody knows could not be ended.
            with _without_interrupts():
                child = self._launch(argv, env, cwd)
            assert child.stdin is not None and child.stdout is not None and child.stderr is not None  # noqa: S101, PT018
            threads = [
                Thread(target=_feed, args=(child.stdin, input), daemon=True),
                Thread(target=lambda pipe: out.append(pipe.read()), args=(child.stdout,), daemon=True),
            ]
            timer = Timer(timeout, _expire, args=(child, late)) if timeout is not None else None
            for thread in threads:
                thread.start()
            if timer is not None:
                timer.start()
            for raw in child.stderr:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                lines.append(line)
                if on_stderr_line is not None:
                    on_stderr_line(line)
            child.wait()
        except BaseException:
            if child is not None:
                _end(child)
            raise
        finally:
            if child is not None:
                _clean_up(child, threads, timer)
                self._running.discard(child)
        if late:
            raise EngineError(f"{_name(argv)} did not finish within {timeout:g} seconds")
        if self._stopped:
            raise EngineError(f"{_name(argv)} was stopped")
        return Completed(child.returncode, b"".join(out).decode("utf-8", "replace"), "\n".join(lines))

    def _launch(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
        # Locked, so that `stop` either sees the child or keeps it from being started.
        with self._lock:
            if self._stopped:
                raise EngineError(f"{_name(argv)} was not started: the work was stopped")
            child = _start(argv, env, cwd)
            self._running.add(child)
        return child


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    input: str | None = None,  # noqa: A002 - the name that subprocess gives it
    on_stderr_line: Callable[[str], None] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run one command to its end; see `Children.run`."""
    return Children().run(argv, env=env, cwd=cwd, input=input, on_stderr_line=on_stderr_line, timeout=timeout)


def _name(argv: Sequence[str]) -> str:
    return os.path.basename(argv[0])  # noqa: PTH119 - argv[0] is text, and pathlib is not needed for it


def _start(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
    import subprocess

    windows = sys.platform == "win32"
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0
    try:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=not windows,
            creationflags=flags,
        )
    except OSError as error:
        raise _spawn_error(error, argv, cwd) from error


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from a child that is not in its own session yet: whether it ends is its parent's decision."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _spawn_error(error: OSError, argv: Sequence[str], cwd: Path | None) -> ParityError:
    if isinstance(error, FileNotFoundError):
        if cwd is not None and not os.path.isdir(cwd):  # noqa: PTH112 - one question, no Path needed
            return NotFoundError(f"the directory {cwd} does not exist")
        return NotFoundError(f"the program {argv[0]} was not found")
    if error.errno in {errno.EACCES, errno.EPERM}:
        hint = "check its permissions, and that its file system is not mounted noexec"
        return StorageError(f"the program {argv[0]} may not be executed", hints=[hint])
    if error.errno in {errno.ENOSPC, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE}:
        return StorageError(f"{_name(argv)} could not be started: {(error.strerror or str(error)).lower()}")
    return EngineError(f"{_name(argv)} could not be started: {error.strerror or error}")


def _clean_up(child: subprocess.Popen[bytes], threads: Sequence[Thread], timer: Timer | None) -> None:
    if timer is not None and timer.is_alive():
        timer.cancel()
        timer.join()
    for thread in threads:
        if thread.is_alive():
            thread.join(_GRACE if child.returncode is not None else None)
    for pipe in (child.stdin, child.stdout, child.stderr):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()


def _feed(pipe: IO[bytes], text: str | None) -> None:
    # A child that ends early leaves a broken pipe, which is its right.
    with suppress(OSError):
        if text is not None:
            pipe.write(text.encode())
        pipe.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that it started: politely first, so that it can remove its temporary files."""
    import subprocess

    _signal_group(child, hard=False)
    with suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE)
    _signal_group(child, hard=True)
    child.wait()


def _expire(child: subprocess.Popen[bytes], late: list[bool]) -> None:
    late.append(True)
    _end(child)


def _signal_group(child: subprocess.Popen[bytes], *, hard: bool) -> None:
    if sys.platform == "win32":
        import subprocess

        if child.poll() is None:
            # Windows has no process groups that can be killed; taskkill walks the tree.
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], capture_output=True, check=False)
        return
    # The group outlives its leader while a grandchild runs, and its number is not used again as long.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL if hard else signal.SIGTERM)
