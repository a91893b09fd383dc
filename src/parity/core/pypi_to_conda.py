"""What a wheel says of itself, in conda's terms: ranges, dependencies, platform bounds.

The other direction of `translate.py`. Everything is decided for a `Target`, never for the machine at hand.
Sources: PEP 440 and 508 (versions, requirements, markers), PEP 425 and 600 (tags), CEP-20 (packages that one
build serves for several Pythons).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.markers import comes_with, environment
from parity.core.names import normalise, to_conda
from parity.core.platforms import SUBDIRS
from parity.errors import InputError
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from packaging.requirements import Requirement
    from packaging.tags import Tag

_MINORS = range(3, 21)
"""Minor versions of Python 3 that markers are compared on: all that wheels name, with room ahead."""

_LEGACY_MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_MAC_MACHINES = {"osx-64": ("x86_64", "universal2", "intel", "fat64"), "osx-arm64": ("arm64", "universal2")}
_WINDOWS_TAGS = {"win-64": "win_amd64", "win-arm64": "win_arm64", "win-32": "win32"}


@dataclass(frozen=True, slots=True)
class Target:
    """What a wheel is turned into a conda package for.

    Attributes:
        python: version of CPython, `3.11` or `3.11.7`.
        subdir: platform, as `linux-64`.
    """

    python: str
    subdir: str

    @property
    def minor(self) -> str:
        return ".".join(self.python.split(".")[:2])

    @property
    def windows(self) -> bool:
        return self.subdir.startswith("win-")

    def with_python(self, minor: str) -> Target:
        """The same with another minor version of Python, at the same patch level."""
        return Target(".".join([minor, *self.python.split(".")[2:]]), self.subdir)

    def markers(self) -> dict[str, str]:
        """The environment that PEP 508 markers are evaluated in, complete."""
        return environment(self.python, self.subdir)


def conda_version(version: str) -> str:
    """A PEP 440 version as conda writes it: normalised, which leaves no character that conda lacks."""
    from packaging.version import Version

    return str(Version(version))


def conda_range(specifiers: str, *, resolved: str = "") -> str:
    """A PEP 440 specifier set as a conda version range; "" for any version.

    Args:
        specifiers: as `>=1.2,<2`.
        resolved: the version that was chosen for this package. PEP 440 lets `==1.0` accept `1.0+cu118`, conda
            does not: such a version is added to the range by name.
    """
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    parts = sorted(SpecifierSet(specifiers), key=lambda part: (part.operator not in {">=", ">", "~="}, str(part)))
    text = ",".join(_clause(part.operator, part.version) for part in parts)
    if resolved and len(parts) == 1 and text.startswith("=="):
        chosen = Version(resolved)
        if chosen.local and Version(text[2:]).local is None and chosen.public == str(Version(text[2:])):
            return f"{text}|=={chosen}"
    return text


def _clause(operator: str, version: str) -> str:
    from packaging.version import Version

    if version.endswith(".*"):
        return version if operator == "==" else f"{operator}{version}"
    if operator == "===":
        return f"=={version}"
    parsed = Version(version)
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    if operator == "~=":
        series = ".".join(map(str, parsed.release[:-1]))
        return f">={parsed},{epoch}{series}.*"
    if operator == "<" and not parsed.is_prerelease and not parsed.is_postrelease:
        # PEP 440's `<2` keeps out the pre-releases of 2, which conda orders below 2: bound it below all of them
        release = re.sub(r"(?:\.0)+$", "", ".".join(map(str, parsed.release)))
        return f"<{epoch}{release}a0"
    return f"{operator}{parsed}"


def active(requirements: Iterable[str], target: Target, *, extra: str = "") -> list[Requirement]:
    """The requirements whose markers hold for a target.

    Args:
        requirements: values of `Requires-Dist`.
        target: what for.
        extra: only those that come with this extra; "" for those that are always needed.
    """
    from packaging.requirements import Requirement

    markers = target.markers()
    return [one for one in map(Requirement, requirements) if comes_with(one, markers, extra)]


def extra_package(name: str, extra: str) -> str:
    """The conda package that stands for `name[extra]`: `uvicorn-with-standard` (conda has no extras)."""
    return f"{to_conda(name)}-with-{normalise(extra)}"


def conda_dependencies(requirements: Iterable[Requirement], resolved: Mapping[str, str]) -> tuple[str, ...]:
    """Requirements as conda match specs, sorted.

    Args:
        requirements: without markers to heed.
        resolved: normalised PyPI name to the version chosen for it.
    """
    specs = set()
    for requirement in requirements:
        bounds = conda_range(str(requirement.specifier), resolved=resolved.get(normalise(requirement.name), ""))
        for name in (to_conda(requirement.name), *(extra_package(requirement.name, e) for e in requirement.extras)):
            specs.add(f"{name} {bounds}".rstrip())
    return tuple(sorted(specs))


def requested_extras(
    roots: Iterable[Requirement], requires: Mapping[str, Sequence[str]], target: Target
) -> set[tuple[str, str]]:
    """Every `(project, extra)` that roots ask for, or their dependencies, or the extras themselves.

    Args:
        roots: what a person asked for.
        requires: normalised name to `Requires-Dist`, for every project there is.
        target: what for.
    """
    todo = [(normalise(root.name), normalise(extra)) for root in roots for extra in root.extras]
    for requirements in requires.values():
        todo += _extras_of(active(requirements, target))
    found: set[tuple[str, str]] = set()
    while todo:
        project, extra = todo.pop()
        if (project, extra) not in found and project in requires:
            found.add((project, extra))
            todo += _extras_of(active(requires[project], target, extra=extra))
    return found


def _extras_of(requirements: Iterable[Requirement]) -> list[tuple[str, str]]:
    return [(normalise(one.name), normalise(extra)) for one in requirements for extra in one.extras]


@dataclass(frozen=True, slots=True)
class Converted:
    """A conda package that stands in a channel.

    Attributes:
        path: of the `.conda` file.
        subdir: of the channel.
        name: conda name.
        version: conda version.
        build: build string.
        new: False where the channel had it already.
    """

    path: Path
    subdir: str
    name: str
    version: str
    build: str
    new: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """For which Pythons and platforms the dependencies of one target are those of a package as well.

    Attributes:
        python: match specs on `python`.
        platforms: virtual packages that narrow a platform-independent package (`__unix`).
        any_machine: False where they differ between machines of one system: no platform-independent package.
    """

    python: tuple[str, ...]
    platforms: tuple[str, ...]
    any_machine: bool


def reach(requirements: Sequence[str], requires_python: str, target: Target, *, extra: str = "") -> Reach:
    """How far the answer for one target goes, from evaluating the markers everywhere else.

    So a package made for one Python and platform is never chosen where its dependencies would be other ones.
    """
    from packaging.specifiers import SpecifierSet

    def answer(where: Target) -> frozenset[str]:
        return frozenset(_without_marker(one) for one in active(requirements, where, extra=extra))

    here = answer(target)
    allowed = SpecifierSet(requires_python)
    minors = [minor for minor in _MINORS if allowed.contains(f"3.{minor}.99")]
    same = {minor: answer(target.with_python(f"3.{minor}")) == here for minor in minors}
    mine = int(target.minor.split(".")[1])
    low = high = mine
    while same.get(low - 1):
        low -= 1
    while same.get(high + 1):
        high += 1
    bounds = [conda_range(requires_python)] if requires_python else []
    if minors and low > minors[0]:
        bounds.append(f">=3.{low}")
    if minors and high < minors[-1]:
        bounds.append(f"<3.{high + 1}a0")
    python = (f"python {','.join(filter(None, bounds))}".rstrip(),)
    alike = {subdir for subdir in SUBDIRS if answer(Target(target.python, subdir)) == here}
    if len(alike) == len(SUBDIRS):
        return Reach(python, (), any_machine=True)
    for virtual, families in (("__unix", ("linux", "osx")), *((f"__{one}", (one,)) for one in ("linux", "osx", "win"))):
        members = {subdir for subdir in SUBDIRS if subdir.startswith(families)}
        if target.subdir in members and members <= alike:
            return Reach(python, (virtual,), any_machine=True)
    return Reach(python, (), any_machine=False)


def _without_marker(requirement: Requirement) -> str:
    return f"{requirement.name}{sorted(requirement.extras)}{requirement.specifier}{requirement.url or ''}"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a wheel's tags fit a target.

    Attributes:
        python: match spec on `python` that the tags imply; "" for any Python 3.
        platform: match spec of a virtual package; "" for none.
        tied: it runs with this minor version of Python only.
        anywhere: it runs on every platform.
    """

    python: str
    platform: str
    tied: bool
    anywhere: bool


def fit(tags: Iterable[Tag], target: Target, wheel: str) -> Fit:
    """Choose among a wheel's tags those that reach furthest on the target.

    Args:
        tags: of the wheel.
        target: what for.
        wheel: its file name, for the error.

    Raises:
        InputError: it does not run there.
    """
    here = "cp" + target.minor.replace(".", "")
    found: list[tuple[tuple[bool, bool, int], tuple[int, ...], Fit]] = []
    for tag in tags:
        bound = _platform_bound(tag.platform, target)
        if bound is None:
            continue
        minor = re.fullmatch(r"(?:py|cp)3(\d+)", tag.interpreter)
        number = int(minor[1]) if minor else 0
        if tag.interpreter == here and tag.abi not in {"abi3", "none"} and tag.abi not in {here, f"{here}m"}:
            continue  # free-threaded and debug builds
        untied = tag.abi == "abi3" or (tag.abi == "none" and tag.interpreter.startswith("py3"))
        if not untied and tag.interpreter != here:
            continue
        if number > int(target.minor.split(".")[1]):
            continue
        virtual, version = bound
        spec = f"{virtual} >={'.'.join(map(str, version))}" if version else virtual
        python = (f"python >=3.{number}" if number else "") if untied else only_python(target.minor)
        rank = (bool(virtual), not untied, number)
        found.append((rank, version, Fit(python, spec, not untied, not virtual)))
    if not found:
        raise InputError(
            f"{wheel} does not run on {target.subdir} with Python {target.minor}",
            hints=["musl and free-threaded builds are not taken; ask for another --platform or --python"],
        )
    return min(found, key=lambda item: item[:2])[2]


def only_python(minor: str) -> str:
    """The match spec of one minor version of Python."""
    major, _, number = minor.partition(".")
    return f"python >={minor},<{major}.{int(number) + 1}a0"


def _platform_bound(tag: str, target: Target) -> tuple[str, tuple[int, ...]] | None:
    """The virtual package that a platform tag needs, with its lowest version; None where it does not fit."""
    if tag == "any":
        return "", ()
    family, _, machine = target.subdir.partition("-")
    if family == "win":
        return ("__win", ()) if tag == _WINDOWS_TAGS.get(target.subdir) else None
    if family == "osx":
        mac = re.fullmatch(r"macosx_(\d+)_(\d+)_(\w+)", tag)
        return ("__osx", (int(mac[1]), int(mac[2]))) if mac and mac[3] in _MAC_MACHINES[target.subdir] else None
    machine = {"64": "x86_64", "32": "i686"}.get(machine, machine)
    if tag == f"linux_{machine}":
        return "__linux", ()
    many = re.fullmatch(r"(manylinux\d+|manylinux_(\d+)_(\d+))_" + re.escape(machine), tag)
    if many is None:
        return None
    if many[2]:
        return "__glibc", (int(many[2]), int(many[3]))
    legacy = _LEGACY_MANYLINUX.get(many[1])
    return ("__glibc", legacy) if legacy else None
