"""Compares what a prefix holds with what it shall hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.model import CondaPackage, InstalledPackage, Operation, Package, Plan, PypiPackage, Solution

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
    exact: Iterable[PypiPackage] = (),
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
        exact: the PyPI packages that Parity put there, to tell one artifact of a version from another.
        reinstall: names to install anew although they are there.
        reinstall_pypi: install every PyPI package anew (another Python, another site-packages).
    """
    old = {(package.source, package.name): package for package in installed}
    artifacts = {package.name: package for package in exact}
    operations: list[Operation] = []
    unchanged: list[str] = []
    for package in solution:
        before = old.pop((package.source, package.name), None)
        forced = package.name in reinstall or (reinstall_pypi and package.source == "pypi")
        action = _action(before, package, artifacts.get(package.name), forced=forced)
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


def _action(old: InstalledPackage | None, new: Package, artifact: PypiPackage | None, *, forced: bool) -> Action | None:
    if old is None:
        return "install"
    if new.version and old.version != new.version:
        return "upgrade" if version_key(new.version) > version_key(old.version) else "downgrade"
    if isinstance(new, CondaPackage):
        same = old.sha256 == new.sha256 if old.sha256 and new.sha256 else old.url == new.url
        if old.build != new.build or not same:
            return "change"
    elif new.editable != old.editable:
        return "change"
    elif not new.editable and _is_directory(new.url):
        return "reinstall"  # what stands there may have changed under the same version
    elif artifact is not None and (artifact.sha256, _commit(artifact.url)) != (new.sha256, _commit(new.url)):
        return "change"
    return "reinstall" if forced else None


def _commit(url: str) -> str:
    return url if url.startswith("git+") else ""


def _is_directory(url: str) -> bool:
    return url.startswith("file:") and not url.endswith((".whl", ".zip", ".tar.gz"))


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders versions well enough to call a change an upgrade or a downgrade; engines decide the rest."""
    parts = re.findall(r"\d+|[a-z]+", version.lower().partition("+")[0])
    # A letter part is older than none at all: 1.0rc1 < 1.0 < 1.0.1.
    key = [(1, int(part), "") if part.isdigit() else (-1, 0, part) for part in parts]
    return (*key, (0, 0, ""))
