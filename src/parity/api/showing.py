"""What is in environments, locks, files and channels, and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.api.options import find, services_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from parity.api.options import Location, Options
    from parity.core.diff import Diff
    from parity.core.package_graph import PackageGraph
    from parity.core.package_tree import Branch
    from parity.core.subject import Subject
    from parity.core.why import Chain
    from parity.model import CondaPackage, Environment, Request
    from parity.wiring import Services


def environment(location: Location, **options: Unpack[Options]) -> Environment:
    """An environment and the packages it holds."""
    from parity.ops.current import environment as op

    services = services_for(options)
    prefix = find(location, services)
    return op(prefix, services.root.name_of(prefix), services.store)


def environments(**options: Unpack[Options]) -> tuple[Path, ...]:
    """The prefixes of every environment that is known: below `envs_dirs`, and on conda's list."""
    from parity.store.registry import all_environments

    return all_environments(services_for(options).root)


def search(spec: str, **options: Unpack[Options]) -> tuple[CondaPackage, ...]:
    """Records of conda channels that match a spec, oldest first."""
    from parity.core.specs import parse
    from parity.ops.search import search as op

    services = services_for(options)
    return op(parse(spec, pattern=True), services.channels(services.channel_names), services.platform, services.conda)


def read_request(*files: Location, platform: str = "", environ: Mapping[str, str] | None = None) -> Request:
    """What environment.yml files ask for, merged."""
    from parity.store import request_files

    return request_files.read(
        [Path(file) for file in files], environ=os.environ if environ is None else environ, platform=platform
    )


def diff(old: Location, new: Location, **options: Unpack[Options]) -> Diff:
    """What differs between two of these: environments, locks, environment files, `REVISION:FILE` of git."""
    from parity.core.diff import diff as op

    services = services_for(options)
    return op(_subject(old, services), _subject(new, services), services.channel_name)


def why(
    package: str, subject: Location, *, environment: str = "", subdir: str = "", **options: Unpack[Options]
) -> tuple[Chain, ...]:
    """The shortest chains from each line that was asked for to a package, shortest first.

    Args:
        package: name in conda's words or PyPI's.
        subject: an environment or a lock.
        environment: of the lock, where it has several.
        subdir: platform of the lock; this machine's where it is there.
        options: see `Options`.

    Raises:
        NotFoundError: the package is not there.
    """
    from parity.core.why import chains

    graph = _graph(subject, environment, subdir, services_for(options))
    return chains(graph, _key(package, graph))


def tree(
    subject: Location,
    package: str = "",
    *,
    invert: bool = False,
    depth: int | None = None,
    environment: str = "",
    subdir: str = "",
    **options: Unpack[Options],
) -> tuple[Branch, ...]:
    """The packages of an environment or a lock as a tree, each unfolded once.

    Args:
        subject: an environment or a lock.
        package: to begin with; "" for what was asked for.
        invert: below a package stands what needs it.
        depth: levels below the first; None for all.
        environment: of the lock, where it has several.
        subdir: platform of the lock; this machine's where it is there.
        options: see `Options`.
    """
    from parity.core.package_tree import tree as op

    graph = _graph(subject, environment, subdir, services_for(options))
    return op(graph, _key(package, graph) if package else None, invert=invert, depth=depth)


def export(
    subject: Location, kind: str = "parity", *, environment: str = "", subdir: str = "", **options: Unpack[Options]
) -> str:
    """An environment or a lock as the text of a format.

    Args:
        subject: an environment or a lock.
        kind: `parity`, `pixi`, `conda-lock`, `explicit`, `pylock` or `environment-yml`.
        environment: of the lock, where it has several.
        subdir: only this platform.
        options: see `Options`.

    Raises:
        InputError: the format cannot hold it.
    """
    from parity.errors import InputError
    from parity.wiring import exporting, subjects

    if kind not in exporting.FORMATS:
        raise InputError(f"`{kind}` is no format", hints=[f"known are {', '.join(exporting.FORMATS)}"])
    services = services_for(options)
    text = os.fspath(subject)
    is_lock = Path(text).is_file() or ":" in text
    name, prefix = (text, None) if isinstance(subject, str) else (None, text)
    found = subjects.usual_lock(services, *((None, None, text) if is_lock else (name, prefix, None)))
    return exporting.render(
        found[0],
        exporting.FORMATS[kind],
        services,
        strangers=found[1],
        prefix=found[2],
        environment=environment,
        platform=subdir,
        base=Path.cwd(),
    )


def _subject(location: Location, services: Services) -> Subject:
    from parity.wiring import subjects

    if isinstance(location, str):
        return subjects.find(services, location)
    path = Path(location).absolute()
    return (
        subjects.of_prefix(services, services.root.require(path))
        if path.is_dir()
        else subjects.find(services, str(path))
    )


def _graph(location: Location, environment: str, subdir: str, services: Services) -> PackageGraph:
    part = _subject(location, services).part(environment=environment, subdir=subdir, usual=services.host_platform)
    return part.graph


def _key(package: str, graph: PackageGraph) -> str:
    from parity.core.package_graph import find
    from parity.errors import NotFoundError

    key = find(package, graph.packages)
    if key is None:
        raise NotFoundError(f"there is no {package} there")
    return key
