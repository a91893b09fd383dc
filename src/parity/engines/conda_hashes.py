"""The SHA-256 of packages of which only the MD5 digest is known.

The package cache goes by the SHA-256 of archives, and without one by the name alone: another package of the same name
would be taken for the one that is meant. So the archive is fetched and held against its MD5 digest, once.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rattler.package_streaming import download_to_path

from parity.core.urls import url_to_path
from parity.engines import conda_cache
from parity.engines.conda_loop import gathered, run
from parity.engines.notes import keep, recall
from parity.errors import IntegrityError, OfflineError
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import rattler

    from parity.model import CondaPackage


def identified(
    packages: Collection[CondaPackage],
    pkgs_dir: Path,
    notes: Path,
    client: Callable[[], rattler.Client],
    *,
    offline: bool,
) -> tuple[CondaPackage, ...]:
    """The packages, with the SHA-256 of those that have only an MD5 digest and whose name the cache knows.

    What is not in the cache is held against its MD5 digest when it is fetched.

    Args:
        packages: to be linked.
        pkgs_dir: package cache.
        notes: directory that remembers the SHA-256 that belongs to an MD5 digest.
        client: makes requests, on first use.
        offline: never use the network.

    Raises:
        IntegrityError: an archive has another MD5 digest.
        OfflineError: an archive would have to be fetched.
    """

    def unclear(package: CondaPackage) -> bool:
        return not package.sha256 and bool(package.md5) and (pkgs_dir / package.dist).exists()

    async def find(package: CondaPackage) -> CondaPackage:
        note = notes / str(package.md5)
        known = recall(note)
        if known is not None:
            return replace(package, sha256=known.decode("ascii"))
        if package.url.startswith("file:"):
            path = url_to_path(package.url, windows=os.name == "nt")
            return replace(package, sha256=_checked(package, path))
        if offline:
            raise OfflineError(
                f"{package.fn} is in the cache, but only its MD5 digest is known, which the cache does not tell",
                hints=["run once without --offline", "a lock with SHA-256 hashes needs no second look"],
            )
        with TemporaryDirectory(prefix=".parity-tmp-", dir=pkgs_dir) as scratch:
            archive = Path(scratch) / package.fn
            await download_to_path(client(), package.url, archive)
            digest = _checked(package, str(archive))
        keep(note, digest.encode("ascii"))
        return replace(package, sha256=digest)

    some = [package for package in packages if unclear(package)]
    if not some:
        return tuple(packages)
    found = dict(zip(some, run(gathered(map(find, some))), strict=True))
    return tuple(found.get(package, package) for package in packages)


def _checked(package: CondaPackage, path: str) -> str:
    """The SHA-256 of an archive that has the right MD5 digest; "" where there is no archive."""
    if not os.path.exists(path):  # noqa: PTH110
        return ""
    if conda_cache.digest(path, "md5") != str(package.md5).lower():
        raise IntegrityError(
            f"{package.fn} is not what its MD5 digest says",
            hints=["the channel's copy was changed, or the lock is wrong: ask whoever keeps them"],
        )
    return conda_cache.digest(path)
