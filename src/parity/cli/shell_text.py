"""`parity shell.SHELL activate|deactivate|reactivate|hook`: text that a shell evaluates, as conda gives it.

The words are read by hand: this runs at every activation and at the start of every shell.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from parity.core import shells
from parity.errors import InputError, ParityError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from parity.core.activation import Activation
    from parity.core.ports import Progress
    from parity.core.settings import Settings
    from parity.wiring import Services

_USAGE = """usage: {name} activate [--stack | --no-stack] [NAME | PATH | -n NAME | -p PATH]
       {name} deactivate

Enter an environment, or leave the active one for the one below it.

  --stack     keep the programs of the active environment behind those of the new one
  --no-stack  do not, whatever the setting auto_stack says
"""


def run(words: Sequence[str], *, hook: Callable[[str], str] | None = None, name: str = "parity") -> int:
    """Answer one command line.

    Args:
        words: `shell.SHELL`, then the command and its arguments.
        hook: the text of the hook for a shell; Parity's own where None.
        name: of the program, for the usage.

    Raises:
        InputError: a shell, a command or an option that does not exist.
        NotFoundError: there is no such environment.
    """
    name_of_shell, _, form = words[0].removeprefix("shell.").partition("+")
    shell = shells.shell_named(name_of_shell)
    command, *rest = words[1:] or [""]
    if "-h" in rest or "--help" in rest:
        # Standard output is evaluated.
        sys.stderr.write(_USAGE.format(name=name))
        return 0
    services = make_services(words)
    if command == "hook":
        write(hook(shell) if hook else hook_text(services, shell))
        return 0
    write(change_text(services, shell, command, rest, form=form))
    return 0


def change_text(services: Services, shell: str, command: str, words: Sequence[str] = (), *, form: str = "") -> str:
    """What a shell evaluates to change its environment.

    Args:
        services: of this call; their variables are those of the shell.
        shell: a key of `core.shells.SHELLS`.
        command: `activate`, `deactivate` or `reactivate`.
        words: arguments of the command.
        form: `json` for the change as data, as `conda shell.posix+json` gives it.

    Raises:
        InputError: an unknown command, option or form.
        NotFoundError: there is no such environment.
    """
    from parity.cli import activation
    from parity.store import prefixes

    dialect = shells.dialect(shell)
    change: Activation
    if command == "activate":
        prefix, stack = _target(services, words)
        if prefixes.has_pending(prefix):
            make_services([command, *words], all_settings=True).heal(prefix)
        change = activation.enter(services, prefix, suffix=dialect.SUFFIX, stack=stack)
    elif command in {"deactivate", "reactivate"}:
        if words:
            raise InputError(f"`{command}` takes no arguments, and got `{' '.join(words)}`")
        change = (activation.leave if command == "deactivate" else activation.refresh)(services, suffix=dialect.SUFFIX)
    else:
        raise InputError(
            f"there is no command `{command}` for a shell to evaluate",
            hints=["there are `hook`, `activate`, `deactivate` and `reactivate`"],
        )
    if form == "json":
        return _as_json(change)
    if form:
        raise InputError(f"there is no form `{form}` of it", hints=[f"`shell.{shell}+json` gives it as data"])
    if not dialect.SUFFIX:
        from parity.ops.shell_scripts import settle

        change = settle(change, services.environ)
    text = dialect.script(change, services.environ)
    return _file_for_cmd(text) if shell == "cmd.exe" else text


def _as_json(change: Activation) -> str:
    import json

    export = {name: value for name, value in change.assign.items() if name.upper() != "PATH"}
    path = {name: value.split(os.pathsep) for name, value in change.assign.items() if name not in export}
    data = {
        "path": path,
        "vars": {"export": export, "set": {}, "unset": list(change.unset)},
        "scripts": {"activate": list(change.after), "deactivate": list(change.before)},
    }
    return json.dumps(data, indent=2) + "\n"


def hook_text(
    services: Services,
    shell: str,
    *,
    name: str = "parity",
    command: tuple[str, ...] = (),
    changing: tuple[str, ...] = shells.CHANGING,
    variables: Mapping[str, str] | None = None,
) -> str:
    """What a shell reads at its start: kept in the root's cache, so that it is not made each time.

    Args:
        services: of this call.
        shell: a key of `core.shells.SHELLS`.
        name: of the function that the shell gets.
        command: words that run the program; this one where empty.
        changing: sub-commands after which the active environment is activated anew.
        variables: to set in the shell before everything else.
    """
    from parity import __version__
    from parity.store.hooks import cached

    asked = shells.Hook(
        shell, command or program_words(), name, changing, _activated_at_start(services), variables or {}
    )
    place = (shell, name, *asked.command)
    key = (__version__, _stamp(shell), *changing, asked.activate, *map(str, asked.variables.items()))
    return cached(services.root_path / "cache", place, key, lambda: shells.dialect(shell).hook(asked))


def program_words(name: str = "parity") -> tuple[str, ...]:
    """What to write to run this program from anywhere: the path of its script, else Python with the module."""
    script = os.path.abspath(sys.argv[0])  # noqa: PTH100
    stem = os.path.splitext(os.path.basename(script))[0]  # noqa: PTH119, PTH122
    return (script,) if stem == name and os.access(script, os.X_OK) else (sys.executable, "-P", "-m", "parity")


def _stamp(shell: str) -> str:
    """Tells one state of the module that makes a hook from another, also between versions."""
    try:
        return str(os.stat(os.path.join(shells.__path__[0], f"{shells.SHELLS[shell]}.py")).st_mtime_ns)  # noqa: PTH116, PTH118
    except OSError:
        return ""


def _activated_at_start(services: Services) -> str:
    """The environment that new shells activate; "" for none."""
    try:
        return services.settings.default_activation_env if services.settings.auto_activate else ""
    except ParityError:
        # A shell has to start, whatever a file says; the next command tells what is wrong with it.
        return ""


def _target(services: Services, words: Sequence[str]) -> tuple[Path, bool | None]:
    stack: bool | None = None
    name = prefix = None
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in {"--stack", "--no-stack"}:
            stack = word == "--stack"
        elif word in {"-n", "--name", "-p", "--prefix"}:
            if not rest or name or prefix:
                raise InputError(f"{word} takes the one environment to activate")
            value = rest.pop(0)
            name, prefix = (value, None) if word in {"-n", "--name"} else (None, value)
        elif word.startswith("-"):
            raise InputError(f"there is no option {word}", hints=["`parity activate --help` shows which there are"])
        elif name or prefix:
            raise InputError("only one environment can be activated at a time")
        else:
            name, prefix = (None, word) if _is_path(word) else (word, None)
    if not name and not prefix:
        default = services.settings.default_activation_env
        name, prefix = (None, default) if _is_path(default) else (default, None)
    return services.root.existing(name, prefix, services.environ), stack


def _is_path(word: str) -> bool:
    return "/" in word or os.sep in word or word in {".", ".."} or word.startswith("~")


def _file_for_cmd(text: str) -> str:
    """Write a batch file; cmd.exe calls the file that it is told the name of, and deletes it."""
    import tempfile

    with tempfile.NamedTemporaryFile("wb", prefix="parity-", suffix=".bat", delete=False) as file:
        file.write(text.encode("utf-8", "surrogateescape"))
    return file.name + "\r\n"


def write(text: str) -> None:
    """Put text on standard output as it is: no line ends changed, bytes that are no UTF-8 kept."""
    try:
        data = os.fsencode(text)
    except UnicodeEncodeError:
        # A variable of an environment has characters that this locale does not know.
        data = text.encode("utf-8", "surrogateescape")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def make_services(words: Sequence[str], *, all_settings: bool = False) -> Services:
    """Services that print nothing on standard output and ask nothing.

    Args:
        words: of the command line.
        all_settings: read every setting, not only those of `store.shell_settings`.
    """
    from parity.cli.output import Output
    from parity.wiring import Services

    output = Output(out=sys.stderr)

    def progress() -> Progress:
        from parity.cli.progress import make_progress

        return make_progress(output)

    def refuse(question: str) -> bool:
        raise RefusedError(f"a shell cannot be asked while it activates: {question}")

    class ShellServices(Services):
        @cached_property
        def settings(self) -> Settings:
            from parity.store import shell_settings

            return shell_settings.load(self.environ, self.home, self.root_path, sys.platform)

    made = Services if all_settings else ShellServices
    return made({}, output=output, progress=progress, ask=refuse, command=" ".join(["parity", *words]))
