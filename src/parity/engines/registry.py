"""A registry of images: the OCI distribution protocol 1.1 over HTTP.

What is there is not sent again (HEAD), what the registry has under another name is mounted, uploads and downloads that
break begin anew a few times, and every download is held against its digest.
"""

from __future__ import annotations

import errno
import hashlib
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from parity.engines.retry import FAILURES, reason_of, retried
from parity.errors import IntegrityError, NetworkError, NotFoundError, OfflineError, StorageError
from parity.formats import oci
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse
    from pathlib import Path

    from parity.engines.registry_auth import Credentials

_T = TypeVar("_T")
_PAUSES = (0.3, 1.0, 3.0)
"""Seconds before each further try."""
_PATIENCE = 30.0
"""The most seconds to wait where the registry says for how long."""
_TIMEOUT = 60
_BLOCK = 1 << 18
_ACCEPT = ", ".join(sorted(oci.MANIFESTS | oci.INDEXES))
_PARAMETER = regex(r'(\w+)="([^"]*)"')
_MOST = 8 << 20
"""Bytes of a manifest; the protocol recommends to take 4 MiB."""


class Registry:
    """One repository of a registry.

    Args:
        reference: host and repository; its tag does not matter.
        credentials: what to show a registry that asks.
        plain: speak HTTP; registries on this machine are always asked so.
        offline: refuse to ask anything.
        pauses: seconds to wait before each further try.
    """

    def __init__(
        self,
        reference: oci.Reference,
        credentials: Callable[[str], Credentials | None],
        *,
        plain: bool = False,
        offline: bool = False,
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        self.reference = reference
        host = "registry-1.docker.io" if reference.registry == "docker.io" else reference.registry
        scheme = "http" if plain or _is_local(host) else "https"
        self._root = f"{scheme}://{host}"
        self._top = f"{self._root}/v2/{reference.repository}/"
        self._credentials = credentials
        self._offline = offline
        self._pauses = pauses
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self._opener = build_opener(_Redirects)

    def manifest(self, wanted: str) -> tuple[oci.Descriptor, bytes]:
        """A manifest or index, by tag or digest.

        Raises:
            NotFoundError: there is none.
            IntegrityError: it is not what the digest says.
            NetworkError: the registry cannot be reached or refuses.
        """

        def read(answer: HTTPResponse) -> tuple[oci.Descriptor, bytes]:
            data = answer.read(_MOST)
            media_type = answer.headers.get_content_type()
            return oci.describe(data, str(json.loads(data).get("mediaType") or media_type)), data

        try:
            found, data = self._ask("GET", f"manifests/{wanted}", read, headers={"Accept": _ACCEPT})
        except (ValueError, AttributeError):
            raise IntegrityError(f"the manifest of {self.reference} is no JSON") from None
        if oci.is_digest(wanted) and found.digest != wanted:
            raise IntegrityError(f"the registry sent something else than {wanted} of {self.reference}")
        return found, data

    def blob(self, wanted: oci.Descriptor, target: Path) -> None:
        """Fetch a blob into a file, checked.

        Raises:
            NotFoundError: there is none.
            IntegrityError: it is not what its digest says, also when asked again.
            NetworkError: the registry cannot be reached or refuses.
            StorageError: the disk is full.
        """

        def read(answer: HTTPResponse) -> str:
            seen = hashlib.sha256()
            with target.open("wb") as file:
                while block := answer.read(_BLOCK):
                    seen.update(block)
                    file.write(block)
            return f"sha256:{seen.hexdigest()}"

        for last in (False, True):
            with _storage():
                found = self._ask("GET", f"blobs/{wanted.digest}", read)
            if found == wanted.digest:
                return
            if last:
                raise IntegrityError(f"the registry sent something else than {wanted.digest} of {self.reference}",
                                     hints=["a proxy on the way may have cut it off; try again"])  # fmt: skip

    def has(self, wanted: str, kind: str = "blobs") -> bool:
        """Whether the repository has a blob (or, with `manifests`, a manifest) of this digest."""
        try:
            return self._ask("HEAD", f"{kind}/{wanted}", lambda _: True, headers={"Accept": _ACCEPT})
        except NotFoundError:
            return False

    def mount(self, wanted: str, origin: str) -> bool:
        """Have the registry take a blob over from another of its repositories; False where it does not."""
        query = urlencode({"mount": wanted, "from": origin})
        try:
            return self._ask("POST", f"blobs/uploads/?{query}", lambda answer: answer.status == 201, also=(origin,))
        except (NotFoundError, NetworkError):
            return False  # it may not be read there, or the registry knows no mounting: then it is sent

    def upload(self, wanted: oci.Descriptor, source: Path) -> None:
        """Send a blob.

        Raises:
            NetworkError: the registry cannot be reached or refuses.
            IntegrityError: the file is not what its digest says.
        """

        def place(answer: HTTPResponse) -> str:
            return urljoin(self._top, answer.headers.get("Location", ""))

        def once() -> None:
            where = self._ask("POST", "blobs/uploads/", place)
            where += ("&" if "?" in where else "?") + urlencode({"digest": wanted.digest})
            head = {"Content-Type": "application/octet-stream", "Content-Length": str(wanted.size)}
            self._ask("PUT", where, lambda _: None, headers=head, source=source, patient=False)

        with _storage():
            self._patiently(once)

    def put_manifest(self, data: bytes, media_type: str, wanted: str) -> bool:
        """Store a manifest under a tag or its digest; tells whether the registry noted what it refers to.

        Raises:
            NetworkError: the registry cannot be reached or refuses.
        """
        head = {"Content-Type": media_type}
        return self._ask("PUT", f"manifests/{wanted}", lambda answer: "OCI-Subject" in answer.headers, headers=head,
                         data=data)  # fmt: skip

    # -- one request -----------------------------------------------------------------------------------

    def _ask(
        self,
        method: str,
        path: str,
        read: Callable[[HTTPResponse], _T],
        *,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
        source: Path | None = None,
        patient: bool = True,
        also: tuple[str, ...] = (),
    ) -> _T:
        """Ask the registry, again with credentials where it wants some; `patient`: also where the network fails."""
        if self._offline:
            raise OfflineError(f"{self.reference.registry} has to be asked, and --offline was given")
        url = path if "://" in path else self._top + path
        scope = self._scope("pull" if method in {"GET", "HEAD"} else "pull,push", also)

        def once() -> _T:
            for last in (False, True):
                known = self._tokens.get(scope)
                send = dict(headers or {})
                if known and _same_place(url, self._root):
                    send["Authorization"] = known
                body: Any = source.open("rb") if source is not None else data
                try:
                    request = Request(url, body, send, method=method)  # noqa: S310 - the scheme is ours
                    with self._opener.open(request, timeout=_TIMEOUT) as answer:
                        return read(answer)
                except HTTPError as error:
                    challenge = error.headers.get("WWW-Authenticate", "")
                    error.close()
                    if error.code != 401 or last or not challenge:
                        raise
                    self._authorise(scope, challenge, known)
                finally:
                    if source is not None:
                        body.close()
            raise AssertionError

        return self._patiently(once) if patient else once()

    def _patiently(self, once: Callable[[], _T]) -> _T:
        try:
            return retried(once, self._pauses, patience=_PATIENCE)
        except HTTPError as error:
            raise self._refused(error) from None
        except FAILURES as error:
            raise NetworkError(f"{self.reference.registry} cannot be reached: {reason_of(error)}",
                               hints=["check the network and the proxy"]) from None  # fmt: skip

    def _refused(self, error: HTTPError) -> NetworkError | NotFoundError:
        if error.code in {404, 410}:
            return NotFoundError(f"{self.reference.registry} has no {self.reference.repository} of this name or digest")
        if error.code in {401, 403}:
            return NetworkError(
                f"{self.reference.registry} refuses access to {self.reference.repository} ({error.code})",
                hints=[f"log in: `docker login {self.reference.registry}`, podman or skopeo; Parity reads their notes"],
            )
        return NetworkError(f"{self.reference.registry} answers {error.code} {error.reason}")

    # -- who asks --------------------------------------------------------------------------------------

    def _scope(self, actions: str, also: tuple[str, ...]) -> str:
        own = f"repository:{self.reference.repository}:{actions}"
        return " ".join([own, *(f"repository:{name}:pull" for name in also)])

    def _authorise(self, scope: str, challenge: str, refused: str | None) -> None:
        with self._lock:
            if self._tokens.get(scope) != refused:
                return  # another thread was quicker
            known = self._credentials(self.reference.registry)
            kind, _, rest = challenge.partition(" ")
            if kind.lower() == "basic":
                if known is not None and known.user:
                    self._tokens[scope] = known.basic
                return
            self._tokens[scope] = f"Bearer {self._token(dict(_PARAMETER.findall(rest)), scope, known)}"

    def _token(self, challenge: dict[str, str], scope: str, known: Credentials | None) -> str:
        """A token of the server that the registry names (the distribution project's token specification)."""
        realm = challenge.get("realm", "")
        if not realm.startswith("https://") and urlsplit(realm).hostname != urlsplit(self._root).hostname:
            known = None  # a password goes nowhere unencrypted but to the registry itself
        if not realm.startswith(("https://", "http://")):
            raise NetworkError(f"{self.reference.registry} names no server that gives tokens")
        asked = {"scope": scope, **({"service": challenge["service"]} if "service" in challenge else {})}
        if known is not None and not known.user:
            form = {**asked, "grant_type": "refresh_token", "client_id": "parity", "refresh_token": known.secret}
            request = Request(realm, urlencode(form).encode(), method="POST")  # noqa: S310
        else:
            pairs = [(key, value) for key, value in asked.items() if key != "scope"]
            pairs += [("scope", each) for each in scope.split(" ")]
            request = Request(realm + ("&" if "?" in realm else "?") + urlencode(pairs))  # noqa: S310
            if known is not None:
                request.add_header("Authorization", known.basic)
        with self._opener.open(request, timeout=_TIMEOUT) as answer:
            data = json.loads(answer.read(_MOST))
        return str(data.get("token") or data.get("access_token") or "")


class _Redirects(HTTPRedirectHandler):
    """Follows to another host without the credentials that were for the first."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and not _same_place(newurl, req.full_url):
            made.remove_header("Authorization")
        return made


def _same_place(url: str, other: str) -> bool:
    one, two = urlsplit(url), urlsplit(other)
    return (one.scheme, one.netloc) == (two.scheme, two.netloc)


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] or host
    return name in {"localhost", "[::1]"} or name.startswith("127.")


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
            raise StorageError("the disk is full: an image cannot be fetched", hints=["free some space"]) from None
        raise
