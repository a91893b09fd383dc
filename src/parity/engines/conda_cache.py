"""What the package cache tells of its packages: entries that are damaged, files that a cut-off linking left.

The list of a package's files is `info/paths.json` (CEP-34); paths of `noarch: python` packages are translated as the
installer does it.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from parity.core.platforms import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from parity.model import CondaPackage


def wrong_sizes(pkgs_dir: Path, packages: Iterable[CondaPackage]) -> list[tuple[CondaPackage, str]]:
    """Files of cached packages that are there and have another size than their package says.

    Rattler looks for files that are missing, and hashes are too slow to look at each time: a file that was cut off
    is what a full disk or a power failure leaves.

    Returns:
        The package and the path of the file.
    """
    return [
        (package, path)
        for package in packages
        for path, size in _cached_files(pkgs_dir, package)
        if size is not None and _size(path) not in {size, None}
    ]


def still_wrong(pkgs_dir: Path, found: Iterable[tuple[CondaPackage, str]]) -> frozenset[str]:
    """Of what `wrong_sizes` found, names of the packages that nobody has mended since.

    The damaged files are deleted, so that rattler finds them missing and fetches the package anew, under its lock.

    Raises:
        OSError: the cache cannot be written.
    """
    names = set()
    for package, _ in wrong_sizes(pkgs_dir, {package.dist: package for package, _ in found}.values()):
        names.add(package.name)
    for package, path in found:
        if package.name in names:
            os.unlink(path)  # noqa: PTH108
    return frozenset(names)


def scrub(pkgs_dir: Path, prefix: Path, packages: Iterable[CondaPackage], platform: str) -> None:
    """Delete files of packages that have no record in a prefix: what linking left when it was cut off.

    Args:
        pkgs_dir: package cache; of what is not in it, nothing is known.
        prefix: where the files may be.
        packages: that shall not be there.
        platform: subdir of the prefix.

    Raises:
        OSError: a file cannot be deleted.
    """
    owned: set[str] = set()
    for record in (prefix / "conda-meta").glob("*.json"):
        owned.update(json.loads(record.read_bytes())["files"])
    python = next(iter(sorted(prefix.glob("lib/python3*/site-packages"))), None)
    places = layout(platform)
    site = python.relative_to(prefix).as_posix() if python is not None else places.site_packages("3")
    for package in packages:
        root = str(pkgs_dir / package.dist) + "/"
        for cached, _ in _cached_files(pkgs_dir, package):
            path = cached.removeprefix(root)
            if package.noarch == "python":
                path = path.replace("site-packages/", f"{site}/", 1) if path.startswith("site-packages/") else path
                path = path.replace("python-scripts/", f"{places.scripts}/", 1)
            target = prefix / path
            if path not in owned and (target.is_file() or target.is_symlink()):
                target.unlink()


def _cached_files(pkgs_dir: Path, package: CondaPackage) -> Iterator[tuple[str, int | None]]:
    """Path in the cache and size of each file; no size for soft links and where the package tells none."""
    entry = pkgs_dir / package.dist
    try:
        data = (entry / "info" / "paths.json").read_bytes()
    except OSError:
        return
    import msgspec

    try:
        paths = _decoder().decode(data).paths
    except msgspec.DecodeError:
        return
    root = f"{entry}/"
    for file in paths:
        yield root + file.path, None if file.kind == "softlink" else file.size


@cache
def _decoder() -> Any:
    import msgspec

    fields: list[Any] = [
        ("path", str, msgspec.field(name="_path")),
        ("kind", str, msgspec.field(name="path_type", default="")),
        ("size", int | None, msgspec.field(name="size_in_bytes", default=None)),
    ]
    file: Any = msgspec.defstruct("File", fields)
    return msgspec.json.Decoder(msgspec.defstruct("Paths", [("paths", list[file])]))


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - there are tens of thousands
    except OSError:
        return None


def sha256(path: str) -> str:
    """Hash of a file; "" where it cannot be read, which no hash equals."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
