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
    from parity.ops.channel_index import channel_index

    channel = Path(args.directory).absolute()
    counts = channel_index(channel, services.conda.index, services.progress)
    services.output.result({"success": True, "channel": str(channel), "packages": counts})
    services.output.table(["Subdir", "Packages"], [[subdir, str(count)] for subdir, count in counts.items()])
    return 0


def _import(args: argparse.Namespace, services: Services) -> int:
    from parity.errors import InputError
    from parity.ops.channel_index import channel_index

    channel = Path(args.to).absolute()
    if not args.requirements and not args.interpreter:
        raise InputError("nothing to import", hints=["name requirements, or a Python with --interpreter"])
    imported: list[Imported] = []
    if args.interpreter and not services.dry_run:
        imported += _interpreter(args, services, channel)
        if not args.requirements:
            channel_index(channel, services.conda.index, services.progress)
    if args.requirements:
        imported += _packages(args, services, channel, _python(args.python, imported))
    _show(imported, channel, services)
    return 0


def _packages(args: argparse.Namespace, services: Services, channel: Path, python: str) -> Sequence[Imported]:
    from parity.engines import wheels
    from parity.formats.requirements import parse_line
    from parity.model import PipLine
    from parity.ops.channel_import import Workbench, channel_import

    lines = [parse_line(text) for text in args.requirements]
    for place in args.find_links:
        where = place if "://" in place else str(Path(place).absolute())
        lines.append(PipLine("option", f"--find-links {where}", where, option="--find-links"))
    return channel_import(
        lines,
        to=channel,
        python=python,
        platforms=args.platforms or [services.platform],
        bench=Workbench(
            resolver=services.pypi,
            download=services.pypi.download,
            wheels=wheels,
            index=services.conda.index,
            cache=services.root.cache / "wheels",
            progress=services.progress,
        ),
        dry_run=services.dry_run,
    )


def _interpreter(args: argparse.Namespace, services: Services, channel: Path) -> Sequence[Imported]:
    from parity.core.specs import parse
    from parity.engines.interpreter_package import package_interpreter
    from parity.ops.channel_import import Imported, import_interpreter

    given = args.interpreter
    if Path(given).exists():
        before = set(channel.glob("*/*.conda"))
        with services.progress.stage("Packaging Python"):
            package = package_interpreter(Path(given).absolute(), channel, environ=services.environ)
        name, version, build = package.name.removesuffix(".conda").rsplit("-", 2)
        file = package.relative_to(channel).as_posix()
        return [Imported("", name, version, build, package.parent.name, file, new=package not in before)]
    spec = parse(f"python={given}" if given[:1].isdigit() else f"python {given}")
    platforms = args.platforms or [services.platform]
    return [
        one
        for platform in platforms
        for one in import_interpreter(
            spec, to=channel, platform=platform, source=services.interpreters, conda=services.conda
        )
    ]


def _python(asked: str | None, imported: Sequence[Imported]) -> str:
    """The version to choose wheels for: asked for, that of the interpreter just imported, or the one running this."""
    import sys

    from parity.errors import InputError

    if asked is None:
        versions = [one.version for one in imported if one.name == "python"]
        return versions[0] if versions else f"{sys.version_info.major}.{sys.version_info.minor}"
    numbers = asked.split(".")
    if len(numbers) not in {2, 3} or not all(number.isdecimal() for number in numbers) or numbers[0] != "3":
        raise InputError(f"`{asked}` is no version of Python", hints=["write 3.11 or 3.11.7"])
    return asked


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
