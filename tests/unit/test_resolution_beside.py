"""Work with a complete answer goes on beside the linking of its conda packages."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event

import pytest

from parity.errors import NetworkError, ParityError, UnsatisfiableError
from parity.model import PypiPackage, Solution
from parity.ops.resolve import Resolution, settled

PACKAGES = (PypiPackage("tool", "1.0"),)


def test_the_work_begins_while_the_body_runs_and_is_waited_for() -> None:
    begun = Event()

    def work(solution: Solution) -> tuple[PypiPackage, ...]:
        begun.set()
        return solution.pypi

    with Resolution("linux-64", (), settled(PACKAGES)).beside(work) as done:
        assert begun.wait(10)
    assert done.done()
    assert done.result() == PACKAGES


def test_an_error_of_the_body_ends_the_work() -> None:
    stopped = Event()

    def work(_: Solution) -> None:
        assert stopped.wait(10)
        raise ParityError("stopped")

    resolution = Resolution("linux-64", (), settled(PACKAGES), stopped.set)
    with pytest.raises(ZeroDivisionError), resolution.beside(work) as done:
        raise ZeroDivisionError
    assert done.done()


def test_errors_are_raised_where_the_result_is_asked_for() -> None:
    def fail(_: Solution) -> None:
        raise NetworkError("no way")

    with Resolution("linux-64", (), settled(PACKAGES)).beside(fail) as done:
        pass
    with pytest.raises(NetworkError):
        done.result()
    pypi: Future[tuple[PypiPackage, ...]] = Future()
    pypi.set_exception(UnsatisfiableError("clash"))
    resolution = Resolution("linux-64", (), pypi)
    with resolution.beside(fail):
        pass
    with pytest.raises(UnsatisfiableError):
        resolution.solution()
