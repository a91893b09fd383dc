"""Linking packages into a prefix, by way of the package cache."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import rattler

from parity.core.noarch import site_packages
from parity.core.ports import LinkOutcome
from parity.core.urls import url_to_path
from parity.core.words import some
from parity.engines import conda_cache, conda_errors, conda_prefix
from parity.engines import conda_records as convert
from parity.engines.conda_loop import run
from parity.engines.conda_rattler import ENGINE_ERRORS
from parity.engines.conda_reporter import Reporter
from parity.errors import IntegrityError, OfflineError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from parity.engines.conda_rattler import Rattler
    from parity.model import CondaPackage, MatchSpec


class Linker:
    """Puts packages into prefixes."""

    def __init__(self, shared: Rattler) -> None:
        self._rattler = shared

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
        """Make a prefix hold exactly these; see `RattlerEngine.link`."""
        # What stands there already is not touched, and may be nowhere else any more.
        new = [p for p in packages if p.name in reinstall or not (prefix / "conda-meta" / f"{p.dist}.json").exists()]
        if any(not package.sha256 and package.md5 for package in new):
            clear = self._identified(new)
            packages = [*(package for package in packages if package not in new), *clear]
            new = list(clear)
        records = [self._rattler.record(package) for package in packages]
        self._check_local(new)
        reporter = Reporter(self._rattler.progress, title or ("Linking" if new else "Unlinking"))

        def install(again: Collection[str], mode: rattler.ValidationMode) -> None:
            run(
                rattler.install(
                    records,
                    target_prefix=prefix,
                    package_cache=self._cache(mode),
                    reinstall_packages=set(again) or None,
                    platform=rattler.Subdir(platform),
                    execute_link_scripts=run_scripts,
                    client=self._rattler.client_for(package.url for package in new),
                    # The binding wants its inner objects here, unlike everywhere else (py-rattler 0.28).
                    requested_specs=cast(
                        "list[rattler.MatchSpec]", [convert.to_spec(spec)._match_spec for spec in requested]
                    ),
                    reporter=reporter,
                    alternative_target_prefix=written_prefix,
                    config=self._rattler.config,
                )
            )

        with self._rattler.translated():
            if self._rattler.offline:
                run(self._require_cached([self._rattler.record(package) for package in new]))
            # The cache is looked at while it is linked from: nearly always in vain, and then it costs little. A
            # new prefix can be linked again if something was missing, so rattler need not look at each file too.
            look, failed = rattler.ValidationMode.fast(), False
            with ThreadPoolExecutor(max_workers=1) as pool:
                cached = [package for package in new if self.is_cached(package)]
                looked = pool.submit(self._rattler.cache.damaged, cached)
                trusting = len(cached) == len(records) and not any((prefix / "conda-meta").glob("*.json"))
                try:
                    install(reinstall, rattler.ValidationMode.skip() if trusting else look)
                except ENGINE_ERRORS:
                    if not trusting:
                        raise
                    failed = True
            wrong = looked.result()
            damaged = self._rattler.cache.still_damaged(wrong) if wrong else frozenset()
            if failed or damaged:
                install({*reinstall, *damaged}, look)
        conda_prefix.share_records(prefix)
        scripted = tuple(sorted(p.name for p in packages if conda_prefix.has_link_script(prefix, p.name, platform)))
        notes = self._rattler.cache.file_notes(new, platform=platform, site=site_packages(packages, platform))
        return LinkOutcome(scripted, run_scripts, tuple(reporter.failed), notes)

    def prefetch(self, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Bring what `link` needs into the cache; see `RattlerEngine.prefetch`."""
        from pathlib import Path
        from tempfile import TemporaryDirectory

        records = [self._rattler.record(package) for package in packages]
        with self._rattler.translated():
            index = run(self._index())
            missing = [package for package, record in zip(packages, records, strict=True)
                       if not index.contains_record(record)]  # fmt: skip
            if missing:
                self._rattler.pkgs_dir.mkdir(parents=True, exist_ok=True)
                # Rattler fills its cache only on the way into a prefix: one that nobody needs, on the same file
                # system, so that its files are links.
                with TemporaryDirectory(prefix=".parity-tmp-", dir=self._rattler.pkgs_dir) as scratch:
                    prefix = Path(scratch) / "prefix"
                    if any(p.noarch == "python" for p in missing) and all(p.name != "python" for p in missing):
                        # Such a package is linked for a Python only, and the one it is for stands elsewhere.
                        missing.append(conda_prefix.stand_in_python(prefix, platform))
                    self.link(prefix, missing, platform=platform, title="Fetching")

    def _identified(self, packages: Collection[CondaPackage]) -> tuple[CondaPackage, ...]:
        """Packages of which only the MD5 digest is known, with the SHA-256 that the cache goes by."""
        from parity.engines.conda_hashes import identified

        notes = self._rattler.notes / "md5"
        with self._rattler.translated():
            return identified(
                packages, self._rattler.pkgs_dir, notes, lambda: self._rattler.client, offline=self._rattler.offline
            )

    def _check_local(self, packages: Iterable[CondaPackage]) -> None:
        """Hold archives of `file://` channels against their hashes: rattler does so for downloads only."""
        local = [p for p in packages if p.url.startswith("file:") and (p.sha256 or p.md5) and not self.is_cached(p)]

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

    def is_cached(self, package: CondaPackage) -> bool:
        """Whether the cache holds this artifact, by its hash."""
        noted = conda_cache.noted_sha256(self._rattler.pkgs_dir, package.dist)
        return package.sha256 is not None and noted == package.sha256.lower()

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
        return await rattler.PackageCache(self._rattler.pkgs_dir).index()

    def _cache(self, mode: rattler.ValidationMode) -> rattler.PackageCache:
        """The package cache; entries in which `mode` sees files missing are fetched anew."""
        layer = rattler.PackageCacheLayer(self._rattler.pkgs_dir)
        return rattler.PackageCache.from_layers([layer.with_validation_mode(mode)])
