"""A stretch of work that Ctrl-C does not cut in two."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def uninterrupted(tell: Callable[[], None]) -> Iterator[None]:
    """Put Ctrl-C off until the body is done; KeyboardInterrupt is raised then. A second one acts at once.

    Only the main thread gets signals, and only Python's own reaction to them is replaced: a caller that has put
    another in its place knows better.

    Args:
        tell: called once when Ctrl-C is put off.
    """
    usual = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or usual is not signal.default_int_handler:
        yield
        return
    caught = False

    def later(*_: object) -> None:
        nonlocal caught
        caught = True
        signal.signal(signal.SIGINT, usual)
        tell()

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if caught:
        raise KeyboardInterrupt
