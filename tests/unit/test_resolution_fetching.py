"""Wheels are fetched beside the linking of conda packages."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event

import pytest

from parity.errors import NetworkError, UnsatisfiableError
from parity.model import PypiPackage
from parity.ops import resolve
from parity.ops.resolve import Resolution, settled

PACKAGES = (PypiPackage("tool", "1.0"),)


@pytest.fixture(autouse=True)
def no_head_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "_HEAD_START", 0)


def test_packages_are_fetched_while_the_body_runs() -> None:
    fetched = Event()
    seen: list[tuple[PypiPackage, ...]] = []

    def fetch(packages: tuple[PypiPackage, ...]) -> None:
        seen.append(packages)
        fetched.set()

    with Resolution("linux-64", (), settled(PACKAGES)).fetching(fetch):
        assert fetched.wait(10)
    assert seen == [PACKAGES]


def test_nothing_is_fetched_when_the_body_was_quicker_than_the_answer() -> None:
    pypi: Future[tuple[PypiPackage, ...]] = Future()
    seen: list[tuple[PypiPackage, ...]] = []
    resolution = Resolution("linux-64", (), pypi)
    fetching = resolution.fetching(seen.append)
    fetching.__enter__()
    pypi.set_result(())
    fetching.__exit__(None, None, None)
    assert not seen


def test_an_error_of_the_body_does_not_wait_for_the_answer() -> None:
    pypi: Future[tuple[PypiPackage, ...]] = Future()
    with pytest.raises(ZeroDivisionError), Resolution("linux-64", (), pypi).fetching(lambda _: None):
        raise ZeroDivisionError
    pypi.set_result(())


def test_errors_are_left_to_whoever_asks() -> None:
    def fail(_: tuple[PypiPackage, ...]) -> None:
        raise NetworkError("no way")

    with Resolution("linux-64", (), settled(PACKAGES)).fetching(fail):
        pass
    pypi: Future[tuple[PypiPackage, ...]] = Future()
    pypi.set_exception(UnsatisfiableError("clash"))
    resolution = Resolution("linux-64", (), pypi)
    with resolution.fetching(fail):
        pass
    with pytest.raises(UnsatisfiableError):
        resolution.solution()
