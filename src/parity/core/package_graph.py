"""Who needs whom in one environment, conda and PyPI packages together, and from which lines of a person it all comes.

A package is a node under its key, `conda:numpy` or `pypi:numpy`: one name may stand on both sides. The edges are
conda's `depends` and PyPI's `Requires-Dist` (PEP 508, markers and extras considered); a PyPI requirement that no PyPI
package answers leads to the conda package of that project.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from parity.core.graph import dependency_name, python_requirements
from parity.core.names import normalise, to_conda, to_pypi
from parity.core.pypi_to_conda import Target
from parity.errors import ParityError
from parity.model import CondaPackage, InstalledPackage, MatchSpec, Package, PipLine, PypiPackage
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

Node = Package | InstalledPackage


@dataclass(frozen=True, slots=True)
class Need:
    """One package is needed.

    Attributes:
        key: of the package.
        text: by which it is needed: a conda spec, a PyPI requirement, or a person's line.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class PackageGraph:
    """The packages of one environment on one platform.

    Attributes:
        packages: key -> package, sorted by key.
        needs: key -> what it needs of the others, sorted by key.
        asked: what a person asked for, in the order of the lines; where nothing tells, what no other package needs.
        stated: whether `asked` are a person's lines.
    """

    packages: Mapping[str, Node]
    needs: Mapping[str, tuple[Need, ...]]
    asked: tuple[Need, ...]
    stated: bool

    def names(self) -> dict[str, list[str]]:
        """Key -> keys that it needs."""
        return {key: [need.key for need in needs] for key, needs in self.needs.items()}


def package_graph(
    packages: Iterable[Node], platform: str, specs: Sequence[MatchSpec] = (), pip: Sequence[PipLine] = ()
) -> PackageGraph:
    """The graph of an environment.

    Args:
        packages: all that it holds.
        platform: its subdir, for markers.
        specs: conda specs that a person asked for.
        pip: PyPI requirements that a person asked for.
    """
    nodes = {key_of(package): package for package in packages}
    nodes = {key: nodes[key] for key in sorted(nodes)}
    conda = {key: package for key, package in nodes.items() if package.source == "conda"}
    needs: dict[str, dict[str, str]] = {key: {} for key in nodes}
    for key, package in conda.items():
        assert not isinstance(package, PypiPackage)  # noqa: S101
        for text in package.depends:
            other = f"conda:{dependency_name(text)}"
            if other in conda:
                needs[key].setdefault(other, text)
    requires = {package.name: _requires(package) for package in nodes.values() if package.source == "pypi"}
    if requires:
        python = conda.get("conda:python")
        markers = Target(python.version if python is not None else "3", platform).markers()
        for name, texts in python_requirements(requires, markers, extras(specs, pip)).items():
            found = needs[f"pypi:{name}"]
            if python is not None:
                found["conda:python"] = "python"
            for other, text in texts.items():
                place = f"pypi:{other}" if other in requires else f"conda:{to_conda(other)}"
                if place in nodes:
                    found.setdefault(place, text)
    edges = {key: tuple(Need(other, found[other]) for other in sorted(found)) for key, found in needs.items()}
    asked = _asked(nodes, specs, pip)
    if asked:
        return PackageGraph(nodes, edges, asked, stated=True)
    return PackageGraph(nodes, edges, tuple(Need(key, nodes[key].name) for key in tops(edges)), stated=False)


def find(name: str, keys: Container[str]) -> str | None:
    """The key of the package that a person means by a name of conda's or PyPI's; None where there is none."""
    candidates = (
        f"conda:{name.lower()}",
        f"pypi:{normalise(name)}",
        f"pypi:{to_pypi(name)}",
        f"conda:{to_conda(name)}",
    )
    return next((key for key in candidates if key in keys), None)


def key_of(package: Node) -> str:
    """The key of a package in a graph."""
    return f"{package.source}:{package.name}"


def tops(needs: Mapping[str, Sequence[Need]]) -> tuple[str, ...]:
    """Keys from which everything is reached, as few as possible: what nothing needs, and one of each circle left."""
    from parity.core.graph import reachable

    names = {key: [need.key for need in found if need.key != key] for key, found in needs.items()}
    needed = {other for found in names.values() for other in found}
    found = [key for key in names if key not in needed]
    left = [key for key in names if key not in reachable(names, found)]
    while left:
        # A circle that nothing else leads to; whoever reaches most of what is left stands for it.
        best = max(left, key=lambda key: len(reachable(names, [key])))
        found.append(best)
        reached = reachable(names, [best])
        left = [key for key in left if key not in reached]
    return tuple(sorted(found))


def extras(specs: Iterable[MatchSpec], pip: Iterable[PipLine]) -> dict[str, list[str]]:
    """Normalised PyPI name -> extras that a person asked for."""
    from parity.core.translate import translate

    lines = list(pip)
    for spec in specs:
        # A spec that only a conda channel can answer has no extras.
        with suppress(ParityError):
            lines += translate([spec])
    found: dict[str, list[str]] = {}
    for line in lines:
        match = re.match(r"[\w.-]+\s*\[([^\]]*)\]", line.value)
        if match and line.name:
            found.setdefault(line.name, []).extend(extra.strip() for extra in match[1].split(",") if extra.strip())
    return found


def _asked(nodes: Mapping[str, Node], specs: Sequence[MatchSpec], pip: Sequence[PipLine]) -> tuple[Need, ...]:
    found: list[Need] = []
    for spec in specs:
        # With `pypi` among the channels, a spec may have been answered by PyPI.
        places = (f"conda:{spec.name}", f"pypi:{to_pypi(spec.name) or spec.name}")
        key = next((place for place in places if place in nodes), None)
        if key is not None:
            found.append(Need(key, spec.text or str(spec)))
    for line in pip:
        if line.name:
            places = (f"pypi:{line.name}", f"conda:{to_conda(line.name)}")
            key = next((place for place in places if place in nodes), None)
            if key is not None:
                found.append(Need(key, line.text))
        else:
            found += [Need(key, line.text) for key, node in nodes.items() if may_come_from(node, line)]
    return tuple(found)


def may_come_from(package: Node, line: PipLine) -> bool:
    """Whether a line that names no project may be what asked for a package."""
    if isinstance(package, CondaPackage) or package.source != "pypi":
        return False
    if line.kind in {"path", "editable"} and not line.name:
        last = line.value.rstrip("/").rpartition("/")[2]
        url = package.url
        return package.editable or url.startswith("git+") or (bool(url) and url.rstrip("/").endswith(last))
    return False


def _requires(package: Node) -> tuple[str, ...]:
    return package.requires_dist if isinstance(package, PypiPackage) else package.depends
