"""Add packages to an environment; what is there stays as it is where it can.

parity install -n work scipy 'pandas>=2'
parity install -n work -f more.yml
parity install -n work --revision 2
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from parity.cli.common import add_linking, add_pypi, add_request, add_solving, add_target
from parity.cli.plans import confirmer, finish
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.cli.plans import Confirmer
    from parity.model import Plan
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_request(parser, "package to install")
    add_pypi(parser)
    parser.add_argument("--force-reinstall", action="store_true", help="install the named packages anew")
    parser.add_argument(
        "--freeze-installed",
        "--no-update-deps",
        action="store_true",
        help="accepted for conda's sake: what is installed moves only where it must",
    )
    parser.add_argument(
        "--revision",
        "--rev",
        metavar="NUMBER",
        help="take the environment back to the conda packages that it held then (`parity list --revisions`)",
    )
    add_target(parser)
    add_solving(parser)
    add_linking(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    began = time.monotonic()
    plan = perform(args, services) if args.revision is None else _revert(args, services)
    return 0 if plan is None else finish(plan, services, began)


def perform(args: argparse.Namespace, services: Services, confirmer: Confirmer = confirmer) -> Plan | None:
    """Install; how the plan is shown and asked about is the caller's. None where nothing had to be planned."""
    from parity.ops.install import satisfied

    request = services.request(args.specs, args.files, args.pypi)
    prefix = services.target(args)
    healed = services.heal(prefix)
    if not request.specs and not request.pip:
        if healed:
            services.output.note("The environment is whole again.")
            return None
        raise InputError("nothing to install is named", hints=["parity install NAME ..., or -f FILE"])
    services.refuse_protected(prefix)
    if not args.force_reinstall and satisfied(
        request.specs, request.pip, services.store.manifest(prefix), services.store.installed(prefix)
    ):
        services.output.result(
            {
                "success": True,
                "message": "All requested packages already installed.",
                "prefix": str(prefix),
            }
        )
        services.output.line("All requested packages already installed.")
        return None
    from parity.ops.install import install

    with services.changing(prefix) as now:
        goal = services.goal(request, prefix=prefix, known=now.manifest)
        return install(
            now,
            goal,
            services.engines,
            services.workshop,
            confirm=confirmer(services),
            asked=goal.specs,
            asked_pip=goal.pip,
            force_reinstall=args.force_reinstall,
            variables=request.variables,
        )


def _revert(args: argparse.Namespace, services: Services) -> Plan:
    from parity.ops.revert import number_of
    from parity.wiring.reverting import revert

    if args.specs or args.files or args.pypi:
        raise InputError("--revision says what the environment shall hold: nothing can be named beside it")
    prefix = services.target(args)
    services.refuse_protected(prefix)
    number = number_of(args.revision, services.store.history(prefix))
    return revert(services, prefix, number, confirm=confirmer(services))
