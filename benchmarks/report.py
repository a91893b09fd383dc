"""Results as a table for people, Markdown or JSON."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Result, Row

Measured = tuple[str, "Row", "tuple[Result, ...]"]

_COLUMNS = ("Row", "What", "Program", "Median", "Range", "Peak", "Aim")


def machine() -> str:
    """One line about where the numbers come from."""
    python = f"Python {platform.python_version()}"
    engines = [f"{name} {version(name)}" for name in ("parity-env", "py-rattler", "uv")]
    return ", ".join([f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores", python, *engines])


def limit(row: Row, results: Sequence[Result]) -> float | None:
    """What Parity's median shall not exceed, seconds."""
    return row.aim.seconds([result.median for result in results[1:]]) if row.aim else None


def lines(measured: Measured) -> list[tuple[str, ...]]:
    """The lines of one row, a cell for each column."""
    key, row, results = measured
    found: list[tuple[str, ...]] = []
    for number, result in enumerate(results):
        aim = ""
        if number == 0 and row.aim:
            bound = limit(row, results)
            assert bound is not None
            met = "met" if result.median <= bound else "missed"
            aim = f"{met}: {_time(bound)}" + (f" ({row.aim.text})" if results[1:] else "")
        head = (key, row.title) if number == 0 else ("", "")
        span = f"{_time(min(result.seconds))} to {_time(max(result.seconds))}"
        found.append((*head, result.program, _time(result.median), span, _memory(result.peak), aim))
    return found


def as_text(table: Sequence[tuple[str, ...]]) -> str:
    """Aligned columns."""
    rows = [_COLUMNS, *table]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_markdown(table: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    marks = ("---", "---", "---", "---:", "---:", "---:", "---")
    cells = ([cell.replace("|", r"\|") for cell in row] for row in (_COLUMNS, marks, *table))
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def as_json(all_: Sequence[Measured], skipped: dict[str, str]) -> str:
    """Everything, times in seconds and memory in bytes."""
    rows = [
        {
            "row": key,
            "what": row.title,
            "limit_seconds": limit(row, results),
            "cases": [
                {"program": r.program, "median": r.median, "seconds": r.seconds, "peak_bytes": r.peak} for r in results
            ],
        }
        for key, row, results in all_
    ]
    return json.dumps({"machine": machine(), "rows": rows, "skipped": skipped}, indent=2)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.2 else f"{seconds * 1000:.0f} ms"


def _memory(peak: int | None) -> str:
    return f"{peak / 1e6:.0f} MB" if peak else ""
