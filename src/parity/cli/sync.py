"""Make an environment exactly what a lock says: nothing is solved, nothing more is left in it, nothing less.

Without -n or -p, the environment is the one that an environment.yml beside the lock names, else the active one.

parity sync -n work
parity sync conda-lock.yml -p ./env
parity sync -n work --from bundle.tar.zst
parity sync -n work --variant cuda-12
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_bundles, add_channels, add_linking, add_part, add_python, add_target

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lock", nargs="?", metavar="LOCK", help="the lock; parity.lock, pixi.lock or conda-lock.yml of this directory"
    )
    add_target(parser)
    add_part(parser)
    add_python(parser)
    add_bundles(
        parser,
        "BUNDLE",
        "take files that the lock names from a bundle, or any directory that has them; may be repeated",
    )
    add_channels(
        parser,
        "channel that may have what the lock does not place: the Python of --python, an interpreter; may be "
        "repeated; `pypi` packages this machine's Python",
        "look into those of -c only",
    )
    add_linking(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.store import lock_files

    if not args.bundles:
        return _sync(args, services, lock_files.locate(Path.cwd(), args.lock), ())
    from parity.wiring import bundling

    with bundling.opened(services, [Path(each).expanduser() for each in args.bundles]) as bundles:
        brought = bundling.lock_in(bundles[0]) if args.lock is None else None
        return _sync(args, services, brought or lock_files.locate(Path.cwd(), args.lock), bundles)


def _sync(args: argparse.Namespace, services: Services, path: Path, bundles: tuple[Path, ...]) -> int:
    from parity.store import lock_files
    from parity.wiring import syncing

    began = time.monotonic()
    name = args.name or (None if args.prefix else lock_files.name_beside(path))
    prefix = services.root.target(name, args.prefix, services.environ)
    choice = syncing.Choice(path, args.environment, args.variant, args.python, bundles)
    if syncing.is_noop(services, prefix, choice, lock_files.read_bytes(path)):
        services.output.result(
            {
                "success": True,
                "message": "The environment is what the lock says.",
                "prefix": str(prefix),
                "actions": {},
            }
        )
        services.output.outcome(f"Nothing to do: {prefix} is what {path.name} says.")
        return 0
    from parity.cli.plans import confirmer, finish
    from parity.store import prefixes

    made = not prefixes.exists(prefix)
    # A lock is a decision already made; making an environment of it takes nothing away.
    plan = syncing.sync(services, prefix, choice, confirm=confirmer(services, silent=made))
    return finish(plan, services, began, made=made)
