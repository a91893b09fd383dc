"""Small universes of conda and PyPI packages, generated, with every answer found by trying all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from parity.model import Channel, MatchSpec, PipLine
from parity.ops import resolve
from parity.ops.resolve import Engines, Goal
from parity.ops.sides import Sides
from parity.testing.engines import MemoryCondaEngine, MemoryPypiEngine, conda_package, project_files, pypi_package

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parity.core.ports import PypiEngine

CHANNEL = Channel("memory", ("file:///memory",))
VERSIONS = ("1", "2", "3")
CONDA = ("x", "y", "z")
PYPI = ("a", "b")
RANGES = ("", "", ">=2", ">=3", "<2", "<3", "!=2", "==1", "==2", "==3")
PYTHONS = ("3.11.1", "3.12.1")
ANY = "py3-none-any"
TAG = "cp311-none-any"


@dataclass(frozen=True)
class Universe:
    """All that there is, and what is asked for.

    Attributes:
        conda: name -> version -> name -> range; every version of a package needs the same names.
        metadata: the same for what the projects inside say of themselves.
        pypi: name -> version -> name -> range.
        tags: (name, version) of PyPI packages -> tag, for those that one Python can use.
        specs: name -> range.
        lines: name -> range.
    """

    conda: Mapping[str, Mapping[str, Mapping[str, str]]]
    metadata: Mapping[str, Mapping[str, Mapping[str, str]]]
    pypi: Mapping[str, Mapping[str, Mapping[str, str]]]
    tags: Mapping[tuple[str, str], str]
    specs: Mapping[str, str]
    lines: Mapping[str, str]

    def sides(self, pypi: PypiEngine | None = None) -> Sides:
        """Who asks conda in memory, and PyPI in memory or as given."""
        packages = [conda_package("python", version) for version in PYTHONS]
        contents = {}
        for name, versions in self.conda.items():
            for version, needs in versions.items():
                package = conda_package(name, version, depends=["python", *(f"{to} {r}" for to, r in needs.items())])
                packages.append(package)
                requires = [f"{to}{r}" for to, r in self.metadata[name][version].items()]
                contents[package.dist] = project_files(name, version, requires=requires)
        goal = Goal(
            (MatchSpec("python"), *(MatchSpec(name, range_) for name, range_ in self.specs.items())),
            (CHANNEL,),
            "linux-64",
            pip=tuple(PipLine("requirement", n + r, n + r, name=n) for n, r in self.lines.items()),
        )
        engine = pypi or MemoryPypiEngine([pypi_package(n, v, requires=r, tag=t) for n, v, r, t in self.wheels()])
        engines = Engines(MemoryCondaEngine(packages, contents), lambda: engine, lambda: pytest.fail("not needed"))
        return Sides(goal, engines, resolve._part(goal, engines))

    def wheels(self) -> Iterator[tuple[str, str, list[str], str]]:
        """Name, version, requirements and tag of each wheel on the index."""
        for name, versions in self.pypi.items():
            for version, needs in versions.items():
                yield name, version, [f"{to}{r}" for to, r in needs.items()], self.tags.get((name, version), ANY)

    def answers(self) -> Iterator[dict[str, str]]:
        """Every answer of both sides, by trying all."""
        names = set(self.specs)
        while more := {to for name in names for needs in self.conda[name].values() for to in needs} - names:
            names |= more
        ordered = sorted(names)
        free = [name for name in self.pypi if name not in names]
        for python, *versions in product(PYTHONS, *(self.conda[name] for name in ordered)):
            conda = dict(zip(ordered, versions, strict=True))
            if not _holds(self.specs, conda) or not all(_holds(self.conda[n][v], conda) for n, v in conda.items()):
                continue
            for choice in product(*((None, *self.pypi[name]) for name in free)):
                chosen = {name: version for name, version in zip(free, choice, strict=True) if version}
                there = conda | chosen
                usable = all(_runs(self.tags.get(item, ANY), python) for item in chosen.items())
                met = all(_holds(self.pypi[n][v], there) for n, v in chosen.items())
                if usable and met and _holds(self.lines, there):
                    yield {**there, "python": python}


def _holds(needs: Mapping[str, str], there: Mapping[str, str]) -> bool:
    return all(name in there and SpecifierSet(range_).contains(there[name]) for name, range_ in needs.items())


def _runs(tag: str, python: str) -> bool:
    return tag == ANY or (tag == TAG and python.startswith("3.11."))


def needs(names: tuple[str, ...], *, most: int = 2) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(names), st.sampled_from(RANGES), max_size=most)


@st.composite
def universes(draw: st.DrawFn) -> Universe:
    conda = {}
    for at, name in enumerate(CONDA):
        targets = draw(st.sets(st.sampled_from(CONDA[at + 1 :]))) if at + 1 < len(CONDA) else set()
        conda[name] = {
            version: {to: draw(st.sampled_from(RANGES)) for to in sorted(targets)}
            for version in draw(st.sets(st.sampled_from(VERSIONS), min_size=1).map(sorted))
        }
    everything = (*CONDA, *PYPI)
    pypi = {name: {version: draw(needs(everything)) for version in VERSIONS[: draw(st.integers(1, 3))]}
            for name in everything}  # fmt: skip
    specs = draw(needs(CONDA, most=3))
    metadata = {name: {version: draw(needs(everything, most=1)) for version in conda[name]} for name in CONDA}
    limited = st.dictionaries(st.tuples(st.sampled_from(PYPI), st.sampled_from(VERSIONS)), st.just(TAG), max_size=2)
    lines = draw(st.dictionaries(st.sampled_from(everything), st.sampled_from(RANGES), min_size=1, max_size=3))
    if draw(st.booleans()):
        # conda would take the newest of all, and PyPI wants others: the case that needs several rounds
        specs = dict.fromkeys(CONDA, "")
        asked = draw(st.dictionaries(st.sampled_from(CONDA), st.sampled_from(RANGES[3:]), min_size=1, max_size=2))
        pypi["a"] = {version: {**asked, **pypi["a"].get(version, {})} for version in VERSIONS[:2]}
        lines = {"a": "", **lines}
    return Universe(conda, metadata, pypi, draw(limited), specs, lines)
