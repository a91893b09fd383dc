"""Fill a channel with conda packages made from wheels: resolve, download, convert, index."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from parity.core.names import normalise, to_conda
from parity.core.ports import PypiRequest
from parity.core.pypi_to_conda import Target, requested_extras
from parity.errors import InputError, NotFoundError
from parity.model import MatchSpec
from parity.ops.channel_index import channel_index
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from packaging.requirements import Requirement

    from parity.core.ports import CondaEngine, InterpreterSource, Progress, PypiResolver
    from parity.core.pypi_to_conda import Converted
    from parity.formats.wheel_metadata import WheelMetadata
    from parity.model import PipLine, PypiPackage


class WheelConverter(Protocol):
    """What turns wheels into conda packages; `parity.engines.wheels` is one."""

    def read_metadata(self, wheel: Path) -> WheelMetadata:
        """The core metadata of a wheel."""

    def wheel_to_conda(
        self, wheel: Path, channel: Path, target: Target, *, resolved: Mapping[str, str] | None = None
    ) -> Converted:
        """The conda package of a wheel, in the channel."""

    def extra_to_conda(
        self,
        metadata: WheelMetadata,
        extra: str,
        channel: Path,
        target: Target,
        *,
        resolved: Mapping[str, str] | None = None,
    ) -> Converted:
        """The conda package that stands for `project[extra]`, in the channel."""


Download = Callable[["Sequence[PypiPackage]", "Path"], "tuple[Path, ...]"]
"""Fetches wheels into a directory, hashes checked, in the order of the packages; builds what has none."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """What an import works with.

    Attributes:
        resolver: chooses the packages.
        download: fetches their wheels.
        wheels: converts them.
        index: writes repodata for a channel.
        cache: directory that keeps wheels.
        progress: told what happens.
    """

    resolver: PypiResolver
    download: Download
    wheels: WheelConverter
    index: Callable[[Path], None]
    cache: Path
    progress: Progress


@dataclass(frozen=True, slots=True)
class Imported:
    """One package of an import.

    Attributes:
        project: PyPI name, with the extra where the package stands for one.
        name: conda name.
        version: conda version (before conversion: of PyPI).
        build: conda build string; "" in a dry run.
        subdir: of the channel; the target platform in a dry run.
        file: path of the package below the channel; "" in a dry run.
        new: whether the channel did not have it before.
    """

    project: str
    name: str
    version: str
    build: str = ""
    subdir: str = ""
    file: str = ""
    new: bool = True


def channel_import(
    requirements: Sequence[PipLine],
    *,
    to: Path,
    python: str,
    platforms: Sequence[str],
    bench: Workbench,
    dry_run: bool = False,
) -> tuple[Imported, ...]:
    """Turn requirements and all they depend on into conda packages of a channel, and index it.

    What the channel holds stays; a package that it has already is not written again.

    Args:
        requirements: of PyPI projects, and options for finding them.
        to: directory of the channel, made where it does not exist.
        python: version of CPython to choose wheels for, `3.11` or `3.11.7`.
        platforms: target subdirs.
        bench: engines.
        dry_run: only resolve.

    Returns:
        The packages, sorted by subdir and name; also those that the channel had.

    Raises:
        InputError: a requirement that is no requirement of a project, or what was built runs on this machine only.
        UnsatisfiableError: no versions fit together.
    """
    roots = _roots(requirements)
    found: dict[tuple[str, str], Imported] = {}
    for platform in platforms:
        target = Target(python, platform)
        with bench.progress.stage(f"Resolving for {platform}"):
            packages = bench.resolver.resolve(PypiRequest(tuple(requirements), python, platform, {}, {}))
        _tell_builds(packages, bench.progress)
        imported = _planned(packages, target) if dry_run else _convert(packages, roots, to, target, bench)
        for one in imported:
            found.setdefault((one.subdir, one.file or one.name), one)
    if found and not dry_run:
        channel_index(to, bench.index, bench.progress)
    return tuple(found[key] for key in sorted(found))


def _roots(requirements: Sequence[PipLine]) -> list[Requirement]:
    from packaging.requirements import Requirement

    other = [line.text for line in requirements if line.kind not in {"requirement", "option"}]
    if other:
        raise InputError(
            f"`{other[0]}` cannot be imported into a channel",
            hints=["name projects, such as `numpy>=2`; for a project of your own, build a wheel and use --find-links"],
        )
    return [Requirement(line.value) for line in requirements if line.kind == "requirement"]


def _tell_builds(packages: Sequence[PypiPackage], progress: Progress) -> None:
    for package in packages:
        if not package.is_wheel:
            progress.note(f"{package.name} {package.version} has no wheel for this target and is built from source")


def _planned(packages: Sequence[PypiPackage], target: Target) -> list[Imported]:
    return [Imported(one.name, to_conda(one.name), one.version, subdir=target.subdir) for one in packages]


def _convert(
    packages: Sequence[PypiPackage], roots: Sequence[Requirement], to: Path, target: Target, bench: Workbench
) -> list[Imported]:
    wheels = bench.download(packages, bench.cache)
    metadata = {normalise(one.name): one for one in map(bench.wheels.read_metadata, wheels)}
    resolved = {name: one.version for name, one in metadata.items()}
    extras = requested_extras(roots, {name: one.requires_dist for name, one in metadata.items()}, target)
    task = bench.progress.start(f"Converting for {target.subdir}", len(wheels) + len(extras), "items")
    imported = []
    try:
        for done, wheel in enumerate(wheels, start=1):
            converted = bench.wheels.wheel_to_conda(wheel, to, target, resolved=resolved)
            imported.append(_imported(normalise(wheel.name.partition("-")[0]), converted, to))
            bench.progress.update(task, done)
        for done, (project, extra) in enumerate(sorted(extras), start=len(wheels) + 1):
            converted = bench.wheels.extra_to_conda(metadata[project], extra, to, target, resolved=resolved)
            imported.append(_imported(f"{project}[{extra}]", converted, to))
            bench.progress.update(task, done)
    finally:
        bench.progress.finish(task)
    return imported


def _imported(project: str, made: Converted, channel: Path) -> Imported:
    file = made.path.relative_to(channel).as_posix()
    return Imported(project, made.name, made.version, made.build, made.subdir, file, made.new)


def import_interpreter(
    spec: MatchSpec, *, to: Path, platform: str, source: InterpreterSource, conda: CondaEngine
) -> tuple[Imported, ...]:
    """Copy a packaged Python, made where there is none, into a channel; the channel is not indexed.

    Args:
        spec: on `python`.
        to: directory of the channel.
        platform: target subdir.
        source: of interpreters.
        conda: reads what the source's channel holds.

    Raises:
        NotFoundError: there is no such version; names those that there are.
    """
    from parity.core.urls import url_to_path

    origin = source.provide(spec, platform)
    candidates = conda.search(spec, [origin], platform)
    if not candidates:
        raise NotFoundError(f"no Python for `{spec}` on {platform} is in reach")
    python = candidates[-1]
    abi = f"{python.version.rpartition('.')[0]}.*"
    copied = []
    for package in (python, *conda.search(MatchSpec("python_abi", abi), [origin], platform)):
        file = f"{package.subdir}/{package.fn}"
        target = to / file
        new = not target.exists()
        if new:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            windows = platform.startswith("win-")
            shutil.copyfile(url_to_path(package.url, windows=windows), part)
            part.replace(target)
        copied.append(Imported("", package.name, package.version, package.build, package.subdir, file, new))
    return tuple(copied)
