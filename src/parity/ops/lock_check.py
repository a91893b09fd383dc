"""Whether a lock still satisfies what it was made from; needs no network and solves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from parity.core.graph import dependency_name
from parity.core.names import normalise, to_pypi
from parity.core.pip_lines import said
from parity.core.translate import to_requirement
from parity.errors import ParityError
from parity.model import PYPI_CHANNEL
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from parity.core.lock import Lock, Locked, LockedEnvironment
    from parity.model import CondaPackage, MatchSpec, PipLine

Kind = Literal["unmet", "missing", "extra", "channels", "platform", "variables", "incomplete", "options"]
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One line of the sources, or one entry of the lock, that the other does not have.

    Attributes:
        kind: what is the matter.
        message: in words, without the place.
        file: where it stands.
        line: from 1; 0 for the whole file.
        platforms: names of the platforms that it is about; empty for all.
    """

    kind: Kind
    message: str
    file: str = ""
    line: int = 0
    platforms: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = ":".join(part for part in (self.file, str(self.line or "")) if part)
        about = f" ({', '.join(self.platforms)})" if self.platforms else ""
        return f"{where}: {self.message}{about}" if where else f"{self.message}{about}"


def check(
    lock: Lock,
    wanted: Lock,
    *,
    matches: Callable[[MatchSpec, CondaPackage], bool],
    place: Callable[[str, str], tuple[str, int]],
    file: str,
) -> tuple[Mismatch, ...]:
    """What stands between a lock and its sources.

    Args:
        lock: as it is.
        wanted: what its sources ask for now: a lock without packages.
        matches: whether a package satisfies a spec.
        place: where an entry of the sources stands.
        file: name of the lock, for messages.

    Returns:
        Nothing where the lock satisfies them.
    """
    new = wanted.environments[0]
    old = next((each for each in lock.environments if each.name == new.name), None)
    if old is None:
        return (Mismatch("platform", f"the lock has no environment `{new.name}`", file),)
    found = [
        *_channels(old, new, place, file),
        *_variables(old, new, place, file),
        *_platforms(lock, wanted, place, file),
    ]
    if dict(old.options).get("exclude-newer") != dict(new.options).get("exclude-newer"):
        found.append(Mismatch("options", "the lock was made as of another date", file))
    parts = {part.platform: part for part in old.locked}
    details: dict[tuple[Kind, str, str, int], list[str]] = {}
    for part in new.locked:
        if part.platform in parts:
            pypi = PYPI_CHANNEL in new.channels
            for each in _part(parts[part.platform], part, matches=matches, place=place, file=file, pypi=pypi):
                details.setdefault((each.kind, each.message, each.file, each.line), []).append(part.platform)
    every = len([part for part in new.locked if part.platform in parts])
    for (kind, message, where, line), names in details.items():
        found.append(Mismatch(kind, message, where, line, tuple(names) if len(names) < every else ()))
    return tuple(sorted(found, key=lambda each: (each.file == file, each.file, each.line, each.message)))


def incomplete(part: Locked) -> tuple[str, ...]:
    """Dependencies of packages in a lock that it does not hold, each in words, by name only."""
    conda = {package.name for package in part.solution.conda}
    pypi = {package.name for package in part.solution.pypi}
    found = []
    for package in part.solution.conda:
        names = (dependency_name(text) for text in package.depends)
        found += [f"{package.name} needs {name}, which the lock does not hold"
                  for name in names if not name.startswith("__") and name not in conda]  # fmt: skip
    provided = pypi | {normalise(to_pypi(name) or name) for name in conda}
    # Without a marker a requirement holds everywhere. What else conda packages provide is not known here, so only where
    # there are none but those that come with Python can something be told to be missing.
    if conda <= {"python", "python_abi", "pip", "setuptools", "wheel"}:
        for wheel in part.solution.pypi:
            for text in wheel.requires_dist:
                name = _NAME.match(text)
                if ";" not in text and name is not None and normalise(name.group()) not in provided:
                    found.append(f"{wheel.name} needs {name.group()}, which the lock does not hold")
    return tuple(found)


def _channels(
    old: LockedEnvironment, new: LockedEnvironment, place: Callable[[str, str], tuple[str, int]], file: str
) -> Iterator[Mismatch]:
    before, now = ([url.rstrip("/") for url in each.channels] for each in (old, new))
    if before == now:
        return
    for url in now:
        if url not in before:
            yield Mismatch("channels", f"the channel {url} is not in the lock", *place("channels", ""))
    for url in before:
        if url not in now:
            yield Mismatch("channels", f"the lock was made with the channel {url}, which is no longer asked for", file)
    if sorted(before) == sorted(now):
        yield Mismatch("channels", f"the channels stand in another order: {', '.join(before)}", *place("channels", ""))


def _variables(
    old: LockedEnvironment, new: LockedEnvironment, place: Callable[[str, str], tuple[str, int]], file: str
) -> Iterator[Mismatch]:
    before, now = dict(old.variables), dict(new.variables)
    for name, value in now.items():
        if name not in before:
            yield Mismatch("variables", f"the variable {name} is not in the lock", *place("variable", name))
        elif before[name] != value:
            yield Mismatch("variables", f"the variable {name} has another value in the lock", *place("variable", name))
    for name in before:
        if name not in now:
            yield Mismatch("variables", f"the variable {name} of the lock is no longer asked for", file)


def _platforms(lock: Lock, wanted: Lock, place: Callable[[str, str], tuple[str, int]], file: str) -> Iterator[Mismatch]:
    before = {each.name: each for each in lock.platforms}
    now = {each.name: each for each in wanted.platforms}
    for name, platform in now.items():
        if name not in before:
            yield Mismatch("platform", f"{name} is not in the lock", *place("platform", platform.subdir))
        elif before[name].virtual != platform.virtual:
            other = sorted(set(platform.virtual) ^ set(before[name].virtual))
            names = ", ".join(dict.fromkeys(virtual[0] for virtual in other))
            yield Mismatch("platform", f"{name} is locked for other virtual packages: {names}",
                           *place("system-requirements", ""))  # fmt: skip
    for name in before:
        if name not in now:
            yield Mismatch("platform", f"{name} of the lock is no longer asked for", file)


def _part(
    old: Locked,
    new: Locked,
    *,
    matches: Callable[[MatchSpec, CondaPackage], bool],
    place: Callable[[str, str], tuple[str, int]],
    file: str,
    pypi: bool,
) -> Iterator[Mismatch]:
    conda = {package.name: package for package in old.solution.conda}
    versions = {package.name: package.version for package in old.solution.pypi}
    for spec in new.specs:
        where = place("spec", spec.name)
        if spec.name in conda and spec.channel != PYPI_CHANNEL:
            if not matches(spec, conda[spec.name]):
                yield Mismatch("unmet", f"`{spec}` is not met: the lock has {conda[spec.name].dist}", *where)
        elif spec.channel == PYPI_CHANNEL or (pypi and to_pypi(spec.name) is not None):
            yield from _pip(_translated(spec), versions, {}, where, str(spec))
        else:
            yield Mismatch("missing", f"`{spec}` is not in the lock", *where)
    for line in new.pip:
        if line.kind == "option":
            if line.text not in {each.text for each in old.pip}:
                yield Mismatch("options", f"`{line.text}` is not in the lock", *place("pip", line.text))
        elif line.name:
            yield from _pip(line, versions, conda, place("pip", line.name), line.text)
        elif said(line) not in map(said, old.pip):
            yield Mismatch("missing", f"`{line.text}` is not in the lock", *place("pip", line.text))
    asked = {spec.name for spec in new.specs}
    for spec in old.specs:
        if spec.name not in asked:
            yield Mismatch("extra", f"`{spec}` of the lock is no longer asked for", file)
    lines = {line.name or line.text for line in new.pip}
    for line in old.pip:
        if (line.name or line.text) not in lines:
            yield Mismatch("extra", f"`{line.text}` of the lock is no longer asked for", file)
    for text in incomplete(old):
        yield Mismatch("incomplete", text, file)


def _translated(spec: MatchSpec) -> PipLine | None:
    try:
        return to_requirement(spec)
    except ParityError:
        return None


def _pip(
    line: PipLine | None,
    versions: Mapping[str, str],
    conda: Mapping[str, CondaPackage],
    where: tuple[str, int],
    shown: str,
) -> Iterator[Mismatch]:
    from packaging.requirements import InvalidRequirement, Requirement

    if line is None:
        return
    version = versions.get(line.name)
    if version is None:
        by_conda = next((p.version for p in conda.values() if normalise(to_pypi(p.name) or p.name) == line.name), None)
        version = by_conda
    try:
        wanted = Requirement(line.value) if line.kind == "requirement" else None
    except InvalidRequirement:
        wanted = None
    if version is None:
        # Whether a marker holds on another machine is the resolver's to say.
        if wanted is None or wanted.marker is None:
            yield Mismatch("missing", f"`{shown}` is not in the lock", *where)
    elif wanted is not None and version and not wanted.specifier.contains(version, prereleases=True):
        yield Mismatch("unmet", f"`{shown}` is not met: the lock has {line.name} {version}", *where)
