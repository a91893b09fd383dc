"""Parity as a library: the commands as functions, with the types of `parity.model` and no global state.

Every function takes the same options (see `Options`) and raises only errors of `parity.errors`. Nothing is printed and
nobody is asked; pass `progress` to watch, `confirm` to look at a plan before it is carried out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from parity.core.progress import NoProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from parity.core.diff import Diff
    from parity.core.lock import Lock
    from parity.core.package_graph import PackageGraph
    from parity.core.package_tree import Branch
    from parity.core.ports import ChannelPriority, Confirm, Progress
    from parity.core.prints import Comparison, Print
    from parity.core.subject import Subject
    from parity.core.why import Chain
    from parity.model import CondaPackage, Environment, Plan, Request
    from parity.ops.lock_check import Mismatch
    from parity.ops.verify import Report
    from parity.wiring import Services
    from parity.wiring.image_push import Pushed
    from parity.wiring.imaging import Built, Order
    from parity.wiring.locking import Locking
    from parity.wiring.mending import Outcome
    from parity.wiring.packing import Made
    from parity.wiring.syncing import Choice

Location = str | os.PathLike[str]
"""A name of an environment as text, or its path as a `pathlib.Path`."""


class Options(TypedDict, total=False):
    """What any function takes by keyword.

    Attributes:
        channels: channels to search first, highest priority first; `pypi` is one.
        override_channels: search the given channels and those of files only, none that are configured.
        channel_priority: strict, flexible or disabled.
        platform: target subdir.
        virtual: virtual packages to assume, as `cuda=12.4`.
        no_pin: ignore pinned packages.
        index_url: PyPI index.
        offline: use caches and local files only.
        dry_run: return the plan and change nothing.
        run_link_scripts: run packages' link scripts.
        compile: compile bytecode.
        copy: copy files instead of linking them.
        environ: environment variables instead of this process's; PARITY_ROOT among them says where things are.
        progress: where progress goes.
        confirm: shown the plan; False ends the operation.
    """

    channels: Sequence[str]
    override_channels: bool
    channel_priority: ChannelPriority
    platform: str
    virtual: Sequence[str]
    no_pin: bool
    index_url: str
    offline: bool
    dry_run: bool
    run_link_scripts: bool
    compile: bool
    copy: bool
    environ: Mapping[str, str]
    progress: Progress
    confirm: Confirm


def create(
    location: Location,
    specs: Sequence[str] = (),
    *,
    files: Sequence[Location] = (),
    pypi: Sequence[str] = (),
    replace: bool = False,
    **options: Unpack[Options],
) -> Plan:
    """Make an environment from match specs and files.

    Args:
        location: its name, or its path as a `Path`.
        specs: match specs, as `numpy>=1.24`.
        files: environment.yml files, or lists of specs.
        pypi: PyPI requirements in pip's words, as `transformers[torch]`.
        replace: put it in the place of one that is there.
        options: see `Options`.

    Returns:
        What was done, or with `dry_run` would be done.
    """
    from parity.ops.create import create as op

    services = _services(options)
    request = services.request(specs, [os.fspath(file) for file in files], pypi)
    return op(
        _place(location, services),
        services.goal(request),
        services.engines,
        services.workshop,
        confirm=_confirm(options),
        early=not options.get("dry_run") and "confirm" not in options,
        variables=request.variables,
        replace_existing=replace,
    )


def clone(location: Location, source: Location, **options: Unpack[Options]) -> Plan:
    """Make an environment that holds exactly what another holds."""
    from parity.ops.create import clone as op

    services = _services(options)
    original = _find(source, services)
    services.heal(original)
    return op(
        _place(location, services),
        original,
        services.workshop,
        platform=services.platform,
        confirm=_confirm(options),
    )


def install(
    location: Location,
    specs: Sequence[str] = (),
    *,
    files: Sequence[Location] = (),
    pypi: Sequence[str] = (),
    prune: bool = False,
    force_reinstall: bool = False,
    **options: Unpack[Options],
) -> Plan:
    """Add packages to an environment; with `prune`, hold exactly what is asked for now."""
    from parity.ops.install import install as op

    services = _services(options)
    request = services.request(specs, [os.fspath(file) for file in files], pypi)
    prefix = _find(location, services)
    with services.changing(prefix) as now:
        goal = services.goal(request, prefix=prefix, known=now.manifest)
        return op(
            now,
            goal,
            services.engines,
            services.workshop,
            confirm=_confirm(options),
            asked=goal.specs,
            asked_pip=goal.pip,
            prune=prune,
            force_reinstall=force_reinstall,
            variables=request.variables,
        )


def update(location: Location, names: Sequence[str] = (), **options: Unpack[Options]) -> Plan:
    """Move the named packages to newer versions; all of them where none is named."""
    from parity.ops.update import update as op

    services = _services(options)
    request = services.request(names)
    prefix = _find(location, services)
    with services.changing(prefix) as now:
        goal = services.goal(request, prefix=prefix, known=now.manifest)
        return op(
            now, goal.specs, goal, services.engines, services.workshop, everything=not names, confirm=_confirm(options)
        )


def remove(location: Location, names: Sequence[str], **options: Unpack[Options]) -> Plan:
    """Take packages out of an environment, with what depends on them and what nothing needs any more."""
    from parity.ops.remove import remove as op

    services = _services(options)
    with services.changing(_find(location, services)) as now:
        return op(now, names, services.workshop, confirm=_confirm(options))


def remove_environment(location: Location, **options: Unpack[Options]) -> Path:
    """Delete an environment with everything in it; returns where it was."""
    from parity.ops.env_remove import env_remove as op

    services = _services(options)
    prefix = _find(location, services)
    op(
        prefix,
        services.store,
        base=services.root.path,
        active=None,
        confirm=lambda: True,
        dry_run=bool(options.get("dry_run")),
    )
    return prefix


def environment(location: Location, **options: Unpack[Options]) -> Environment:
    """An environment and the packages it holds."""
    from parity.ops.current import environment as op

    services = _services(options)
    prefix = _find(location, services)
    return op(prefix, services.root.name_of(prefix), services.store)


def environments(**options: Unpack[Options]) -> tuple[Path, ...]:
    """The prefixes of every environment that is known: below `envs_dirs`, and on conda's list."""
    from parity.store.registry import all_environments

    return all_environments(_services(options).root)


def verify(
    location: Location,
    *,
    lock: Location | None = None,
    environment: str = "",
    variant: str | None = None,
    full: bool = False,
    **options: Unpack[Options],
) -> Report:
    """Hold an environment against its own records, and against a lock.

    Args:
        location: its name, or its path as a `Path`; a plain virtual environment is one too.
        lock: file of the lock that it should equal.
        environment: environment of the lock, if it has several.
        variant: variant of the platform in the lock; None for the best that this machine has what it takes for.
        full: trust nothing that is remembered, and compare the records with the packages themselves.
        options: see `Options`.

    Returns:
        Every difference; `same` is True where there is none.
    """
    from parity.wiring import verifying

    services = _services(options)
    prefix = _standing(location, services)
    return verifying.verify(services, prefix, _part(lock, environment, variant), full=full)


def fingerprint(
    location: Location,
    *,
    environment: str = "",
    variant: str | None = None,
    full: bool = False,
    **options: Unpack[Options],
) -> Print:
    """What an environment holds, or a lock will give: the same text on every machine for the same content.

    Args:
        location: name of an environment as text; path of an environment, of a lock, or of what
            `parity fingerprint --json` wrote, as a `Path`.
        environment: of a lock; "" for its usual one.
        variant: of a lock's platform; None for the best for this machine.
        full: read every file of an environment, whatever is remembered.
        options: see `Options`.

    Returns:
        The fingerprint (`str()` of it) with every file, package and variable that it was made of.
    """
    from parity.wiring import fingerprints

    services = _services(options)
    if isinstance(location, str):
        return fingerprints.measure(services, services.root.find(location), full=full)
    text = str(Path(location).absolute())
    return fingerprints.find(services, text, environment=environment, variant=variant, full=full)


def compare_fingerprints(first: Print, second: Print) -> Comparison:
    """Packages, variables and files in which two differ; false where they are the same."""
    from parity.core.prints import compare

    return compare(first, second)


def mend(
    location: Location,
    *,
    lock: Location | None = None,
    environment: str = "",
    variant: str | None = None,
    full: bool = False,
    **options: Unpack[Options],
) -> Outcome:
    """Put right what `verify` finds, and nothing else; arguments as there.

    Returns:
        What was found, what was done and what is left. With `dry_run`, nothing is done.
    """
    from parity.wiring import mending

    services = _services(options)
    return mending.fix(
        services,
        _standing(location, services),
        _part(lock, environment, variant),
        full=full,
        confirm=lambda _report, _plan: not options.get("dry_run"),
    )


def lock(
    specs: Sequence[str] = (),
    *,
    files: Sequence[Location] = (),
    output: Location | None = None,
    pypi: Sequence[str] = (),
    platforms: Sequence[str] = (),
    variants: Sequence[str] = (),
    upgrade: bool | Sequence[str] = False,
    as_of: str = "",
    **options: Unpack[Options],
) -> Lock:
    """Write down the exact packages of every platform; what a lock that is there holds is kept where it can be.

    Args:
        specs: match specs beside the files.
        files: environment.yml files; those that the lock names, or `environment.yml`, where none is given.
        output: the lock; `parity.lock` beside the first file where None. `dry_run` leaves it as it is.
        pypi: PyPI requirements beside the files.
        platforms: subdirs, instead of those of the files.
        variants: kinds of machine, as `cuda-12:cuda=12.4,glibc=2.28`.
        upgrade: True moves all packages to newer versions, names only those.
        as_of: date after which nothing may have been published; "now" lifts an earlier one.
        options: see `Options`; `virtual` holds for every platform.

    Returns:
        What the lock holds now.
    """
    locking = _locking(options, files, output, specs=specs, pypi=pypi, platforms=platforms, variants=variants,
                       as_of=as_of)  # fmt: skip
    free: tuple[str, ...] | None = None
    if not isinstance(upgrade, bool) or not upgrade:
        free = tuple(upgrade) if not isinstance(upgrade, bool) else ()
    return locking.lock(upgrade=free).after


def check_lock(
    *, files: Sequence[Location] = (), output: Location | None = None, **options: Unpack[Options]
) -> tuple[Mismatch, ...]:
    """What stands between a lock and what it is made from, each with its place; nothing where the lock satisfies it.

    Solves nothing and asks no network; the arguments are those of `lock`.
    """
    return _locking(options, files, output).check()


def search(spec: str, **options: Unpack[Options]) -> tuple[CondaPackage, ...]:
    """Records of conda channels that match a spec, oldest first."""
    from parity.core.specs import parse
    from parity.ops.search import search as op

    services = _services(options)
    return op(parse(spec), services.channels(services.channel_names), services.platform, services.conda)


def run(location: Location, command: Sequence[str], **options: Unpack[Options]) -> int:
    """Run a command inside an environment, with this process's streams; returns its exit code."""
    import subprocess
    import sys

    services = _services(options)
    # In a child, because running replaces the process: what `parity run` does and nothing else.
    argv = [sys.executable, "-m", "parity", "run", "-p", str(_find(location, services)), "--", *command]
    return subprocess.run(argv, env=dict(services.environ), check=False).returncode


def read_request(*files: Location, platform: str = "", environ: Mapping[str, str] | None = None) -> Request:
    """What environment.yml files ask for, merged."""
    from parity.store import request_files

    return request_files.read(
        [Path(file) for file in files], environ=os.environ if environ is None else environ, platform=platform
    )


def sync(
    location: Location,
    lock: Location = "parity.lock",
    *,
    environment: str = "",
    variant: str | None = None,
    python: str = "",
    **options: Unpack[Options],
) -> Plan:
    """Make an environment exactly what a lock says; it is made if it does not exist.

    Args:
        location: its name, or its path as a `Path`.
        lock: file of a lock in any format.
        environment: of the lock, where it has several.
        variant: of the platform; None for the best that fits this machine.
        python: version for a `pylock.toml`, which names none.
        options: see `Options`.
    """
    from parity.wiring import syncing

    services = _services(options)
    choice = syncing.Choice(Path(lock), environment, variant, python)
    return syncing.sync(services, _place(location, services), choice, confirm=_confirm(options))


def pack(
    location: Location, output: Location, *, lock: bool = False, as_is: bool = False, **options: Unpack[Options]
) -> Made:
    """Write an environment into one file that works at any path, with Parity or without.

    Args:
        location: its name, or its path as a `Path`; with `lock`, the file of a lock.
        output: `.tar.zst`, `.tar.gz`, `.zip`, `.squashfs` or `.erofs`; one that is there is replaced.
        lock: pack what a lock says.
        as_is: take files that are not what their packages hold.
        options: see `Options`.
    """
    from parity.wiring import packing
    from parity.wiring.syncing import Choice

    services = _services(options)
    target = Path(output).absolute()
    if not lock:
        return packing.pack(services, _find(location, services), target, as_is=as_is)
    path = Path(location)
    with packing.from_lock(services, Choice(path)) as prefix:
        return packing.pack(services, prefix, target, as_is=as_is, lock=packing.lock_text(services, path))


def unpack(archive: Location, location: Location, *, replace: bool = False, **options: Unpack[Options]) -> str:
    """Put the environment of a pack in place, verified; returns its fingerprint.

    Args:
        archive: the pack.
        location: name of the environment, or its path as a `Path`.
        replace: put it in the place of one that is there.
        options: see `Options`.
    """
    from parity.wiring import packing

    services = _services(options)
    return packing.unpack(services, Path(archive), _place(location, services), replace_existing=replace)


def diff(old: Location, new: Location, **options: Unpack[Options]) -> Diff:
    """What differs between two of these: environments, locks, environment files, `REVISION:FILE` of git."""
    from parity.core.diff import diff as op

    services = _services(options)
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

    graph = _graph(subject, environment, subdir, _services(options))
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

    graph = _graph(subject, environment, subdir, _services(options))
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
    services = _services(options)
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


def build_image(order: Order, **options: Unpack[Options]) -> Built:
    """Write an OCI image of a locked environment; the same lock and base give the same digest everywhere.

    Args:
        order: what to build, from what and where to.
        options: see `Options`.

    Returns:
        The image's digest, its layers, and what of it is new.
    """
    from parity.wiring import imaging

    return imaging.build(_services(options), order)


def push_image(image: str, reference: str, **options: Unpack[Options]) -> Pushed:
    """Send an image to a registry, without what the registry has already.

    Args:
        image: `oci:DIR`, `oci:DIR:TAG`, `oci-archive:FILE` or `docker-archive:FILE`.
        reference: where to, as `ghcr.io/team/train:1.0`.
        options: see `Options`.
    """
    from parity.wiring import image_push, imaging

    services = _services(options)
    with imaging.scratch_place(services) as scratch:
        layout, tag = image_push.locate(services, image, scratch)
        return image_push.push(services, layout, tag, reference)


class _Warnings(NoProgress):
    """What should not be missed becomes a Python warning."""

    def warn(self, text: str) -> None:
        import warnings

        warnings.warn(text, stacklevel=2)


class _Silence:
    """Writes nothing: what a function has to say is its result or an error."""

    json = False
    quiet = True
    verbosity = 0

    def line(self, text: str = "") -> None:
        pass

    def outcome(self, text: str) -> None:
        pass

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        pass

    def result(self, data: object) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def debug(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        import warnings

        warnings.warn(text, stacklevel=2)


def _services(options: Mapping[str, Any]) -> Services:
    from parity.wiring import Services

    progress = options.get("progress")
    return Services(
        options,
        output=_Silence(),
        progress=lambda: progress if progress is not None else _Warnings(),
        ask=lambda _: True,
        environ=options.get("environ"),
        command="import parity",
    )


def _locking(
    options: Mapping[str, Any],
    files: Sequence[Location],
    output: Location | None,
    *,
    specs: Sequence[str] = (),
    pypi: Sequence[str] = (),
    platforms: Sequence[str] = (),
    variants: Sequence[str] = (),
    as_of: str = "",
) -> Locking:
    from parity.core.channels import NODEFAULTS
    from parity.core.lock_wish import Wish
    from parity.wiring.locking import Locking

    only = [NODEFAULTS] if options.get("override_channels") else []
    wish = Wish(
        specs=tuple(specs),
        pypi=tuple(pypi),
        channels=(*options.get("channels", ()), *only),
        platforms=tuple(platforms),
        virtual=tuple(options.get("virtual", ())),
        variants=tuple(variants),
    )
    return Locking(
        _services(options),
        files=[os.fspath(file) for file in files],
        output=None if output is None else os.fspath(output),
        wish=wish,
        as_of=as_of,
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


def _place(location: Location, services: Services) -> Path:
    if isinstance(location, str):
        return services.root.prefix_for(location)
    return Path(location).absolute()


def _find(location: Location, services: Services) -> Path:
    if isinstance(location, str):
        return services.root.find(location)
    return services.root.require(Path(location).absolute())


def _standing(location: Location, services: Services) -> Path:
    """As `_find`, also for what is broken, and for virtual environments."""
    from parity.wiring import verifying

    named = isinstance(location, str)
    return verifying.target(
        services, os.fspath(location) if named else None, None if named else str(Path(location).absolute())
    )


def _part(lock: Location | None, environment: str, variant: str | None) -> Choice | None:
    if lock is None:
        return None
    from parity.wiring.syncing import Choice

    return Choice(Path(lock), environment, variant)


def _confirm(options: Mapping[str, Any]) -> Confirm:
    chosen: Confirm | None = options.get("confirm")

    def confirm(plan: Plan) -> bool:
        return not options.get("dry_run") and (chosen is None or chosen(plan))

    return confirm
