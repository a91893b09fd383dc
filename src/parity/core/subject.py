"""What can be compared, explained and drawn: a lock, an environment, a request; all as the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.lock import DEFAULT, LockPlatform
from parity.core.lock_choice import environment_of
from parity.core.package_graph import PackageGraph, package_graph
from parity.errors import NotFoundError
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.lock import Lock, VirtualPackage
    from parity.core.package_graph import Node
    from parity.model import InstalledPackage, Manifest, MatchSpec, Package, PipLine, Request


ANYWHERE = "noarch"
"""The subdir of a part that does not say which machines it is for."""


@dataclass(frozen=True, slots=True)
class Part:
    """One environment on one platform.

    Attributes:
        environment: its name in a lock.
        platform: name of the platform in a lock, else the subdir.
        subdir: `linux-64`; `noarch` for what does not say (a `pylock.toml`, a list of noarch packages).
        packages: exact ones, sorted by source and name; None for a request, which has none.
        specs: conda specs that were asked for.
        pip: PyPI requirements that were asked for.
        virtual: what is assumed of the machine; empty where nothing says.
        pypi_only: its format holds no conda packages, so that none in it does not mean that there are none.
        venv_python: version of the Python that a virtual environment borrows; "" where Python is one of the packages.
    """

    environment: str
    platform: str
    subdir: str
    packages: tuple[Node, ...] | None
    specs: tuple[MatchSpec, ...] = ()
    pip: tuple[PipLine, ...] = ()
    virtual: tuple[VirtualPackage, ...] = ()
    pypi_only: bool = False
    venv_python: str = ""

    @property
    def python(self) -> str:
        """Version of its Python; "" where there is none."""
        packages = (each for each in self.packages or () if (each.source, each.name) == ("conda", "python"))
        return self.venv_python or next((package.version for package in packages), "")

    @property
    def graph(self) -> PackageGraph:
        """Who needs whom."""
        return package_graph(self.packages or (), self.subdir, self.specs, self.pip)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that holds packages, or asks for them.

    Attributes:
        label: how a person named it.
        kind: a `lock` may have parts for several platforms, a request (`file`) has one that holds for all.
        parts: sorted by environment and platform.
    """

    label: str
    kind: str
    parts: tuple[Part, ...]

    def part(self, *, environment: str = "", subdir: str = "", variant: str | None = None, usual: str = "") -> Part:
        """The one part that is meant.

        Args:
            environment: name; "" for `default`, or the only one.
            subdir: platform, or the name of one in a lock; "" for the usual one where it is there, else the first.
            variant: of the platform; None for the plain one where it is there.
            usual: this machine's subdir.

        Raises:
            NotFoundError: there is none; says which there are.
        """
        names = list(dict.fromkeys(part.environment for part in self.parts))
        wanted = environment or (names[0] if len(names) == 1 else DEFAULT)
        found = [part for part in self.parts if part.environment == wanted]
        if not found:
            raise NotFoundError(f"{self.label} has no environment `{wanted}`; it has {', '.join(names) or 'none'}")
        here = [part for part in found if {subdir, ANYWHERE} & {part.subdir, part.platform}] if subdir else found
        if variant is not None:
            here = [part for part in here if LockPlatform(part.platform, part.subdir).variant == variant]
        if not here:
            there = ", ".join(part.platform for part in found)
            raise NotFoundError(f"{self.label} has nothing for {subdir or variant}; it is for {there}")
        return min(here, key=lambda part: (part.subdir != usual, part.platform != part.subdir))


def of_lock(lock: Lock, label: str, environment: str = "", *, pypi_only: bool = False) -> Subject:
    """A lock; all of its environments where none is named.

    Args:
        lock: as read.
        label: how a person named it.
        environment: the only one to look at.
        pypi_only: its format holds no conda packages.

    Raises:
        NotFoundError: it has no environment of that name.
    """
    platforms = {platform.name: platform for platform in lock.platforms}
    chosen = (environment_of(lock, environment),) if environment else lock.environments
    parts = tuple(
        Part(
            each.name,
            part.platform,
            platforms[part.platform].subdir if part.platform in platforms else part.platform,
            tuple(part.solution),
            part.specs,
            part.pip,
            platforms[part.platform].virtual if part.platform in platforms else (),
            pypi_only,
        )
        for each in chosen
        for part in each.locked
    )
    return Subject(label, "lock", parts)


def of_environment(
    installed: Sequence[InstalledPackage], manifest: Manifest, label: str, platform: str, venv_python: str = ""
) -> Subject:
    """An environment on disk.

    Args:
        installed: what it holds.
        manifest: what was asked of it.
        label: its name or path.
        platform: its subdir.
        venv_python: version of the Python that a virtual environment borrows.
    """
    # An environment that was made equal to a variant of a lock is compared with that variant.
    named = manifest.lock.partition(":")[0].rpartition("@")[2]
    name = named if named.startswith(platform) else platform
    part = Part(DEFAULT, name, platform, _with_artifacts(installed, manifest), manifest.specs, manifest.pip,
                venv_python=venv_python)  # fmt: skip
    return Subject(label, "environment", (part,))


def of_request(request: Request, label: str) -> Subject:
    """What a file asks for, without an answer."""
    return Subject(label, "file", (Part(DEFAULT, "", "", None, request.specs, request.pip),))


def _with_artifacts(installed: Sequence[InstalledPackage], manifest: Manifest) -> tuple[Node, ...]:
    """Installed packages; those that Parity took from PyPI with hash, size and URL, which a prefix does not tell."""
    from parity.values import replace

    exact = {(package.name, package.version): package for package in manifest.pypi}
    found: list[Package | InstalledPackage] = []
    for package in installed:
        artifact = exact.get((package.name, package.version)) if package.source == "pypi" else None
        if artifact is not None:
            package = replace(package, url=artifact.url, sha256=artifact.sha256, size=artifact.size)
        found.append(package)
    return tuple(found)
