"""Where the files of a conda package stand in a prefix: those of `noarch: python` packages move (CEP-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.platforms import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parity.model import CondaPackage


def site_packages(packages: Iterable[CondaPackage], platform: str) -> str:
    """site-packages of the Python among some packages, relative to the prefix; "" without one.

    A build without the global lock has directories of its own (CEP-17): `lib/python3.13t/site-packages`.
    """
    python = next((package for package in packages if package.name == "python"), None)
    if python is None:
        return ""
    return python.python_site_packages_path or layout(platform).site_packages(python.version)


def installed_paths(package: CondaPackage, files: Sequence[str], platform: str, site: str) -> Sequence[str]:
    """Where files of a package stand.

    Args:
        package: whose they are.
        files: paths inside the package.
        platform: subdir of the prefix.
        site: site-packages there; "" without a Python.
    """
    if package.noarch != "python" or not site:
        return files
    moves = (("site-packages/", site + "/"), ("python-scripts/", layout(platform).scripts + "/"))

    def moved(path: str) -> str:
        return next((to + path[len(start) :] for start, to in moves if path.startswith(start)), path)

    return [moved(path) for path in files]
