"""From arguments to an exit code: finds the command, parses its options, turns errors into words."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from parity.cli.common import add_common
from parity.cli.output import Output
from parity.cli.table import ALIASES, COMMANDS
from parity.errors import FaultsError, ParityError, RefusedError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from parity.core.ports import Progress
    from parity.wiring import Services

EXIT_INTERRUPTED = 130


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    output = Output(json="--json" in argv)
    try:
        return _dispatch(list(argv))
    except ParityError as error:
        _report(error, output)
        return error.exit_code
    except KeyboardInterrupt:
        output.error("interrupted", ["what was begun is undone or finished by the next command on that environment"])
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone, as in `parity list | head`; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _dispatch(argv: list[str]) -> int:
    if argv and argv[0].startswith("shell."):
        from parity.cli import shell_text

        return shell_text.run(argv)
    if argv[:1] == ["hook"] and len(argv) == 2 and not argv[1].startswith("-"):
        return _dispatch([f"shell.{argv[1]}", "hook"])
    if argv[:2] == ["complete", "--"]:
        from parity.cli import complete

        return complete.run(argv[2:])
    leading = []
    while argv and argv[0].startswith("-"):
        if argv[0] in {"-h", "--help"}:
            sys.stdout.write(usage())
            return 0
        if argv[0] in {"-V", "--version"}:
            from parity import __version__

            sys.stdout.write(f"parity {__version__}\n")
            return 0
        leading.append(argv.pop(0))
    if not argv or argv[0] == "help":
        sys.stdout.write(usage())
        return 0 if argv or not leading else 2
    name = ALIASES.get(argv[0], argv[0])
    if name not in COMMANDS:
        return _unknown(argv[0])
    import argparse

    module = import_module(COMMANDS[name][0])
    # argparse makes a formatter for every option declared, and asking for the terminal's width takes an import.
    width = None if "-h" in argv or "--help" in argv else 80
    parser = argparse.ArgumentParser(
        prog=f"parity {argv[0]}",
        description=module.__doc__,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=width),
    )
    add_common(parser)
    module.configure(parser)
    # Names may stand on both sides of an option, as in `create python --pypi rich scipy`.
    mixed = all(action.nargs not in {argparse.REMAINDER, argparse.PARSER} for action in parser._actions)
    parse = parser.parse_intermixed_args if mixed else parser.parse_args
    args = parse([*leading, *argv[1:]])
    from parity.wiring.hints import explained

    services = make_services(args, ["parity", *leading, *argv])
    with explained(services):
        code: int = module.run(args, services)
    return code


def make_services(args: argparse.Namespace, command: Sequence[str]) -> Services:
    """The services of one command line."""
    import shlex

    from parity.wiring import Services

    output = Output(json=args.json, quiet=args.quiet or args.json, verbosity=args.verbose)

    def progress() -> Progress:
        from parity.cli.progress import make_progress

        return make_progress(output)

    return Services(vars(args), output=output, progress=progress, ask=_ask, command=shlex.join(command))


def _ask(question: str) -> bool:
    sys.stderr.write(f"{question} [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        sys.stderr.write("\n")
        raise RefusedError(
            "nothing was changed: the question got no answer", hints=["add --yes to go on without asking"]
        )
    return answer.strip().lower() in {"", "y", "yes"}


def usage() -> str:
    """The text of `parity --help`."""
    lines = ["usage: parity COMMAND [OPTIONS]", "", "Environments that are the same everywhere, and proven to be.", ""]
    width = max(map(len, COMMANDS))
    lines += [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    lines += ["", "`parity COMMAND --help` tells more about each.", ""]
    return "\n".join(lines)


def _unknown(name: str) -> int:
    from parity.core.words import near

    close = near(name, [*COMMANDS, *ALIASES])
    hint = f"did you mean `parity {close[0]}`?" if close else "`parity --help` lists the commands"
    Output().error(f"there is no command `{name}`", [hint])
    return 2


def _report(error: ParityError, output: Output) -> None:
    if output.json:
        data: dict[str, object] = {
            "success": False,
            "error": error.message,
            "code": error.code,
            "exit_code": error.exit_code,
            "exception_name": type(error).__name__,
            "hints": list(error.hints),
        }
        if isinstance(error, FaultsError):
            data["faults"] = [{key: getattr(fault, key) for key in fault.__slots__} for fault in error.faults]
        output.result(data)
    else:
        output.error(error.message, error.hints)
