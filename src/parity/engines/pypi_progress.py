"""What uv says while it works, as progress."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.urls import strip_credentials

if TYPE_CHECKING:
    from parity.core.ports import Progress

_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class Report:
    """Turns uv's lines into progress: downloads in bytes, builds as items."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._tasks: dict[str, tuple[int, int]] = {}

    def line(self, line: str) -> None:
        """Take note of one line of standard error."""
        if self._progress is None:
            return
        begun = re.match(r"\s*(?:Downloading (\S+) \(([\d.]+)\s?(\w+)\)|Building (\S+))", line)
        if begun:
            name = begun[1] or strip_credentials(begun[4])
            size = int(float(begun[2]) * _UNITS.get(begun[3], 1)) if begun[1] else 1
            task = self._progress.start(
                f"{'Downloading' if begun[1] else 'build'} {name}", size, "bytes" if begun[1] else "items"
            )
            self._tasks[name] = (task, size)
            return
        ended = re.match(r"\s*(?:Downloaded|Built) (\S+)", line)
        if ended:
            self._finish(strip_credentials(ended[1]))

    def close(self) -> None:
        """End what uv began and did not finish."""
        for name in tuple(self._tasks):
            self._finish(name, whole=False)

    def _finish(self, name: str, *, whole: bool = True) -> None:
        if name in self._tasks and self._progress is not None:
            task, size = self._tasks.pop(name)
            if whole:
                self._progress.update(task, size)
            self._progress.finish(task)
