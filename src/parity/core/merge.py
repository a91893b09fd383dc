"""What is asked of an environment after a further request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.pip_lines import said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from parity.model import MatchSpec, PipLine


def merge_specs(old: Iterable[MatchSpec], new: Iterable[MatchSpec]) -> tuple[MatchSpec, ...]:
    """Old and new specs; a new one replaces every old one of its name, as in conda's history."""
    new = tuple(new)
    names = {spec.name for spec in new}
    return (*(spec for spec in old if spec.name not in names), *new)


def merge_pip(old: Iterable[PipLine], new: Iterable[PipLine]) -> tuple[PipLine, ...]:
    """Old and new requirement lines; a new one replaces every old one of its project, equal lines stand once."""
    new = tuple(new)
    names = {line.name for line in new if line.name}
    again = set(map(said, new))
    kept = (line for line in old if line.name not in names and said(line) not in again)
    return (*kept, *new)


def without(specs: Iterable[MatchSpec], names: Collection[str]) -> tuple[MatchSpec, ...]:
    """Specs of all other names."""
    return tuple(spec for spec in specs if spec.name not in names)
