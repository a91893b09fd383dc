"""What the package cache tells of its packages: entries that are damaged, files that a cut-off linking left.

The list of a package's files is `info/paths.json` (CEP-34); paths of `noarch: python` packages are translated as the
installer does it.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from functools import cache, partial
from stat import S_ISLNK
from typing import TYPE_CHECKING, Any

from parity.core.platforms import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from parity.core.records import PackageNote
    from parity.model import CondaPackage


def noted_sha256(pkgs_dir: Path, dist: str) -> str | None:
    """The hash of the artifact that a cache entry was extracted from, which rattler notes beside it; None without."""
    try:
        note = (pkgs_dir / f"{dist}.lock").read_bytes()
    except OSError:
        return None
    return note[8:40].hex()


def look(
    pkgs_dir: Path, packages: Iterable[CondaPackage]
) -> tuple[list[tuple[CondaPackage, str]], dict[str, PackageNote]]:
    """Look at every file of cached packages.

    Returns:
        The files that are missing or have another size than their package says: the package and the path. Hashes are
        too slow to look at each time: a file that was cut off is what a full disk or a power failure leaves.

        And, by `records.key`, what only the files themselves tell, of packages that have all of them and that are
        linked just as they are (of `noarch: python` ones, the linker moves files and makes scripts).
    """
    from parity.core.records import PackageNote

    damaged: list[tuple[CondaPackage, str]] = []
    notes: dict[str, PackageNote] = {}
    for package in packages:
        entry = pkgs_dir / package.dist
        paths = _paths(entry)
        if not paths:
            continue
        wrong, executable, links = _look(entry, paths)
        damaged += [(package, path) for path in wrong]
        if not wrong and package.noarch != "python":
            notes[f"conda:{package.dist}"] = PackageNote(frozenset(executable), links)
    return damaged, notes


def still_damaged(pkgs_dir: Path, found: Iterable[tuple[CondaPackage, str]]) -> frozenset[str]:
    """Of what `look` found damaged, names of the packages that nobody has mended since.

    The damaged files are deleted, so that rattler finds them missing and fetches the package anew, under its lock.

    Raises:
        OSError: the cache cannot be written.
    """
    again, _ = look(pkgs_dir, {package.dist: package for package, _ in found}.values())
    for _, path in again:
        if os.path.isfile(path):  # noqa: PTH113
            os.unlink(path)  # noqa: PTH108
    return frozenset(package.name for package, _ in again)


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
        for file in _paths(pkgs_dir / package.dist):
            path = file.path
            if package.noarch == "python":
                path = path.replace("site-packages/", f"{site}/", 1) if path.startswith("site-packages/") else path
                path = path.replace("python-scripts/", f"{places.scripts}/", 1)
            target = prefix / path
            if path not in owned and (target.is_file() or target.is_symlink()):
                target.unlink()


def _look(entry: Path, paths: Iterable[Any]) -> tuple[list[str], list[str], dict[str, str]]:
    """Damaged files of an extracted package, files that may be executed, and targets of links."""
    wrong: list[str] = []
    executable: list[str] = []
    links: dict[str, str] = {}
    with _stat_below(entry) as stat:
        for file in paths:
            try:
                found = stat(file.path)
                if S_ISLNK(found.st_mode):
                    links[file.path] = os.readlink(f"{entry}/{file.path}")  # noqa: PTH115
                    intact = file.kind == "softlink" or os.path.exists(f"{entry}/{file.path}")  # noqa: PTH110
                else:
                    if found.st_mode & 0o100:
                        executable.append(file.path)
                    same_size = found.st_size == file.size or file.size is None or file.kind == "directory"
                    intact = same_size and file.kind != "softlink"
            except OSError:
                intact = False
            if not intact:
                wrong.append(f"{entry}/{file.path}")
    return wrong, executable, links


def _paths(entry: Path) -> list[Any]:
    """What an extracted package says about its files: `path`, `kind` and `size`; nothing where that cannot be read."""
    try:
        data = (entry / "info" / "paths.json").read_bytes()
    except OSError:
        return []
    import msgspec

    try:
        paths: list[Any] = _decoder().decode(data).paths
    except msgspec.DecodeError:
        return []
    return paths


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


@contextmanager
def _stat_below(directory: Path) -> Iterator[Callable[[str], os.stat_result]]:
    """`os.lstat` for paths relative to a directory, which an open directory makes quicker where the system can."""
    if os.stat not in os.supports_dir_fd:
        yield lambda path: os.lstat(directory / path)
        return
    opened = os.open(directory, os.O_RDONLY)
    try:
        yield partial(os.stat, dir_fd=opened, follow_symlinks=False)
    finally:
        os.close(opened)


def digest(path: str, kind: str = "sha256") -> str:
    """Hash of a file, hexadecimal; "" where it cannot be read, which no hash equals."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            import hashlib

            return hashlib.file_digest(file, kind).hexdigest()
    except OSError:
        return ""
