"""Start a shell with an environment active in it; leaving that shell leaves the environment.

parity shell -n work
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument("--shell", metavar="PROGRAM", help="shell to start; if not given, that of $SHELL")
    parser.add_argument("environment", nargs="?", metavar="NAME_OR_PATH", help="the environment, in place of -n or -p")


def run(args: argparse.Namespace, services: Services) -> int:
    if args.environment:
        if args.name or args.prefix:
            raise InputError("only one environment can be entered at a time")
        is_path = any(separator in args.environment for separator in ("/", os.sep))
        args.name, args.prefix = (None, args.environment) if is_path else (args.environment, None)
    prefix = services.target(args)
    services.heal(prefix)
    from parity.cli.activation import enter
    from parity.core.activation import Activation
    from parity.ops.run import run as run_command

    default = "powershell" if sys.platform == "win32" else "/bin/sh"
    program = args.shell or services.environ.get("SHELL") or default
    if services.dry_run:
        services.output.line(f"{program} with {services.root.display_name(prefix)} active")
        return 0
    words = _interactive(services, program, prefix) if sys.stdin.isatty() else None
    if words is not None:
        # The shell activates by itself, after its own files had their say on PATH and prompt.
        return run_command(words, Activation(), services.environ)
    return run_command([program], enter(services, prefix), services.environ)


def _interactive(services: Services, program: str, prefix: Path) -> list[str] | None:
    """The command line of a shell that reads its files, the hook, and activates; None where it cannot be told to."""
    from parity.cli.shell_text import hook_text
    from parity.core import shells
    from parity.core.shells import fish, posix, powershell

    try:
        shell = shells.shell_named(program)
    except InputError:
        return None
    if shell not in {"bash", "zsh", "fish", "powershell"}:
        return None
    hook = hook_text(services, shell)
    if shell == "fish":
        return [program, "-C", f"{hook}\nparity activate {fish.quote(str(prefix))}"]
    if shell == "powershell":
        quoted = powershell.quote(str(prefix))
        return [program, "-NoLogo", "-NoExit", "-Command", f"{hook}\nparity activate {quoted}"]
    enter = f"{hook}\nparity activate {posix.quote(str(prefix))}\n"
    import tempfile

    folder = tempfile.mkdtemp(prefix="parity-shell-")
    clean = f"\\rm -rf {posix.quote(folder)}\n"
    if shell == "bash":
        text = "[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc\n[ -r ~/.bashrc ] && . ~/.bashrc\n"
        name, words = "bashrc", [program, "--rcfile", f"{folder}/bashrc", "-i"]
    else:
        # zsh looks for all of its files in ZDOTDIR: back to what it was before the person's own are read.
        back = services.environ.get("ZDOTDIR")
        text = "unset ZDOTDIR\n" if back is None else f"export ZDOTDIR={posix.quote(back)}\n"
        text += '[ -r "${ZDOTDIR-$HOME}/.zshenv" ] && . "${ZDOTDIR-$HOME}/.zshenv"\n'
        text += '[ -r "${ZDOTDIR-$HOME}/.zshrc" ] && . "${ZDOTDIR-$HOME}/.zshrc"\n'
        name, words = ".zshrc", ["/usr/bin/env", f"ZDOTDIR={folder}", program, "-i"]
    with open(f"{folder}/{name}", "wb") as file:  # noqa: PTH123
        file.write(os.fsencode(text + clean + enter))
    return words
