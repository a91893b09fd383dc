"""Move packages to newer versions: named ones, all, or what a file asks for.

parity update -n work numpy
parity update -n work --all
parity update -n work -f environment.yml --prune
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from parity.cli.common import add_linking, add_request, add_solving, add_target
from parity.cli.plans import confirmer, finish

if TYPE_CHECKING:
    import argparse

    from parity.cli.plans import Confirmer
    from parity.model import Plan
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_request(parser, "package to update")
    parser.add_argument("--all", "--update-all", action="store_true", help="update every package")
    parser.add_argument("--prune", action="store_true", help="with -f: remove what the file does not ask for")
    add_target(parser)
    add_solving(parser)
    add_linking(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    began = time.monotonic()
    return finish(perform(args, services), services, began)


def perform(args: argparse.Namespace, services: Services, confirmer: Confirmer = confirmer) -> Plan:
    """Update; how the plan is shown and asked about is the caller's."""
    from parity.ops.install import install
    from parity.ops.update import update

    from_env = getattr(args, "subcommand", "") == "update"
    if from_env and not (args.specs or args.files or args.all):
        args.files = ["environment.yml"]  # what `conda env update` reads
    request = services.request(args.specs, args.files)
    if not args.name and not args.prefix and request.name:
        args.name = request.name
    prefix = services.target(args)
    with services.changing(prefix) as now:
        goal = services.goal(request, prefix=prefix, known=now.manifest)
        if args.files:
            return install(
                now,
                goal,
                services.engines,
                services.workshop,
                # `conda env update` does not ask either: the file is the decision.
                confirm=confirmer(services, silent=from_env),
                asked=goal.specs,
                asked_pip=goal.pip,
                prune=args.prune,
                variables=request.variables,
            )
        return update(
            now,
            goal.specs,
            goal,
            services.engines,
            services.workshop,
            everything=args.all,
            confirm=confirmer(services),
        )
