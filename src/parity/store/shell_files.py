"""The files that shells read at their start: changed as a whole, with a copy of what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.store.files import atomic_write, translated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BACKUP = ".before-{name}-init"
"""Ending of the copy."""


def edit(
    path: Path, change: Callable[[str | None], str | None], *, name: str = "parity", dry_run: bool = False
) -> bool:
    """Change one file.

    Args:
        path: the file; it need not exist.
        change: new content from the old; None stands for no file.
        name: of the program, in the name of the copy.
        dry_run: only say whether anything would change.

    Returns:
        Whether it changed, or would.

    Raises:
        StorageError: it cannot be read or written; nothing has changed then.
    """
    with translated(path, "read"):
        try:
            old = path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            old = None
    new = change(old)
    if new == old or dry_run:
        return new != old
    if old is not None and new is not None:
        mode = path.stat().st_mode & 0o777
        atomic_write(
            path.with_name(path.name + BACKUP.format(name=name)), old.encode("utf-8", "surrogateescape"), mode=mode
        )
    if new is None:
        with translated(path, "remove"):
            path.unlink()
    else:
        atomic_write(path, new.encode("utf-8", "surrogateescape"))
    return True


def edit_autorun(change: Callable[[str], str], *, dry_run: bool = False) -> bool:
    """Change what cmd.exe runs at its start (Windows only); returns whether it changed, or would.

    Raises:
        StorageError: the registry cannot be written.
    """
    import winreg

    where = r"Software\Microsoft\Command Processor"
    with translated(where), winreg.CreateKey(winreg.HKEY_CURRENT_USER, where) as key:  # type: ignore[attr-defined,unused-ignore]
        try:
            old = str(winreg.QueryValueEx(key, "AutoRun")[0])  # type: ignore[attr-defined,unused-ignore]
        except FileNotFoundError:
            old = ""
        new = change(old)
        if new != old and not dry_run:
            winreg.SetValueEx(key, "AutoRun", 0, winreg.REG_SZ, new)  # type: ignore[attr-defined,unused-ignore]
        return new != old
