"""Who needs whom among the packages of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import TypeVar

    from parity.model import CondaPackage, InstalledPackage

    _Package = TypeVar("_Package", bound=CondaPackage | InstalledPackage)

_NAME = regex(r"(?:[^\s=<>!~\[(;]*::)?([^\s=<>!~\[(;]*)")


def dependency_name(spec: str) -> str:
    """The package name a dependency text starts with (`numpy >=1.21,<3`, `forge::numpy`, `numpy;extra` -> `numpy`)."""
    found = _NAME.match(spec)
    return found[1].lower() if found is not None else ""


def needed_first(packages: Iterable[_Package]) -> list[_Package]:
    """Packages after those that they need, by name where that leaves a choice; circles are cut anywhere."""
    by_name = {package.name: package for package in sorted(packages, key=lambda package: package.name)}
    done: dict[str, _Package] = {}
    # Depth first with an explicit stack: long chains of dependencies are no reason for a recursion error.
    for start in by_name:
        todo = [(start, False)]
        entered: set[str] = set()
        while todo:
            name, complete = todo.pop()
            if name in done:
                continue
            if complete:
                done[name] = by_name[name]
            elif name not in entered:
                entered.add(name)
                needed = sorted({dependency_name(text) for text in by_name[name].depends}, reverse=True)
                todo += [(name, True), *((other, False) for other in needed if other in by_name)]
    return list(done.values())


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


def python_requirements(
    requires: Mapping[str, Iterable[str]], environment: Mapping[str, str], extras: Mapping[str, Collection[str]]
) -> dict[str, dict[str, str]]:
    """Who needs whom among Python distributions, as PEP 508 says.

    A requirement that belongs to an extra counts only where somebody asks for that extra: a person, or a
    requirement that counts itself.

    Args:
        requires: normalised name -> its `Requires-Dist` values.
        environment: what markers are evaluated in, without `extra`.
        extras: normalised name -> extras that a person asked for.

    Returns:
        Normalised name -> normalised names that it needs, which need not be keys -> the requirement by which each is
        needed (`numpy>=1.21`, without its marker).
    """
    from packaging.requirements import Requirement

    from parity.core.markers import applies
    from parity.core.names import normalise

    parsed: dict[str, list[Requirement]] = {name: [] for name in requires}
    needs: dict[str, dict[str, str]] = {name: {} for name in requires}
    for name, texts in requires.items():
        for text in texts:
            try:
                parsed[name].append(Requirement(text))
            except ValueError:
                # Metadata of long ago is not always valid; what it says of extras can be seen all the same.
                if "extra" not in text.partition(";")[2]:
                    needs[name].setdefault(normalise(dependency_name(text)), text.partition(";")[0].strip())
    asked = {name: {"", *map(normalise, extras.get(name, ()))} for name in requires}
    todo = [(name, extra) for name, wanted in asked.items() for extra in sorted(wanted)]
    while todo:
        name, extra = todo.pop()
        for requirement in parsed[name]:
            if not applies(requirement, environment, extra):
                continue
            other = normalise(requirement.name)
            needs[name].setdefault(other, str(requirement).partition(";")[0].strip())
            for more in map(normalise, requirement.extras):
                if other in asked and more not in asked[other]:
                    asked[other].add(more)
                    todo.append((other, more))
    return needs
