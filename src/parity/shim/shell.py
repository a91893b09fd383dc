"""`shell.SHELL hook|activate|deactivate|reactivate`, `init`, mamba's `shell`: Parity's shell functions as conda's."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parity.errors import NotFoundError, ParityError
from parity.shim import DIALECTS, errors
from parity.shim.errors import CondaError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from parity.wiring import Services

CHANGING = ("install", "update", "upgrade", "remove", "uninstall")
"""Commands after which the shell activates its environment anew."""


def answer(words: Sequence[str], dialect: str) -> int:
    """Answer `shell.SHELL COMMAND ...`, whose output a shell evaluates; returns the exit code."""
    from parity.cli import shell_text

    def hook(shell: str) -> str:
        services = shell_text.make_services(words)
        return on_path(shell, program_words(dialect)[0]) + shell_text.hook_text(
            services, shell, name=dialect, command=program_words(dialect), changing=CHANGING,
            variables=variables(dialect, str(services.root_path)),
        )  # fmt: skip

    try:
        try:
            return shell_text.run(words, hook=hook, name=dialect)
        except NotFoundError as error:
            if words[1:2] != ["activate"]:
                raise
            named = [word for word in words[2:] if not word.startswith("-")]
            is_path = bool(named) and ("/" in named[-1] or os.sep in named[-1])
            raise (errors.location_not_found if is_path else errors.name_not_found)(
                named[-1] if named else "base"
            ) from error
    except ParityError as error:
        sys.stderr.write(errors.as_text(error))
        return errors.exit_code(error)


_ON_PATH = {
    "posix": 'case ":${{PATH-}}:" in *":"{0}":"*) ;; *) \\export PATH={0}:"${{PATH-}}" ;; esac\n',
    "fish": "contains -- {0} $PATH; or set -gx PATH {0} $PATH;\n",
    "xonsh": "if {0} not in __xonsh__.env['PATH']:\n    __xonsh__.env['PATH'].insert(0, {0})\n",
    "powershell": "if (-not (($Env:PATH -split [IO.Path]::PathSeparator) -contains {0})) "
    "{{ $Env:PATH = {0} + [IO.Path]::PathSeparator + $Env:PATH }}\n",
}


def on_path(shell: str, program: str) -> str:
    """Text that puts the directory of our executables on PATH, for scripts and programs that this shell starts."""
    from parity.core.shells import SHELLS, dialect

    kind = SHELLS[shell]
    directory = os.path.dirname(program)  # noqa: PTH120
    if kind not in _ON_PATH or os.path.basename(program).partition(".")[0] not in DIALECTS:  # noqa: PTH119
        return ""
    quoted = repr(directory) if kind == "xonsh" else dialect(shell).quote(directory)
    return _ON_PATH[kind].format(quoted)


def program_words(dialect: str) -> tuple[str, ...]:
    """What to write to run this program from anywhere."""
    script = os.path.abspath(sys.argv[0])  # noqa: PTH100
    stem = os.path.splitext(os.path.basename(script))[0]  # noqa: PTH119, PTH122
    if stem in DIALECTS and os.access(script, os.X_OK):
        return (script,)
    return (sys.executable, "-P", "-m", "parity.shim", dialect)


def variables(dialect: str, root: str) -> Mapping[str, str]:
    """What conda's, or mamba's, hook tells programs about itself."""
    script = program_words(dialect)[0]
    if dialect == "conda":
        return {"CONDA_EXE": script, "_CE_M": "", "_CE_CONDA": "", "CONDA_PYTHON_EXE": sys.executable}
    return {"MAMBA_EXE": script, "MAMBA_ROOT_PREFIX": root}


def run(args: argparse.Namespace, services: Services) -> int:
    """`init`, `shell`, and `activate` and `deactivate` where the shell has no function for them."""
    if args.path == "init":
        return _init(args.shells, args, services, everything=args.all, reverse=args.reverse)
    if args.path == "shell":
        return _shell(args, services)
    raise CondaError(
        "CondaError", f"Run '{args.dialect} init' before '{args.dialect} {args.path}'",
        hints=[f'eval "$({args.dialect} shell.bash hook)" makes it known to this shell, if it is bash',
               f"`{args.dialect} run -n NAME COMMAND` needs no shell function"],
    )  # fmt: skip


def _init(
    names: Sequence[str], args: argparse.Namespace, services: Services, *, everything: bool, reverse: bool
) -> int:
    from parity.cli import init
    from parity.core.shells import SHELLS, default_shell, shell_named

    shells = list(dict.fromkeys(map(shell_named, names)))
    if everything:
        shells = [shell for shell in SHELLS if shell in shells or init.installed(shell, anyway=reverse)]
    shells = shells or [default_shell(services.environ, windows=sys.platform == "win32")]
    dialect = str(args.dialect)
    report = init.edit_shells(
        services, shells, program_words(dialect), name=dialect, reverse=reverse, changing=CHANGING,
        variables=variables(dialect, str(services.root_path)),
    )  # fmt: skip
    for entry in report:
        services.output.line(f"{'modified' if entry['changed'] else 'no change':<13} {entry['path']}")
    if any(entry["changed"] for entry in report):
        services.output.line("\n==> For changes to take effect, close and re-open your current shell. <==\n")
    services.output.result({"success": True, "dry_run": services.dry_run, "files": report})
    return 0


def _shell(args: argparse.Namespace, services: Services) -> int:
    """Mamba's `shell hook -s bash`, `shell init`, `shell activate NAME`: the shell is an option there."""
    command, *more = args.words or ["hook"]
    if command in {"init", "deinit", "reinit"}:
        if more:
            raise CondaError("ArgumentError", f"`shell {command}` takes no {' '.join(more)}")
        shells = [args.shell] if args.shell else []
        return _init(shells, args, services, everything=False, reverse=command == "deinit")
    if args.root_prefix:
        os.environ["PARITY_ROOT"] = str(services.root_path)  # what follows reads the variables of the process
    options = [f"--{name}" for name, given in (("stack", args.stack), ("no-stack", args.no_stack)) if given]
    place = ["-n", args.name] if args.name else ["-p", args.prefix] if args.prefix else []
    from parity.core.shells import default_shell

    shell = args.shell or default_shell(services.environ, windows=sys.platform == "win32")
    return answer([f"shell.{shell}", command, *options, *place, *more], args.dialect)
