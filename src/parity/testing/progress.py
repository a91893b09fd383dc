"""A progress that remembers what it was told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parity.core.ports import Unit


class RecordedProgress:
    """Implements core.ports.Progress for tests.

    Attributes:
        notes: texts of `note`.
        warnings: texts of `warn`.
        stages: texts of `stage`.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.stages: list[str] = []

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        self.stages.append(text)
        yield

    def start(self, name: str, total: int | None, unit: Unit) -> int:
        return len(name)

    def update(self, task: int, done: int, total: int | None = None) -> None:
        pass

    def finish(self, task: int) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)
