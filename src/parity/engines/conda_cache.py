"""What the package cache tells of its packages: entries that are damaged, files that a cut-off linking left.

The list of a package's files is `info/paths.json` (CEP-34); paths of `noarch: python` packages are translated as the
installer does it.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from parity.core.noarch import installed_paths
from parity.core.platforms import layout
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from parity.core.records import PackageNote
    from parity.engines.notes import PackageNotes
    from parity.model import CondaPackage


def noted_sha256(pkgs_dir: Path, dist: str) -> str | None:
    """The hash of the artifact that a cache entry was extracted from, which rattler notes beside it; None without."""
    try:
        note = (pkgs_dir / f"{dist}.lock").read_bytes()
    except OSError:
        return None
    return note[8:40].hex()


@dataclass(frozen=True, slots=True)
class Description:
    """What an extracted package holds, as far as nothing else tells it so quickly.

    Attributes:
        sizes: bytes of each file, by path; None where the package does not say, or where it is a link or a directory.
        executable: files that may be executed.
        links: target of each symbolic link, by path.
        commands: entry points of a `noarch: python` package, which the linker makes (`info/link.json`).
        no_link: files that the package says are not to be linked.
    """

    sizes: dict[str, int | None]
    executable: list[str]
    links: dict[str, str]
    commands: list[str]
    no_link: list[str]


class Cache:
    """The extracted packages of a package cache, looked at file by file.

    A description is noted once, by the package's hash, for two reasons: a file that is hard-linked into an environment
    changes its permissions in the cache too, when they are changed there; and lists of files take long to read.

    Args:
        pkgs_dir: the package cache.
        notes: what is known of packages.
    """

    def __init__(self, pkgs_dir: Path, notes: PackageNotes) -> None:
        self._pkgs_dir = pkgs_dir
        self._notes = notes
        self._known: dict[tuple[str, str | None], Description] = {}

    def damaged(self, packages: Iterable[CondaPackage]) -> list[tuple[CondaPackage, str]]:
        """Files that are missing or have another size than their package says: the package and the path.

        Hashes are too slow to look at each time: a file that was cut off is what a full disk or a power failure leaves.
        """
        wrong = []
        for package in packages:
            entry = self._pkgs_dir / package.dist
            known = self.describe(package)
            if known is not None:
                wrong += [(package, f"{entry}/{path}") for path in _wrong(entry, known)]
        return wrong

    def still_damaged(self, found: Iterable[tuple[CondaPackage, str]]) -> frozenset[str]:
        """Of what was found damaged, names of the packages that nobody has mended since.

        The damaged files are deleted, so that rattler finds them missing and fetches the package anew, under its lock.

        Raises:
            OSError: the cache cannot be written.
        """
        again = self.damaged({package.dist: package for package, _ in found}.values())
        for _, path in again:
            if os.path.isfile(path):  # noqa: PTH113
                os.unlink(path)  # noqa: PTH108
        return frozenset(package.name for package, _ in again)

    def describe(self, package: CondaPackage) -> Description | None:
        """What a package holds; None where it is not in the cache, or its list of files cannot be read."""
        identity = package.dist, package.sha256
        known = self._known.get(identity)
        if known is None:
            known = _load(self._notes.get(package))
            if known is None:
                known, whole = _describe(self._pkgs_dir / package.dist)
                if known is None or not whole:
                    return known  # for now: what is missing may have been executable
                self._notes.put(package, _dump(known))
            self._known[identity] = known
        return known

    def files(self, package: CondaPackage) -> tuple[str, ...]:
        """Paths that a package installs, as `conda_reader` tells them, if it was looked at before; else nothing."""
        known = self._known.get((package.dist, package.sha256))
        return tuple(path for path in known.sizes if path not in known.no_link) if known is not None else ()

    def file_notes(self, packages: Iterable[CondaPackage], *, platform: str, site: str) -> dict[str, PackageNote]:
        """What only the files themselves tell of packages that were just linked, by `records.key`.

        Args:
            packages: what is not in the cache any more is left out.
            platform: subdir of the prefix they were linked into.
            site: its site-packages; "" without a Python.
        """
        from parity.core.records import PackageNote

        places = layout(platform)
        found = {}
        for package in packages:
            if places.windows and package.noarch == "python":
                continue  # its commands are files that the linker makes
            known = self.describe(package)
            if known is not None:
                executable = installed_paths(package, known.executable, platform, site)
                commands = [f"{places.scripts}/{name}" for name in known.commands]
                links = installed_paths(package, list(known.links), platform, site)
                found[f"conda:{package.dist}"] = PackageNote(
                    frozenset((*executable, *commands)), dict(zip(links, known.links.values(), strict=True))
                )
        return found


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
        listed = [file["_path"] for file in _listed(pkgs_dir / package.dist)]
        for path in installed_paths(package, listed, platform, site):
            target = prefix / path
            if path not in owned and (target.is_file() or target.is_symlink()):
                target.unlink()


def _describe(entry: Path) -> tuple[Description | None, bool]:
    """Read an extracted package's own list of files, and whether all of them are there as it says.

    None where the list cannot be read.
    """
    listed = _listed(entry)
    if not listed:
        return None, False
    sizes: dict[str, int | None] = {}
    executable: list[str] = []
    links: dict[str, str] = {}
    whole = True
    with _below(entry) as (head, opened):
        for file in listed:
            path, kind = file["_path"], file.get("path_type")
            sizes[path] = None if kind in {"softlink", "directory"} else file.get("size_in_bytes")
            try:
                found = os.lstat(head + path, dir_fd=opened)
                if kind == "softlink":
                    links[path] = os.readlink(f"{entry}/{path}")  # noqa: PTH115
                elif found.st_mode & 0o100 and S_ISREG(found.st_mode):
                    executable.append(path)
                whole = whole and sizes[path] in {None, found.st_size}
            except OSError:
                whole = False
    try:
        points = json.loads((entry / "info" / "link.json").read_bytes())["noarch"].get("entry_points", [])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        points = []
    commands = [point.partition("=")[0].strip() for point in points]
    no_link = [file["_path"] for file in listed if file.get("no_link")]
    return Description(sizes, executable, links, commands, no_link), whole


def _listed(entry: Path) -> list[dict[str, Any]]:
    """What an extracted package says of its files (CEP-34); nothing where that cannot be read."""
    try:
        found: list[dict[str, Any]] = json.loads((entry / "info" / "paths.json").read_bytes())["paths"]
        return found if all(isinstance(file["_path"], str) for file in found) else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _dump(known: Description) -> str:
    return json.dumps([known.sizes, known.executable, known.links, known.commands, known.no_link])


def _load(text: str | None) -> Description | None:
    """A description that was noted; None for no note, or one that another version of Parity made."""
    try:
        return Description(*json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def _wrong(entry: Path, known: Description) -> list[str]:
    """Paths of files in an extracted package that are not as they should be."""
    wrong = []
    lstat, links = os.lstat, known.links  # thousands of files, while packages are linked
    with _below(entry) as (head, opened):
        for path, size in known.sizes.items():
            try:
                found = lstat(head + path, dir_fd=opened).st_size
                if size is not None:
                    intact = found == size
                else:
                    intact = path not in links or os.readlink(f"{entry}/{path}") == links[path]  # noqa: PTH115
            except OSError:
                intact = False
            if not intact:
                wrong.append(path)
    return wrong


@contextmanager
def _below(directory: Path) -> Iterator[tuple[str, int | None]]:
    """What to put before relative paths, and an open directory for `dir_fd`, which is quicker where there is one."""
    opened = None
    if os.stat in os.supports_dir_fd:
        with suppress(OSError):
            opened = os.open(directory, os.O_RDONLY)
    try:
        yield ("" if opened is not None else f"{directory}/"), opened
    finally:
        if opened is not None:
            os.close(opened)


def digest(path: str, kind: str = "sha256") -> str:
    """Hash of a file, hexadecimal; "" where it cannot be read, which no hash equals."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            import hashlib

            return hashlib.file_digest(file, kind).hexdigest()
    except OSError:
        return ""
