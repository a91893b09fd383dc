"""Measure Parity beside bare engines, and print a table of medians."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import gettempdir

from benchmarks import report
from benchmarks.measure import FailedError, measure
from benchmarks.place import Place, SkippedError
from benchmarks.rows import ROWS


def main() -> int:
    """Run the rows that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"beginnings of names; all if none: {', '.join(ROWS)}")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="runs that count, after one that does not")
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(gettempdir()) / "parity-benchmarks",
        metavar="DIR",
        help="where channels and caches are kept; on the disk to be measured (%(default)s)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print a Markdown table")
    args = parser.parse_args()
    unknown = [name for name in args.rows if not any(row.startswith(name) for row in ROWS)]
    if unknown:
        parser.error(f"no row begins with {unknown[0]}; there are {', '.join(ROWS)}")

    place = Place(args.root)
    measured: list[report.Measured] = []
    skipped: dict[str, str] = {}
    for key, make in ROWS.items():
        if args.rows and not any(key.startswith(name) for name in args.rows):
            continue
        print(f"measuring: {key}", file=sys.stderr, flush=True)
        try:
            row = make(place)
            place.settle()
            measured.append((key, row, measure(row, args.repeat)))
        except SkippedError as reason:
            skipped[key] = str(reason)
        except (FailedError, CalledProcessError) as error:  # the other rows are worth having
            skipped[key] = f"it failed: {error}"
    place.settle()
    if args.json:
        print(report.as_json(measured, skipped))
        return 0
    table = [line for one in measured for line in report.lines(one)]
    print(report.as_markdown(table) if args.markdown else report.as_text(table))
    for key, why in skipped.items():
        print(f"\n{key}: skipped, because {why}")
    print(f"\n{report.machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
