"""Looks into conda packages without installing them: their lists of files and the Python projects that they bring.

An extracted copy in the cache is read first, then a local archive; of a remote archive only what is needed is fetched.
What was read is noted by the package's hash, so that it is read once.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from rattler.package_streaming import PackageArchive, fetch_raw_package_file_from_url

from parity.core.urls import url_to_path
from parity.engines import conda_errors, conda_metadata
from parity.engines.conda_loop import gathered, run
from parity.engines.notes import PackageNotes
from parity.errors import OfflineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import rattler

    from parity.core.ports import Distribution
    from parity.model import CondaPackage

_PATHS = "info/paths.json"


class Reader:
    """Reads files of packages.

    Args:
        pkgs_dir: package cache.
        notes: directory for what was read.
        client: makes requests, on first use.
        is_cached: whether the cache holds a package, whole.
        offline: never use the network.
    """

    def __init__(
        self,
        pkgs_dir: Path,
        notes: Path,
        client: Callable[[], rattler.Client],
        is_cached: Callable[[CondaPackage], bool],
        *,
        offline: bool,
    ) -> None:
        self._pkgs_dir = pkgs_dir
        self._paths = PackageNotes(notes / "files")
        self._projects = PackageNotes(notes / "projects")
        self._client = client
        self._is_cached = is_cached
        self._offline = offline

    def files(self, packages: Iterable[CondaPackage], *, fetch: bool = True) -> dict[str, tuple[str, ...]]:
        """For each package (by `dist`) the relative paths it installs; those not at hand left out without `fetch`."""
        found, missing = {}, []
        for package in packages:
            known = self._paths.get(package)
            if known is not None:
                found[package.dist] = tuple(known.splitlines())
            elif fetch or self._at_hand(package):
                missing.append(package)
        return {**found, **run(self._files(missing))} if missing else found

    def distributions(self, packages: Iterable[CondaPackage]) -> dict[str, tuple[Distribution, ...]]:
        """For each package (by `dist`) the Python projects that it brings."""
        found, missing = {}, []
        for package in packages:
            known = conda_metadata.load(self._projects.get(package) or "", package.name)
            if known is None:
                missing.append(package)
            else:
                found[package.dist] = known
        if missing:
            files = self.files(missing)

            async def look() -> list[tuple[Distribution, ...]]:
                return await gathered(conda_metadata.distributions(p, files[p.dist], self._read) for p in missing)

            for package, each in zip(missing, run(look()), strict=True):
                found[package.dist] = each
                self._projects.put(package, conda_metadata.dump(each))
        return found

    async def _files(self, packages: Sequence[CondaPackage]) -> dict[str, tuple[str, ...]]:
        texts = await gathered(self._read(package, [_PATHS]) for package in packages)
        found = {}
        for package, text in zip(packages, texts, strict=True):
            paths = json.loads(text.get(_PATHS) or b'{"paths": []}')["paths"]
            found[package.dist] = tuple(entry["_path"] for entry in paths if not entry.get("no_link"))
            self._paths.put(package, "\n".join(found[package.dist]))
        return found

    async def _read(self, package: CondaPackage, paths: Sequence[str]) -> dict[str, bytes]:
        """Files of a package; what it does not have is left out."""
        if self._at_hand(package, local=False) and (there := self._from_cache(package, paths)) is not None:
            return there
        if package.url.startswith("file:"):
            file = _local_file(package)
            if not file:
                raise conda_errors.absent([package.fn])
            archive = await PackageArchive.from_path(file)
        elif self._offline:
            raise OfflineError(
                f"{package.fn} is not in the cache and --offline was given",
                hints=["run once without --offline to fill the caches"],
            )
        elif list(paths) == [_PATHS]:
            return {_PATHS: await fetch_raw_package_file_from_url(self._client(), package.url, _PATHS)}
        else:
            archive = await PackageArchive.from_url(self._client(), package.url)
        found = await archive.read_files(paths)
        return {path: text for path, text in found.items() if text is not None}

    def _from_cache(self, package: CondaPackage, paths: Sequence[str]) -> dict[str, bytes] | None:
        """Files of an extracted package; None where they are not what its list says: it may just be extracted."""
        place = self._pkgs_dir / package.dist
        try:
            text = (place / _PATHS).read_bytes()
            hashes = {entry["_path"]: entry.get("sha256") for entry in json.loads(text)["paths"]}
            found = {path: (place / path).read_bytes() for path in paths if path in hashes}
        except (OSError, ValueError):
            return None
        if any(hashes[path] not in {None, hashlib.sha256(data).hexdigest()} for path, data in found.items()):
            return None
        return {**found, _PATHS: text}

    def _at_hand(self, package: CondaPackage, *, local: bool = True) -> bool:
        """Whether the cache holds a package; with `local`, or a local channel does.

        A directory of this name is taken at its word only where nothing better can be had.
        """
        if self._is_cached(package) or (local and _local_file(package)):
            return True
        named = (self._pkgs_dir / package.dist / "info").is_dir()
        return named and (package.sha256 is None or self._offline)


def _local_file(package: CondaPackage) -> str:
    """The file of a package of a local channel; "" where there is none, as for what only an index knows."""
    path = url_to_path(package.url, windows=os.name == "nt") if package.url.startswith("file:") else ""
    return path if os.path.exists(path) else ""  # noqa: PTH110
