"""Data on standard output, notes on standard error; text for people or JSON for programs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STYLES = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "dim": "2"}


class Output:
    """Where a command writes.

    Args:
        json: print results as JSON and nothing else on standard output.
        quiet: leave out notes.
        verbosity: how often `-v` was given.
        out: stream of data.
    """

    def __init__(
        self,
        *,
        json: bool = False,
        quiet: bool = False,
        verbosity: int = 0,
        out: TextIO | None = None,
    ) -> None:
        self.json = json
        self.quiet = quiet
        self.verbosity = verbosity
        self._out = out or sys.stdout
        self._err = sys.stderr

    def line(self, text: str = "") -> None:
        """One line of data; nothing with `--json`."""
        if not self.json:
            self._out.write(text + "\n")

    def outcome(self, text: str) -> None:
        """One line that says how it went; nothing with `--json` or `--quiet`."""
        if not self.quiet:
            self.line(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Aligned columns of data; nothing with `--json`."""
        if self.json:
            return
        shown = [list(columns), *[list(row) for row in rows]]
        widths = [max(len(row[i]) for row in shown) for i in range(len(columns))]
        for number, row in enumerate(shown):
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            self._out.write((self.style(text, "bold", self._out) if number == 0 else text) + "\n")

    def result(self, data: Mapping[str, object] | Sequence[object]) -> None:
        """The whole result as JSON; nothing without `--json`."""
        if self.json:
            import json

            self._out.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")

    def note(self, text: str) -> None:
        """A line on standard error that may be missed."""
        if not self.quiet:
            self._err.write(text + "\n")

    def debug(self, text: str) -> None:
        """A line on standard error with `-v`."""
        if self.verbosity:
            self._err.write(text + "\n")

    def warn(self, text: str) -> None:
        """A line on standard error that should not be missed."""
        self._err.write(self.style("warning", "yellow", self._err) + f": {text}\n")

    def error(self, text: str, hints: Sequence[str] = ()) -> None:
        """An error with its hints on standard error."""
        self._err.write(self.style("error", "red", self._err) + f": {text}\n")
        for hint in hints:
            self._err.write(self.style("  hint", "cyan", self._err) + f": {hint}\n")

    def style(self, text: str, name: str, stream: TextIO) -> str:
        """`text` in a colour or weight, where the stream is a terminal that wants it (https://no-color.org)."""
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
            return text
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m"


def human_size(count: int | None) -> str:
    """Bytes for people: `1.4 MB` (powers of 1000, as download sizes are given); "" for unknown."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
