"""What the parts of the conda engine share: rattler's own objects, the records of its answers, and its errors."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import rattler
from rattler import exceptions as rattler_errors

from parity.engines import conda_errors
from parity.engines import conda_records as convert
from parity.engines.conda_cache import Cache
from parity.engines.conda_client import Network, make_client, make_config, make_idle_client, make_source
from parity.engines.conda_loop import run
from parity.engines.conda_repodata import LargeRepodata
from parity.engines.notes import PackageNotes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
    from pathlib import Path

    from parity.core.ports import Progress
    from parity.model import Channel, CondaPackage

_T = TypeVar("_T")

ENGINE_ERRORS = tuple(
    value
    for value in vars(rattler_errors).values()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, Warning)
)
"""What rattler raises."""


class Rattler:
    """One engine's way to rattler; its objects are made when they are first needed.

    Args:
        pkgs_dir: package cache to write (extracted packages).
        repodata_dir: cache of channel indexes.
        progress: where progress goes.
        offline: never use the network; `file://` channels are still read.
        network: how to reach servers.
        allow_links: False copies files instead of linking them.

    Attributes:
        large: large local channels, read by the names asked for.
        notes: directory of what was read in packages.
        cache: the extracted packages.
    """

    def __init__(
        self,
        pkgs_dir: Path,
        repodata_dir: Path,
        *,
        progress: Progress,
        offline: bool,
        network: Network,
        allow_links: bool,
    ) -> None:
        self.pkgs_dir = pkgs_dir
        self.repodata_dir = repodata_dir
        self.progress = progress
        self.offline = offline
        self.network = network
        self._allow_links = allow_links
        self._making = Lock()
        self._records: dict[tuple[str, str | None], rattler.RepoDataRecord] = {}
        self.large = LargeRepodata(repodata_dir / "by-name")
        self.notes = repodata_dir / "packages"
        self.cache = Cache(pkgs_dir, PackageNotes(self.notes / "described"))

    @cached_property
    def config(self) -> rattler.Config:
        """Mirrors, proxies, and how files are linked."""
        return make_config(self.network, allow_links=self._allow_links)

    @cached_property
    def client(self) -> rattler.Client:
        """What makes requests."""
        return make_client(self.network, self.config)

    def client_for(self, urls: Iterable[str]) -> rattler.Client:
        """What makes requests; another one where there are only files to read.

        Making a client that can reach servers takes as long as solving: it reads all certificates of the system.
        """
        return self._idle_client if self._are_files(urls) else self.client

    @cached_property
    def _idle_client(self) -> rattler.Client:
        return make_idle_client()

    def gateway(self, channels: Iterable[Channel]) -> rattler.Gateway:
        """What reads the indexes of channels, once for all threads."""
        with self._making:
            local = self._are_files(url for channel in channels for url in channel.urls)
            return self._local_gateway if local else self._gateway

    @cached_property
    def _gateway(self) -> rattler.Gateway:
        return self._make_gateway(self.client)

    @cached_property
    def _local_gateway(self) -> rattler.Gateway:
        return self._make_gateway(self._idle_client)

    def _make_gateway(self, client: rattler.Client) -> rattler.Gateway:
        source = make_source(self.network, offline=self.offline)
        return rattler.Gateway(cache_dir=self.repodata_dir, default_config=source, client=client)

    def _are_files(self, urls: Iterable[str]) -> bool:
        return not self.network.mirrors and all(url.startswith("file:") for url in urls)

    def forget(self, channel: str, *, on_disk: bool = False) -> None:
        """Read the index of a channel (its URL) anew when it is asked next."""
        for gateway in filter(None, map(self.__dict__.get, ("_gateway", "_local_gateway"))):
            gateway.clear_repodata_cache(rattler.Channel(channel), clear_disk=on_disk)

    def ask(
        self,
        channels: Sequence[Channel],
        platform: str,
        question: Callable[[rattler.Gateway, list[convert.Source]], Coroutine[Any, Any, _T]],
    ) -> _T:
        """The answer of channels to a question.

        rattler (0.28) fails where a server says that the shard index in the cache still holds, as plain servers of
        files do; it asks for the whole one when there is none in the cache.
        """
        gateway = self.gateway(channels)
        urls = [url for channel in channels for url in channel.urls]
        by_name = {url: source for url in urls if (source := self.large.source(url, platform))}
        try:
            return run(question(gateway, convert.sources(channels, by_name)))
        except rattler_errors.GatewayError as error:
            if "304 Not Modified" in str(error):
                for url in urls:
                    self.forget(url, on_disk=True)
            elif not by_name:  # a disk that is full, or a file that changed: read as a whole, it may do
                raise
        return run(question(gateway, convert.sources(channels)))

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise what rattler raises here as errors of Parity."""
        try:
            yield
        except ENGINE_ERRORS as error:
            raise conda_errors.translate(type(error).__name__, str(error), offline=self.offline) from None
        except OSError as error:
            raise conda_errors.translate("OSError", str(error)) from error

    def package(self, record: rattler.RepoDataRecord) -> CondaPackage:
        """What a record says; the record itself is remembered."""
        package = convert.to_package(record)
        self._records[package.url, package.sha256] = record
        return package

    def record(self, package: CondaPackage) -> rattler.RepoDataRecord:
        """The engine's own record of a package: the one it came from, else one made of its values."""
        return self._records.get((package.url, package.sha256)) or convert.to_record(package)
