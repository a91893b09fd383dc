"""Channels whose packages are as old as their builds, whenever a channel took them in.

rattler's cutoff goes by the time at which a channel first listed a package, where the channel says so. A mirror made
today would have nothing from last year then, and a lock would hang on where its packages were fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from parity.engines import conda_records as convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    import rattler
    from rattler.repo_data import RepoDataSource


async def by_build_time(
    gateway: rattler.Gateway, sources: Sequence[convert.Source], platform: str
) -> list[convert.Source]:
    """The same sources, with records that tell of no other time than that of their build."""
    return [await _dated(gateway, source, platform) for source in sources]


async def _dated(gateway: rattler.Gateway, source: convert.Source, platform: str) -> convert.Source:
    from rattler import MultiSource

    if isinstance(source, MultiSource):
        return MultiSource(source.name, [cast("Any", await _dated(gateway, cast("Any", part), platform))
                                         for part in source.sources])  # fmt: skip
    names = {
        subdir: [name.normalized for name in await gateway.names([source], [subdir])]
        for subdir in convert.platforms(platform)
    }
    return cast("RepoDataSource", _BuildTimes(gateway, source, names))


class _BuildTimes:
    """One source as rattler's `RepoDataSource`."""

    def __init__(self, gateway: rattler.Gateway, source: convert.Source, names: dict[str, list[str]]) -> None:
        self._gateway = gateway
        self._source = source
        self._names = names

    def package_names(self, platform: rattler.Subdir) -> list[str]:
        """Every name in a subdir."""
        return self._names.get(str(platform), [])

    async def fetch_package_records(
        self, platform: rattler.Subdir, name: rattler.PackageName
    ) -> list[rattler.RepoDataRecord]:
        """The records of a name."""
        found = await self._gateway.query(
            [self._source], [cast("Any", str(platform))], [name.normalized], recursive=False
        )
        return [
            convert.to_record(convert.to_package(record)) if record.indexed_timestamp else record
            for part in found
            for record in part
        ]
