"""Questions that an index answered a moment ago, so that the same one need not ask it again.

Indexes tell for how long an answer of theirs holds, most of them ten minutes; many mirrors and private ones tell
nothing, and uv then asks them for every package again. Here a question that was answered within the last ten minutes
is marked, and the engine answers it from uv's cache first.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parity.model import PipLine

FRESH = 600.0
"""Seconds for which an answer holds."""


class Recent:
    """Marks of answered questions, one empty file for each.

    Args:
        directory: holds the marks.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def knows(self, question: Sequence[str]) -> bool:
        """Whether a question was answered a moment ago."""
        try:
            return 0 <= _age(self._directory / _name(question)) < FRESH
        except OSError:
            return False

    def note(self, question: Sequence[str]) -> None:
        """Remember that a question was answered now, and forget old ones; a mark that cannot be made is no loss."""
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            (self._directory / _name(question)).touch()
            for mark in self._directory.iterdir():
                if _age(mark) >= FRESH:
                    mark.unlink()


def repeatable(lines: Sequence[PipLine]) -> bool:
    """Whether lines are about released files only: a repository, directory or URL may hold something else by now."""
    return all(
        line.kind == "option" or (line.kind == "requirement" and "://" not in line.value and "@" not in line.value)
        for line in lines
    )


def _age(mark: Path) -> float:
    return time.time() - mark.stat().st_mtime


def _name(question: Sequence[str]) -> str:
    import hashlib

    return hashlib.sha256("\0".join(question).encode()).hexdigest()
