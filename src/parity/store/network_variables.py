"""Variables that tell child processes which certificates to trust and which proxies to use."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.settings import Settings

_BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
_CERTIFICATE_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine
)


def certificates(ssl_verify: bool | str, environ: Mapping[str, str], platform: str) -> dict[str, str]:
    """Trust the configured bundle of certificates, else what the system trusts.

    Where the system has none, as in a bare container, certifi's list counts: the conda engine does not start without.

    Args:
        ssl_verify: the setting: a path, `truststore`, True or False.
        environ: variables that name a bundle count where the setting is True.
        platform: `sys.platform`.

    Raises:
        NotFoundError: what is named is not there; the engines would fail without saying so.
    """
    bundle: bool | str = ssl_verify
    named_by = "ssl_verify"
    if bundle is True:
        named_by = next((name for name in _BUNDLE_VARIABLES if environ.get(name)), "")
        bundle = environ[named_by] if named_by else True
    if isinstance(bundle, str) and bundle != "truststore":
        if not Path(bundle).exists():
            raise NotFoundError(
                f"there is no {bundle}, which `{named_by}` names for certificates", hints=["name a file that is there"]
            )
        return {"SSL_CERT_FILE": bundle, "UV_SYSTEM_CERTS": "1"}
    has_store = platform != "linux" or any(Path(place).is_file() for place in _CERTIFICATE_FILES)
    return {"UV_SYSTEM_CERTS": "1"} if has_store or environ.get("SSL_CERT_DIR") else {"SSL_CERT_FILE": _brought()}


def _brought() -> str:
    import certifi

    return certifi.where()


def limits(settings: Settings, origins: Mapping[str, object]) -> dict[str, str]:
    """How often and how long uv tries, and the certificate that it shows; its own limits where nothing is set."""
    found = {"UV_HTTP_RETRIES": str(settings.remote_max_retries)}
    seconds = {"UV_HTTP_TIMEOUT": "remote_read_timeout_secs", "UV_HTTP_CONNECT_TIMEOUT": "remote_connect_timeout_secs"}
    # uv takes whole seconds.
    found |= {name: str(max(1, ceil(getattr(settings, key)))) for name, key in seconds.items() if key in origins}
    return found | ({"SSL_CLIENT_CERT": settings.client_ssl_cert} if settings.client_ssl_cert else {})


def proxies(servers: Mapping[str, str]) -> dict[str, str]:
    """What `proxy_servers` says, in both spellings that programs look for."""
    used = {scheme: url for scheme, url in servers.items() if scheme in {"http", "https"}}
    return {name: url for scheme, url in used.items() for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")}
