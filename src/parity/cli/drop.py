"""Take packages out of an environment.yml, and bring the lock beside it in line.

parity drop scipy tabulate

A package goes from `dependencies:` and from `pip:`, its comment with it. `parity sync` brings the environment in line
afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.add import configure_file, perform

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help="package that is asked for no longer")
    configure_file(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    return perform(args, services, drop=args.names)
