"""An installed environment as a lock of one platform."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.graph import dependency_name
from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.plan import version_key
from parity.model import CondaPackage, PypiPackage, Solution
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.core.lock import VirtualPackage
    from parity.model import InstalledPackage, Manifest


def lock_of(
    conda: Sequence[CondaPackage],
    installed: Iterable[InstalledPackage],
    manifest: Manifest,
    *,
    platform: str,
    channels: Sequence[str],
    variables: Mapping[str, str],
) -> tuple[Lock, tuple[PypiPackage, ...]]:
    """What a lock of an environment would be.

    Args:
        conda: its exact conda packages.
        installed: all that it holds.
        manifest: what was asked of it, and the exact PyPI packages that were installed.
        platform: its subdir.
        channels: base URLs, highest priority first.
        variables: its own.

    Returns:
        The lock; and PyPI packages that somebody installed with pip, of which nothing tells where they are from: a
        lock cannot hold them.
    """
    exact = {(package.name, package.version): package for package in manifest.pypi}
    known, strangers = [], []
    for package in installed:
        if package.source != "pypi":
            continue
        artifact = exact.get((package.name, package.version)) or exact.get((package.name, ""))
        if artifact is not None:
            known.append(replace(artifact, requires_dist=package.depends))
        else:
            strangers.append(PypiPackage(package.name, package.version, package.url, editable=package.editable))
    solution = Solution(platform, tuple(conda), tuple(known))
    environment = LockedEnvironment(
        DEFAULT,
        tuple(channels),
        (Locked(platform, solution, manifest.specs, manifest.pip),),
        variables=tuple(sorted(variables.items())),
    )
    return Lock((LockPlatform(platform, platform, needed_virtual(conda)),), (environment,)), tuple(strangers)


def needed_virtual(packages: Iterable[CondaPackage]) -> tuple[VirtualPackage, ...]:
    """The virtual packages that a machine must have for these: of each the highest version that is a lower bound."""
    found: dict[str, str] = {}
    for package in packages:
        for text in package.depends:
            name = dependency_name(text)
            if not name.startswith("__"):
                continue
            bound = re.search(r">=?\s*([\w.]+)", text)
            version = bound[1] if bound else "0"
            if name not in found or version_key(version) > version_key(found[name]):
                found[name] = version
    return tuple((name, found[name], "0") for name in sorted(found))
