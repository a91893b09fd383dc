"""The variables that an environment sets when it is activated or run in.

parity env config vars list -n work
parity env config vars set -n work DATA=/mnt/data SEED=1
parity env config vars unset -n work SEED
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_command, add_target
from parity.core.activation import is_variable
from parity.errors import Fault, FaultsError

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="vars", required=True)
    actions = what.add_parser("vars", help="its variables").add_subparsers(
        dest="action", metavar="COMMAND", required=True
    )
    for action, text in (("list", "show them"), ("set", "set some"), ("unset", "take some back")):
        command = add_command(actions, action, text)
        add_target(command)
        if action != "list":
            form = "NAME=VALUE" if action == "set" else "NAME"
            command.add_argument("items", nargs="+", metavar=form, help="variable")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.store import prefixes

    prefix = services.target(args)
    if args.action == "list":
        found = dict(sorted(services.store.own_variables(prefix).items()))
        for name, value in found.items():
            services.output.line(f"{name} = {value}")
        services.output.result(found)
        return 0
    changes = parse(args.items, setting=args.action == "set")
    if not args.dry_run:
        with services.store.hold(prefix, f"change the variables of {prefix}"):
            prefixes.set_variables(prefix, changes)
        if prefix == services.root.active(services.environ):
            services.output.note("Activate the environment again for the change to take effect in this shell.")
    services.output.result({"success": True, "dry_run": args.dry_run, "prefix": str(prefix), "variables": changes})
    return 0


def parse(items: list[str], *, setting: bool) -> dict[str, str | None]:
    """`NAME=VALUE` words, or names to unset, as changes.

    Raises:
        FaultsError: a word has no `=`, or a name that no shell can set.
    """
    changes: dict[str, str | None] = {}
    faults = []
    for number, item in enumerate(items):
        name, equals, value = item.partition("=")
        if bool(equals) is not setting:
            faults.append(
                Fault(f"`{item}`: {'NAME=VALUE' if setting else 'a name'} was expected", f"argument {number + 1}")
            )
        elif not is_variable(name):
            faults.append(Fault(f"`{name}` cannot be the name of a variable", f"argument {number + 1}"))
        changes[name] = value if setting else None
    if faults:
        raise FaultsError(faults)
    return changes
