"""Locks between processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from parity.errors import BusyError, StorageError
from parity.store.locks import attempt, hold, is_free

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from parity.store.locks import hold
with hold(Path(sys.argv[1]), purpose="x"):
    print("held", flush=True)
    sys.stdin.readline()
"""


class Notes:
    """A progress that keeps its notes and calls back on the first."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.noted = threading.Event()

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        yield

    def start(self, name: str, total: int | None, unit: str) -> int:
        return 0

    def update(self, task: int, done: int, total: int | None = None) -> None: ...

    def finish(self, task: int) -> None: ...

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.noted.set()

    def warn(self, text: str) -> None: ...


@contextmanager
def another_process(lock: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


def test_busy_at_once_with_the_pid_of_the_holder(tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "env.lock"
    with another_process(lock) as child:
        with (
            pytest.raises(BusyError, match=rf"cannot change /e: .*pid {child.pid}\b"),
            hold(lock, purpose="change /e", timeout=0),
        ):
            pass
        assert not is_free(lock)
        with attempt(lock) as held:
            assert not held


def test_waits_with_one_note_and_goes_on(tmp_path: Path) -> None:
    lock = tmp_path / "env.lock"
    progress = Notes()
    with another_process(lock) as child:

        def let_go() -> None:
            progress.noted.wait(10)
            child.kill()

        helper = threading.Thread(target=let_go)
        helper.start()
        with hold(lock, purpose="change /e", progress=progress, timeout=10):
            assert (tmp_path / "env.pid").read_text() == str(os.getpid())
        helper.join()
    assert len(progress.notes) == 1
    assert "change /e" in progress.notes[0]
    assert is_free(lock)


def test_the_same_thread_may_take_it_again(tmp_path: Path) -> None:
    lock = tmp_path / "env.lock"
    with hold(lock, purpose="x", timeout=0):
        with hold(lock, purpose="y", timeout=0):
            pass
        with pytest.raises(BusyError):
            in_thread(lock)
    in_thread(lock)


def in_thread(lock: Path) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with hold(lock, purpose="z", timeout=0):
                pass
        except BusyError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def test_a_lock_that_does_not_exist_is_free(tmp_path: Path) -> None:
    assert is_free(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_place_without_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError), hold(tmp_path / "file" / "x.lock", purpose="x"):
        pass
