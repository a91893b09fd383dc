"""Reading the large `repodata.json` of a local channel by the names that are asked for, not as a whole.

rattler (0.28) reads name by name where a channel has shards (CEP-16) and is reached over HTTP. A `repodata.json` on
disk it goes through as a whole for every question, with all of the file in memory. Here rattler gets a source that
answers for one name at a time, from places in the file that were looked up once.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import rattler

from parity.core.urls import url_to_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.engines.conda_places import Places

LARGE = 32 * 1024 * 1024
"""Bytes from which on a channel is read by names; reading less as a whole is no slower."""
_QUICK = 128 * 1024
"""Bytes of records that are read sooner than a thread has begun; more are read beside each other."""
_SETTLED = 2_000_000_000
"""Nanoseconds: a file that changed more recently may change again without its time of change showing it."""


class LargeRepodata:
    """Finds out which channels are read by names.

    Args:
        cache: directory for what is known of their files.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._known: dict[Path, Places] = {}

    def source(self, url: str, platform: str) -> RecordsByName | None:
        """A source in place of a channel; None where the channel is small, unusual, not local or not readable."""
        if not url.startswith("file:"):
            return None
        channel = Path(url_to_path(url, windows=os.name == "nt"))
        files = {subdir: channel / subdir / "repodata.json" for subdir in (platform, "noarch")}
        try:
            # A channel without noarch is an error, one without the platform is not: rattler says so.
            files = {subdir: file for subdir, file in files.items() if subdir == "noarch" or file.exists()}
            found = {subdir: file.stat() for subdir, file in files.items()}
            newest = max(status.st_mtime_ns for status in found.values())
            if sum(status.st_size for status in found.values()) < LARGE or time.time_ns() - newest < _SETTLED:
                return None
            places = {subdir: self._places(files[subdir], status) for subdir, status in found.items()}
        except OSError:
            return None
        if any(each.names is None for each in places.values()):
            return None
        return RecordsByName(rattler.Channel(url), files, places)

    def _places(self, file: Path, status: os.stat_result) -> Places:
        from parity.engines import conda_places  # msgspec costs time that few commands have to spend

        stamp = conda_places.stamp_of(status)
        if file not in self._known or self._known[file].stamp != stamp:
            self._known[file] = conda_places.known_or_found(file, stamp, self._cache)
        return self._known[file]


class RecordsByName:
    """One channel as rattler's `RepoDataSource`.

    Args:
        channel: what its records say they come from.
        files: subdir -> `repodata.json`.
        places: subdir -> where names stand in it.
    """

    def __init__(self, channel: rattler.Channel, files: Mapping[str, Path], places: Mapping[str, Places]) -> None:
        self._channel = channel
        self._files = files
        self._places = places

    def package_names(self, platform: rattler.Subdir) -> list[str]:
        """Every name in a subdir."""
        places = self._places.get(str(platform))
        return list(places.names or ()) if places else []

    async def fetch_package_records(
        self, platform: rattler.Subdir, name: rattler.PackageName
    ) -> list[rattler.RepoDataRecord]:
        """The records of a name."""
        subdir, key = str(platform), name.normalized
        places = self._places.get(subdir)
        size = sum(end - start for part in places.spans(key) for start, end in part) if places else 0
        if size == 0:
            return []
        if size < _QUICK:
            return self._load(subdir, key)
        return await asyncio.to_thread(self._load, subdir, key)

    def _load(self, subdir: str, name: str) -> list[rattler.RepoDataRecord]:
        from tempfile import mkstemp

        text = self._places[subdir].read(self._files[subdir], name)
        handle, path = mkstemp(prefix="parity-", suffix=".json")  # rattler reads records from files only
        try:
            with open(handle, "wb") as file:  # noqa: PTH123
                file.write(text)
            with rattler.SparseRepoData(self._channel, subdir, path) as repodata:
                return repodata.load_records(name)
        finally:
            os.unlink(path)  # noqa: PTH108
