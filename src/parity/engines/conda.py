"""The conda engine: the door to rattler and the owner of its event loop.

Only this module and its parts (`conda_*.py`) import rattler.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import rattler
from rattler import exceptions as rattler_errors
from rattler.package.build_string import BuildString

from parity.core.ports import LinkOutcome, SolveRequest
from parity.core.urls import url_to_path
from parity.core.words import some
from parity.engines import conda_cache, conda_errors, conda_prefix, conda_virtual
from parity.engines import conda_records as convert
from parity.engines.conda_client import Network, make_client, make_config, make_source
from parity.engines.conda_loop import run
from parity.engines.conda_repodata import LargeRepodata
from parity.engines.conda_reporter import Reporter
from parity.errors import IntegrityError, NotFoundError, OfflineError, UnsatisfiableError
from parity.model import Channel, CondaPackage, MatchSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from parity.core.ports import Distribution, Progress
    from parity.engines.conda_reader import Reader

_T = TypeVar("_T")

_ENGINE_ERRORS = tuple(
    value
    for value in vars(rattler_errors).values()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, Warning)
)


class RattlerEngine:
    """Solves, searches, links and indexes conda packages with rattler; implements core.ports.CondaEngine.

    Args:
        pkgs_dir: package cache to write (extracted packages).
        repodata_dir: cache of channel indexes.
        progress: where progress goes.
        offline: never use the network; `file://` channels are still read.
        network: how to reach servers; looked at when one is first needed.
        allow_links: False copies files instead of linking them.
    """

    def __init__(
        self,
        pkgs_dir: Path,
        repodata_dir: Path,
        *,
        progress: Progress,
        offline: bool = False,
        network: Network | None = None,
        allow_links: bool = True,
    ) -> None:
        self._pkgs_dir = pkgs_dir
        self._repodata_dir = repodata_dir
        self._progress = progress
        self._offline = offline
        self._network = network or Network()
        self._allow_links = allow_links
        self._records: dict[tuple[str, str | None], rattler.RepoDataRecord] = {}
        self._large = LargeRepodata(repodata_dir / "by-name")

    @cached_property
    def _config(self) -> rattler.Config:
        return make_config(self._network, allow_links=self._allow_links)

    @cached_property
    def _client(self) -> rattler.Client:
        return make_client(self._network, self._config)

    @cached_property
    def _gateway(self) -> rattler.Gateway:
        return rattler.Gateway(
            cache_dir=self._repodata_dir,
            default_config=make_source(self._network, offline=self._offline),
            client=self._client,
        )

    def warm(self) -> None:
        """Make what all calls share, before several threads at once find that it is not there."""
        with self._translated():
            _ = self._gateway

    # -- asking channels ---------------------------------------------------------------------------

    def solve(self, request: SolveRequest) -> tuple[CondaPackage, ...]:
        """The packages that satisfy a request, sorted by name.

        Raises:
            UnsatisfiableError: with the clash, what is available and what to try.
            NetworkError, NotFoundError: a channel cannot be read.
        """
        with self._translated(), self._progress.stage(f"Solving {request.label}".strip()):
            try:
                records = self._solve(request)
            except rattler_errors.SolverError as error:
                raise self._explain(str(error), request) from None
        packages = (self._package(record) for record in records)
        # conda-lock describes another machine by a channel that has `__glibc` and the like; they are facts, not files.
        return tuple(sorted((each for each in packages if not each.name.startswith("__")), key=lambda each: each.name))

    def _solve(self, request: SolveRequest) -> list[rattler.RepoDataRecord]:
        if request.priority != "flexible":
            return self._solve_once(request, strict=request.priority == "strict")
        # rattler knows strict and disabled only. Flexible (conda's word): a lower channel is reached into for
        # exactly those names without which the strict request has no answer.
        try:
            return self._solve_once(request, strict=True)
        except rattler_errors.SolverError:
            relaxed = self._solve_once(request, strict=False)
            reached = [
                MatchSpec(name=record.name.normalized, channel=record.channel)
                for record in relaxed
                if not _same_channel(record.channel, request.channels[0])
            ]
            with contextlib.suppress(rattler_errors.SolverError):
                return self._solve_once(request, strict=True, constraints=reached)
            return relaxed

    def _solve_once(
        self, request: SolveRequest, *, strict: bool, constraints: Sequence[MatchSpec] = ()
    ) -> list[rattler.RepoDataRecord]:
        import datetime

        priority = rattler.ChannelPriority.Strict if strict else rattler.ChannelPriority.Disabled
        before = request.timestamp_before
        # A python that depends on a pip which no channel has could not be installed.
        with_pip = request.with_pip and self._has("pip", request.channels, request.platform)
        # The engine reads only records that fit what is asked for, and by strict priority a name belongs to its first
        # channel also where none there fits: asked for by its name too, all of it is read.
        several = strict and len(request.channels) > 1
        whole = [MatchSpec(spec.name) for spec in request.specs if several and not spec.channel]

        async def solve(sources: list[convert.Source]) -> list[rattler.RepoDataRecord]:
            if before:
                from parity.engines.conda_dates import by_build_time

                sources = await by_build_time(self._gateway, sources, request.platform)
            return await rattler.solve(
                sources=sources,
                specs=[convert.to_spec(spec) for spec in (*request.specs, *whole)],
                gateway=self._gateway,
                platforms=convert.platforms(request.platform),
                # A record of the channel's own may say when the channel took it in.
                locked_packages=[
                    convert.to_record(package) if before else self._record(package) for package in request.installed
                ],
                pinned_packages=[self._record(package) for package in request.pinned],
                virtual_packages=[
                    rattler.GenericVirtualPackage(
                        rattler.PackageName(name), rattler.Version(version), BuildString.new_unchecked(build)
                    )
                    for name, version, build in request.virtual
                ],
                channel_priority=priority,
                constraints=[convert.to_spec(spec) for spec in (*request.constraints, *constraints)],
                exclude_newer=datetime.datetime.fromtimestamp(before / 1000, tz=datetime.UTC) if before else None,
                timestamp_policy="allow-missing",
                add_pip_as_python_dependency=with_pip,
            )

        return self._ask(request.channels, request.platform, solve)

    def _explain(self, message: str, request: SolveRequest) -> UnsatisfiableError:
        available: dict[str, str] = {}
        for name in conda_errors.missing_names(message)[:5]:
            found = self.search(MatchSpec(name=name), request.channels, request.platform)
            available[name] = self._availability(name, found, request)
        return conda_errors.unsatisfiable(message, available)

    def _availability(self, name: str, found: Sequence[CondaPackage], request: SolveRequest) -> str:
        if found:
            versions = list(dict.fromkeys(package.version for package in reversed(found)))
            more = f" and {len(versions) - 8} older" if len(versions) > 8 else ""
            return f"the channels have {', '.join(versions[:8])}{more}"
        import difflib

        near = difflib.get_close_matches(name, self.names(request.channels, request.platform), n=3, cutoff=0.6)
        where = ", ".join(channel.name for channel in request.channels)
        also = f"; did you mean {' or '.join(near)}?" if near else ", check the name or add a channel with -c"
        return f"no package of this name for {request.platform} in {where}{also}"

    def search(self, spec: MatchSpec, channels: Sequence[Channel], platform: str) -> tuple[CondaPackage, ...]:
        """Every record that matches `spec`, sorted by name and version, oldest first.

        `spec.name` may be a glob.
        """
        with self._translated():
            specs = [spec]
            if any(sign in spec.name for sign in "*?["):
                names = fnmatch.filter(sorted(self.names(channels, platform)), spec.name)
                specs = [
                    MatchSpec(name, spec.version, spec.build, spec.channel, spec.subdir, spec.extra) for name in names
                ]
            if not specs:
                return ()
            wanted = [convert.to_spec(each) for each in specs]
            answer = self._ask(
                channels,
                platform,
                lambda sources: self._gateway.query(sources, convert.platforms(platform), wanted, recursive=False),
            )
            records = [record for part in answer for record in part if any(want.matches(record) for want in wanted)]
            records.sort(
                key=lambda record: (record.name.normalized, record.version, record.build_number, record.file_name)
            )
        return tuple(self._package(record) for record in records)

    def _has(self, name: str, channels: Sequence[Channel], platform: str) -> bool:
        """Whether channels have a package; asking for all names takes longer."""
        answer = self._ask(
            channels,
            platform,
            lambda sources: self._gateway.query(sources, convert.platforms(platform), [name], recursive=False),
        )
        return any(answer)

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every package name that the channels have for the platform or noarch."""
        with self._translated():
            found = self._ask(
                channels, platform, lambda sources: self._gateway.names(sources, convert.platforms(platform))
            )
        return frozenset(name.normalized for name in found)

    def detect_virtual(self, platform: str, overrides: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
        """Virtual packages of this machine, or the usual ones of another platform; see `conda_virtual.detect`."""
        with self._translated():
            return conda_virtual.detect(platform, overrides)

    def matches(self, spec: MatchSpec, package: CondaPackage) -> bool:
        """Whether a package satisfies a spec, by rattler's own rules."""
        with self._translated():
            return convert.to_spec(spec).matches(self._record(package))

    # -- prefixes ----------------------------------------------------------------------------------

    def link(
        self,
        prefix: Path,
        packages: Collection[CondaPackage],
        *,
        platform: str,
        written_prefix: Path | None = None,
        requested: Sequence[MatchSpec] = (),
        reinstall: Collection[str] = (),
        run_scripts: bool = False,
        title: str = "",
    ) -> LinkOutcome:
        """Make a prefix hold exactly `packages`.

        Args:
            prefix: absolute path to link into; made if missing.
            packages: everything it shall hold; what else it holds is unlinked.
            platform: subdir of the prefix.
            written_prefix: path to write into files instead of `prefix` (staging).
            requested: specs to note in the records of the packages asked for.
            reinstall: names to link anew although they are there.
            run_scripts: run post-link and pre-unlink scripts.
            title: what the progress calls it; linking or unlinking if "".

        Raises:
            IntegrityError, NetworkError, StorageError, OfflineError.
        """
        # What stands there already is not touched, and may be nowhere else any more.
        new = [p for p in packages if p.name in reinstall or not (prefix / "conda-meta" / f"{p.dist}.json").exists()]
        if any(not package.sha256 and package.md5 for package in new):
            clear = self._identified(new)
            packages = [*(package for package in packages if package not in new), *clear]
            new = list(clear)
        records = [self._record(package) for package in packages]
        self._check_local(new)
        reporter = Reporter(self._progress, title or ("Linking" if new else "Unlinking"))

        def install(again: Collection[str], mode: rattler.ValidationMode) -> None:
            run(
                rattler.install(
                    records,
                    target_prefix=prefix,
                    package_cache=self._cache(mode),
                    reinstall_packages=set(again) or None,
                    platform=rattler.Subdir(platform),
                    execute_link_scripts=run_scripts,
                    client=self._client,
                    # The binding wants its inner objects here, unlike everywhere else (py-rattler 0.28).
                    requested_specs=cast(
                        "list[rattler.MatchSpec]", [convert.to_spec(spec)._match_spec for spec in requested]
                    ),
                    reporter=reporter,
                    alternative_target_prefix=written_prefix,
                    config=self._config,
                )
            )

        with self._translated():
            if self._offline:
                run(self._require_cached([self._record(package) for package in new]))
            # The cache is looked at while it is linked from: nearly always in vain, and then it costs little. A
            # new prefix can be linked again if something was missing, so rattler need not look at each file too.
            look, failed = rattler.ValidationMode.fast(), False
            with ThreadPoolExecutor(max_workers=1) as pool:
                cached = [package for package in new if self._is_cached(package)]
                looked = pool.submit(conda_cache.look, self._pkgs_dir, cached)
                trusting = len(cached) == len(records) and not any((prefix / "conda-meta").glob("*.json"))
                try:
                    install(reinstall, rattler.ValidationMode.skip() if trusting else look)
                except _ENGINE_ERRORS:
                    if not trusting:
                        raise
                    failed = True
            wrong, notes = looked.result()
            damaged = conda_cache.still_damaged(self._pkgs_dir, wrong) if wrong else frozenset()
            if failed or damaged:
                install({*reinstall, *damaged}, look)
        conda_prefix.share_records(prefix)
        scripted = tuple(sorted(p.name for p in packages if conda_prefix.has_link_script(prefix, p.name, platform)))
        return LinkOutcome(scripted, run_scripts, tuple(reporter.failed), notes)

    def prefetch(self, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Bring what `link` needs into the cache, hashes checked, without a target.

        Raises:
            IntegrityError, NetworkError, StorageError, OfflineError.
        """
        from pathlib import Path
        from tempfile import TemporaryDirectory

        records = [self._record(package) for package in packages]
        with self._translated():
            index = run(self._index())
            missing = [package for package, record in zip(packages, records, strict=True)
                       if not index.contains_record(record)]  # fmt: skip
            if missing:
                self._pkgs_dir.mkdir(parents=True, exist_ok=True)
                # Rattler fills its cache only on the way into a prefix: one that nobody needs, on the same file
                # system, so that its files are links.
                with TemporaryDirectory(prefix=".parity-tmp-", dir=self._pkgs_dir) as scratch:
                    prefix = Path(scratch) / "prefix"
                    if any(p.noarch == "python" for p in missing) and all(p.name != "python" for p in missing):
                        # Such a package is linked for a Python only, and the one it is for stands elsewhere.
                        missing.append(conda_prefix.stand_in_python(prefix, platform))
                    self.link(prefix, missing, platform=platform, title="Fetching")

    def scrub(self, prefix: Path, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Delete files of packages that have no record in a prefix: what linking left when it was cut off.

        Raises:
            StorageError: a file cannot be deleted.
        """
        if packages:
            with self._translated():
                conda_cache.scrub(self._pkgs_dir, prefix, packages, platform)

    def installed(self, prefix: Path) -> tuple[CondaPackage, ...]:
        """The exact records of a prefix, sorted by name.

        Raises:
            EngineError: a record in conda-meta cannot be read.
        """
        with self._translated():
            records = [rattler.PrefixRecord.from_path(path) for path in sorted((prefix / "conda-meta").glob("*.json"))]
        return tuple(sorted((self._package(record) for record in records), key=lambda package: package.name))

    def files(self, packages: Iterable[CondaPackage], *, fetch: bool = True) -> Mapping[str, tuple[str, ...]]:
        """For each package (by `dist`) the relative paths it installs, read out of the package itself (CEP-34).

        Args:
            packages: to look into.
            fetch: ask channels for lists that are not at hand; else such packages are left out.
        """
        with self._translated():
            return self._reader.files(packages, fetch=fetch)

    def distributions(self, packages: Iterable[CondaPackage]) -> Mapping[str, tuple[Distribution, ...]]:
        """For each package (by `dist`) the Python projects that it brings, read out of the package itself."""
        with self._translated():
            return self._reader.distributions(packages)

    @cached_property
    def _reader(self) -> Reader:
        from parity.engines.conda_reader import Reader

        notes = self._repodata_dir / "packages"
        return Reader(self._pkgs_dir, notes, lambda: self._client, self._is_cached, offline=self._offline)

    def _identified(self, packages: Collection[CondaPackage]) -> tuple[CondaPackage, ...]:
        """Packages of which only the MD5 digest is known, with the SHA-256 that the cache goes by."""
        from parity.engines.conda_hashes import identified

        notes = self._repodata_dir / "packages" / "md5"
        with self._translated():
            return identified(packages, self._pkgs_dir, notes, lambda: self._client, offline=self._offline)

    def _check_local(self, packages: Iterable[CondaPackage]) -> None:
        """Hold archives of `file://` channels against their hashes: rattler does so for downloads only."""
        local = [p for p in packages if p.url.startswith("file:") and (p.sha256 or p.md5) and not self._is_cached(p)]

        def is_wrong(package: CondaPackage) -> bool:
            path = url_to_path(package.url, windows=os.name == "nt")
            kind, expected = ("sha256", package.sha256) if package.sha256 else ("md5", package.md5)
            return conda_cache.digest(path, kind) != expected

        with ThreadPoolExecutor() as pool:
            wrong = [package.fn for package, bad in zip(local, pool.map(is_wrong, local), strict=True) if bad]
            missing = [p.fn for p in local if not os.path.exists(url_to_path(p.url, windows=os.name == "nt"))]  # noqa: PTH110
        if missing:
            raise conda_errors.absent(missing)
        if wrong:
            raise IntegrityError(
                f"not what the channel's index says they are: {', '.join(sorted(wrong))}",
                hints=["`parity channel index DIR` writes the index anew, if the files are right"],
            )

    def _is_cached(self, package: CondaPackage) -> bool:
        """Whether the cache holds this artifact, by the hash that rattler notes in its lock file when it extracts."""
        try:
            note = (self._pkgs_dir / f"{package.dist}.lock").read_bytes()
        except OSError:
            return False
        return package.sha256 is not None and note[8:40] == bytes.fromhex(package.sha256)

    async def _require_cached(self, records: Sequence[rattler.RepoDataRecord]) -> None:
        index = await self._index()
        missing = [
            record.file_name
            for record in records
            if not record.url.startswith("file:") and not index.contains_record(record)
        ]
        if missing:
            raise OfflineError(
                f"not in the package cache: {some(missing)}",
                hints=["run once without --offline to fill the caches"],
            )

    async def _index(self) -> rattler.CacheIndex:
        return await rattler.PackageCache(self._pkgs_dir).index()

    def index(self, channel: Path) -> None:
        """Write repodata (plain, zst and shards; CEP-16) for a directory of packages.

        Raises:
            NotFoundError: there is no such directory.
            IntegrityError: it holds files that are no conda packages; names them.
        """
        if not channel.is_dir():
            raise NotFoundError(
                f"{channel} is not a directory", hints=["packages stand in DIR/linux-64, DIR/noarch, ..."]
            )
        from parity.engines.conda_index import index_directory, refuse_broken_packages

        refuse_broken_packages(channel)
        with self._translated():
            index_directory(channel)
            self._gateway.clear_repodata_cache(rattler.Channel(channel.as_uri()))

    # -- inside ------------------------------------------------------------------------------------

    def _ask(
        self,
        channels: Sequence[Channel],
        platform: str,
        question: Callable[[list[convert.Source]], Coroutine[Any, Any, _T]],
    ) -> _T:
        """The answer of channels to a question.

        rattler (0.28) fails where a server says that the shard index in the cache still holds, as plain servers of
        files do; it asks for the whole one when there is none in the cache.
        """
        urls = [url for channel in channels for url in channel.urls]
        by_name = {url: source for url in urls if (source := self._large.source(url, platform))}
        try:
            return run(question(convert.sources(channels, by_name)))
        except rattler_errors.GatewayError as error:
            if "304 Not Modified" in str(error):
                for url in urls:
                    self._gateway.clear_repodata_cache(rattler.Channel(url), clear_disk=True)
            elif not by_name:  # a disk that is full, or a file that changed: read as a whole, it may do
                raise
        return run(question(convert.sources(channels)))

    def _cache(self, mode: rattler.ValidationMode) -> rattler.PackageCache:
        """The package cache; entries in which `mode` sees files missing are fetched anew."""
        layer = rattler.PackageCacheLayer(self._pkgs_dir)
        return rattler.PackageCache.from_layers([layer.with_validation_mode(mode)])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _ENGINE_ERRORS as error:
            raise conda_errors.translate(type(error).__name__, str(error), offline=self._offline) from None
        except OSError as error:
            raise conda_errors.translate("OSError", str(error)) from error

    def _package(self, record: rattler.RepoDataRecord) -> CondaPackage:
        package = convert.to_package(record)
        self._records[package.url, package.sha256] = record
        return package

    def _record(self, package: CondaPackage) -> rattler.RepoDataRecord:
        """The engine's own record of a package: the one it came from, else one made of its values."""
        return self._records.get((package.url, package.sha256)) or convert.to_record(package)


def _same_channel(url: str, channel: Channel) -> bool:
    return any(url.rstrip("/") == each.rstrip("/") for each in channel.urls)
