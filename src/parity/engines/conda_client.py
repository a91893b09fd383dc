"""How the conda engine reaches servers: mirrors, proxies, certificates, and credentials that stay in memory."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import rattler
from rattler import networking

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class IndexAge:
    """Which index files in the cache count: None of `old` and `new` leaves it to the server.

    Attributes:
        old: those of any age, without asking.
        new: none, they are fetched anew.
    """

    old: bool = False
    new: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """What the engine has to know about the network.

    Attributes:
        secrets: base URL without credentials -> the same URL with them; may grow until the client is made.
        mirrors: base URL -> URLs to try instead of it.
        ssl_verify: False accepts any certificate.
        system_certificates: trust what the system trusts (or SSL_CERT_FILE names), not the engine's own list.
        proxies: scheme -> proxy URL.
        downloads: how many downloads run at once.
        max_retries: how often a failed request is tried again.
        zst: read compressed index files.
        shards: read index files in parts.
        index_age: which index files in the cache count.
    """

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    mirrors: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    ssl_verify: bool = True
    system_certificates: bool = False
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    downloads: int = 16
    max_retries: int = 3
    zst: bool = True
    shards: bool = True
    index_age: IndexAge = field(default_factory=IndexAge)


def make_source(network: Network, *, offline: bool) -> rattler.SourceConfig:
    """How index files are read."""
    age = network.index_age
    return rattler.SourceConfig(
        zstd_enabled=network.zst,
        sharded_enabled=network.shards,
        cache_action="force-cache-only" if offline or age.old else "no-cache" if age.new else "cache-or-fetch",
    )


def make_config(network: Network, *, allow_links: bool) -> rattler.Config:
    """Rattler's configuration.

    A channel with a token is a mirror of the channel without it: so records, caches and messages hold the plain URL.
    """
    mirrors = {base: list(urls) for base, urls in network.mirrors.items()}
    for base, full in network.secrets.items():
        if not urlsplit(full).username:
            mirrors.setdefault(base, [full])
    lines = [f"tls-no-verify = {'false' if network.ssl_verify else 'true'}"]
    if network.system_certificates:
        lines.append('tls-root-certs = "system"')
    if not allow_links:
        # A symbolic link that a package holds stays one: copying what it points to would be another environment.
        lines += ["allow-hard-links = false", "allow-ref-links = false"]
    lines += ["[concurrency]", f"downloads = {network.downloads}"]
    for title, table in (("proxy-config", network.proxies), ("mirrors", mirrors)):
        if table:
            lines += [
                f"[{title}]",
                *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in sorted(table.items())),
            ]
    return rattler.Config.from_toml("\n".join(lines) + "\n")


def make_client(network: Network, config: rattler.Config) -> rattler.Client:
    """An HTTP client for a configuration.

    User names and passwords become headers of exactly the channels they belong to (RFC 7617). rattler takes such
    headers only in a client that is put together by hand, which knows proxies from the environment alone.
    """
    headers = {
        base: _basic(urlsplit(full)) for base, full in network.secrets.items() if urlsplit(full).username is not None
    }
    if not headers:
        return rattler.Client.from_config(config, max_retries=network.max_retries)
    return rattler.Client(
        [
            networking.RetryMiddleware(network.max_retries),
            networking.AddHeadersMiddleware(_headers_for(headers)),
            networking.MirrorMiddleware(config.mirrors),
            networking.AuthenticationMiddleware(),
            networking.OciMiddleware(),
            networking.GCSMiddleware(),
            networking.S3Middleware(),
        ]
    )


def make_idle_client() -> rattler.Client:
    """A client that is never asked for anything, quickly made: it has no certificates, and reaches no server."""
    nowhere = "http://127.0.0.1:9"
    lines = ["tls-no-verify = true", "[proxy-config]", f'http = "{nowhere}"', f'https = "{nowhere}"']
    return rattler.Client.from_config(rattler.Config.from_toml("\n".join(lines)), max_retries=0)


def _headers_for(headers: Mapping[str, str]) -> Callable[[str, str], dict[str, str] | None]:
    places = [(urlsplit(base).hostname, urlsplit(base).path.rstrip("/"), value) for base, value in headers.items()]

    def headers_for(host: str, path: str) -> dict[str, str] | None:
        for hostname, start, value in places:
            if host == hostname and (path == start or path.startswith(start + "/")):
                return {"Authorization": value}
        return None

    return headers_for


def _basic(parts: object) -> str:
    username, password = getattr(parts, "username", None), getattr(parts, "password", None)
    pair = f"{unquote(username or '')}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
