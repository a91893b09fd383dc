"""Text for cmd.exe: batch files, since it evaluates no text and has no functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.activation import PROMPT, is_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.activation import Activation
    from parity.core.shells import Hook

SUFFIX = ".bat"


def quote(text: str) -> str:
    """A text inside the quotation marks of a batch file; a line cannot be ended in one, so it becomes a blank."""
    return text.replace("%", "%%").replace("\r\n", " ").replace("\n", " ")


def script(change: Activation, environ: Mapping[str, str]) -> str:
    """An activation as a batch file to `CALL`; `PROMPT` is in `environ` where it is set."""
    lines = [
        *(f'@CALL "{quote(path)}"' for path in change.before),
        *(f'@SET "{name}="' for name in change.unset if is_variable(name)),
        *(f'@SET "{name}={quote(value)}"' for name, value in change.assign.items() if is_variable(name)),
    ]
    if PROMPT in change.assign or PROMPT in change.unset:
        prompt, old = environ.get("PROMPT", "$P$G"), environ.get(PROMPT, "")
        new = change.assign.get(PROMPT, "")
        lines.append(f'@SET "PROMPT={quote(new + (prompt.replace(old, "", 1) if old else prompt))}"')
    lines += [f'@CALL "{quote(path)}"' for path in change.after]
    return "".join(line + "\r\n" for line in lines)


_HOOK = """@IF "%~1"=="activate" GOTO :change
@IF "%~1"=="deactivate" GOTO :change
@CALL @COMMAND@ %*
@IF ERRORLEVEL 1 EXIT /B %ERRORLEVEL%
@FOR %%C IN (@CHANGING@) DO @IF "%~1"=="%%C" GOTO :again
@EXIT /B 0
:again
@IF "%CONDA_SHLVL%"=="" EXIT /B 0
@IF "%CONDA_SHLVL%"=="0" EXIT /B 0
@SET "__PARITY_SCRIPT="
@FOR /F "delims=" %%T IN ('CALL @COMMAND@ shell.cmd.exe reactivate') DO @SET "__PARITY_SCRIPT=%%T"
@GOTO :call
:change
@SET "__PARITY_SCRIPT="
@FOR /F "delims=" %%T IN ('CALL @COMMAND@ shell.cmd.exe %*') DO @SET "__PARITY_SCRIPT=%%T"
@IF "%__PARITY_SCRIPT%"=="" EXIT /B 1
:call
@IF "%__PARITY_SCRIPT%"=="" EXIT /B 1
@CALL "%__PARITY_SCRIPT%"
@DEL /F /Q "%__PARITY_SCRIPT%"
@SET "__PARITY_SCRIPT="
"""


def hook(asked: Hook) -> str:
    """The batch file that stands for the program on PATH."""
    text = "".join(f'@SET "{name}={quote(value)}"\n' for name, value in asked.variables.items()) + _HOOK
    command = " ".join(f'"{quote(word)}"' for word in asked.command)
    text = text.replace("@CHANGING@", " ".join(asked.changing)).replace("@COMMAND@", command)
    return text.replace("\n", "\r\n")


def autorun(folder: str, activate: str = "") -> str:
    """The batch file for the registry's `AutoRun`: puts the folder with the hook first on PATH, once.

    Args:
        folder: where `parity.bat` (the hook) is.
        activate: environment to activate in a new shell; "" for none.
    """
    lines = [
        "@IF DEFINED __PARITY_AUTORUN EXIT /B 0",
        '@SET "__PARITY_AUTORUN=1"',
        '@IF NOT DEFINED CONDA_SHLVL SET "CONDA_SHLVL=0"',
        f'@SET "PATH={quote(folder)};%PATH%"',
    ]
    if activate:
        lines.append(f'@CALL parity.bat activate "{quote(activate)}"')
    return "".join(line + "\r\n" for line in lines)
