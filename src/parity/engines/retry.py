"""Failures of servers and the network: which of them pass, and asking again until they do."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import TYPE_CHECKING, TypeVar
from urllib.error import HTTPError, URLError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T")

FAILURES = (URLError, HTTPException, TimeoutError, ConnectionError)
"""What asking a server raises that cannot be reached, breaks off, or refuses (`HTTPError`, which is a `URLError`)."""


def retried(
    once: Callable[[], _T],
    pauses: Sequence[float],
    *,
    also: tuple[type[Exception], ...] = (),
    patience: float | None = None,
) -> _T:
    """The result of work that is done again while it fails in a way that may pass; the last failure is raised.

    Args:
        once: the work.
        pauses: seconds before each further try.
        also: further failures that may pass.
        patience: the most seconds to wait where a server says for how long (`Retry-After`); None takes no heed of it.
    """
    passing: tuple[type[Exception], ...] = (*FAILURES, *also)
    for pause in pauses:
        wait = pause
        try:
            return once()
        except passing as error:
            if not _may_pass(error):
                raise
            if isinstance(error, HTTPError):
                error.close()
                asked = error.headers.get("Retry-After", "") if error.headers else ""
                if patience is not None and pause and asked.isdecimal():
                    wait = min(float(asked), patience)
        time.sleep(wait)
    return once()


def is_missing(error: Exception) -> bool:
    """Whether a failure says that there is no such file, on a server or on disk."""
    if isinstance(error, HTTPError):
        return error.code in {404, 410}
    return isinstance(error, URLError) and isinstance(error.reason, FileNotFoundError)


def reason_of(error: Exception) -> object:
    """What a person should read of a failure."""
    return error.reason if isinstance(error, URLError) else error


def _may_pass(error: Exception) -> bool:
    if isinstance(error, HTTPError):
        return error.code >= 500 or error.code == 429
    return not is_missing(error)
