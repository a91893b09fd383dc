"""From a command line of conda's to an exit code: finds the command, parses its options, turns errors into conda's."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from parity.cli.main import EXIT_INTERRUPTED
from parity.cli.output import Output
from parity.errors import ParityError
from parity.shim import errors
from parity.shim.errors import CondaError
from parity.shim.options import MAMBA, Option, declare, names
from parity.shim.table import ABSENT, ALIASES, COMMANDS, ENV, MAMBAS, VARS, Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.core.ports import Progress
    from parity.wiring import Services

DEFAULTS: Mapping[str, Any] = {
    "json": False, "quiet": False, "verbose": 0, "yes": False, "dry_run": False, "offline": False, "notes": None,
    "name": None, "prefix": None,
}  # fmt: skip
"""What every command of Parity looks at, for commands whose options do not include it."""


class CondaOutput(Output):
    """Parity's output with JSON as conda writes it: keys sorted."""

    def result(self, data: Mapping[str, object] | Sequence[object]) -> None:
        if self.json:
            import json

            self._out.write(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")


def run(argv: Sequence[str], dialect: str) -> int:
    """Run one command line and return its exit code."""
    output = CondaOutput(json="--json" in _own(argv) or _wants_json(os.environ))
    try:
        return _dispatch(list(argv), dialect)
    except ParityError as error:
        code = errors.exit_code(error)
        sys.stdout.flush()
        if not output.json:
            sys.stderr.write(errors.as_text(error))
        elif code:
            output.result(errors.as_json(error))
        return code
    except KeyboardInterrupt:
        sys.stderr.write("\nCondaError: KeyboardInterrupt\n\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _wants_json(environ: Mapping[str, str]) -> bool:
    """Whether a variable asks for JSON, for errors from before any setting is read."""
    names = ("PARITY_JSON", "CONDA_JSON", "MAMBA_JSON")
    return any(environ.get(name, "").lower() in {"1", "true", "yes", "on"} for name in names)


def _own(argv: Sequence[str]) -> Sequence[str]:
    """The words that are not the arguments of a command that is to be run."""
    return argv[:2] if "run" in argv[:1] else argv


def _dispatch(argv: list[str], dialect: str) -> int:
    leading: list[str] = []
    while argv and argv[0].startswith("-"):
        word = argv.pop(0)
        if word in {"-h", "--help"}:
            break
        if word in {"-V", "--version"}:
            from parity.shim import version_text

            sys.stdout.write(version_text(dialect) + "\n")
            return 0
        leading.append(word)
        if word in {"-r", "--root-prefix", "--rc-file", "-n", "--name", "-p", "--prefix"} and argv:
            leading.append(argv.pop(0))
    if not argv or argv[0] == "help":
        sys.stdout.write(usage(dialect))
        return 0
    if argv[0] == "env" and argv[1:2] in (["-h"], ["--help"], []):
        sys.stdout.write(_list(f"{dialect} env", {name: each.help for name, each in ENV.items()}))
        return 0
    if argv[0] not in COMMANDS and argv[0] not in ALIASES and (program := _of_others(argv[0], dialect)):
        os.execv(program, [program, *argv[1:]])  # noqa: S606  (as conda does; no shell is wanted)
    path, command, rest = _find(argv, dialect)
    module = import_module(f"parity.shim.{command.module}")
    if dialect in MAMBAS and hasattr(module, "from_mamba"):
        rest = module.from_mamba(rest)
    args = parser_of(path, command, dialect, "-h" in rest or "--help" in rest).parse(leading + rest)
    args.path, args.dialect = path, dialect
    services = make_services(args, dialect, [dialect, *leading, *argv])
    for note in args.notes or ():
        services.output.note(f"note: {note}")
    from parity.wiring.hints import explained

    with explained(services):
        code: int = module.run(args, services)
    return code


def _find(argv: Sequence[str], dialect: str) -> tuple[str, Command, list[str]]:
    """The command that the words name, its full name, and the words behind it."""
    name = ALIASES.get(argv[0], argv[0])
    command = COMMANDS.get(name)
    if command is None or dialect not in command.dialects:
        raise unknown(argv[0], dialect)
    if name != "env":
        return name, command, list(argv[1:])
    rest = [word for word in argv[1:] if word not in {"--json", "-v", "-q"}]
    before = [word for word in argv[1:2] if word not in rest]
    sub = ALIASES.get(rest[0], rest[0]) if rest else ""
    if sub not in ENV or sub.startswith("-"):
        raise CondaError("ArgumentError", "conda env needs a command", hints=[f"there are {', '.join(ENV)}"])
    words = list(argv[1 + argv[1:].index(rest[0]) + 1 :])
    if sub != "config":
        return f"env {sub}", ENV[sub], before + words
    if words[:1] != ["vars"] or words[1:2] == [] or words[1] not in VARS:
        raise CondaError("ArgumentError", "conda env config needs a command", hints=["vars list, vars set, vars unset"])
    found = Command("env", f"{words[1]} the variables of an environment", VARS[words[1]])
    return f"env config vars {words[1]}", found, before + words[2:]


def _of_others(name: str, dialect: str) -> str | None:
    """The program `conda-NAME` that another package put on PATH: conda runs it as `conda NAME`."""
    import shutil

    return shutil.which(f"{dialect}-{name}") if dialect == "conda" and name.isidentifier() else None


def unknown(name: str, dialect: str) -> CondaError:
    """The error for a command that is not there: what to use, or what is spelled alike."""
    if name in ABSENT:
        return CondaError("CommandNotFoundError", f"`{dialect} {name}` is not supported", hints=[ABSENT[name]])
    from parity.core.words import near

    there = [each for each, command in COMMANDS.items() if dialect in command.dialects]
    if name in COMMANDS and name not in there:
        text = f"`{dialect}` has no `{name}`"
        return CondaError("CommandNotFoundError", text, hints=[f"`{COMMANDS[name].dialects[0]} {name}`"])
    close = near(name, there)
    hints = [f"did you mean `{dialect} {close[0]}`?"] if close else [f"`{dialect} --help` lists the commands"]
    return CondaError("CommandNotFoundError", f"No command '{dialect} {name}'.", hints=hints)


class _Parser(argparse.ArgumentParser):
    """A parser that finds positional arguments wherever they stand between options."""

    def parse(self, words: list[str]) -> argparse.Namespace:
        """The arguments of a command line, with the defaults that Parity's commands look at."""
        mixed = all(action.nargs not in {argparse.REMAINDER, argparse.PARSER} for action in self._actions)
        namespace = argparse.Namespace(**DEFAULTS)
        namespace.notes = []
        parsed = self.parse_intermixed_args(words, namespace) if mixed else self.parse_args(words, namespace)
        if parsed.name and parsed.prefix:
            self.error("argument -p/--prefix: not allowed with argument -n/--name")
        return parsed


def parser_of(path: str, command: Command, dialect: str, wants_help: bool = False) -> _Parser:
    """The parser of a command."""
    width = None if wants_help else 80
    parser = _Parser(
        prog=f"{dialect} {path}",
        description=f"{command.help[:1].upper()}{command.help[1:]}.",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=width),
        allow_abbrev=path != "run",
    )
    module = import_module(f"parity.shim.{command.module}")
    if hasattr(module, "configure"):
        module.configure(parser)
    declare(parser, command.options)
    if dialect in MAMBAS and path != "run":
        taken = {flag for action in parser._actions for flag in action.option_strings}
        declare(parser, _without(MAMBA, taken))
    return parser


def _without(options: Iterable[Option], taken: set[str]) -> Iterable[Option]:
    for option in options:
        flags = tuple(flag for flag in option.flags if flag not in taken)
        if flags:
            yield Option(flags, option.keywords, option.note, option.instead)


def make_services(args: argparse.Namespace, dialect: str, command: Sequence[str]) -> Services:
    """The services of one command line."""
    import shlex
    from pathlib import Path

    from parity.wiring import Services

    output = CondaOutput(json=args.json, quiet=args.quiet or args.json, verbosity=args.verbose)

    def progress() -> Progress:
        from parity.cli.progress import make_progress

        return make_progress(output)

    services = Services(
        {key: value for key, value in vars(args).items() if key not in {"path", "dialect", "notes", "words"}},
        output=output,
        progress=progress,
        ask=ask,
        environ=environment(args),
        command=shlex.join(command),
    )
    if services.root_path != Path(sys.prefix):
        # Base holds nothing that Parity needs: it is an environment like others, as scripts expect.
        services.options = {**services.options, "allow_base_changes": True}
    return services


def environment(args: argparse.Namespace) -> Mapping[str, str]:
    """The variables of the process, with mamba's options for the root and for settings."""
    environ = dict(os.environ)
    root = getattr(args, "root_prefix", None)
    if root:
        environ["PARITY_ROOT"] = os.path.abspath(os.path.expanduser(root))  # noqa: PTH100, PTH111
    if getattr(args, "rc_file", None):
        environ["CONDARC"] = os.path.abspath(args.rc_file)  # noqa: PTH100
    return environ


def ask(question: str, *, usual: bool = True) -> bool:
    """Ask as conda does: on standard output.

    Args:
        question: without a question mark.
        usual: the answer where nobody gives one, as in a script.
    """
    while True:
        sys.stdout.write(f"{question} ({'[y]/n' if usual else 'y/[n]'})? ")
        sys.stdout.flush()
        answer = sys.stdin.readline().strip().lower() if sys.stdin else ""
        sys.stdout.write("\n")
        if not answer:
            return usual
        if answer in {"y", "yes"}:
            return True
        if answer in {"n", "no"}:
            return False
        sys.stdout.write(f"Invalid choice: {answer}\n")


def usage(dialect: str) -> str:
    """The text of `--help`."""
    found = {name: each.help for name, each in COMMANDS.items() if dialect in each.dialects}
    return _list(dialect, found | {name: f"as {other}" for name, other in ALIASES.items()})


def _list(program: str, commands: Mapping[str, str]) -> str:
    lines = [f"usage: {program} [-h] COMMAND ...", "", f"{program}'s commands, served by Parity (`parity --help`).", ""]
    lines += [f"  {name:<12} {text}" for name, text in commands.items()]
    return "\n".join([*lines, "", f"`{program} COMMAND --help` tells more about each.", ""])


__all__ = ["DEFAULTS", "CondaOutput", "ask", "names", "parser_of", "run", "usage"]
