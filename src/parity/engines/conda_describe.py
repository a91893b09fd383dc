"""What channels leave out of their records and a lock needs: the size of an archive, its SHA-256."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from parity.core.urls import join_credentials, split_credentials
from parity.core.words import some
from parity.engines.parallel import in_threads
from parity.engines.remote_file import patiently, size_of
from parity.errors import IntegrityError, NotFoundError, OfflineError
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity.core.ports import Progress
    from parity.engines.remote_file import Opener
    from parity.model import CondaPackage

_CHUNK = 1 << 20


class CondaDescriber:
    """Completes conda packages for a lock.

    Args:
        open_: makes requests, user names and passwords added.
        places: base URL of a channel -> where it is fetched from (a mirror, the same with a token).
        offline: ask local files only.
        progress: told how many archives were looked at.
    """

    def __init__(
        self,
        open_: Opener,
        places: Mapping[str, str],
        *,
        offline: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._open = open_
        self._places = {base.rstrip("/"): _without_user(place).rstrip("/") for base, place in places.items()}
        self._offline = offline
        self._progress = progress

    def describe(self, packages: Sequence[CondaPackage]) -> tuple[CondaPackage, ...]:
        """The packages with a SHA-256 and, where the archive can be reached, a size.

        A record with an MD5 only gets the SHA-256 of the archive that has this MD5.

        Raises:
            IntegrityError: an archive is not what the channel's index says.
            NotFoundError, NetworkError, OfflineError: it has to be hashed and cannot be reached.
        """
        todo = {each.url: each for each in packages if each.size is None or each.sha256 is None}
        complete = in_threads(self._complete, [*todo.values()], 16, "describe", title="Reading sizes",
                              progress=self._progress)  # fmt: skip
        found = dict(zip(todo, complete, strict=True))
        unknown = [package.fn for package in complete if package.size is None]
        if unknown and self._progress:
            self._progress.warn(f"the lock is without the size of {some(unknown, 3)}: "
                                "the channel does not say it, and the archive cannot be reached")  # fmt: skip
        return tuple(found.get(package.url, package) for package in packages)

    def _complete(self, package: CondaPackage) -> CondaPackage:
        url = self._place(package.url)
        away = self._offline and not url.startswith("file:")
        if package.sha256 is None:
            if away:
                raise OfflineError(f"{package.fn} has to be hashed, because its channel gives no SHA-256, and "
                                   "--offline was given")  # fmt: skip
            try:
                return patiently(lambda: self._hashed(package, url), url)
            except NotFoundError as error:
                raise NotFoundError(
                    f"{package.fn} has no SHA-256 in its channel's index, and its archive is not there to be hashed",
                    hints=["`parity channel index DIR` writes the index of a local channel anew"],
                ) from error
        if away:
            return package
        try:
            return replace(package, size=size_of(self._open, url))
        except NotFoundError:
            return package

    def _hashed(self, package: CondaPackage, url: str) -> CondaPackage:
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        with self._open(url) as archive:
            while chunk := archive.read(_CHUNK):
                sha256.update(chunk)
                md5.update(chunk)
                size += len(chunk)
        if package.md5 is not None and md5.hexdigest() != package.md5.lower():
            raise IntegrityError(
                f"{package.fn} has the MD5 {md5.hexdigest()}, and its channel's index says {package.md5}"
            )
        return replace(package, sha256=sha256.hexdigest(), size=size)

    def _place(self, url: str) -> str:
        for base, place in self._places.items():
            if url.startswith(f"{base}/"):
                return place + url[len(base) :]
        return url


def _without_user(url: str) -> str:
    """A URL without user and password, which become a header; a token in its path stays."""
    bare, secret = split_credentials(url)
    return join_credentials(bare, replace(secret, auth=""))
