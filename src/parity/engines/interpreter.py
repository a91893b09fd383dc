"""Where a Python comes from when no configured channel has one: a small channel of packaged interpreters.

It is filled on demand, in this order: what it holds already, what uv can fetch, what the host has. Versions are
compared as PEP 440 says, after translation of conda's ranges: versions of CPython are PEP 440 versions. Among
several that fit, the newest one that is not newer than the Python running Parity is taken, because that is what
other packages are most likely built for; else the nearest newer one.
"""

from __future__ import annotations

import platform as host_platform
import sys
from contextlib import nullcontext
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from parity.core.platforms import subdir_of
from parity.core.translate import translate_version
from parity.core.urls import path_to_url
from parity.errors import BusyError, NotFoundError, RefusedError, StorageError
from parity.model import Channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from parity.core.ports import Progress
    from parity.engines.interpreter_host import HostPython
    from parity.model import MatchSpec

CHANNEL_NAME = "parity-interpreters"

_RUNNING = sys.version_info[:2]
"""The series of the Python that runs Parity."""

_BUILD = "h0000000_0_cpython"
"""What the build string of a package will look like, to match a spec's glob with before it is made."""


class Interpreters:
    """Implements `core.ports.InterpreterSource`.

    Args:
        cache: directory of the channel, made where it does not exist.
        index: writes repodata for a channel directory.
        fetch: gets a Python for a request (`3.11`, `3.11.7`, `>=3.9,<3.12`) and returns its interpreter, or None
            where it cannot.
        environ: environment variables, for looking around and for running interpreters.
        offline: do not fetch.
        progress: told while a package is made.
    """

    def __init__(
        self,
        cache: Path,
        *,
        index: Callable[[Path], None],
        fetch: Callable[[str], Path | None] | None,
        environ: Mapping[str, str],
        offline: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._cache = cache
        self._index = index
        self._fetch = None if offline else fetch
        self._environ = environ
        self._progress = progress

    def provide(self, spec: MatchSpec, platform: str) -> Channel:
        """The channel, holding a `python` that satisfies a spec for a platform; made on first use.

        Raises:
            NotFoundError: no such version can be had; names those that can.
            RefusedError: the one there is cannot be packaged.
            StorageError: the cache cannot be written.
        """
        if not self._has(spec, platform):
            with self._locked():
                # Another process may have made it while this one waited.
                if not self._has(spec, platform):
                    self._make(spec, platform)
        if self._is_stale(platform):
            with self._locked():
                self._index(self._cache)
        return Channel(CHANNEL_NAME, (path_to_url(str(self._cache), windows=sys.platform == "win32"),))

    def available(self) -> tuple[str, ...]:
        """Versions that the cache or the host has for this machine's platform, oldest first."""
        from packaging.version import Version

        cached = {version for version, _ in self._cached(self._here())}
        return tuple(sorted(cached | {python.version for python in self._on_host()}, key=Version))

    @staticmethod
    def _here() -> str:
        return subdir_of(sys.platform, host_platform.machine())

    def _cached(self, platform: str) -> Iterator[tuple[str, str]]:
        """Version and build of every packaged interpreter."""
        for path in (self._cache / platform).glob("python-*.conda"):
            _, version, build = path.name.removesuffix(".conda").split("-", 2)
            yield version, build

    def _has(self, spec: MatchSpec, platform: str) -> bool:
        return any(
            satisfies(version, spec.version) and fnmatchcase(build, spec.build or "*")
            for version, build in self._cached(platform)
        )

    def _is_stale(self, platform: str) -> bool:
        """Whether a package came after the index: a process may have ended between the two."""
        repodata = self._cache / platform / "repodata.json"
        packages = [path.stat().st_mtime_ns for path in (self._cache / platform).glob("*.conda")]
        return not repodata.is_file() or repodata.stat().st_mtime_ns < max(packages, default=0)

    def _on_host(self) -> tuple[HostPython, ...]:
        from parity.engines.interpreter_host import find_host_interpreters

        here = self._here()
        return tuple(python for python in find_host_interpreters(self._environ) if python.subdir == here)

    def _make(self, spec: MatchSpec, platform: str) -> None:
        from parity.engines.interpreter_package import package_interpreter

        here = self._here()
        if platform != here or not fnmatchcase(_BUILD, spec.build or "*"):
            raise self._missing(spec, platform, ())
        python = self._fetched(spec)
        if python is None:
            on_host = self._on_host()
            fitting = [found for found in on_host if satisfies(found.version, spec.version)]
            if not fitting:
                raise self._missing(spec, platform, on_host)
            python = min(fitting, key=lambda found: preference(found.version)).executable
        stage = self._progress.stage("Packaging Python") if self._progress is not None else nullcontext()
        with stage:
            package_interpreter(python, self._cache, environ=self._environ)
            self._index(self._cache)

    def _fetched(self, spec: MatchSpec) -> Path | None:
        from parity.engines.interpreter_host import identify

        python = self._fetch(request_of(spec.version)) if self._fetch is not None else None
        if python is None:
            return None
        try:
            found = identify(python, self._environ)
        except RefusedError:
            return None
        return python if satisfies(found.version, spec.version) and not found.unfit else None

    def _missing(self, spec: MatchSpec, platform: str, on_host: Iterable[HostPython]) -> NotFoundError:
        from packaging.version import Version

        places = {version: "packaged before" for version, _ in self._cached(platform)}
        for python in on_host:
            places.setdefault(python.version, str(python.prefix))
        there = ", ".join(f"{version} ({places[version]})" for version in sorted(places, key=Version, reverse=True))
        hints = [f"there is Python {there}"] if there else []
        if platform != self._here():
            hints.append(f"add a channel that has Python for {platform}, as conda-forge")
            hints.append(
                f"on a {platform} machine, `parity channel import --to DIR --interpreter VERSION` makes one to share"
            )
        else:
            hints.append("name another version, or add a channel that has it")
            hints.append("`parity channel import --to DIR --interpreter PATH` takes one from elsewhere")
        wanted = f"python {spec.version} {spec.build}".strip()
        return NotFoundError(f"no Python for `{wanted}` on {platform} is in reach", hints=hints)

    def _locked(self) -> AbstractContextManager[object]:
        from filelock import FileLock, Timeout

        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._cache / ".lock")
            try:
                return lock.acquire(timeout=0)
            except Timeout:
                if self._progress is not None:
                    self._progress.note("Waiting for another Parity process that is packaging a Python")
                return lock.acquire(timeout=600)
        except Timeout as error:
            raise BusyError(f"another process keeps {self._cache} busy", hints=["try again later"]) from error
        except OSError as error:
            raise StorageError(f"cannot write {self._cache}: {error}") from error


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version of Python lies in a conda version range ("" for any).

    Raises:
        SpecError: PEP 440 cannot say the range.
    """
    from packaging.specifiers import SpecifierSet

    return any(
        SpecifierSet(translate_version(part.strip())).contains(version, prereleases=True)
        for part in wanted.strip("()").split("|")
    )


def preference(version: str) -> tuple[bool, bool, tuple[int, ...]]:
    """Sorts versions of Python, the most wanted first: releases; not newer than this one, newest first; the rest."""
    from packaging.version import Version

    parsed = Version(version)
    newer = parsed.release[:2] > _RUNNING
    return parsed.is_prerelease, newer, parsed.release if newer else tuple(-part for part in parsed.release)


def request_of(wanted: str) -> str:
    """A conda version range as uv takes a request for a Python: `3.11`, `3.11.7`, `>=3.9,<3.12`."""
    specifier = translate_version(wanted.strip("()").split("|")[0].strip())
    if not specifier:
        return ".".join(map(str, _RUNNING))
    if specifier.startswith("==") and "," not in specifier:
        return specifier.removeprefix("==").removesuffix(".*")
    return specifier
