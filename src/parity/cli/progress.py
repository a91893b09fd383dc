"""Progress on standard error: bars on a terminal, plain lines elsewhere, nothing with `-q`."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parity.cli.output import human_size
from parity.core.progress import NoProgress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as RichBars
    from rich.progress import TaskID

    from parity.cli.output import Output
    from parity.core.ports import Progress, Unit


_DOWNLOADING = "Downloading "
"""What the names of downloads begin with."""


def make_progress(output: Output) -> Progress:
    """The progress that fits where the command runs."""
    if output.quiet or output.json:
        return QuietProgress(output)
    if sys.stderr.isatty():
        return BarProgress(output)
    return LineProgress(output)


class QuietProgress(NoProgress):
    """Notes and warnings only, as far as the output lets them through."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def note(self, text: str) -> None:
        self._output.note(text)

    def warn(self, text: str) -> None:
        self._output.warn(text)


class LineProgress(QuietProgress):
    """One line at the start of each stage and of each task that has several items."""

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        self._output.note(f"{text} ...")
        yield

    def start(self, name: str, total: int | None, unit: Unit) -> int:
        if unit == "items" and total:
            self._output.note(f"{name}: {total} package{'' if total == 1 else 's'}")
        return 0


class BarProgress(QuietProgress):
    """Spinners and bars, drawn by rich, gone when the work is done. All downloads share one bar.

    Calls may come from several threads: conda packages are linked while PyPI packages are resolved.
    """

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._lock = threading.RLock()
        self._bars: RichBars | None = None
        self._numbers = itertools.count()
        self._rows: dict[int, TaskID] = {}
        self._downloads: dict[int, _Download] = {}
        self._row_of_downloads: TaskID | None = None
        self._began = 0.0

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        task = self.start(text, None, "items")
        try:
            yield
        finally:
            self.finish(task)

    def start(self, name: str, total: int | None, unit: Unit) -> int:
        with self._lock:
            task = next(self._numbers)
            if unit == "bytes" and name.startswith(_DOWNLOADING):
                if self._row_of_downloads is None:
                    self._row_of_downloads = self._display().add_task("Downloading", total=None, amount="")
                    self._began = time.monotonic()
                self._downloads[task] = _Download(name.removeprefix(_DOWNLOADING), total)
                self._draw_downloads()
            else:
                self._rows[task] = self._display().add_task(name, total=total, amount="", unit=unit)
            return task

    def update(self, task: int, done: int, total: int | None = None) -> None:
        with self._lock:
            if task in self._downloads:
                download = self._downloads[task]
                download.done, download.total = done, total or download.total
                self._draw_downloads()
            elif task in self._rows and self._bars is not None:
                row = self._rows[task]
                self._bars.update(row, completed=done, total=total)
                shown = next(each for each in self._bars.tasks if each.id == row)
                count = human_size if shown.fields["unit"] == "bytes" else str
                self._bars.update(
                    row, amount=f"{count(done)} of {count(int(shown.total))}" if shown.total else count(done)
                )

    def finish(self, task: int) -> None:
        with self._lock:
            if task in self._downloads:
                download = self._downloads[task]
                download.done, download.active = download.total or download.done, False
                self._draw_downloads()
                if not any(each.active for each in self._downloads.values()) and self._row_of_downloads is not None:
                    self._close(self._row_of_downloads)
                    self._row_of_downloads = None
                    self._downloads.clear()
            elif task in self._rows:
                self._close(self._rows.pop(task))

    def note(self, text: str) -> None:
        if self._bars is not None and not self._output.quiet:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            super().note(text)

    def warn(self, text: str) -> None:
        if self._bars is not None:
            from rich.markup import escape

            self._bars.console.print(f"[yellow]warning[/yellow]: {escape(text)}", highlight=False)
        else:
            super().warn(text)

    def _draw_downloads(self) -> None:
        if self._bars is None or self._row_of_downloads is None:
            return
        downloads = self._downloads.values()
        done = sum(each.done for each in downloads)
        total = sum(each.total or each.done for each in downloads)
        seconds = time.monotonic() - self._began
        rate = f"  {human_size(int(done / seconds))}/s" if done and seconds > 0.2 else ""
        names = [each.name for each in downloads if each.active]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        self._bars.update(
            self._row_of_downloads,
            description=f"Downloading {', '.join(names[:3])}{more}",
            completed=done,
            total=total or None,
            amount=f"{human_size(done)} of {human_size(total)}{rate}" if total else human_size(done),
        )

    def _display(self) -> RichBars:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=28),
                TextColumn("{task.fields[amount]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bars.start()
        return self._bars

    def _close(self, row: TaskID) -> None:
        if self._bars is None:
            return
        self._bars.remove_task(row)
        if not self._bars.tasks:
            self._bars.stop()
            self._bars = None


class _Download:
    """A file that is on its way."""

    def __init__(self, name: str, total: int | None) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.active = True
