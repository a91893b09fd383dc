"""A progress that nobody watches; the base of those that somebody does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parity.core.ports import Unit


class NoProgress:
    """Implements `core.ports.Progress` by doing nothing."""

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        yield

    def start(self, name: str, total: int | None, unit: Unit) -> int:
        return 0

    def update(self, task: int, done: int, total: int | None = None) -> None:
        pass

    def finish(self, task: int) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        pass
