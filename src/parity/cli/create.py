"""Make a new environment from specs, from one or several files, or as a copy of another environment.

parity create -n work python=3.11 numpy
parity create -f environment.yml
parity create -n copy --clone work
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import (
    add_environment,
    add_linking,
    add_pypi,
    add_python,
    add_request,
    add_solving,
    add_target,
    add_variant,
)
from parity.cli.plans import confirmer, finish
from parity.errors import InputError, RefusedError

if TYPE_CHECKING:
    import argparse

    from parity.cli.plans import Confirmer
    from parity.model import Plan, Request
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_request(parser, "package to install")
    add_pypi(parser)
    parser.add_argument("--clone", metavar="ENV", help="name or path of an environment to copy")
    parser.add_argument("--force", action="store_true", help="replace an environment of that name")
    parser.add_argument("--no-default-packages", action="store_true", help="leave out create_default_packages")
    add_target(parser)
    part = parser.add_argument_group("which part of a lock (-f LOCK)")
    add_environment(part)
    add_variant(part)
    add_python(part)
    add_solving(parser)
    add_linking(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    began = time.monotonic()
    return finish(perform(args, services), services, began, made=True)


def perform(args: argparse.Namespace, services: Services, confirmer: Confirmer = confirmer) -> Plan:
    """Make the environment; how the plan is shown and asked about is the caller's."""
    from parity.ops import create as ops

    if getattr(args, "subcommand", "") == "create" and not (args.specs or args.files or args.clone):
        args.files = ["environment.yml"]  # what `conda env create` reads
    lock = _lock(args)
    # `conda create` and `conda env create` have no such options.
    part = (getattr(args, "environment", ""), getattr(args, "variant", None), getattr(args, "python", ""))
    if lock is not None:
        from parity.model import Request
        from parity.store import lock_files
        from parity.wiring import syncing

        prefix = _prefix(args, Request(name=lock_files.name_beside(lock)), services)
        return syncing.sync(
            services,
            prefix,
            syncing.Choice(lock, *part),
            confirm=confirmer(services, silent=True),
            new=True,
            replace_existing=args.force,
        )
    if part != ("", None, ""):
        raise InputError(
            "--environment, --variant and --python choose a part of a lock, and none is named",
            hints=["name it: -f parity.lock; a Python is asked for as a spec: python=3.11"],
        )
    request = services.request(args.specs, args.files, args.pypi)
    prefix = _prefix(args, request, services)
    if args.clone:
        source = services.root.named(args.clone)
        services.heal(source)
        return ops.clone(
            prefix, source, services.workshop, platform=services.platform, confirm=confirmer(services),
            replace_existing=args.force,
        )  # fmt: skip
    defaults = () if args.no_default_packages or args.files else services.settings.create_default_packages
    named = {spec.name for spec in request.specs}
    from parity.values import replace

    extra = [spec for spec in services.request(defaults).specs if spec.name not in named]
    request = replace(request, specs=(*request.specs, *extra))
    # A file is a decision already made, as for `conda env create`; it is carried out without a question.
    silent = bool(args.files) and not args.specs
    return ops.create(
        prefix,
        services.goal(request),
        services.engines,
        services.workshop,
        confirm=confirmer(services, silent=silent),
        early=not services.dry_run and (silent or args.yes or services.settings.always_yes or services.output.json),
        variables=request.variables,
        replace_existing=args.force,
    )


def _lock(args: argparse.Namespace) -> Path | None:
    """The lock that `-f` names; None where it names none.

    Raises:
        InputError: something stands beside it: a lock is an answer already, and nothing can be added.
    """
    from parity.store import lock_files

    paths = [Path(file).expanduser() for file in args.files]
    found = [path for path in paths if path.is_file() and lock_files.kind_of(path) is not None]
    if not found:
        return None
    if len(args.files) > 1 or args.specs or args.pypi or args.clone:
        raise InputError(
            f"{found[0]} is a lock: it says exactly what the environment is, and nothing can be added",
            hints=["make the environment, then: parity install"],
        )
    return found[0]


def _prefix(args: argparse.Namespace, request: Request, services: Services) -> Path:
    name = args.name or (None if args.prefix else request.name)
    if not name and not args.prefix:
        raise InputError("the new environment has no name", hints=["add -n NAME or -p PATH, or `name:` to the file"])
    prefix = services.root.target(name, args.prefix, services.environ)
    if prefix == services.root.path:
        raise RefusedError("base cannot be created", hints=["choose another name with -n"])
    return prefix
