"""What an environment holds and was asked for, read once at the start of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import NotFoundError, RefusedError
from parity.model import CondaPackage, Environment, InstalledPackage, Manifest, MatchSpec, Solution
from parity.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.ports import CondaEngine, EnvironmentStore


@dataclass(frozen=True, slots=True)
class Current:
    """An environment before a change.

    Attributes:
        prefix: absolute path.
        installed: what it holds.
        manifest: what was asked for.
        exact: its conda records, complete.
        platform: its subdir.
    """

    prefix: Path
    installed: tuple[InstalledPackage, ...]
    manifest: Manifest
    exact: tuple[CondaPackage, ...]
    platform: str

    @property
    def solution(self) -> Solution:
        """What it holds, as exact packages that can be installed again."""
        return Solution(self.platform, self.exact, self.manifest.pypi)

    @property
    def pypi_versions(self) -> dict[str, str]:
        """Name -> version of its PyPI packages."""
        return {package.name: package.version for package in self.installed if package.source == "pypi"}

    @property
    def owned(self) -> frozenset[str]:
        """PyPI packages that Parity put there."""
        return frozenset(package.name for package in self.manifest.pypi)

    def python_pin(self, asked: tuple[MatchSpec, ...]) -> tuple[MatchSpec, ...]:
        """Keep Python's minor version unless it was asked for: everything in site-packages hangs on it."""
        series = self.solution.python_series
        if not series or any(spec.name == "python" for spec in asked):
            return ()
        return (MatchSpec("python", f"{series}.*"),)


def read(prefix: Path, store: EnvironmentStore, conda: CondaEngine, *, platform: str) -> Current:
    """Read an environment.

    Raises:
        NotFoundError: there is none.
        IntegrityError: a record is damaged.
    """
    if not store.exists(prefix):
        raise NotFoundError(f"there is no environment at {prefix}", hints=["`parity env list` shows those there are"])
    manifest = store.manifest(prefix)
    return Current(prefix, store.installed(prefix), manifest, conda.installed(prefix), manifest.platform or platform)


def refuse_protected(
    prefix: Path, root: Path, store: EnvironmentStore, *, allow_base: bool, allow_frozen: bool = False
) -> None:
    """Refuse to change base, and environments marked frozen (CEP-22), unless that is allowed.

    Raises:
        RefusedError: with what to do instead.
    """
    if prefix == root and not allow_base:
        raise RefusedError(
            "base is not changed: it holds the tools, and what they need breaks easily",
            hints=[
                "name an environment with -n or -p; parity create -n NAME makes one",
                "to change base all the same: parity config --set allow_base_changes true",
            ],
        )
    if not allow_frozen:
        refuse_frozen(prefix, store)


def refuse_frozen(prefix: Path, store: EnvironmentStore) -> None:
    """Refuse to change or replace an environment that is marked as frozen (CEP-22).

    Raises:
        RefusedError: it is.
    """
    message = store.frozen(prefix)
    if message is not None:
        raise RefusedError(
            f"{prefix} is frozen{': ' + message if message else ''}",
            hints=["remove conda-meta/frozen in it to change it all the same"],
        )


def environment(prefix: Path, name: str | None, store: EnvironmentStore) -> Environment:
    """An environment as the library's functions return it."""
    return Environment(prefix, name, store.installed(prefix))
