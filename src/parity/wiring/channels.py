"""Channels of one's own: PyPI packages and Pythons turned into conda packages, directories indexed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.ops.channel_import import Imported
    from parity.wiring import Services


def index(services: Services, directory: Path) -> dict[str, int]:
    """Write the repodata of a directory of packages: how many there are, by subdir.

    Raises:
        NotFoundError, StorageError, IntegrityError.
    """
    from parity.ops.channel_index import channel_index

    return channel_index(directory, services.conda.index, services.progress)


def import_packages(
    services: Services,
    requirements: Sequence[str],
    to: Path,
    *,
    python: str | None = None,
    interpreter: str = "",
    platforms: Sequence[str] = (),
    find_links: Sequence[str] = (),
) -> list[Imported]:
    """Turn PyPI packages and all they depend on into conda packages of a channel; what it holds stays.

    Args:
        services: of the call.
        requirements: as pip takes them.
        to: absolute directory of the channel.
        python: version to choose wheels for; that of the interpreter, or of the Python running this, where None.
        interpreter: path or version of a Python to put into the channel, too.
        platforms: to choose wheels for; the one of the call where empty.
        find_links: directories and URLs with further wheels.

    Raises:
        InputError: nothing is to be imported, or something is written wrong.
        UnsatisfiableError, NetworkError, NotFoundError, StorageError.
    """
    from parity.errors import InputError

    if not requirements and not interpreter:
        raise InputError("nothing to import", hints=["name requirements, or a Python with --interpreter"])
    platforms = platforms or [services.platform]
    imported: list[Imported] = []
    if interpreter and not services.dry_run:
        imported += _interpreter(services, interpreter, to, platforms)
        if not requirements:
            index(services, to)
    if requirements:
        version = _python(python, imported)
        imported += _packages(services, requirements, to, version, platforms, find_links)
    return imported


def _packages(
    services: Services,
    requirements: Sequence[str],
    to: Path,
    python: str,
    platforms: Sequence[str],
    find_links: Sequence[str],
) -> Sequence[Imported]:
    from parity.engines import wheels
    from parity.formats.requirements import parse_line
    from parity.model import PipLine
    from parity.ops.channel_import import Workbench, channel_import

    lines = [parse_line(text) for text in requirements]
    for place in find_links:
        where = place if "://" in place else str(Path(place).absolute())
        lines.append(PipLine("option", f"--find-links {where}", where, option="--find-links"))
    return channel_import(
        lines,
        to=to,
        python=python,
        platforms=platforms,
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


def _interpreter(services: Services, given: str, to: Path, platforms: Sequence[str]) -> Sequence[Imported]:
    from parity.core.specs import parse
    from parity.engines.interpreter_package import package_interpreter
    from parity.ops.channel_import import Imported, import_interpreter

    if Path(given).exists():
        before = set(to.glob("*/*.conda"))
        with services.progress.stage("Packaging Python"):
            package = package_interpreter(Path(given).absolute(), to, environ=services.environ)
        name, version, build = package.name.removesuffix(".conda").rsplit("-", 2)
        file = package.relative_to(to).as_posix()
        return [Imported("", name, version, build, package.parent.name, file, new=package not in before)]
    spec = parse(f"python={given}" if given[:1].isdigit() else f"python {given}")
    return [
        one
        for platform in platforms
        for one in import_interpreter(
            spec, to=to, platform=platform, source=services.interpreters, conda=services.conda
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
