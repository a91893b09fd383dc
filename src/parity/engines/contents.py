"""What packages will put into an environment, read from the packages themselves, and remembered by their SHA-256."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.core.contents import ArchiveContents
from parity.core.urls import url_to_path
from parity.engines import conda_contents, wheel_contents
from parity.engines.notes import keep, recall
from parity.engines.parallel import in_threads
from parity.errors import IntegrityError, NotFoundError, OfflineError, RefusedError
from parity.model import CondaPackage, PypiPackage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from parity.core.ports import Progress
    from parity.engines.remote_file import Opener
    from parity.model import Package

_FORMAT = 1
"""Goes up when the same package would be read differently; what is remembered in another format is forgotten."""


class PackageReader:
    """Reads packages, once each.

    Args:
        cache: directory that keeps what was read.
        pkgs_dirs: package caches that may hold extracted copies or archives.
        prefetch: brings conda packages for a platform into a package cache.
        opener: gives what makes requests for wheels, credentials added; called when one is needed.
        offline: use caches and local files only.
        progress: told how many packages were read.
    """

    def __init__(
        self,
        cache: Path,
        pkgs_dirs: Sequence[Path],
        *,
        prefetch: Callable[[Collection[CondaPackage], str], None],
        opener: Callable[[], Opener],
        offline: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._cache = cache
        self._pkgs_dirs = pkgs_dirs
        self._prefetch = prefetch
        self._opener = opener
        self._offline = offline
        self._progress = progress

    def read(self, packages: Sequence[Package], platform: str) -> tuple[ArchiveContents, ...]:
        """What is in packages, in their order.

        Args:
            packages: conda packages and wheels.
            platform: subdir that they are for.

        Raises:
            RefusedError: some are no files: what is built on the spot cannot be told before.
            OfflineError: some are not at hand, and `--offline` was given.
            NotFoundError, NetworkError: a package cannot be fetched.
            IntegrityError: one is broken, or another file than was locked.
            StorageError: one cannot be read.
        """
        _refuse_sources(packages)
        found = {package: known for package in packages if (known := self._recall(package)) is not None}
        missing = [package for package in dict.fromkeys(packages) if package not in found]
        if missing:
            found |= dict(zip(missing, self._read(missing, platform), strict=True))
        return tuple(found[package] for package in packages)

    def _read(self, packages: Sequence[Package], platform: str) -> list[ArchiveContents]:
        far = [one for one in packages if isinstance(one, CondaPackage) and self._local(one) is None]
        if far:
            self._prefetch(far, platform)
        # Wheels wait for servers, archives for the processor: many threads do for both.
        return in_threads(self._one, packages, 16, "contents", title="Reading packages", progress=self._progress)

    def _one(self, package: Package) -> ArchiveContents:
        contents = self._conda(package) if isinstance(package, CondaPackage) else self._wheel(package)
        self._remember(package, contents)
        return contents

    def _conda(self, package: CondaPackage) -> ArchiveContents:
        place = self._local(package)
        if place is None:
            raise NotFoundError(f"{package.fn} is not in the package cache", hints=["try again"])
        if place.is_dir():
            return conda_contents.read_directory(place)
        return conda_contents.read_archive(place, package.sha256)

    def _local(self, package: CondaPackage) -> Path | None:
        """An archive of a package, else an extracted copy; None where neither is at hand.

        The archive is asked first: permissions of an extracted copy may be those that an environment gave them.
        """
        if package.url.startswith("file:"):
            path = Path(url_to_path(package.url, windows=os.name == "nt"))
            if path.is_file():
                return path
        copies = (conda_contents.extracted(directory, package.dist, package.sha256) for directory in self._pkgs_dirs)
        return next((copy for copy in copies if copy is not None), None)

    def _wheel(self, package: PypiPackage) -> ArchiveContents:
        url = package.url.partition("#")[0]
        name = url.rpartition("/")[2]
        if url.startswith("file:"):
            path = Path(url_to_path(url, windows=os.name == "nt"))
            try:
                with path.open("rb") as file:
                    if package.sha256 and hashlib.file_digest(file, "sha256").hexdigest() != package.sha256:
                        raise IntegrityError(f"{path} is not the file that was locked: its SHA-256 is another")
                    return wheel_contents.read(file, name)
            except FileNotFoundError:
                raise NotFoundError(f"there is no file {path}") from None
        if self._offline:
            raise OfflineError(
                f"what is in {name} is not known, and --offline was given",
                hints=["run once without --offline: what was read is remembered"],
            )
        import io
        from typing import IO, cast

        from parity.engines.remote_file import RemoteFile

        return wheel_contents.read(cast("IO[bytes]", io.BufferedReader(RemoteFile(self._opener(), url), 1 << 16)), name)

    # -- memory ------------------------------------------------------------------------------------------

    def _file(self, package: Package) -> Path | None:
        return self._cache / f"{package.sha256}.msgpack" if package.sha256 else None

    def _recall(self, package: Package) -> ArchiveContents | None:
        path = self._file(package)
        if path is None:
            return None
        import msgspec

        known = recall(path)
        if known is None:
            return None
        try:
            written, contents = _decoder().decode(known)
        except msgspec.DecodeError:  # of another version of Parity
            return None
        return contents if written == _FORMAT else None

    def _remember(self, package: Package, contents: ArchiveContents) -> None:
        path = self._file(package)
        if path is None:
            return
        import msgspec

        keep(path, msgspec.msgpack.encode((_FORMAT, contents)))


@cache
def _decoder() -> Any:
    import msgspec

    return msgspec.msgpack.Decoder(tuple[int, ArchiveContents])


def _refuse_sources(packages: Sequence[Package]) -> None:
    sources = [
        f"{one.name} ({one.url or 'no file'})"
        for one in packages
        if isinstance(one, PypiPackage) and (one.editable or not one.is_wheel)
    ]
    if sources:
        raise RefusedError(
            "what these give cannot be told before they are built: " + ", ".join(sources),
            hints=[
                "install the lock, and take the fingerprint of the environment",
                "or lock wheels: a directory, a repository or a source distribution is built on each machine anew",
            ],
        )
