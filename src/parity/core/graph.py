"""Who needs whom among the packages of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def dependency_name(spec: str) -> str:
    """The package name a dependency text starts with (`numpy >=1.21,<3` -> `numpy`)."""
    for end, sign in enumerate(spec):
        if sign in " =<>!~[":
            return spec[:end].lower()
    return spec.lower()


def reachable(depends: Mapping[str, Iterable[str]], roots: Iterable[str]) -> frozenset[str]:
    """Names that `roots` need, themselves included, as far as they are keys of `depends`.

    Args:
        depends: name -> names it depends on.
        roots: names to start from.
    """
    found: set[str] = set()
    todo = [name for name in roots if name in depends]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [other for other in depends[name] if other in depends]
    return frozenset(found)


def dependents(depends: Mapping[str, Iterable[str]], names: Iterable[str]) -> frozenset[str]:
    """`names` and everything that needs one of them, directly or not."""
    needed_by: dict[str, list[str]] = {}
    for name, others in depends.items():
        for other in others:
            needed_by.setdefault(other, []).append(name)
    return reachable({name: needed_by.get(name, []) for name in depends}, names)
