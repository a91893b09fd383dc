"""`run`: options before the command are ours, everything from the command on is its own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from parity.errors import NotFoundError
from parity.shim.errors import CondaError
from parity.shim.options import OUTPUT, TARGET, declare, many, moot, refused, switch, value

if TYPE_CHECKING:
    from parity.wiring import Services

_WHY = "the command has the terminal for itself, always"

OPTIONS = (
    *TARGET,
    *(option for option in OUTPUT if "--json" not in option.flags),
    value("--cwd", metavar="DIR", help="directory to run the command in"),
    # Scripts give these with every call, and they are what happens.
    switch("--no-capture-output", "--live-stream", "-s", help="the command's output is passed on as it comes, always"),
    moot("--dev", why="there is one set of scripts"),
    switch("--debug-wrapper-scripts", help="show what is set before the command runs"),
    many("-e", "--env", dest="variables", metavar="NAME=VALUE", help="variable to set (micromamba)"),
    moot("-a", "--attach", why=_WHY, nargs=1),
    switch("--clean-env", help="start with no variables but these (micromamba)"),
    value("-r", "--root-prefix", metavar="PATH", help="root of environments and packages (mamba)"),
    refused("--detach", instead="`nohup COMMAND &` or a service manager"),
    refused("--label", instead="`ps` lists processes", nargs=1),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.allow_abbrev = False
    declare(parser, OPTIONS)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...", help="what to run")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.cli import run as ours

    if not [word for word in args.command if word != "--"]:
        raise CondaError("ArgumentError", "No command was given.")
    args.no_activate = False
    args.dry_run = False
    if args.clean_env:
        services.environ = {
            name: services.environ[name] for name in ("HOME", "TERM", "PATH") if name in services.environ
        }
    given = dict(word.partition("=")[::2] for word in args.variables)
    services.environ = {**services.environ, **given}
    try:
        services.target(args)
    except NotFoundError as error:
        from parity.shim.errors import location_not_found

        raise location_not_found(services.root.target(args.name, args.prefix, services.environ)) from error
    if args.debug_wrapper_scripts:
        args.dry_run = True
        ours.run(args, services)
        args.dry_run = False
    return ours.run(args, services)
