"""`python -m parity.shim conda ...`, where there is no executable of that name."""

from __future__ import annotations

import sys

from parity.shim import program

if __name__ == "__main__":
    dialect = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    program(dialect)
