"""`python -m parity`."""

from __future__ import annotations

from parity.cli import program

if __name__ == "__main__":
    program()
