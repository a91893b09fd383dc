"""What locking asks of this machine: where files of a lock are here, and what is told of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from parity.model import CondaPackage, PypiPackage, Solution
    from parity.wiring import Services


class Here:
    """The `Surroundings` of `parity.ops.lock`.

    Args:
        services: of this call.
        bundles: directories that may hold interpreters of the lock.
    """

    def __init__(self, services: Services, bundles: Sequence[Path] = ()) -> None:
        self._services = services
        self._bundles = bundles

    def localise(self, solution: Solution) -> Solution:
        return self._services.localise(solution, bundles=self._bundles)

    def share(self, solution: Solution) -> Solution:
        from parity.core.lock_places import shared

        return shared(solution, self._services.places)

    def describe_conda(self, packages: Sequence[CondaPackage]) -> Sequence[CondaPackage]:
        from parity.core import channels
        from parity.engines.conda_describe import CondaDescriber
        from parity.engines.pypi_download import Downloader
        from parity.engines.pypi_request import secrets_of

        if all(package.sha256 and package.size is not None for package in packages):
            return packages
        services = self._services
        mirrors = {base: urls[0] for base, urls in channels.mirrors(services.settings).items()}
        opener = Downloader(secrets_of([*services.secrets.values(), *mirrors.values()]), services.environ)
        places = {**services.secrets, **mirrors, **{base: here for here, base in services.places.items()}}
        describer = CondaDescriber(opener.open, places, offline=services.offline, progress=services.progress)
        return describer.describe(packages)

    def describe_pypi(self, packages: Sequence[PypiPackage], known: Iterable[PypiPackage]) -> Sequence[PypiPackage]:
        return self._services.pypi.describer().describe(packages, known) if packages else packages
