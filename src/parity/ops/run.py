"""Run a command inside an environment: on POSIX the process becomes the command, on Windows it waits for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parity.core.shells import posix
from parity.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parity.core.activation import Activation

NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""Exit codes of POSIX shells, XCU 2.8.2."""


class CommandNotFoundError(NotFoundError):
    """The command is neither in the environment nor elsewhere on PATH; the exit code is a shell's."""

    exit_code = NOT_FOUND


class NotExecutableError(NotFoundError):
    """The command is there and cannot be executed; the exit code is a shell's."""

    exit_code = NOT_EXECUTABLE


def run(
    command: Sequence[str],
    activation: Activation,
    environ: Mapping[str, str],
    *,
    cwd: str | None = None,
    search: Sequence[str] = (),
) -> int:
    """Run a command with an activation applied.

    Standard streams, signals and the exit code are the command's own. On POSIX this returns only by raising:
    the process is replaced.

    Args:
        command: program and arguments.
        activation: what to change first; its scripts are run by a shell.
        environ: variables of this process.
        cwd: directory to run in; the current one where None.
        search: directories to look for the program in, before those of PATH.

    Returns:
        The exit code (on Windows).

    Raises:
        NotFoundError: the program or the directory is not there.
    """
    if cwd is not None:
        try:
            os.chdir(cwd)
        except OSError as error:
            raise NotFoundError(f"cannot change to the directory {cwd}: {error.strerror}") from error
        environ = {**environ, "PWD": os.getcwd()}  # noqa: PTH109
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        return _run_windows(command, activation, environ, search)
    return _become(command, activation, environ, search)


def in_child(body: Callable[[], int]) -> int:
    """Run what replaces the process in a child (POSIX), hand signals on, and wait for it.

    Returns:
        The exit code, as a shell tells it: 128 and the number of the signal that ended it.
    """
    import signal

    from parity.errors import ParityError

    child = os.fork()
    if not child:
        try:
            code = body()
        except ParityError as error:
            sys.stderr.write("".join(f"{line}\n" for line in (f"error: {error.message}", *(
                f"  hint: {hint}" for hint in error.hints))))  # fmt: skip
            code = error.exit_code
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        sys.stderr.flush()
        os._exit(code)
    # Ctrl-C reaches every process of the terminal: the command decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: os.kill(child, caught))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _become(command: Sequence[str], activation: Activation, environ: Mapping[str, str], search: Sequence[str]) -> int:
    applied = activation.apply(environ)
    if activation.before or activation.after:
        # The scripts may change PATH, so the shell looks for the program; a function keeps them from our arguments.
        lines = posix.script(activation, {"PATH": environ.get("PATH", "")})
        script = f'enter() {{\n{lines}}}\nenter\nunset -f enter\nexec "$@"\n'
        path = applied.get("PATH", os.defpath)
        shell = find_program("bash", path) or find_program("sh", path) or "/bin/sh"
        _exec(shell, [shell, "-c", script, "parity run", *command], environ)
    program = _locate(command[0], applied.get("PATH", os.defpath), search)
    if search:  # What is not found by PATH has to be called by its place: Python looks there for itself.
        command = [program, *command[1:]]
    try:
        _exec(program, command, applied)
    except OSError as error:
        import errno

        if error.errno == errno.ENOEXEC:
            # A script without `#!`: what execvp(3) and every shell do with it.
            _exec("/bin/sh", ["/bin/sh", program, *command[1:]], applied)
        raise NotExecutableError(f"cannot run {program}: {error.strerror}") from error
    return NOT_EXECUTABLE  # pragma: no cover  (exec does not return)


def _exec(program: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
    import signal

    # Python ignores these for itself, and what is ignored stays so in the program that takes its place.
    for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.execve(program, list(command), dict(environ))  # noqa: S606  (no shell is wanted)


def _run_windows(
    command: Sequence[str], activation: Activation, environ: Mapping[str, str], search: Sequence[str]
) -> int:
    import signal
    import subprocess

    applied = activation.apply(environ)
    path = next((value for name, value in applied.items() if name.upper() == "PATH"), "")
    program = _locate(command[0], path, search, applied.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";"))
    line: str | list[str] = [program, *command[1:]]
    if activation.before or activation.after:
        line = windows_command_line(activation, [program, *command[1:]])
    # Ctrl-C reaches every process of the console: the command decides what it means.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run(line, env=applied, check=False).returncode


def windows_command_line(activation: Activation, command: Sequence[str]) -> str:
    """The command line for cmd.exe that calls the scripts of an activation and then the command.

    Everything is quoted; only `%NAME%` of an existing variable cannot be kept from being replaced.
    """
    calls = [f'call "{script}"' for script in (*activation.before, *activation.after)]
    words = " ".join('"' + word.replace('"', '\\"') + '"' for word in command)
    return f'cmd.exe /d /s /c "{" && ".join([*calls, words])}"'


def _locate(program: str, path: str, search: Sequence[str], suffixes: Sequence[str] = ()) -> str:
    path = os.pathsep.join([*search, path])
    found = find_program(program, path, suffixes)
    if found:
        return found
    if os.path.exists(program) and os.path.dirname(program):  # noqa: PTH110, PTH120
        what = "is a directory" if os.path.isdir(program) else "may not be executed"  # noqa: PTH112
        raise NotExecutableError(f"{program} {what}", hints=[f"`chmod +x {program}` makes a file executable"])
    raise CommandNotFoundError(
        f"there is no command `{program}` in the environment or on PATH",
        hints=["`parity list` shows what is installed", "`parity install` adds packages"],
    )


def find_program(program: str, path: str, suffixes: Sequence[str] = ()) -> str | None:
    """The file that a program name means.

    Args:
        program: name, or a path, which is taken as it is.
        path: directories, separated as in PATH.
        suffixes: endings that a name may lack (PATHEXT on Windows).
    """
    endings = ["", *suffixes]
    if any(program.lower().endswith(suffix.lower()) for suffix in suffixes):
        endings = [""]
    elif suffixes:
        endings = list(suffixes)
    directories = [""] if os.path.dirname(program) else path.split(os.pathsep)  # noqa: PTH120
    for directory in directories:
        for ending in endings:
            file = os.path.join(directory, program + ending)  # noqa: PTH118
            if os.path.isfile(file) and os.access(file, os.X_OK):  # noqa: PTH113
                return file
    return None
