"""Shells: for each dialect a module that writes an activation, and the function that takes part in the shell, as text.

Each module has `SUFFIX` (of the scripts in `activate.d`; "" for a shell that cannot read any, so that another one has
to run them), `script(change, environ)` and `hook(asked)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from parity.errors import InputError
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.activation import Activation

SHELLS = {
    "bash": "posix",
    "zsh": "posix",
    "dash": "posix",
    "posix": "posix",
    "fish": "fish",
    "xonsh": "xonsh",
    "nu": "nushell",
    "powershell": "powershell",
    "cmd.exe": "cmd",
}
"""Shell -> module of its dialect."""

ALIASES = {"sh": "posix", "ash": "posix", "ksh": "posix", "nushell": "nu", "pwsh": "powershell", "cmd": "cmd.exe"}

CHANGING = ("install", "update", "upgrade", "remove", "uninstall", "sync")
"""Commands after which the active environment is activated anew."""


@dataclass(frozen=True, slots=True)
class Hook:
    """What the text that a shell reads at its start is made from.

    Attributes:
        shell: a key of `SHELLS`.
        command: words that run the program, the first an absolute path.
        name: of the function.
        changing: sub-commands after which the active environment is activated anew.
        activate: environment to activate in a new shell; "" for none.
        variables: to set before everything else (`CONDA_EXE` and the like).
    """

    shell: str
    command: tuple[str, ...]
    name: str = "parity"
    changing: tuple[str, ...] = CHANGING
    activate: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """What a module of a dialect has."""

    SUFFIX: str

    def quote(self, text: str) -> str: ...
    def script(self, change: Activation, environ: Mapping[str, str]) -> str: ...
    def hook(self, asked: Hook) -> str: ...


def shell_named(name: str) -> str:
    """The key of `SHELLS` that a name or the path of a program means.

    Raises:
        InputError: there is none.
    """
    text = name.replace("\\", "/").rpartition("/")[2].lstrip("-").lower()
    for word in (text, text.removesuffix(".exe")):
        word = ALIASES.get(word, word)
        if word in SHELLS:
            return word
    raise InputError(
        f"`{name}` is not a shell that Parity knows",
        hints=[f"it knows {', '.join(SHELLS)}", "`parity run` needs no shell", "`parity shell` starts any shell"],
    )


def default_shell(environ: Mapping[str, str], *, windows: bool) -> str:
    """The shell that a person most likely uses: that of `SHELL`, else the one that comes with the system."""
    if windows:
        return "powershell"
    try:
        return shell_named(environ.get("SHELL") or "bash")
    except InputError:
        return "bash"


def dialect(shell: str) -> Dialect:
    """The module for a key of `SHELLS`."""
    return cast("Dialect", import_module(f"parity.core.shells.{SHELLS[shell]}"))
