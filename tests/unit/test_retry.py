"""Which failures of a network are waited for, and how long."""

from __future__ import annotations

import time
from email.message import Message
from urllib.error import HTTPError, URLError

import pytest

from parity.engines import retry
from parity.errors import IntegrityError


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def refusal(code: int, **headers: str) -> HTTPError:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return HTTPError("https://x.invalid/", code, "no", message, None)


class Server:
    """Fails as it is told, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)

    def __call__(self) -> str:
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


@pytest.mark.parametrize(
    "failure", [refusal(503), refusal(429), URLError("unreachable"), TimeoutError(), ConnectionResetError()]
)
def test_what_may_pass_is_waited_for(failure: Exception, slept: list[float]) -> None:
    assert retry.retried(Server(failure), (1.0, 2.0)) == "answer"
    assert slept == [1.0]


@pytest.mark.parametrize("failure", [refusal(404), refusal(403), URLError(FileNotFoundError()), OSError(28, "full")])
def test_what_stays_is_raised_at_once(failure: Exception, slept: list[float]) -> None:
    with pytest.raises(type(failure)):
        retry.retried(Server(failure), (1.0, 2.0))
    assert slept == []


def test_the_last_failure_is_raised(slept: list[float]) -> None:
    with pytest.raises(HTTPError) as caught:
        retry.retried(Server(refusal(500), refusal(501), refusal(502)), (1.0, 2.0))
    assert caught.value.code == 502
    assert slept == [1.0, 2.0]


def test_a_server_may_say_how_long_to_wait(slept: list[float]) -> None:
    asking = (refusal(503, Retry_After="7"), refusal(429, Retry_After="900"), refusal(503, Retry_After="Fri, 1 Jan"))
    retry.retried(Server(*asking), (1.0, 2.0, 3.0), patience=30.0)
    assert slept == [7.0, 30.0, 3.0]


def test_without_patience_nobody_says_how_long_to_wait(slept: list[float]) -> None:
    retry.retried(Server(refusal(503, Retry_After="7")), (1.0,))
    assert slept == [1.0]


def test_further_failures_may_pass(slept: list[float]) -> None:
    broken = IntegrityError("cut off")
    assert retry.retried(Server(broken), (1.0,), also=(IntegrityError,)) == "answer"
    with pytest.raises(IntegrityError):
        retry.retried(Server(broken), (1.0,))
    assert slept == [1.0]


def test_what_is_missing_is_told_from_what_cannot_be_reached() -> None:
    assert retry.is_missing(refusal(404))
    assert retry.is_missing(refusal(410))
    assert retry.is_missing(URLError(FileNotFoundError()))
    assert not retry.is_missing(refusal(500))
    assert not retry.is_missing(URLError("unreachable"))
