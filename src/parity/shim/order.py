"""The order in which conda lists packages of an `@EXPLICIT` file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.graph import dependency_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.model import InstalledPackage


def parents_first(packages: Sequence[InstalledPackage]) -> list[InstalledPackage]:
    """Packages level by level, each after all that it needs, by name within a level.

    As conda's prefix graph has it: first those that have to do with no other; python does not wait for pip; a circle
    is cut at the package that needs the fewest others.
    """
    by_name = {package.name: package for package in sorted(packages, key=lambda package: package.name)}
    waits = {
        name: {need for need in map(dependency_name, package.depends) if need in by_name and need != name}
        for name, package in by_name.items()
    }
    if "python" in waits:
        waits["python"].discard("pip")
    needed = {need for needs in waits.values() for need in needs}
    order = [name for name, needs in waits.items() if not needs and name not in needed]
    for name in order:
        del waits[name]
    while waits:
        level = [name for name, needs in waits.items() if not needs]
        if not level:
            level = [min(waits, key=lambda name: (len(waits[name]), name))]
        for name in level:
            del waits[name]
        for needs in waits.values():
            needs.difference_update(level)
        order += level
    return [by_name[name] for name in order]
