"""From an environment on disk to a report on it; the command line and the library both come here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.rules import VOLATILE, Rules
from parity.store import file_notes, prefix_contents, scan
from parity.store.files import translated
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from parity.core.contents import PackageContents
    from parity.model import CondaPackage, Package, Solution
    from parity.ops.verify import Look, Report
    from parity.wiring import Services
    from parity.wiring.syncing import Choice

_HEAD = 2048
_IN_THE_ROOT = (
    "/cache", "/interpreters", "/locks", "/set-aside", "/hooks", "/condabin",
    *(f"bin/{name}" for name in ("conda", "mamba", "micromamba", "activate", "deactivate")),
    "etc/profile.d/conda.sh", "etc/profile.d/mamba.sh", "etc/fish/conf.d/conda.fish",
)  # fmt: skip
"""What Parity keeps beside the files of `base`, and the commands of `parity shim install`."""


def verify(services: Services, prefix: Path, choice: Choice | None = None, *, full: bool = False) -> Report:
    """Hold an environment against its own records, and against a lock.

    Args:
        services: of this call.
        prefix: absolute path.
        choice: part of a lock that it should equal; None for none.
        full: trust nothing that is remembered, and compare records with the packages themselves.

    Raises:
        NotFoundError: there is no environment.
        BusyError, StorageError: it cannot be read.
        FaultsError: the lock cannot be read.
    """
    from parity.ops.verify import Judges
    from parity.ops.verify import verify as op
    from parity.wiring import standing

    with translated(prefix, "read"):
        standing.refuse_unfinished(services, prefix)
        look = look_at(services, prefix, full=full)
        # Of one file it can be told that it cannot be read; of what stands in a directory, nothing.
        unreadable = {path: why for path, why in look.seen.unreadable.items() if look.is_directory(path)}
    standing.refuse_unreadable(look.prefix, unreadable)
    platform = services.platform_of(look.manifest)
    judges = Judges(
        virtual=lambda names: _virtual(services, platform, names),
        markers=lambda: _markers(look.contents.python_version),
        matches=lambda text, package: _matches(services, text, package),
        packaged=lambda packages: packaged(services, packages, look),
        unrecorded=lambda lost: unrecorded(services, look, lost),
    )
    wanted = locked(services, choice, look) if choice is not None else None
    against = choice.path.name if choice is not None else ""
    return op(look, judges, locked=wanted, against=against, full=full)


def look_at(services: Services, prefix: Path, *, full: bool = False) -> Look:
    """What stands in an environment, read without any engine."""
    from parity.core.findings import Seen
    from parity.ops.verify import Look
    from parity.store.environments import HISTORY, MANIFEST

    real = Path(os.path.realpath(prefix))
    notes = file_notes.read(real)
    if notes.prefix:
        notes = replace(notes, prefix=os.path.realpath(notes.prefix))
    manifest = services.store.manifest(real) if (real / MANIFEST).is_file() else None
    contents = prefix_contents.read(real, services.platform_of(manifest))
    base = _IN_THE_ROOT if str(real) == os.path.realpath(services.root.path) else ()
    rules = Rules((*VOLATILE, *base, *services.settings.verify_ignore))
    found = scan.scan(real, rules, cache=services.root.cache / "stat", full=full, progress=services.progress)
    return Look(
        real,
        contents,
        notes,
        Seen(found.entries, found.links, found.raw, found.modes, found.unreadable, frozenset(found.other)),
        rules,
        manifest,
        services.store.history(real) if (real / HISTORY).is_file() else None,
        found.hashed,
        lambda path: (real / path).is_dir() and not (real / path).is_symlink(),
        lambda path: _head(real / path),
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _virtual(services: Services, platform: str, names: Collection[str]) -> Sequence[tuple[str, str, str]]:
    """Virtual packages; those that the C library tells are read without starting the engine."""
    overrides = services.virtual_overrides()
    if platform == services.host_platform and platform.startswith("linux-") and not overrides:
        quick = {"__unix": "0", "__linux": os.uname().release.partition("-")[0]}
        try:
            library = os.confstr("CS_GNU_LIBC_VERSION") or ""
        except (ValueError, OSError):
            library = ""
        if library.startswith("glibc "):
            quick["__glibc"] = library.removeprefix("glibc ")
        if quick.keys() >= set(names):
            return [(name, version, "0") for name, version in quick.items()]
    return services.conda.detect_virtual(platform, overrides)


def _markers(version: str) -> Mapping[str, str]:
    """Markers (PEP 508) for a Python of this version on this machine; of Parity's own where it is not known."""
    from packaging.markers import default_environment

    markers = {key: str(value) for key, value in default_environment().items()}
    if version:
        series = ".".join(version.split(".")[:2])
        markers |= {"python_version": series, "python_full_version": version, "implementation_version": version}
    return markers


def _matches(services: Services, text: str, package: CondaPackage) -> bool:
    from parity.core import specs
    from parity.errors import SpecError

    try:
        return services.conda.matches(specs.parse(text, pattern=True), package)
    except SpecError:
        return True


def unrecorded(services: Services, look: Look, lost: Sequence[str]) -> dict[str, CondaPackage]:
    """Packages whose record is broken or gone, as far as the rest of the record or a channel names them, by name.

    Args:
        services: of this call.
        look: the environment.
        lost: `channel/subdir::dist` of packages that have no record.
    """
    from parity.core import specs
    from parity.errors import ParityError
    from parity.formats import history

    found = {each.name: each.package for each in look.contents.broken if each.package is not None}
    texts = {text.rpartition("::")[2]: text for text in lost}
    if any(each.package is None for each in look.contents.broken):
        for revision in history.parse(look.history or ""):
            texts |= {text.rpartition("::")[2]: text for text in revision.added}
    wanted = {each.dist for each in look.contents.broken if each.package is None}
    wanted |= {text.rpartition("::")[2] for text in lost}
    for dist in sorted(wanted & texts.keys()):
        name, version, build = dist.rsplit("-", 2)
        place = texts[dist].rpartition("::")[0]
        channel, _, subdir = place.rpartition("/")
        try:
            spec = specs.parse(f"{name}=={version}={build}")
            packages = services.conda.search(spec, services.channels([channel]), services.platform_of(look.manifest))
        except ParityError:
            continue
        matching = [package for package in packages if package.subdir == subdir] or list(packages)
        if matching:
            found[name] = matching[-1]
    return found


def packaged(services: Services, packages: Sequence[Package], look: Look) -> Mapping[str, PackageContents]:
    """What packages put into a prefix, by name; those whose content cannot be had, or was built here, are left out."""
    from parity.errors import ParityError
    from parity.model import CondaPackage, PypiPackage, Solution
    from parity.wiring import fingerprints

    python = [part.package for part in look.contents.conda if part.package.name == "python"]
    platform = services.platform_of(look.manifest)

    def ask(some: Sequence[Package]) -> dict[str, PackageContents]:
        # Where Python things go hangs on the Python, also where that is not asked for.
        conda = [package for package in some if isinstance(package, CondaPackage)]
        beside = [each for each in python if all(package.name != "python" for package in conda)]
        pypi = [package for package in some if isinstance(package, PypiPackage)]
        found = fingerprints.packaged(services, Solution(platform, (*conda, *beside), tuple(pypi)))
        names = {package.name for package in some}
        return {contents.name: contents for contents in found if contents.name in names}

    packages = [each for each in packages if not isinstance(each, PypiPackage) or (each.is_wheel and not each.editable)]
    try:
        return ask(packages)
    except ParityError as error:
        services.output.debug(f"not all packages can be looked into: {error.message}")
    found: dict[str, PackageContents] = {}
    for package in packages:
        try:
            found |= ask([package])
        except ParityError as error:
            services.output.warn(f"{package.name} cannot be looked into: {error.message}")
    return found


def locked(services: Services, choice: Choice, look: Look) -> Solution:
    """The packages that a lock has for this machine."""
    from parity.core.lock_choice import choose
    from parity.formats import locks, pylock
    from parity.formats.wheel_tags import Target
    from parity.model import Solution
    from parity.store import lock_files

    text = lock_files.decode(lock_files.read_bytes(choice.path), str(choice.path))
    base = choice.path.absolute().parent.as_posix()
    if locks.detect(choice.path.name, text) == "pylock":
        # It is about PyPI packages only: what is conda's is as it is.
        conda = tuple(part.package for part in look.contents.conda)
        version = look.contents.python_version
        glibc = {name: number for name, number, _ in _virtual(services, services.platform, {"__glibc"})}
        where = Target(version, services.platform, glibc.get("__glibc", "2.28"))
        provided = {project for part in look.contents.conda for project in part.projects}
        packages = pylock.parse(text, target=where, base=base, file=str(choice.path))
        return Solution(services.platform, conda, tuple(each for each in packages if each.name not in provided))
    lock = locks.parse(text, file=str(choice.path), base=base)
    _, _, part = choose(
        lock,
        environment=choice.environment,
        subdir=services.platform,
        virtual=services.virtual_packages(),
        variant=choice.variant,
    )
    return part.solution
