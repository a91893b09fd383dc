"""List, make, update and remove whole environments, and set their variables."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from parity.cli.common import add_command
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services

SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "list": ("parity.cli.env_list", "list every environment that is known"),
    "show": ("parity.cli.env_show", "show what an environment is and holds"),
    "create": ("parity.cli.create", "make an environment, as `parity create`"),
    "update": ("parity.cli.update", "bring an environment in line with a file, as `parity update`"),
    "export": ("parity.cli.export", "write an environment as environment.yml, as `conda env export`, or as a lock"),
    "remove": ("parity.cli.env_remove", "delete an environment with everything in it"),
    "config": ("parity.cli.env_config", "list, set and unset an environment's own variables"),
}
"""Sub-command to its module, which has `configure` and `run` as every command does, and its line of help."""


def configure(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="subcommand", metavar="COMMAND")
    for name, (module_name, text) in SUBCOMMANDS.items():
        module = import_module(module_name)
        module.configure(add_command(commands, name, text, module.__doc__))


def run(args: argparse.Namespace, services: Services) -> int:
    if args.subcommand is None:
        raise InputError("which of them?", hints=[f"parity env {{{','.join(SUBCOMMANDS)}}}"])
    code: int = import_module(SUBCOMMANDS[args.subcommand][0]).run(args, services)
    return code
