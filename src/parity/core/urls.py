"""URLs as text: credentials taken out and masked, paths turned into file URLs and back.

Credentials stand in three places: `user:password@`, anaconda.org's `/t/TOKEN/` (see conda's channel
documentation), and query parameters such as `?token=`. Nothing here imports `urllib.parse` at start-up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_IN_TEXT = regex(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s'\"<>`]+")
_TOKEN = regex(r"/t/([^/?#\s]+)(?=[/?#]|$)")
_SECRET_KEYS = regex(
    r"(?i)^(.*token|.*secret|.*password|passwd|pass|auth|.*api_?-?key|key|sig|signature|.*-signature|.*-credential"
    r"|.*-security-token|code)$"
)
_VARIABLE = regex(r"\$(?:\{([^}]*)\}|(\w+))")
_WINDOWS_VARIABLE = regex(r"%(\w+)%")
_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21", "ssh": "22"}
_PATH_SAFE = "/:@!$&'()*+,;=~|[]"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What `split_credentials` took out of a URL; put back by `join_credentials`. Its repr shows nothing.

    Attributes:
        auth: `user:password` or `user`, as it stood in the URL.
        token: anaconda.org token, without `/t/`.
        query: secret query parameters, as `token=x&sig=y`.
    """

    auth: str = ""
    token: str = ""
    query: str = ""

    def __bool__(self) -> bool:
        return bool(self.auth or self.token or self.query)

    def __repr__(self) -> str:
        return "Credentials(***)" if self else "Credentials()"


def is_url(text: str) -> bool:
    """Whether a text starts with a scheme and `://`."""
    return _SCHEME.match(text) is not None


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme with `://`, user info, host with port, and the rest from the path on."""
    match = _SCHEME.match(url)
    if match is None:
        return "", "", "", url
    scheme, rest = match.group(), url[match.end() :]
    end = min((at for at in (rest.find(mark) for mark in "/?#") if at >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    port = authority.rpartition(":")[2] if ":" in authority and not authority.endswith("]") else ""
    if "@" not in authority and port and not port.isdigit() and "@" in tail and not scheme.startswith("file"):
        # A password with an unescaped slash: everything before the last @ is user info.
        head, _, after = rest.rpartition("@")
        end = min((at for at in (after.find(mark) for mark in "/?#") if at >= 0), default=len(after))
        return scheme, head, after[:end], after[end:]
    auth, _, host = authority.rpartition("@")
    return scheme, auth, host, tail


def split_credentials(url: str) -> tuple[str, Credentials]:
    """Take the credentials out of a URL.

    A user name without a password stays for SSH (`ssh://git@host`), where it is no secret. A text that is
    no URL comes back as it is.
    """
    scheme, auth, host, tail = _split(url)
    if not scheme:
        return url, Credentials()
    if "ssh" in scheme and ":" not in auth:
        host, auth = (f"{auth}@{host}" if auth else host), ""
    token = ""
    if not scheme.lower().startswith("file:"):
        found = _TOKEN.search(tail.partition("?")[0])
        if found:
            token = found.group(1)
            tail = tail[: found.start()] + tail[found.end() :]
    head, question, query = tail.partition("?")
    secret = ""
    if question:
        query, hash_, fragment = query.partition("#")
        parts = query.split("&")
        secrets = [part for part in parts if _SECRET_KEYS.match(part.partition("=")[0])]
        secret = "&".join(secrets)
        kept = "&".join(part for part in parts if part not in secrets)
        tail = head + (f"?{kept}" if kept else "") + hash_ + fragment
    return scheme + host + tail, Credentials(auth, token, secret)


def strip_credentials(url: str) -> str:
    """The URL without credentials; a text that is no URL as it is."""
    return split_credentials(url)[0]


def join_credentials(url: str, credentials: Credentials) -> str:
    """Put credentials back into a URL; the token goes before the path, as anaconda.org expects it."""
    scheme, auth, host, tail = _split(url)
    auth = credentials.auth or auth
    if credentials.token:
        tail = f"/t/{credentials.token}" + tail
    if credentials.query:
        tail, hash_, fragment = tail.partition("#")
        tail += ("&" if "?" in tail else "?") + credentials.query + hash_ + fragment
    return f"{scheme}{auth}@{host}{tail}" if auth else scheme + host + tail


def _mask_url(match: re.Match[str]) -> str:
    url = match.group()
    scheme, auth, host, tail = _split(url)
    if auth and not ("ssh" in scheme and ":" not in auth):
        auth = "***"
    if not scheme.lower().startswith("file:"):
        tail = _TOKEN.sub("/t/***", tail)
    head, question, query = tail.partition("?")
    if question:
        parts = (part.partition("=") for part in query.split("&"))
        query = "&".join(
            f"{key}{eq}***" if _SECRET_KEYS.match(key) else f"{key}{eq}{value}" for key, eq, value in parts
        )
    return f"{scheme}{auth}{'@' if auth else ''}{host}{head}{question}{query}"


def mask(text: str) -> str:
    """Replace the credentials of every URL inside a free text with `***`."""
    return _IN_TEXT.sub(_mask_url, text) if "://" in text else text


def join(base: str, *parts: str) -> str:
    """Join with exactly one slash between the parts; empty parts are left out."""
    return "/".join([base.rstrip("/"), *(part.strip("/") for part in parts if part.strip("/"))])


def canonical(url: str) -> str:
    """One form for URLs that mean the same: lower-case scheme and host, no default port, no slash at the end."""
    scheme, auth, host, tail = _split(url.strip())
    if not scheme:
        return url.strip().rstrip("/")
    scheme, host = scheme.lower(), host.lower()
    name, colon, port = host.rpartition(":")
    if colon and port == _DEFAULT_PORTS.get(scheme.removesuffix("://")):
        host = name
    tail = tail.rstrip("/") or ("/" if scheme == "file://" else "")
    return f"{scheme}{auth}{'@' if auth else ''}{host}{tail}"


def path_to_url(path: str, *, windows: bool = False) -> str:
    r"""The file URL of an absolute path (RFC 8089); `C:\x` and `\\server\share` too where `windows` is set."""
    from urllib.parse import quote

    if windows:
        path = path.replace("\\", "/")
        if path.startswith("//"):
            return "file:" + quote(path, safe=_PATH_SAFE)
        if not path.startswith("/"):
            path = "/" + path
    return "file://" + quote(path, safe=_PATH_SAFE)


def url_to_path(url: str, *, windows: bool = False) -> str:
    """The path that a file URL means.

    Raises:
        ValueError: it is no file URL, or names another host where that cannot be a path.
    """
    from urllib.parse import unquote

    scheme, _, host, tail = _split(url)
    if scheme.lower() != "file://":
        raise ValueError(f"not a file URL: {mask(url)}")
    path = unquote(tail)
    if host and host.lower() != "localhost":
        if not windows:
            raise ValueError(f"a file URL of another host: {mask(url)}")
        return f"//{host}{path}".replace("/", "\\")
    if windows and re.match(r"/[A-Za-z][:|]", path):
        path = path[1] + ":" + path[3:]
    return path.replace("/", "\\") if windows else path


def variables(url: str) -> tuple[str, ...]:
    """Names of the variables that a URL still holds, as `$X` or `${X}`."""
    from urllib.parse import unquote

    return tuple(dict.fromkeys(braced or plain for braced, plain in _VARIABLE.findall(unquote(url))))


def expand_variables(text: str, environ: Mapping[str, str], *, windows: bool = False) -> str:
    """Replace `$X` and `${X}` (and `%X%` where `windows` is set); unknown variables stay as they are."""
    if "$" in text:
        text = _VARIABLE.sub(lambda match: environ.get(match[1] or match[2] or "", match[0]), text)
    if windows and "%" in text:
        text = _WINDOWS_VARIABLE.sub(lambda match: environ.get(match[1], match[0]), text)
    return text
