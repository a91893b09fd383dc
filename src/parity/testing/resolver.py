"""A resolver for an index in memory: tries all versions, newest first, and knows which facts stood in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.markers import applies, comes_with
from parity.core.names import normalise
from parity.core.pypi_to_conda import Target
from parity.errors import ConflictError, UnsatisfiableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.requirements import Requirement

    from parity.core.ports import PypiRequest
    from parity.model import PypiPackage


class MemoryResolver:
    """Resolves one request as uv does.

    Args:
        packages: all that the index has.
        request: what is asked.
    """

    def __init__(self, packages: Sequence[PypiPackage], request: PypiRequest) -> None:
        self._packages = packages
        self._request = request
        self._markers = Target(request.python_version, request.platform).markers()
        self._at_fault: dict[str, tuple[str, ...]] = {}

    def resolve(self) -> tuple[PypiPackage, ...]:
        """The packages to install, sorted by name.

        Raises:
            ConflictError: none fit; names every provided project that stood in the way of a version.
            UnsatisfiableError: none fit, whatever is provided.
        """
        from packaging.requirements import Requirement

        lines = [Requirement(line.value) for line in self._request.lines if line.kind == "requirement"]
        found = self._search([line for line in lines if applies(line, self._markers)], {}, frozenset())
        if found is None:
            said = f"nothing on the index fits {', '.join(map(str, lines))}"
            if self._at_fault:
                raise ConflictError(said, wanted=self._at_fault)
            raise UnsatisfiableError(said)
        return tuple(found[name] for name in sorted(found))

    def _search(
        self, todo: list[Requirement], chosen: dict[str, PypiPackage], extras: frozenset[tuple[str, str]]
    ) -> dict[str, PypiPackage] | None:
        if not todo:
            return chosen
        wanted, *rest = todo
        name = normalise(wanted.name)
        asked = {"", *map(normalise, wanted.extras)}
        new = frozenset((name, extra) for extra in asked) - extras
        provided = self._request.provided.get(name)
        if provided is not None:
            one = self._request.metadata.get(name)
            requires = one.requires if one else ()
            if requires or not wanted.specifier.contains(provided, prereleases=True):
                self._at_fault[name] = ()  # its version, or else what it needs, may be what cannot be met
            if not wanted.specifier.contains(provided, prereleases=True):
                return None
            return self._search([*rest, *self._needs(requires, new)], chosen, extras | new)
        for candidate in [chosen[name]] if name in chosen else self._candidates(name):
            if wanted.specifier.contains(candidate.version, prereleases=True):
                needs = self._needs(candidate.requires_dist, new)
                found = self._search([*rest, *needs], {**chosen, name: candidate}, extras | new)
                if found is not None:
                    return found
        return None

    def _candidates(self, name: str) -> list[PypiPackage]:
        """Versions that this Python may use: those to keep, then the newest first."""
        from packaging.version import Version

        request = self._request
        keep = request.preferred.get(name) if request.upgrade is not None and name not in request.upgrade else None
        named = [each for each in self._packages if each.name == name]
        usable = [each for each in named if self._usable(each)]
        if len(usable) < len(named):
            self._at_fault["python"] = ()
        return sorted(usable, key=lambda each: (each.version == keep, Version(each.version)), reverse=True)

    def _usable(self, package: PypiPackage) -> bool:
        """Whether its tag (`py3-none-any`, `cp311-cp311-...`) is for this Python."""
        interpreter = package.url.rpartition("/")[2].split("-")[2]
        return interpreter in {"py3", "cp" + "".join(self._request.python_version.split(".")[:2])}

    def _needs(self, texts: Sequence[str], new: frozenset[tuple[str, str]]) -> list[Requirement]:
        """The requirements that come with extras of a project and with nothing else, or, for "", always."""
        from packaging.requirements import Requirement

        found = [Requirement(text) for text in texts]
        return [one for _, extra in sorted(new) for one in found if comes_with(one, self._markers, extra)]
