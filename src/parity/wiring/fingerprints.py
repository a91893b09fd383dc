"""From a name, a prefix, a lock or a saved result to a fingerprint; the command line and the library both come here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.prints import Print, make

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity.core.contents import PackageContents
    from parity.engines.contents import PackageReader
    from parity.model import CondaPackage, Solution
    from parity.wiring import Services
    from parity.wiring.syncing import Choice


def find(
    services: Services, text: str, *, environment: str = "", variant: str | None = None, full: bool = False
) -> Print:
    """The fingerprint of what a text names: a lock, a saved result, the path or the name of an environment.

    Args:
        services: of this call.
        text: as a person wrote it.
        environment: of a lock; "" for its usual one.
        variant: of a lock's platform, whatever this machine has; None for the best for this machine.
        full: do not trust what is remembered of an environment's files.

    Raises:
        NotFoundError: there is no such thing.
        RefusedError: of this lock it cannot be told.
    """
    path = Path(text).expanduser()
    if path.is_file():
        from parity.formats import print_json
        from parity.store import lock_files

        content = lock_files.decode(lock_files.read_bytes(path), text)
        if print_json.looks_like(content):
            return print_json.parse(content, text)
        from parity.wiring.syncing import Choice

        named = variant is not None or services.options.get("platform") is not None
        return predict(services, Choice(path, environment, variant, elsewhere=named))
    from parity.wiring import standing

    if path.is_dir() and ("/" in text or os.sep in text or (path / "conda-meta").is_dir() or standing.is_venv(path)):
        return measure(services, standing.target(services, None, str(path.absolute())), full=full)
    if "/" in text or os.sep in text or path.suffix in {".lock", ".yml", ".json", ".toml", ".txt"}:
        from parity.errors import NotFoundError

        raise NotFoundError(f"there is no {text}", hints=["name a lock, a saved result, or an environment"])
    return measure(services, services.root.find(text), full=full)


def measure(services: Services, prefix: Path, *, full: bool = False, owners: bool = True) -> Print:
    """The fingerprint of an environment, from its files.

    Args:
        services: of this call.
        prefix: absolute path.
        full: do not trust what is remembered of them.
        owners: also tell which package brings which file; costs time only.

    Raises:
        NotFoundError: there is no environment.
        IntegrityError: its records cannot be read, or a change of it is not finished.
        StorageError: files cannot be read.
    """
    from parity.wiring import standing

    standing.refuse_unfinished(services, prefix)
    found = standing.scan(services, prefix, full=full)
    # Bytecode that came with a wheel is not compiled here, and only its RECORD tells.
    known = _owners(services, prefix) if owners or found.bytecode else {}
    conda = {path for package in found.packages for path in package.files} if found.bytecode else set()
    return make(
        services.root.display_name(prefix),
        found.entries,
        [(package.name, package.version, package.build) for package in found.packages],
        services.store.own_variables(prefix),
        owners=known,
        bytecode=tuple(path for path in found.bytecode if path in conda or path not in known),
    )


def predict(services: Services, choice: Choice) -> Print:
    """The fingerprint that an environment will have which is made from a lock.

    Raises:
        RefusedError: it cannot be told.
        NotFoundError, UnsatisfiableError: the lock has nothing for this machine.
    """
    from parity.wiring import syncing

    wanted = syncing.read(services, choice)
    return of_solution(services, choice.path.name, wanted.solution, wanted.variables)


def of_solution(services: Services, label: str, solution: Solution, variables: Mapping[str, str]) -> Print:
    """The fingerprint that an environment of exactly these packages will have."""
    from parity.core.rules import Rules
    from parity.ops.fingerprint import predict as op

    return op(label, solution, variables, reader(services).read, Rules(), _link_order)


def packaged(services: Services, solution: Solution) -> tuple[PackageContents, ...]:
    """What each package puts into an environment of these packages, read from the packages themselves.

    Raises:
        ParityError: for some it cannot be told.
    """
    from parity.core.rules import Rules
    from parity.ops.fingerprint import expect

    return expect(solution, reader(services).read, Rules())


def reader(services: Services) -> PackageReader:
    """Reads packages; what it read is remembered in Parity's cache."""
    from parity.engines.contents import PackageReader

    return PackageReader(
        services.root.cache / "contents",
        services.root.pkgs_dirs,
        prefetch=lambda packages, platform: services.conda.prefetch(packages, platform=platform),
        opener=lambda: services.pypi.describer().opener,
        offline=services.offline,
        progress=services.progress,
    )


def _owners(services: Services, prefix: Path) -> dict[str, str]:
    from parity.store import prefix_contents

    return {path: owner.name for owner in prefix_contents.owners(prefix, services.platform) for path in owner.paths}


def _link_order(packages: Sequence[CondaPackage]) -> Sequence[str]:
    from parity.engines.conda_order import link_order

    return link_order(packages)
