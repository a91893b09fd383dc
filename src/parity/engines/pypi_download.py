"""Fetches wheels as files (uv keeps them unpacked only), several at a time, each held against its hash."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.core.progress import NoProgress
from parity.core.urls import mask, url_to_path
from parity.engines.parallel import in_threads
from parity.engines.pypi_errors import REFUSED_HINT
from parity.errors import IntegrityError, NetworkError, NotFoundError, OfflineError, RefusedError
from parity.formats.pylock import artifacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import BinaryIO

    from parity.core.ports import Progress
    from parity.model import PypiPackage

_CHUNK = 1 << 18
_PAUSES = (0.3, 1.0, 3.0)
"""Seconds to wait before each further try of a transfer that broke."""


class Downloader:
    """Brings files into a directory.

    Args:
        secrets: `scheme://host:port` to the same with credentials.
        environ: where `NETRC` is looked up.
        offline: take local files only.
        progress: told the bytes of each file.
    """

    def __init__(
        self,
        secrets: Mapping[str, str],
        environ: Mapping[str, str],
        *,
        offline: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._secrets = secrets
        self._environ = environ
        self._offline = offline
        self._progress = progress or NoProgress()

    def wheels(
        self,
        packages: Sequence[PypiPackage],
        directory: Path,
        *,
        scratch: Path,
        build: Callable[[Path, Path], None],
        git: Callable[[Sequence[str]], None],
    ) -> tuple[Path, ...]:
        """The wheels of packages, in their order; see `UvEngine.download`.

        Args:
            packages: with their pins.
            directory: where wheels go.
            scratch: an empty directory for sources.
            build: makes a wheel of the first path in the directory that is the second.
            git: runs git with arguments.
        """
        directory.mkdir(parents=True, exist_ok=True)
        found = in_threads(lambda package: self._fetch(package, directory, scratch), packages, 8, "download")
        done: list[Path] = []
        for number, (package, path) in enumerate(zip(packages, found, strict=True)):
            if path is not None and path.suffix == ".whl":
                done.append(path)
                continue
            source = path or _tree(package, scratch / f"tree{number}", git)
            into = scratch / f"wheel{number}"
            build(source, into)
            wheel = next(into.glob("*.whl"), None)
            if wheel is None:
                raise NotFoundError(f"building {package.name} made no wheel")
            done.append(_move(wheel, directory / wheel.name))
        return tuple(done)

    def page(self, url: str, accept: str) -> tuple[str, str]:
        """A page of an index: its content type and text.

        Raises:
            NotFoundError: there is none.
            NetworkError: the index cannot be reached or refuses.
            OfflineError: `--offline` was given.
        """
        from urllib.error import HTTPError

        from parity.engines.retry import FAILURES, is_missing, reason_of

        if self._offline and not url.startswith("file:"):
            raise OfflineError("an index has to be asked, and --offline was given")
        try:
            with self.open(url, Accept=accept) as answer:
                kind = answer.headers.get_content_type() if hasattr(answer, "headers") else "text/html"
                return kind, answer.read().decode("utf-8", "replace")
        except HTTPError as error:
            error.close()
            if is_missing(error):
                raise NotFoundError(f"there is no {mask(url)}") from None
            raise NetworkError(f"the index answers {error.code} for {mask(url)}") from None
        except FAILURES as error:
            reason = reason_of(error)
            if isinstance(reason, FileNotFoundError | IsADirectoryError):
                raise NotFoundError(f"there is no {mask(url)}") from None
            raise NetworkError(f"the index cannot be reached at {mask(url)}: {reason}") from None

    def _fetch(self, package: PypiPackage, directory: Path, scratch: Path) -> Path | None:
        files = artifacts(package)
        if not files:
            return None
        file = files[0]
        url = str(file.get("url") or Path(str(file["path"])).as_uri())
        name = str(file.get("name") or _filename(url))
        target = (directory if name.endswith(".whl") else scratch) / name
        if target.exists() and _matches(target, file["hashes"]):
            return target
        self.file(url, target, file["hashes"], f"{package.name} {package.version}", size=file.get("size"))
        return target

    def file(self, url: str, target: Path, hashes: Mapping[str, str], what: str, *, size: int | None = None) -> None:
        """Fetch one file; it gets its name when it is complete and has its hash.

        Args:
            url: `http(s)` or `file`.
            target: the file to write.
            hashes: algorithm to digest (hex).
            what: it is, for messages.
            size: bytes, None where unknown.

        Raises:
            IntegrityError, NetworkError, NotFoundError, OfflineError.
        """
        part = target.with_name(f".{target.name}.{os.getpid()}")
        task = self._progress.start(f"Downloading {what}", size, "bytes")
        try:
            self._transfer(url, part, hashes, task, what)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
            self._progress.finish(task)

    def _transfer(self, url: str, part: Path, hashes: Mapping[str, str], task: int, what: str) -> None:
        from urllib.error import HTTPError

        from parity.engines.retry import FAILURES, is_missing, reason_of, retried

        local = url.startswith("file:")
        if self._offline and not local:
            raise OfflineError(f"{what} has to be fetched, and --offline was given")

        def report(done: int) -> None:
            self._progress.update(task, done)

        def once() -> None:
            with self.open(url) as source, part.open("wb") as sink:
                _copy(source, sink, hashes, what, report)

        try:
            retried(once, _PAUSES, also=() if local else (IntegrityError,))
        except HTTPError as error:
            error.close()
            if is_missing(error):
                raise NotFoundError(f"{what}: {mask(url)} is not there any more") from None
            refused = error.code in {401, 403, 407}
            raise NetworkError(f"{what}: the server answers {error.code} for {mask(url)}",
                               hints=[REFUSED_HINT] if refused else []) from None  # fmt: skip
        except FAILURES as error:
            if is_missing(error):
                raise NotFoundError(f"{what}: {mask(url)} does not exist") from None
            raise NetworkError(f"{what} cannot be fetched from {mask(url)}: {reason_of(error)}",
                               hints=["check the network and the proxy"]) from None  # fmt: skip

    def open(self, url: str, *, method: str = "GET", **headers: str) -> BinaryIO:
        """The answer to a request, or a local file; errors of urllib pass through.

        Args:
            url: `http(s)` or `file`.
            method: of HTTP.
            headers: further ones (`Range`, `Accept`).
        """
        from urllib.request import Request, urlopen

        if url.startswith("file:"):
            try:
                return Path(url_to_path(url, windows=os.name == "nt")).open("rb")
            except FileNotFoundError as error:
                from urllib.error import URLError

                raise URLError(error) from None
        common = {"User-Agent": "parity", "Accept-Encoding": "identity", "Accept": "*/*"}
        request = Request(url, headers=common | headers, method=method)  # noqa: S310 - https
        authorization = self._authorization(url)
        if authorization:
            # "unredirected": another host that the index sends us to must not see it
            request.add_unredirected_header("Authorization", authorization)
        opened: BinaryIO = urlopen(request, timeout=30)  # noqa: S310 - the URL is that of a lock
        return opened

    def _authorization(self, url: str) -> str:
        """Basic authentication (RFC 7617) by what URLs of indexes held, else by .netrc; "" for none."""
        import base64
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(url)
        known = self._secrets.get(f"{parts.scheme}://{parts.netloc}")
        if known:
            found = urlsplit(known)
            pair = f"{unquote(found.username or '')}:{unquote(found.password or '')}"
        else:
            pair = self._from_netrc(parts.hostname or "")
        return "Basic " + base64.b64encode(pair.encode()).decode() if pair else ""

    def _from_netrc(self, host: str) -> str:
        import netrc

        home = self._environ.get("HOME") or self._environ.get("USERPROFILE") or ""
        path = Path(self._environ.get("NETRC") or Path(home) / ".netrc")
        try:
            found = netrc.netrc(str(path)).authenticators(host)
        except (OSError, netrc.NetrcParseError):
            return ""
        return f"{found[0]}:{found[2]}" if found else ""


def _copy(
    source: BinaryIO, sink: BinaryIO, hashes: Mapping[str, str], what: str, report: Callable[[int], object]
) -> None:
    digests = {name: hashlib.new(name) for name in hashes if name in hashlib.algorithms_available}
    done = 0
    while chunk := source.read(_CHUNK):
        sink.write(chunk)
        for digest in digests.values():
            digest.update(chunk)
        done += len(chunk)
        report(done)
    for name, digest in digests.items():
        if digest.hexdigest() != hashes[name].lower():
            said = f"its file is {name}:{digest.hexdigest()}, and {name}:{hashes[name]} was expected"
            raise IntegrityError(f"{what}: {said}", hints=["try again; if it stays, someone changed the file"])


def _matches(path: Path, hashes: Mapping[str, str]) -> bool:
    for name, wanted in hashes.items():
        if name in hashlib.algorithms_available:
            with path.open("rb") as file:
                if hashlib.file_digest(file, name).hexdigest() != wanted.lower():
                    return False
    return True


def _tree(package: PypiPackage, into: Path, git: Callable[[Sequence[str]], None]) -> Path:
    """The source tree of a package that is a directory or a repository."""
    table: dict[str, Any] = json.loads(package.pin)
    if "directory" in table:
        return Path(table["directory"]["path"], table["directory"].get("subdirectory", ""))
    vcs = table["vcs"]
    if vcs["type"] != "git":
        raise RefusedError(f"{package.name}: {vcs['type']} repositories cannot be built from, only git ones")
    git(["clone", "--quiet", "--no-checkout", vcs.get("url") or vcs["path"], str(into)])
    git(["-C", str(into), "checkout", "--quiet", vcs["commit-id"]])
    return Path(into, vcs.get("subdirectory", ""))


def _move(source: Path, target: Path) -> Path:
    import shutil

    shutil.move(source, target)
    return target


def _filename(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
