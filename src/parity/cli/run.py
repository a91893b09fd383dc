"""Run a command inside an environment, as if it were activated. What follows the command belongs to it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.core.activation import Activation, path_dirs
from parity.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    # Without this, `--no` behind the command would be refused as ambiguous instead of being passed on.
    parser.allow_abbrev = False
    parser.add_argument("--pack", metavar="FILE", help="run inside a .squashfs or .erofs pack, without unpacking it")
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
    if services.options.get("pack"):
        return _run_pack(args, services, command)
    prefix = services.target(args)
    services.heal(prefix)
    return _run(args, services, command, prefix)


def _run_pack(args: argparse.Namespace, services: Services, command: list[str]) -> int:
    """Run in a child, since the pack has to be unmounted after it."""
    from pathlib import Path

    from parity.wiring import mounting

    if args.name or args.prefix:
        raise InputError("name one thing: a pack, or an environment with -n or -p")
    with mounting.mounted(services, Path(args.pack).expanduser()) as prefix:
        services.environ = environ = dict(services.environ)
        mounting.certificates(prefix, environ)
        from parity.ops.run import in_child

        return in_child(lambda: _run(args, services, command, prefix))


def _run(args: argparse.Namespace, services: Services, command: list[str], prefix: Path) -> int:
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
