"""Free disk space. Nothing that an environment needs is deleted; what is deleted can be fetched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.output import human_size
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.ops.clean import Cleaning
    from parity.wiring import Services

_OPTIONS = {
    "index-cache": ("-i", "downloaded channel indexes, and notes on packages and files"),
    "packages": ("-p", "extracted packages that no environment uses"),
    "tarballs": ("-t", "package archives"),
    "pypi": ("", "uv's cache of wheels and index pages, and fetched Pythons"),
    "leftovers": ("-l", "half-made environments and packages that nobody works on"),
    "tempfiles": ("-c", "temporary files that were left behind"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-a", "--all", action="store_true", help="all of the following")
    for name, (short, text) in _OPTIONS.items():
        parser.add_argument(*filter(None, (short, f"--{name}")), action="store_true", help=text)


def run(args: argparse.Namespace, services: Services) -> int:
    import time

    from parity.ops import clean as ops
    from parity.store import caches
    from parity.store.registry import all_environments

    chosen = [name for name in _OPTIONS if args.all or getattr(args, name.replace("-", "_"))]
    if not chosen:
        raise InputError(
            "nothing to clean was chosen",
            hints=["`parity clean --all --dry-run` shows what could be freed", "`parity clean --help` lists the parts"],
        )
    root, output = services.root, services.output
    cleaning = ops.find(caches.sections(root, all_environments(root), time.time()), chosen)
    _show(cleaning, services)
    question = f"Delete this and free {human_size(cleaning.size())}?"
    if cleaning and not services.dry_run and services.confirm(question):
        cleaning = ops.clean(cleaning, caches.remove, services.progress.stage)
    for path, reason in cleaning.failed.items():
        output.warn(f"{path} stays: {reason}")
    if not cleaning:
        output.note("There is nothing to free.")
    elif cleaning.removed:
        output.note(f"Freed {human_size(cleaning.size())}.")
    else:
        output.note(f"Nothing was deleted; {human_size(cleaning.size())} could be freed.")
    output.result(_as_json(cleaning, dry_run=services.dry_run))
    return 1 if cleaning.failed else 0


def _show(cleaning: Cleaning, services: Services) -> None:
    if not cleaning:
        return
    rows = [
        (_OPTIONS[name][1], str(len(items)), human_size(cleaning.size(name)))
        for name, items in cleaning.found.items()
        if items
    ]
    services.output.table(("What", "Items", "Size"), [*rows, ("total", "", human_size(cleaning.size()))])
    if services.output.verbosity:
        for items in cleaning.found.values():
            for item in items:
                services.output.line(f"{human_size(item.size):>10}  {item.path}")


def _as_json(cleaning: Cleaning, *, dry_run: bool) -> dict[str, object]:
    data: dict[str, object] = {
        name: {
            "total_size": cleaning.size(name),
            "items": [{"path": str(item.path), "size": item.size} for item in items],
        }
        for name, items in cleaning.found.items()
    }
    return {
        "success": not cleaning.failed,
        "dry_run": dry_run,
        "removed": cleaning.removed,
        "total_size": cleaning.size(),
        "failed": {str(path): reason for path, reason in cleaning.failed.items()},
        **data,
    }
