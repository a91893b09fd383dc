"""Make a channel from PyPI packages; index a directory of packages.

parity channel import --to DIR --python 3.11 --interpreter 3.11 numpy 'uvicorn[standard]'
parity channel index DIR
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_command, add_index

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from parity.ops.channel_import import Imported
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    from parity.core.platforms import SUBDIRS

    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    importer = add_command(
        commands, "import", "turn PyPI packages and all they depend on into conda packages of a channel"
    )
    importer.add_argument("requirements", nargs="*", metavar="REQUIREMENT", help="as pip takes it: 'numpy>=2'")
    importer.add_argument("--to", required=True, metavar="DIR", help="directory of the channel; what it holds stays")
    importer.add_argument("--python", metavar="VERSION", help="Python to choose wheels for, as 3.11")
    importer.add_argument("-P", "--platform", action="append", dest="platforms", choices=SUBDIRS, metavar="SUBDIR",
                          help="platform to choose wheels for; may be repeated; this one by default")  # fmt: skip
    importer.add_argument("--interpreter", metavar="PATH|VERSION", help="put a Python into the channel, too")
    add_index(importer)
    importer.add_argument("--find-links", action="append", default=[], metavar="DIR|URL", help="further wheels")
    indexer = add_command(commands, "index", "write the repodata of a directory of packages")
    indexer.add_argument("directory", metavar="DIR")


def run(args: argparse.Namespace, services: Services) -> int:
    return _index(args, services) if args.action == "index" else _import(args, services)


def _index(args: argparse.Namespace, services: Services) -> int:
    from parity.wiring import channels

    channel = Path(args.directory).absolute()
    counts = channels.index(services, channel)
    services.output.result({"success": True, "channel": str(channel), "packages": counts})
    services.output.table(["Subdir", "Packages"], [[subdir, str(count)] for subdir, count in counts.items()])
    return 0


def _import(args: argparse.Namespace, services: Services) -> int:
    from parity.wiring import channels

    channel = Path(args.to).absolute()
    imported = channels.import_packages(
        services,
        args.requirements,
        channel,
        python=args.python,
        interpreter=args.interpreter or "",
        platforms=args.platforms or (),
        find_links=args.find_links,
    )
    _show(imported, channel, services)
    return 0


def _show(imported: Sequence[Imported], channel: Path, services: Services) -> None:
    output = services.output
    output.result(
        {
            "success": True,
            "channel": str(channel),
            "dry_run": services.dry_run,
            "packages": [asdict(one) for one in imported],
        }
    )
    if services.dry_run:
        rows = [[one.name, one.version, one.subdir, one.project] for one in imported]
        output.table(["Name", "Version", "Platform", "PyPI"], rows)
        return
    rows = [[one.name, one.version, one.build, one.subdir, one.project] for one in imported if one.new]
    if rows:
        output.table(["New", "Version", "Build", "Subdir", "PyPI"], rows)
    new = sum(one.new for one in imported)
    output.note(f"{new} new of {len(imported)} packages in {channel}")
    if not any(channel.glob("*/python-3*.conda")):
        output.note("the channel has no Python; add one with --interpreter VERSION, or put another channel beside it")
