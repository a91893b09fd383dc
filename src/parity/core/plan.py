"""Compares what a prefix holds with what it shall hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.model import CondaPackage, InstalledPackage, Operation, Package, Plan, Solution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from parity.model import Action


def make_plan(
    prefix: Path,
    installed: Iterable[InstalledPackage],
    solution: Solution,
    *,
    owned: Collection[str] = (),
    reinstall: Collection[str] = (),
    reinstall_pypi: bool = False,
) -> Plan:
    """The operations that turn what is installed into the solution.

    Args:
        prefix: absolute path of the environment.
        installed: what it holds now.
        solution: what it shall hold.
        owned: PyPI packages that Parity put there: only those are removed when the solution lacks them, so that
            what a person installed with pip stays.
        reinstall: names to install anew although they are there.
        reinstall_pypi: install every PyPI package anew (another Python, another site-packages).
    """
    old = {(package.source, package.name): package for package in installed}
    operations: list[Operation] = []
    unchanged: list[str] = []
    for package in solution:
        before = old.pop((package.source, package.name), None)
        forced = package.name in reinstall or (reinstall_pypi and package.source == "pypi")
        action = _action(before, package, forced=forced)
        if action is None:
            unchanged.append(package.name)
        else:
            operations.append(Operation(action, package.name, before, package))
    for package_left in old.values():
        if package_left.source == "conda" or package_left.name in owned:
            operations.append(Operation("remove", package_left.name, package_left, None))
        else:
            unchanged.append(package_left.name)
    operations.sort(key=lambda operation: (operation.source, operation.name))
    return Plan(prefix, tuple(operations), tuple(sorted(unchanged)), solution)


def _action(old: InstalledPackage | None, new: Package, *, forced: bool) -> Action | None:
    if old is None:
        return "install"
    if old.version != new.version:
        return "upgrade" if version_key(new.version) > version_key(old.version) else "downgrade"
    if isinstance(new, CondaPackage):
        same = old.build == new.build and (
            old.sha256 == new.sha256 if old.sha256 and new.sha256 else old.url == new.url
        )
        if not same:
            return "change"
    elif old.editable != new.editable or new.editable or _is_source(new.url):
        # What an editable or a repository holds may have changed under the same version.
        return "change" if old.url != new.url or new.editable != old.editable else ("reinstall" if forced else None)
    return "reinstall" if forced else None


def _is_source(url: str) -> bool:
    return url.startswith("git+")


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders versions well enough to call a change an upgrade or a downgrade; engines decide the rest."""
    parts = re.findall(r"\d+|[a-z]+", version.lower().partition("+")[0])
    # A letter part is older than none at all: 1.0rc1 < 1.0 < 1.0.1.
    key = [(1, int(part), "") if part.isdigit() else (-1, 0, part) for part in parts]
    return (*key, (0, 0, ""))
