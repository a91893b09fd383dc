"""List every environment that is known: those in the directories of environments, and registered ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def run(args: argparse.Namespace, services: Services) -> int:
    show(services)
    return 0


def show(services: Services) -> None:
    """Print the list; with `--json`, conda's `envs` and `envs_details`."""
    from parity.ops.env_list import env_list
    from parity.store import prefixes
    from parity.store.registry import all_environments

    root = services.root
    active = root.active(services.environ)
    found = env_list(all_environments(root), root.name_of)
    rows = []
    details = {}
    for environment in found:
        is_active = environment.prefix == active
        frozen = prefixes.frozen(environment.prefix) is not None
        mark = ("*" if is_active else "") + ("+" if frozen else "")
        rows.append((environment.name or "", mark, str(environment.prefix)))
        details[str(environment.prefix)] = {
            "name": environment.name or "",
            "active": is_active,
            "base": environment.prefix == root.path,
            "frozen": frozen,
        }
    services.output.line("# environments (* active, + frozen):")
    services.output.line("#")
    services.output.table(("# Name", "", "Path"), rows)
    services.output.result({"envs": [str(environment.prefix) for environment in found], "envs_details": details})
