"""Build installers: a locked environment as one file that a shell runs, without a network, as Miniconda's.

parity installer build -o Analysis-1.0-linux-64.sh
parity installer build -n work --slim -o Work.sh
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    from parity.cli.common import add_command, add_part, add_target

    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = add_command(commands, "build", "write an installer: the same lock gives the same bytes")
    build.add_argument("lock", nargs="?", metavar="LOCK", help="the lock; the one of this directory by default")
    add_target(build)
    build.add_argument("-o", "--output", required=True, metavar="FILE", help="the installer, as Name-1.0-linux-64.sh")
    build.add_argument("--force", action="store_true", help="replace a file that is there")
    add_part(build)
    group = build.add_argument_group("the installer")
    group.add_argument("--title", metavar="NAME", help="of what it installs, into ~/NAME; up to the first - of FILE")
    group.add_argument("--release", default="", metavar="VERSION", help="version of what it installs")
    group.add_argument("--licence", "--license", metavar="FILE", help="text to accept, besides licences of packages")
    group.add_argument("--root", action="store_true",
                       help="it brings Parity, with the commands conda, mamba and micromamba")  # fmt: skip
    group.add_argument("--compile", action="store_true", default=None, help="with a lock: bring Python bytecode")
    group.add_argument("--slim", action="store_true",
                       help="leave out static libraries, documentation, tests, symbols, bytecode")  # fmt: skip
    group.add_argument("--without", metavar="FILE", help="globs of further files to leave out, a line each")
    group.add_argument("--as-is", action="store_true", help="take also files that were changed since they came")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.cli.pack import output_of, source_of
    from parity.errors import StorageError
    from parity.wiring import installing

    began = time.monotonic()
    output = output_of(args, services)
    if output.exists() and not args.force:
        raise StorageError(f"{output} is there already", hints=["--force replaces it"])
    wish = installing.Wish(
        name=args.title or output.stem.partition("-")[0],
        version=args.release,
        licence=_text(args.licence),
        is_root=args.root,
        slim=args.slim,
        without=_text(args.without),
        as_is=args.as_is,
    )
    source, lock = source_of(args, services, locked=not (args.name or args.prefix))
    if services.dry_run:
        services.output.outcome(f"Would write {output}.")
        return 0
    with source as prefix:
        made = installing.build(services, prefix, output, wish, lock=lock)
    for text in made.warnings:
        services.output.warn(text)
    services.output.result({"success": True, **asdict(made), "path": str(made.path)})
    for rule, (files, size) in made.saved.items():
        services.output.note(f"without {rule}: {files} files, {size / 1e6:.1f} MB")
    services.output.outcome(
        f"{made.path.name}: {made.size / 1e6:.1f} MB, installs {made.files} files of {made.installed / 1e6:.1f} MB; "
        f"made in {time.monotonic() - began:.1f} s\nsha256 {made.sha256}\n{made.fingerprint}"
    )
    return 0


def _text(file: str | None) -> str:
    from parity.store.files import translated

    if not file:
        return ""
    path = Path(file).expanduser()
    with translated(path, "read"):
        return path.read_text(encoding="utf-8")
