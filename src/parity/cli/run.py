"""Run a command inside an environment, as if it were activated. What follows the command belongs to it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.core.activation import Activation, path_dirs
from parity.errors import InputError

if TYPE_CHECKING:
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    # Without this, `--no` behind the command would be refused as ambiguous instead of being passed on.
    parser.allow_abbrev = False
    parser.add_argument("--cwd", metavar="DIR", help="directory to run the command in")
    parser.add_argument(
        "--no-activate",
        action="store_true",
        help="leave PATH and variables as they are; only look for the command in the environment first",
    )
    for option in ("--no-capture-output", "--live-stream"):
        parser.add_argument(option, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...", help="what to run")


def run(args: argparse.Namespace, services: Services) -> int:
    command: list[str] = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise InputError("no command was given", hints=["as in `parity run -n NAME python train.py`"])
    prefix = services.target(args)
    services.heal(prefix)
    search: list[str] = []
    activation = Activation()
    if args.no_activate:
        search = path_dirs(str(prefix), services.platform)
    else:
        from parity.cli.activation import enter

        activation = enter(services, prefix)
    if args.dry_run:
        from parity.core.shells import posix

        services.output.line(posix.script(activation, {}) + " ".join(command))
        return 0
    from parity.ops.run import run as run_command

    return run_command(command, activation, services.environ, cwd=args.cwd, search=search)
