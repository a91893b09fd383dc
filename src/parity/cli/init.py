"""Make `parity activate` known to every new shell, by a marked block in the files that it reads at its start.

Doing it again changes nothing; `--reverse` gives the files back as they were. A copy of each changed file is kept
beside it.

    parity init bash zsh
    parity init --all --dry-run
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import shell_init
from parity.core.shells import SHELLS, Hook, default_shell, dialect, shell_named
from parity.errors import RefusedError
from parity.store import shell_files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "shells", nargs="*", metavar="SHELL", help=f"{', '.join(SHELLS)}; if none is given, that of $SHELL"
    )
    parser.add_argument("--all", action="store_true", help="every one of these shells that is installed here")
    parser.add_argument("--reverse", action="store_true", help="take the block away again")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.cli.shell_text import program_words

    shells = list(dict.fromkeys(map(shell_named, args.shells)))
    if args.all:
        shells = [shell for shell in SHELLS if shell in shells or installed(shell, anyway=args.reverse)]
    shells = shells or [default_shell(services.environ, windows=sys.platform == "win32")]
    report = edit_shells(services, shells, program_words(), reverse=args.reverse)
    changed = [entry for entry in report if entry["changed"]]
    services.output.result({"success": True, "dry_run": services.dry_run, "files": report})
    for entry in report:
        word = "no change" if not entry["changed"] else "would change" if services.dry_run else "changed"
        services.output.line(f"{word:<12} {entry['path']}")
    if changed and not services.dry_run and not args.reverse:
        services.output.note("open a new shell for `parity activate` to work")
    return 0


def edit_shells(
    services: Services, shells: Sequence[str], command: tuple[str, ...], *, name: str = "parity", reverse: bool = False,
    changing: tuple[str, ...] | None = None, variables: Mapping[str, str] | None = None,
) -> list[dict[str, object]]:  # fmt: skip
    """Put the block into the files of some shells, or take it away.

    Args:
        services: of this call; nothing is written in a dry run.
        shells: keys of `core.shells.SHELLS`.
        command: words that run the program, the first an absolute path; it is asked `shell.SHELL hook`.
        name: of the program and of the function that shells get.
        reverse: take the block away.
        changing: as in `core.shells.Hook`, for shells that cannot evaluate text and get a file.
        variables: as there.

    Returns:
        For each file its `shell`, `path` and whether it `changed` or would.

    Raises:
        RefusedError: cmd.exe, elsewhere than on Windows.
        StorageError: a file cannot be written.
    """
    report: list[dict[str, object]] = []
    done: set[Path] = set()
    folder = services.root_path / "hooks"
    for shell in shells:
        asked = Hook(shell, command, name, variables=variables or {})
        if changing is not None:
            asked = Hook(shell, command, name, changing, variables=variables or {})
        if shell == "cmd.exe":
            report.append(_cmd(services, asked, folder, reverse=reverse))
            continue
        hook_file = folder / f"{name}.nu" if shell == "nu" else None
        if hook_file is not None:
            text = None if reverse else dialect(shell).hook(asked)
            changed = _replace(services, hook_file, text)
            report.append({"shell": shell, "path": str(hook_file), "changed": changed})
        places = shell_init.places(
            shell, services.environ, services.home.as_posix(), sys.platform, lambda path: Path(path).exists()
        )
        for place in places:
            path = Path(place)
            lines = shell_init.block(shell, place, command, name=name, hook_file=str(hook_file or ""))

            def change(old: str | None, lines: str = lines) -> str | None:
                return shell_init.without_block(old, name) if reverse else shell_init.with_block(old, lines, name)

            if path not in done:  # bash and other shells share `.profile`
                done.add(path)
                changed = shell_files.edit(path, change, name=name, dry_run=services.dry_run)
                report.append({"shell": shell, "path": str(path), "changed": changed})
    return report


def _replace(services: Services, path: Path, text: str | None) -> bool:
    """Write or delete a file that is Parity's own."""
    try:
        old = path.read_bytes().decode()
    except OSError:
        old = None
    if old == text or services.dry_run:
        return old != text
    if text is None:
        path.unlink()
    else:
        from parity.store.files import atomic_write

        atomic_write(path, text.encode())
    return True


def _cmd(services: Services, asked: Hook, folder: Path, *, reverse: bool) -> dict[str, object]:
    if os.name != "nt":
        raise RefusedError("cmd.exe has no file to write here: its start is set in the registry of Windows")
    from parity.core.shells import cmd

    own = folder / "cmd"
    autorun = own / "autorun.bat"
    files = {own / f"{asked.name}.bat": cmd.hook(asked), autorun: cmd.autorun(str(own))}
    changed = [_replace(services, path, None if reverse else text) for path, text in files.items()]
    changed.append(
        shell_files.edit_autorun(
            lambda old: shell_init.autorun(old, str(autorun), reverse=reverse), dry_run=services.dry_run
        )
    )
    return {"shell": asked.shell, "path": str(autorun), "changed": any(changed)}


def installed(shell: str, *, anyway: bool) -> bool:
    """Whether a shell is on this machine; `anyway`: or could have been."""
    import shutil

    programs = {"powershell": ("pwsh", "powershell"), "posix": ("sh",)}.get(shell, (shell,))
    if shell == "cmd.exe" and sys.platform != "win32":
        return False
    return anyway or any(shutil.which(program) for program in programs)
