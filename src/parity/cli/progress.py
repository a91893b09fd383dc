"""Progress on standard error: bars on a terminal, plain lines elsewhere, nothing with `-q`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as RichBars

    from parity.cli.output import Output
    from parity.core.ports import Progress, Unit


def make_progress(output: Output) -> Progress:
    """The progress that fits where the command runs."""
    if output.quiet or output.json:
        return QuietProgress(output)
    if sys.stderr.isatty():
        return BarProgress(output)
    return LineProgress(output)


class QuietProgress:
    """Warnings only."""

    def __init__(self, output: Output) -> None:
        self._output = output

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
            self._output.note(f"{name}: {total} packages")
        return 0


class BarProgress(QuietProgress):
    """Spinners and bars, drawn by rich, gone when the work is done."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._bars: RichBars | None = None
        self._bytes: set[int] = set()
        self._open = 0

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
        if not self._open:
            self._bars.start()
        self._open += 1
        return self._bars

    def _close(self, task: int) -> None:
        if self._bars is None:
            return
        self._bars.remove_task(task)  # type: ignore[arg-type]
        self._open -= 1
        if not self._open:
            self._bars.stop()
            self._bars = None

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        task = self._display().add_task(text, total=None, amount="")
        try:
            yield
        finally:
            self._close(task)

    def start(self, name: str, total: int | None, unit: Unit) -> int:
        task = self._display().add_task(name, total=total, amount="")
        if unit == "bytes":
            self._bytes.add(task)
        return task

    def update(self, task: int, done: int, total: int | None = None) -> None:
        from parity.cli.output import human_size

        if self._bars is None:
            return
        known = next((t for t in self._bars.tasks if t.id == task), None)
        if known is None:
            return
        whole = total if total is not None else known.total
        if task in self._bytes:
            rate = f"  {human_size(int(known.speed))}/s" if known.speed else ""
            amount = human_size(done) + (f" of {human_size(int(whole))}" if whole else "") + rate
        else:
            amount = f"{done}/{int(whole)}" if whole else str(done)
        self._bars.update(known.id, completed=done, total=total or known.total, amount=amount)

    def finish(self, task: int) -> None:
        self._close(task)

    def note(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            super().note(text)
