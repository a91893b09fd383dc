"""The conda engine: the door to rattler.

Only this module and its parts (`conda_*.py`) import rattler.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import rattler

from parity.engines import conda_cache, conda_virtual
from parity.engines import conda_records as convert
from parity.engines.conda_client import Network
from parity.engines.conda_link import Linker
from parity.engines.conda_rattler import Rattler
from parity.engines.conda_solve import Solver
from parity.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from parity.core.ports import Distribution, LinkOutcome, Progress, SolveRequest
    from parity.engines.conda_reader import Reader
    from parity.model import Channel, CondaPackage, MatchSpec


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
        self._rattler = Rattler(pkgs_dir, repodata_dir, progress=progress, offline=offline,
                                network=network or Network(), allow_links=allow_links)  # fmt: skip
        self._solver = Solver(self._rattler)
        self._linker = Linker(self._rattler)

    # -- asking channels ---------------------------------------------------------------------------

    def solve(self, request: SolveRequest) -> tuple[CondaPackage, ...]:
        """The packages that satisfy a request, sorted by name.

        Raises:
            UnsatisfiableError: with the clash, what is available and what to try.
            NetworkError, NotFoundError: a channel cannot be read.
        """
        return self._solver.solve(request)

    def search(self, spec: MatchSpec, channels: Sequence[Channel], platform: str) -> tuple[CondaPackage, ...]:
        """Every record that matches `spec`, sorted by name and version, oldest first.

        `spec.name` may be a glob.
        """
        return self._solver.search(spec, channels, platform)

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every package name that the channels have for the platform or noarch."""
        return self._solver.names(channels, platform)

    def detect_virtual(self, platform: str, overrides: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
        """Virtual packages of this machine, or the usual ones of another platform; see `conda_virtual.detect`."""
        with self._rattler.translated():
            return conda_virtual.detect(platform, overrides)

    def matches(self, spec: MatchSpec, package: CondaPackage) -> bool:
        """Whether a package satisfies a spec, by rattler's own rules."""
        with self._rattler.translated():
            return convert.to_spec(spec).matches(self._rattler.record(package))

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
        return self._linker.link(
            prefix,
            packages,
            platform=platform,
            written_prefix=written_prefix,
            requested=requested,
            reinstall=reinstall,
            run_scripts=run_scripts,
            title=title,
        )

    def prefetch(self, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Bring what `link` needs into the cache, hashes checked, without a target.

        Raises:
            IntegrityError, NetworkError, StorageError, OfflineError.
        """
        self._linker.prefetch(packages, platform=platform)

    def scrub(self, prefix: Path, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Delete files of packages that have no record in a prefix: what linking left when it was cut off.

        Raises:
            StorageError: a file cannot be deleted.
        """
        if packages:
            with self._rattler.translated():
                conda_cache.scrub(self._rattler.pkgs_dir, prefix, packages, platform)

    def installed(self, prefix: Path) -> tuple[CondaPackage, ...]:
        """The exact records of a prefix, sorted by name.

        Raises:
            EngineError: a record in conda-meta cannot be read.
        """
        with self._rattler.translated():
            records = [rattler.PrefixRecord.from_path(path) for path in sorted((prefix / "conda-meta").glob("*.json"))]
        return tuple(sorted((self._rattler.package(record) for record in records), key=lambda package: package.name))

    def files(self, packages: Iterable[CondaPackage], *, fetch: bool = True) -> Mapping[str, tuple[str, ...]]:
        """For each package (by `dist`) the relative paths it installs, read out of the package itself (CEP-34).

        Args:
            packages: to look into.
            fetch: ask channels for lists that are not at hand; else such packages are left out.
        """
        packages = tuple(packages)
        known = {package.dist: paths for package in packages if (paths := self._rattler.cache.files(package))}
        rest = [package for package in packages if package.dist not in known]
        with self._rattler.translated():
            return {**known, **self._reader.files(rest, fetch=fetch)} if rest else known

    def distributions(self, packages: Iterable[CondaPackage]) -> Mapping[str, tuple[Distribution, ...]]:
        """For each package (by `dist`) the Python projects that it brings, read out of the package itself."""
        with self._rattler.translated():
            return self._reader.distributions(packages)

    @cached_property
    def _reader(self) -> Reader:
        from parity.engines.conda_reader import Reader

        return Reader(
            self._rattler.pkgs_dir,
            self._rattler.notes,
            lambda: self._rattler.client,
            self._linker.is_cached,
            offline=self._rattler.offline,
        )

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
        with self._rattler.translated():
            index_directory(channel)
            self._rattler.forget(channel.as_uri())
