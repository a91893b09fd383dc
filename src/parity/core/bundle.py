"""What an offline bundle holds: every file that a lock names, each under its SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.model import Package

FILES = "files"
"""Directory in a bundle with one directory for each SHA-256."""

LOCK = "parity.lock"


def along(name: str) -> str:
    """Where a file stands that goes along with the packages, as what installs Parity."""
    return f"install/{name}"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a lock names.

    Attributes:
        url: where it is fetched from.
        name: of the file.
        sha256: (hex) of its bytes.
        size: bytes, None where the lock does not say.
        what: package and version, for messages.
    """

    url: str
    name: str
    sha256: str
    size: int | None
    what: str

    @property
    def path(self) -> str:
        """Where it stands in a bundle."""
        return f"{FILES}/{self.sha256}/{self.name}"


def artifacts(packages: Iterable[Package]) -> tuple[list[Artifact], list[str]]:
    """The files of packages, each once, sorted; and the names of packages that are no file with a known hash."""
    from urllib.parse import unquote

    from parity.model import CondaPackage

    found: dict[str, Artifact] = {}
    without: set[str] = set()
    for package in packages:
        if isinstance(package, CondaPackage):
            name = package.fn
        else:
            name = unquote(package.url.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2])
        if not package.sha256 or not name or package.url.startswith("git+"):
            without.add(package.name)
            continue
        one = Artifact(package.url, name, package.sha256, package.size, f"{package.name} {package.version}")
        found[one.path] = one
    return [found[path] for path in sorted(found)], sorted(without)
