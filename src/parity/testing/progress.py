"""A progress that remembers what it was told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from parity.core.progress import NoProgress

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordedProgress(NoProgress):
    """For tests.

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

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)
