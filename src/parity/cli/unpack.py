"""Put the environment of a pack in place, and see that it is what the pack says.

parity unpack work.tar.zst -n work
parity unpack work.squashfs -p /scratch/work
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_target

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", metavar="FILE", help="a pack that `parity pack` wrote, of any kind")
    add_target(parser)
    parser.add_argument("--force", action="store_true", help="put it in the place of an environment that is there")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.errors import InputError
    from parity.wiring import packing

    archive = Path(args.pack).expanduser()
    _ = services.settings  # settles the form of the output
    if not (args.name or args.prefix):
        raise InputError("say where the environment shall be", hints=["with -n NAME or -p PATH"])
    prefix = services.root.target(args.name, args.prefix, services.environ)
    if services.dry_run:
        services.output.outcome(f"Would unpack {archive.name} to {prefix}.")
        return 0
    root = packing.unpack(services, archive, prefix, replace_existing=args.force)
    services.output.result({"success": True, "prefix": str(prefix), "fingerprint": root})
    services.output.outcome(f"{prefix} is what {archive.name} says: {root}")
    return 0
