"""Enter an environment in this shell.

A program cannot change the shell that started it, so this is a function of the shell: `parity init` adds it to the
files that new shells read, `parity hook` prints it.

    parity activate work
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.core.shells import default_shell
from parity.errors import RefusedError

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services

_NOW = {
    "fish": "parity hook fish | source",
    "xonsh": "execx($(parity hook xonsh))",
    "nu": "parity hook nu | save --force parity.nu; source parity.nu",
    "powershell": '(parity hook powershell) -join "`n" | Invoke-Expression',
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "environment", nargs="?", metavar="NAME_OR_PATH",
        help="environment to enter; if none is given, what the setting `default_activation_env` says",
    )  # fmt: skip
    add_target(parser)
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--stack", action="store_true", help="keep the programs of the active environment behind those of the new one"
    )
    group.add_argument("--no-stack", action="store_true", help="do not, whatever the setting `auto_stack` says")


def run(args: argparse.Namespace, services: Services) -> int:
    name = args.name or args.environment or "NAME"
    raise without_hook(services, f"parity shell -n {name}", f"parity run -n {name} COMMAND")


def without_hook(services: Services, *others: str) -> RefusedError:
    """The error of a command that only a shell's function can carry out."""
    shell = default_shell(services.environ, windows=sys.platform == "win32")
    now = _NOW.get(shell, f'eval "$(parity hook {shell})"')
    if shell == "cmd.exe":
        now = "parity init cmd.exe"
    return RefusedError(
        "this shell does not know Parity yet, and no program can change the shell that started it",
        hints=[
            f"`{now}` makes it known to this shell",
            f"`parity init {shell}` makes it known to every new one",
            *(f"`{other}` needs neither" for other in others),
        ],
    )
