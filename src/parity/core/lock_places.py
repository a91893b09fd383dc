"""Places that differ from machine to machine, and the names they have in a lock, which do not.

An interpreter that Parity made from a Python of the host lies in a channel below Parity's root. In a lock it stands
under a URL that nothing can ever be fetched from (RFC 2606), and its SHA-256 says which one is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.model import CondaPackage
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.model import Solution

INTERPRETERS = "https://interpreters.parity.invalid"
"""The channel that packaged interpreters stand under in a lock."""


def is_interpreter(package: object) -> bool:
    """Whether a package of a lock is an interpreter that Parity made, which no server has."""
    return isinstance(package, CondaPackage) and package.url.startswith(f"{INTERPRETERS}/")


def moved(package: CondaPackage, places: Mapping[str, str]) -> CondaPackage:
    """A package with its channel's base URL exchanged.

    Args:
        package: any.
        places: base URL -> the one to write instead.
    """
    for base, other in places.items():
        base, other = base.rstrip("/"), other.rstrip("/")
        if package.url.startswith(f"{base}/"):
            slash = "/" if package.channel.endswith("/") else ""
            return replace(package, url=other + package.url[len(base) :], channel=other + slash)
    return package


def shared(solution: Solution, places: Mapping[str, str]) -> Solution:
    """A solution as a lock holds it.

    Args:
        solution: as it was solved here.
        places: base URL of a place of this machine -> what it is called in locks.
    """
    return replace(solution, conda=tuple(moved(package, places) for package in solution.conda))
