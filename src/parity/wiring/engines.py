"""The engines of one call, made from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parity.engines.conda import RattlerEngine
    from parity.engines.interpreter import Interpreters
    from parity.engines.pypi import UvEngine
    from parity.wiring.services import Services


def conda(services: Services) -> RattlerEngine:
    """What solves and links conda packages."""
    from parity.core import channels
    from parity.engines.conda import RattlerEngine
    from parity.engines.conda_client import IndexAge, Network

    settings = services.settings
    if settings.client_ssl_cert:
        services.output.warn("client_ssl_cert goes to PyPI indexes only: the conda engine sends no client certificates")
    return RattlerEngine(
        services.root.pkgs_dir(),
        services.root.cache / "repodata",
        progress=services.progress,
        offline=services.offline,
        network=Network(
            secrets=services.secrets,
            mirrors=channels.mirrors(settings),
            ssl_verify=settings.ssl_verify is not False,
            system_certificates=bool(services.certificates),
            proxies=settings.proxy_servers,
            downloads=settings.fetch_threads or settings.default_threads or 16,
            max_retries=settings.remote_max_retries,
            zst=settings.repodata_use_zst,
            shards=settings.repodata_use_shards,
            index_age=IndexAge(old=settings.use_index_cache, new=settings.local_repodata_ttl == 0),
        ),
        allow_links=not (services.options.get("copy") or settings.always_copy),
    )


def pypi(services: Services) -> UvEngine:
    """What resolves and installs packages from PyPI."""
    from parity.core.ports import PypiSettings
    from parity.engines.pypi import UvEngine
    from parity.store import network_variables

    settings = services.settings
    where = PypiSettings(
        index_url=services.index_url,
        extra_index_urls=tuple(settings.pypi_extra_index_urls),
        index_strategy=settings.pypi_index_strategy,
        find_links=tuple(settings.pypi_find_links),
        offline=services.offline,
    )
    limits = network_variables.limits(settings, services.origins)
    proxies = network_variables.proxies(settings.proxy_servers)
    environ = {**limits, **services.environ, **services.certificates, **proxies}
    return UvEngine(None, services.root.cache / "uv", where, environ, progress=services.progress)


def interpreters(services: Services) -> Interpreters:
    """What provides Pythons where no channel does."""
    from parity.engines.interpreter import Interpreters

    directory = services.root.cache / "pythons"
    return Interpreters(
        services.root.own / "interpreters",
        index=services.conda.index,
        fetch=lambda version: None if services.offline else services.pypi.fetch_python(version, directory),
        environ=services.environ,
        offline=services.offline,
        progress=services.progress,
    )
