"""The graph of packages as a tree: each package with what it needs, or, inverted, with what needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.graph import reachable
from parity.core.package_graph import Need, PackageGraph, tops
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a tree.

    Attributes:
        key: of the package.
        text: the requirement between it and the line above; on the first level what a person wrote, "" for nothing.
        children: what hangs below it.
        repeated: it has children, and they are shown where it stood first.
    """

    key: str
    text: str
    children: tuple[Branch, ...] = ()
    repeated: bool = False


def tree(graph: PackageGraph, key: str | None = None, *, invert: bool = False, depth: int | None = None) -> tuple[
    Branch, ...
]:  # fmt: skip
    """A graph as a tree, every package unfolded once, where it stands first.

    Args:
        graph: of an environment.
        key: package to begin with; None for what a person asked for, and what comes with none of that (inverted: for
            what needs nothing).
        invert: below a package stands what needs it.
        depth: levels to show below the first; None for all.
    """
    edges: Mapping[str, tuple[Need, ...]] = _inverted(graph) if invert else _without_python(graph)
    if key is not None:
        starts: tuple[Need, ...] = (Need(key, ""),)
    elif invert:
        starts = tuple(Need(top, "") for top in tops(edges))
    elif graph.stated:
        starts = (*graph.asked, *_others(graph))
    else:
        starts = tuple(Need(need.key, "") for need in graph.asked)
    seen: set[str] = set()
    return tuple(_branch(need, edges, seen, depth) for need in starts)


def _others(graph: PackageGraph) -> tuple[Need, ...]:
    """What nobody asked for and nothing that was asked for needs, as the pip that comes with Python."""
    reached = reachable(graph.names(), [need.key for need in graph.asked])
    return tuple(Need(top, "") for top in tops({key: graph.needs[key] for key in graph.packages if key not in reached}))


def _branch(need: Need, edges: Mapping[str, tuple[Need, ...]], seen: set[str], depth: int | None) -> Branch:
    below = edges.get(need.key, ())
    if not below or depth == 0:
        return Branch(need.key, need.text)
    if need.key in seen:
        return Branch(need.key, need.text, repeated=True)
    seen.add(need.key)
    rest = None if depth is None else depth - 1
    children = tuple(_branch(each, edges, seen, rest) for each in below)
    return Branch(need.key, need.text, children)


def _without_python(graph: PackageGraph) -> dict[str, tuple[Need, ...]]:
    """What each package needs, but for the Python that every PyPI package runs on."""
    return {
        key: tuple(need for need in needs if not (key.startswith("pypi:") and need.key == "conda:python"))
        for key, needs in graph.needs.items()
    }


def _inverted(graph: PackageGraph) -> dict[str, tuple[Need, ...]]:
    """Who needs each package; the text stays that of the requirement."""
    found: dict[str, list[Need]] = {key: [] for key in graph.packages}
    for key, needs in graph.needs.items():
        for need in needs:
            found[need.key].append(Need(key, need.text))
    return {key: tuple(needs) for key, needs in found.items()}


def lines(branches: tuple[Branch, ...], *, ascii_only: bool = False) -> Iterator[tuple[str, Branch]]:
    """Every branch in order, with what is drawn before it."""
    marks = ("|-- ", "`-- ", "|   ", "    ") if ascii_only else ("├── ", "└── ", "│   ", "    ")

    def below(branch: Branch, indent: str) -> Iterator[tuple[str, Branch]]:
        for number, child in enumerate(branch.children, 1):
            last = number == len(branch.children)
            yield indent + marks[last], child
            yield from below(child, indent + marks[2 + last])

    for branch in branches:
        yield "", branch
        yield from below(branch, "")
