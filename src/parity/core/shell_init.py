"""The block that `init` puts into the files that shells read at their start: where, what, and how it goes again.

The block has conda's form: two marked lines and what is between them. It notes how the file was before, so that
taking it away gives back the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.shells import nushell, posix, powershell
from parity.core.shells.fish import quote as fish_quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MADE = "# This file was made for it."
_NO_END = "# The line before had no line end."

_LOGIN = (".bash_profile", ".bash_login", ".profile")
"""What bash reads as a login shell: the first of these that is there, and never .bashrc."""


def places(
    shell: str, environ: Mapping[str, str], home: str, system: str, exists: Callable[[str], bool]
) -> tuple[str, ...]:
    """The files that a shell reads at its start and that are a person's own.

    Args:
        shell: a key of `core.shells.SHELLS`.
        environ: XDG_CONFIG_HOME, ZDOTDIR and APPDATA are looked at.
        home: the person's home directory.
        system: `sys.platform`.
        exists: tells whether a file is there.
    """
    windows = system == "win32"
    config = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    if shell == "bash":
        found = next((name for name in _LOGIN if exists(f"{home}/{name}")), None)
        return (f"{home}/.bashrc", f"{home}/{found or ('.bash_profile' if system == 'darwin' else '.profile')}")
    if shell == "zsh":
        return (f"{environ.get('ZDOTDIR') or home}/.zshrc",)
    if shell == "fish":
        return (f"{config}/fish/config.fish",)
    if shell == "xonsh":
        return (f"{home}/.xonshrc",)
    if shell == "nu":
        if windows:
            config = environ.get("APPDATA") or f"{home}/AppData/Roaming"
        elif system == "darwin" and not environ.get("XDG_CONFIG_HOME"):
            config = f"{home}/Library/Application Support"
        return (f"{config}/nushell/config.nu",)
    if shell == "powershell":
        if windows:
            return tuple(f"{home}/Documents/{name}/profile.ps1" for name in ("PowerShell", "WindowsPowerShell"))
        return (f"{config}/powershell/profile.ps1",)
    return (f"{home}/.profile",)


def block(shell: str, path: str, command: Sequence[str], *, name: str = "parity", hook_file: str = "") -> str:
    """The lines for one file, each with its end; without the marked lines.

    Args:
        shell: a key of `core.shells.SHELLS`.
        path: of the file: what is said in `.profile` is read by other shells as well.
        command: words that run the program, the first an absolute path; it may be gone one day.
        name: of the program.
        hook_file: where the text of the hook is, for a shell that evaluates no text (nu).
    """
    program, words = command[0], [*command, f"shell.{shell}", "hook"]
    if shell == "fish":
        return f"if test -x {fish_quote(program)}\n    {' '.join(map(fish_quote, words))} | source\nend\n"
    if shell == "xonsh":
        run = f"__import__('subprocess').run({words!r}, stdout=-1).stdout.decode()"
        return (
            f"if __import__('os').access({program!r}, 1):\n    execx({run}, 'exec', __xonsh__.ctx, filename={name!r})\n"
        )
    if shell == "nu":
        place = f"const {name}_hook = {nushell.quote(hook_file)}\n"
        return place + f"source (if (${name}_hook | path exists) {{ ${name}_hook }} else {{ null }})\n"
    if shell == "powershell":
        call = " ".join(map(powershell.quote, words))
        return (
            f"if (Test-Path -LiteralPath {powershell.quote(program)}) {{\n"
            f'    (& {call}) -join "`n" | Invoke-Expression\n}}\n'
        )
    call = " ".join(map(posix.quote, command))
    hook = "shell.${BASH_VERSION:+ba}sh hook" if path.endswith("/.profile") else f"shell.{shell} hook"
    # A login shell reads a second file, which often reads the first one.
    return (
        f"if [ -x {posix.quote(program)} ] && ! type __{name}_exe >/dev/null 2>&1; then\n"
        f'    eval "$({call} {hook})"\n'
        "fi\n"
    )


def with_block(text: str | None, lines: str, name: str = "parity") -> str:
    """A file with the block: in the place of an old one, else at the end.

    Args:
        text: content of the file; None where there is none.
        lines: from `block`.
        name: of the program, in the marked lines.
    """
    pattern = _pattern(name)
    notes = [_MADE] if text is None else []
    text = text or ""
    found = pattern.search(text)
    if found:
        notes = [note for note in (_MADE, _NO_END) if note in found.group().splitlines()]
    elif text and not text.endswith("\n"):
        notes = [_NO_END]
    whole = "".join(
        f"{line}\n"
        for line in (
            _begin(name),
            f"# `{name} init` writes this block, `{name} init --reverse` takes it away.",
            *notes,
            *lines.splitlines(),
            _end(name),
        )
    )
    if not found:
        return f"{text}\n{whole}" if notes == [_NO_END] else text + whole
    head, tail = text[: found.start()], text[found.end() :]
    return head + whole + pattern.sub("", tail)


def without_block(text: str | None, name: str = "parity") -> str | None:
    """A file without the block; None where there was no file before, and nothing was added to it since."""
    found = _pattern(name).search(text) if text is not None else None
    if text is None or not found:
        return text
    notes = found.group().splitlines()
    head, tail = text[: found.start()], _pattern(name).sub("", text[found.end() :])
    if _NO_END in notes and not tail:
        head = head.removesuffix("\n")
    return None if _MADE in notes and not head + tail else head + tail


def autorun(old: str, batch_file: str, *, reverse: bool = False) -> str:
    """The value of cmd.exe's `AutoRun` with, or without, the call of a batch file; other calls in it stay.

    Args:
        old: the value before; "" for none.
        batch_file: absolute path.
        reverse: take the call away.
    """
    call = f'if exist "{batch_file}" call "{batch_file}"'
    calls = [part.strip() for part in old.split(" & ") if part.strip() and part.strip() != call]
    return " & ".join(calls if reverse else [*calls, call])


def _begin(name: str) -> str:
    return f"# >>> {name} initialize >>>"


def _end(name: str) -> str:
    return f"# <<< {name} initialize <<<"


def _pattern(name: str) -> re.Pattern[str]:
    begin, end = re.escape(_begin(name)), re.escape(_end(name))
    return re.compile(rf"^{begin}[ \t]*\r?\n.*?^{end}[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
