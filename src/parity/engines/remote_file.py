"""A file on a server or on disk that is looked at without fetching all of it (RFC 9110, range requests)."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from parity.core.urls import mask
from parity.errors import NetworkError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Opener(Protocol):
        """Opens a URL; `parity.engines.pypi_download.Downloader.open` is one."""

        def __call__(self, url: str, *, method: str = "GET", **headers: str) -> BinaryIO: ...


_T = TypeVar("_T")
_TAIL = 1 << 16
"""Bytes of the first piece: what a ZIP archive lists stands at its end, and this nearly always holds it."""
_PAUSES = (0.3, 1.0)
"""Seconds before each further try."""


class RemoteFile(io.RawIOBase):
    """A file that can be read at any place; pieces are fetched when they are asked for.

    Where a server ignores the range, or the file is local, all of it is there after the first request.

    Args:
        open_: makes requests.
        url: of the file.

    Attributes:
        size: bytes of the whole file.
    """

    def __init__(self, open_: Opener, url: str) -> None:
        super().__init__()
        self._open = open_
        self._url = url
        self._at = 0
        self._start, self._data, self.size = self._request(f"bytes=-{_TAIL}")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.size - self._at)
        if wanted <= 0:
            return 0
        if not self._start <= self._at <= self._at + wanted <= self._start + len(self._data):
            end = min(self._at + max(wanted, _TAIL), self.size)
            self._start, self._data, _ = self._request(f"bytes={self._at}-{end - 1}")
        begin = self._at - self._start
        buffer[:wanted] = self._data[begin : begin + wanted]
        self._at += wanted
        return wanted

    def _request(self, wanted: str) -> tuple[int, bytes, int]:
        """Where the piece begins that came, the piece, and the size of the whole."""

        def ask() -> tuple[int, bytes, int]:
            with self._open(self._url, Range=wanted) as answer:
                data = answer.read()
                place = getattr(answer, "headers", {}).get("Content-Range", "")
            span, _, total = place.removeprefix("bytes ").partition("/")
            return (int(span.partition("-")[0]), data, int(total)) if total.isdigit() else (0, data, len(data))

        return patiently(ask, self._url)


def size_of(open_: Opener, url: str) -> int | None:
    """Bytes of a file as the server gives them, without fetching it; None where it does not say."""

    def ask() -> int | None:
        with open_(url, method="HEAD") as answer:
            if hasattr(answer, "headers"):
                said = answer.headers.get("Content-Length")
                return int(said) if said else None
            return os.fstat(answer.fileno()).st_size

    return patiently(ask, url)


def patiently(ask: Callable[[], _T], url: str) -> _T:
    """The answer to a question that is put again when the network fails.

    Raises:
        NotFoundError: there is no such file.
        NetworkError: the server cannot be reached, or refuses.
    """
    from urllib.error import HTTPError

    from parity.engines.retry import FAILURES, is_missing, reason_of, retried

    try:
        return retried(ask, _PAUSES)
    except HTTPError as error:
        error.close()
        if is_missing(error):
            raise NotFoundError(f"{mask(url)} is not there") from None
        refused = error.code in {401, 403, 407}
        hint = "check user name, password or token, in .condarc or ~/.netrc: locks hold none"
        raise NetworkError(f"the server answers {error.code} for {mask(url)}",
                           hints=[hint] if refused else []) from None  # fmt: skip
    except FAILURES as error:
        if is_missing(error):
            raise NotFoundError(f"{mask(url)} does not exist") from None
        raise NetworkError(f"{mask(url)} cannot be reached: {reason_of(error)}",
                           hints=["check the network and the proxy"]) from None  # fmt: skip
