"""Take packages out of an environment, with what depends on them and what nothing needs any more.

parity remove -n work pandas
parity remove -n work --all
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from parity.cli.common import add_linking, add_target
from parity.cli.plans import confirmer, finish
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.cli.plans import Confirmer
    from parity.model import Plan
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="package to remove")
    parser.add_argument("--all", action="store_true", help="remove the whole environment")
    add_target(parser)
    add_linking(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    began = time.monotonic()
    if args.all:
        from parity.cli import env_remove

        return env_remove.run(args, services)
    return finish(perform(args, services), services, began)


def perform(args: argparse.Namespace, services: Services, confirmer: Confirmer = confirmer) -> Plan:
    """Remove; how the plan is shown and asked about is the caller's."""
    from parity.ops.remove import remove

    if not args.names:
        raise InputError("nothing to remove is named", hints=["parity remove NAME ..., or --all"])
    prefix = services.target(args)
    with services.changing(prefix) as now:
        return remove(
            now,
            args.names,
            services.workshop,
            confirm=confirmer(services),
            only_these=getattr(args, "only_these", False),
        )
