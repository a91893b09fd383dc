"""Delete an environment with everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument("--override-frozen", action="store_true", help="remove it although it is marked as frozen")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.ops.env_remove import env_remove

    if not args.name and not args.prefix:
        raise InputError("which environment is to be removed?", hints=["name it with -n or -p"])
    prefix = services.target(args)
    removed = env_remove(
        prefix,
        services.store,
        base=services.root.path,
        active=services.root.active(services.environ),
        confirm=lambda: services.confirm(f"Delete the environment at {prefix} with everything in it?"),
        force=getattr(args, "override_frozen", False),
        dry_run=services.dry_run,
    )
    if services.dry_run:
        services.output.note(f"Would delete {prefix}.")
    else:
        services.output.note(f"Deleted {prefix}." if removed else "Nothing was deleted.")
    services.output.result(
        {"success": removed or services.dry_run, "dry_run": services.dry_run, "prefix": str(prefix), "removed": removed}
    )
    return 0 if removed or services.dry_run else 1
