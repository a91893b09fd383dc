"""Add packages to an environment.yml, and bring the lock beside it in line.

parity add numpy 'pandas>=2'
parity add --pypi 'transformers[torch]' -f environment.yml

Comments and the order of the file stay. Where there is no lock for what is added, the file stays as it was.
`parity sync` brings the environment in line afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_pypi
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("specs", nargs="*", metavar="SPEC", help="package to ask for, as numpy or 'numpy>=1.24,<2'")
    add_pypi(parser)
    configure_file(parser)


def configure_file(parser: argparse.ArgumentParser) -> None:
    """Which file is edited, and whether its lock is."""
    parser.add_argument("-f", "--file", metavar="FILE", default="environment.yml", help="the file (%(default)s)")
    parser.add_argument("--no-lock", dest="lock", action="store_false", help="leave the parity.lock beside it alone")


def run(args: argparse.Namespace, services: Services) -> int:
    if not (args.specs or args.pypi):
        raise InputError("no package is named", hints=["name what to add: parity add numpy"])
    return perform(args, services, add=args.specs, pypi=args.pypi)


def perform(
    args: argparse.Namespace,
    services: Services,
    *,
    add: Sequence[str] = (),
    pypi: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> int:
    """Edit the file and say what became of it."""
    import time
    from difflib import ndiff
    from pathlib import Path

    from parity.cli.lock import report
    from parity.wiring.editing import edit

    began = time.monotonic()
    done = edit(services, Path(args.file).expanduser(), add=add, pypi=pypi, drop=drop, lock=args.lock)
    lines = [line for line in ndiff(done.before.splitlines(), done.after.splitlines()) if line[0] in "+-"]
    for line in lines:
        services.output.line(line)
    result = {"file": str(done.path), "changed": bool(lines), "lines": lines}
    if done.locks is not None:
        return report(done.locks, services, began, also=result)
    services.output.result(result)
    if not lines:
        services.output.note(f"{done.path} stays as it is.")
    else:
        services.output.note("Dry run: nothing was written." if services.dry_run else f"Wrote {done.path}.")
    return 0
