"""`remove` and `env remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import NotFoundError
from parity.shim import plans
from parity.shim.errors import CondaError, QuietExit, dry_run_exit, location_not_found
from parity.shim.places import target

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from parity.wiring import Services


def run(args: argparse.Namespace, services: Services) -> int:
    if args.path == "env remove" or (args.all and not args.keep_env):
        return whole(args, services)
    from parity.cli import remove

    if args.override_frozen:
        services.options = {**services.options, "protect_frozen_envs": False}
    prefix = target(args, services)
    if args.all:
        args.names = [package.name for package in services.store.installed(prefix)]
    if not args.names:
        raise CondaError(
            "CondaValueError", 'no package names supplied,\n       try "conda remove -h" for more details\n'
        )
    args.names = list(dict.fromkeys(name for text in args.names for name in _named(text, prefix, services)))
    show = plans.Presenter(services, args)
    try:
        plan = remove.perform(args, services, show.confirmer)
    except NotFoundError as error:
        installed = {package.name for package in services.store.installed(prefix)}
        missing = sorted(set(args.names) - installed)
        if not missing:
            raise
        raise CondaError(
            "PackagesNotFoundError",
            "The following packages are missing from the target environment:\n"
            + "".join(f"  - {name}\n" for name in missing),
            packages=missing,
        ) from error
    return show.finish(plan)


def _named(text: str, prefix: Path, services: Services) -> list[str]:
    """The installed packages that a name, a glob or a match spec means; the text itself where there is none."""
    if not set(text) & set("*=<>![ "):
        return [text]
    from parity.core.specs import parse

    spec = parse(text, pattern=True)
    return [each.name for each in services.conda.installed(prefix) if services.conda.matches(spec, each)] or [text]


def whole(args: argparse.Namespace, services: Services) -> int:
    """Delete an environment."""
    from parity.ops.env_remove import env_remove

    if not args.name and not args.prefix and args.path == "env remove":
        raise CondaError("CondaValueError", "one of the arguments -n/--name -p/--prefix is required")
    prefix = services.root.target(args.name, args.prefix, services.environ)
    if not services.store.exists(prefix) and prefix != services.root.path:
        raise location_not_found(prefix)

    def confirm() -> bool:
        services.output.line(f"\nRemove all packages in environment {prefix}:\n")
        if not services.confirm("Proceed"):
            raise QuietExit("CondaSystemExit", "Exiting.")
        return True

    env_remove(
        prefix,
        services.store,
        base=services.root.path,
        active=services.root.active(services.environ),
        confirm=confirm,
        force=args.override_frozen,
        dry_run=services.dry_run,
    )
    data = {"success": True, "prefix": str(prefix), "actions": {"PREFIX": str(prefix)}}
    if services.dry_run:
        services.output.line(f"\nRemove all packages in environment {prefix}:\n")
        services.output.result({**data, "dry_run": True})
        raise dry_run_exit()
    services.output.result(data)
    return 0
