"""What conda packages mean for PyPI: each Python project that they bring is a fixed fact, with its own requirements.

conda's word counts: whoever made the conda package may have widened a bound or left a dependency out, so a
requirement that conda's own choice contradicts is no fact. It is complained about instead, because `pip check` would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.markers import applies
from parity.core.names import normalise
from parity.patterns import regex
from parity.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

    from parity.core.ports import Distribution

_OF_EXTRA = regex(r";.*\bextra\b")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a conda solution provides.

    Attributes:
        provided: normalised name to version.
        metadata: the same names to their metadata, without the requirements that conda's choice contradicts.
        lacking: names of those that need something which conda does not provide.
    """

    provided: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Distribution] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()

    def without_needs(self) -> Facts:
        """The same with nothing but what extras need: conda says that the rest works as it is."""
        metadata = {
            name: replace(one, requires=tuple(text for text in one.requires if _OF_EXTRA.search(text)))
            for name, one in self.metadata.items()
        }
        return Facts(self.provided, metadata)


def facts(distributions: Iterable[Distribution], markers: Mapping[str, str]) -> Facts:
    """The facts of a conda solution.

    Args:
        distributions: all that its packages bring.
        markers: environment of the target that markers (PEP 508) are evaluated in, complete.
    """
    known = {one.name: one for one in distributions}
    metadata: dict[str, Distribution] = {}
    lacking: list[str] = []
    for name, one in sorted(known.items()):
        kept = [text for text in one.requires if _OF_EXTRA.search(text) and " @ " not in text]
        for requirement in _needs(one, markers):
            other = known.get(normalise(requirement.name))
            if other is None:
                lacking += [name] if _is_version(one.version) else []
                kept.append(str(requirement))
            elif _fits(requirement, other.version):
                # Extras of what conda provides are left out: conda's dependencies say what is needed.
                kept.append(f"{requirement.name}{requirement.specifier}")
        metadata[name] = replace(one, requires=tuple(kept))
    provided = {name: one.version for name, one in sorted(known.items())}
    return Facts(provided, metadata, tuple(dict.fromkeys(lacking)))


def complaints(
    distributions: Iterable[Distribution], versions: Mapping[str, str], markers: Mapping[str, str]
) -> tuple[str, ...]:
    """What `pip check` would say of the conda-provided part of an environment, sorted.

    Args:
        distributions: what its conda packages bring.
        versions: normalised name to version of everything else that it holds.
        markers: as for `facts`.
    """
    known = {one.name: one for one in distributions}
    there = {**versions, **{name: one.version for name, one in known.items()}}
    found = []
    for name, one in known.items():
        for requirement in _needs(one, markers):
            version = there.get(normalise(requirement.name))
            need = f"{name} {one.version} needs {requirement.name}{requirement.specifier}"
            if version is None:
                found.append(f"{need}, which is not there")
            elif not _fits(requirement, version):
                found.append(f"{need}, and {requirement.name} {version} is there")
    return tuple(sorted(found))


def _needs(one: Distribution, markers: Mapping[str, str]) -> Iterator[Requirement]:
    """The requirements that hold without any extra; what cannot be read, or names a URL, is passed over."""
    from packaging.requirements import InvalidRequirement, Requirement

    for text in one.requires:
        if _OF_EXTRA.search(text):
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.url is None and applies(requirement, markers):
            requirement.marker = None
            yield requirement


def _fits(requirement: Requirement, version: str) -> bool:
    # Against a version that only conda can have there is nothing to hold.
    return not _is_version(version) or requirement.specifier.contains(version, prereleases=True)


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
