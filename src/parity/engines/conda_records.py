"""Parity's values as rattler's objects, and back."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, cast

import rattler
from rattler.package.build_string import BuildString

from parity.model import CondaPackage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rattler.repo_data import RepoDataSource

    from parity.model import Channel, MatchSpec

    Source = rattler.Channel | rattler.MultiSource | RepoDataSource


def to_package(record: rattler.RepoDataRecord) -> CondaPackage:
    """A record of rattler's as a package."""
    noarch = "python" if record.noarch.python else "generic" if record.noarch.generic else None
    return CondaPackage(
        name=record.name.normalized,
        version=str(record.version),
        build=str(record.build),
        build_number=record.build_number,
        subdir=record.subdir,
        url=record.url,
        channel=record.channel or record.url.rpartition("/")[0].rpartition("/")[0],  # None for a file by its URL
        fn=record.file_name,
        sha256=record.sha256.hex() if record.sha256 else None,
        md5=record.md5.hex() if record.md5 else None,
        size=record.size,
        depends=tuple(record.depends),
        constrains=tuple(record.constrains),
        noarch=noarch,
        license=record.license,
        timestamp=int(record.timestamp.timestamp() * 1000) if record.timestamp else None,
        python_site_packages_path=record.python_site_packages_path,
        track_features=tuple(record.track_features),
    )


def to_record(package: CondaPackage) -> rattler.RepoDataRecord:
    """A record made of a package's values: as good as the channel's own for solving and linking."""
    record = rattler.PackageRecord(
        name=package.name,
        version=package.version,
        build=BuildString.new_unchecked(package.build),
        build_number=package.build_number,
        subdir=package.subdir,
        noarch=cast("Any", package.noarch),
        depends=list(package.depends),
        constrains=list(package.constrains),
        sha256=bytes.fromhex(package.sha256) if package.sha256 else None,
        md5=bytes.fromhex(package.md5) if package.md5 else None,
        size=package.size,
        license=package.license,
        python_site_packages_path=package.python_site_packages_path,
    )
    # The constructor fills these from the subdir, which channels' own records leave out.
    record.arch = record.platform = None
    record.track_features = list(package.track_features)
    if package.timestamp is not None:
        record.timestamp = datetime.datetime.fromtimestamp(package.timestamp / 1000, tz=datetime.UTC)
    return rattler.RepoDataRecord(record, package.fn, package.url, package.channel)


def sources(channels: Sequence[Channel], special: Mapping[str, RepoDataSource] | None = None) -> list[Source]:
    """What rattler is to ask.

    Args:
        channels: in order of priority.
        special: URL -> what to ask instead of the channel there.
    """
    special = special or {}
    return [
        special.get(channel.urls[0]) or rattler.Channel(channel.urls[0])
        if len(channel.urls) == 1
        else rattler.MultiSource(channel.name, [special.get(url) or rattler.Channel(url) for url in channel.urls])
        for channel in channels
    ]


def platforms(platform: str) -> list[Any]:
    return [platform, "noarch"]


def to_spec(spec: MatchSpec) -> rattler.MatchSpec:
    # Much that is in the wild is refused by the strict parser (`pytorch=*=cuda*`).
    return rattler.MatchSpec(str(spec), strict=False, exact_names_only=False)
