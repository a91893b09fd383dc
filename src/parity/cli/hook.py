"""Print what a shell has to read so that `parity activate` and `parity deactivate` work in it.

parity hook bash
parity hook fish
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parity.core.shells import SHELLS, default_shell, shell_named

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", nargs="?", metavar="SHELL", help=f"{', '.join(SHELLS)}; if not given, that of $SHELL")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.cli.shell_text import hook_text, write

    shell = shell_named(args.shell) if args.shell else default_shell(services.environ, windows=sys.platform == "win32")
    write(hook_text(services, shell))
    return 0
