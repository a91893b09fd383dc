"""`env list` and `env config vars`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.shim.places import target

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from parity.wiring import Services


def run(args: argparse.Namespace, services: Services) -> int:
    if args.path == "env list":
        return show(services, sizes=args.size)
    from parity.store import prefixes

    action = args.path.rpartition(" ")[2]
    prefix = target(args, services)
    if action == "list":
        found = services.store.own_variables(prefix)
        for name, value in found.items():
            services.output.line(f"{name} = {value}")
        services.output.result(found)
        return 0
    from parity.cli.env_config import parse

    changes = parse(args.items, setting=action == "set")
    with services.store.hold(prefix, f"change the variables of {prefix}"):
        prefixes.set_variables(prefix, changes)
    if prefix == services.root.active(services.environ):
        services.output.line("To make your changes take effect please reactivate your environment")
    services.output.result({"success": True, "prefix": str(prefix), "variables": changes})
    return 0


def show(services: Services, *, sizes: bool = False) -> int:
    """Print every environment as `env list` and `info --envs` do."""
    from parity.cli.output import human_size
    from parity.store import prefixes
    from parity.store.registry import all_environments

    found = all_environments(services.root)
    if services.output.json:
        services.output.result({"envs": [str(path) for path in found], "envs_details": details(services, found)})
        return 0
    active = services.root.active(services.environ)
    lines = ["", "# conda environments:", "#", "# * -> active", "# + -> frozen"]
    for path in found:
        marks = f"{'*' if path == active else ' '} {'+' if prefixes.frozen(path) is not None else ' '}"
        size = f"{human_size(_size(path)):>10} " if sizes else ""
        lines.append(f"{services.root.name_of(path) or '':20} {marks} {size}{path}")
    for line in [*lines, "", ""]:
        services.output.line(line)
    return 0


def details(services: Services, found: tuple[Path, ...]) -> dict[str, dict[str, object]]:
    """What conda's JSON tells of each environment."""
    from parity.store import prefixes
    from parity.store.files import is_writable

    active = services.root.active(services.environ)
    return {
        str(path): {
            "name": services.root.name_of(path) or "",
            "created": _time(path / "conda-meta", born=True),
            "last_modified": _time(path / "conda-meta" / "history"),
            "active": path == active,
            "base": path == services.root.path,
            "frozen": prefixes.frozen(path) is not None,
            "writable": is_writable(path),
        }
        for path in found
    }


def _time(path: Path, *, born: bool = False) -> str | None:
    """When a file was changed, or a directory made as far as its system tells, as ISO 8601 in UTC."""
    from datetime import UTC, datetime

    try:
        status = path.stat()
    except OSError:
        return None
    seconds = getattr(status, "st_birthtime", status.st_ctime) if born else status.st_mtime
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()


def _size(path: Path) -> int:
    from parity.store.files import disk_usage

    return disk_usage(path)[0]
