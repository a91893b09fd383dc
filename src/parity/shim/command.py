"""Provide `conda`, `mamba` and `micromamba` commands that are Parity, for scripts and programs that call those.

parity shim install
parity shim install --dir ~/.local/bin
parity shim remove
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_command
from parity.errors import RefusedError
from parity.shim import files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="COMMAND", required=True)
    for name, text in (("install", "write them"), ("remove", "delete them")):
        command = add_command(actions, name, text)
        command.add_argument(
            "--dir",
            metavar="DIR",
            help="directory on PATH for the executables, besides `bin` and `condabin` of the root",
        )
        if name == "install":
            command.add_argument("--force", action="store_true", help="replace executables that are not Parity's")


def run(args: argparse.Namespace, services: Services) -> int:
    directory = Path(args.dir).expanduser().absolute() if args.dir else None
    wanted = files.texts(
        services.root.path,
        python=sys.executable,
        directory=directory,
        home=services.home,
        windows=sys.platform == "win32",
    )
    if args.action == "remove":
        return _remove(wanted, services)
    foreign = [path for path in wanted if path.exists() and not files.is_ours(path)]
    if foreign and not args.force:
        raise RefusedError(
            f"{', '.join(map(str, foreign))}: not made by Parity",
            hints=["choose another directory with --dir", "--force puts Parity's in its place"],
        )
    if not services.dry_run:
        for path, text in wanted.items():
            files.write(path, text)
        files.make_base(services.root.path)
    _show(wanted, services)
    if services.dry_run:
        services.output.note("Dry run: nothing was written.")
        return 0
    place = directory or services.root.path / "condabin"
    services.output.note(f"Put {place} on PATH before any other conda, or run: {place / 'conda'} init")
    return 0


def _remove(wanted: Mapping[Path, str], services: Services) -> int:
    ours = {path: text for path, text in wanted.items() if path.exists() and files.is_ours(path)}
    if not services.dry_run:
        for path in ours:
            path.unlink()
    _show(ours, services)
    return 0


def _show(paths: Mapping[Path, str], services: Services) -> None:
    for path in paths:
        services.output.line(str(path))
    services.output.result({"success": True, "dry_run": services.dry_run, "files": list(map(str, paths))})
