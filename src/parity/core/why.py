"""Why a package is there: the shortest chains of requirements from a person's lines to it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.core.package_graph import Need, PackageGraph


@dataclass(frozen=True, slots=True)
class Chain:
    """How one line of a person leads to a package.

    Attributes:
        steps: first what the line itself asks for, last the package; the text of each says why it is needed.
    """

    steps: tuple[Need, ...]

    @property
    def line(self) -> str:
        """What the person wrote."""
        return self.steps[0].text


def chains(graph: PackageGraph, key: str) -> tuple[Chain, ...]:
    """For each of the person's lines that leads to a package, the shortest chain; shortest first.

    Of two equally short ones, the one whose packages come first in the alphabet.
    """
    found = []
    for need in graph.asked:
        came_from = _search(graph, [need])
        if key in came_from:
            found.append(_chain(came_from, key))
    return tuple(sorted(found, key=lambda chain: len(chain.steps)))


def shortest(graph: PackageGraph) -> dict[str, Chain]:
    """Key -> the shortest chain from any of the person's lines; what none leads to is left out."""
    came_from = _search(graph, graph.asked)
    return {key: _chain(came_from, key) for key in came_from}


_Trail = dict[str, "tuple[str | None, Need]"]


def _search(graph: PackageGraph, starts: Iterable[Need]) -> _Trail:
    """Breadth first: each package with the one it was reached from, and by which requirement."""
    came_from: _Trail = {}
    for need in starts:
        came_from.setdefault(need.key, (None, need))
    todo = deque(came_from)
    while todo:
        key = todo.popleft()
        for need in graph.needs.get(key, ()):
            if need.key not in came_from:
                came_from[need.key] = (key, need)
                todo.append(need.key)
    return came_from


def _chain(came_from: _Trail, key: str) -> Chain:
    steps = []
    at: str | None = key
    while at is not None:
        at, need = came_from[at]
        steps.append(need)
    return Chain(tuple(reversed(steps)))
