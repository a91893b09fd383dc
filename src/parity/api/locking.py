"""Locks: made, and held against what they are made from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.api.options import services_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from parity.api.options import Location, Options
    from parity.core.lock import Lock
    from parity.ops.lock_check import Mismatch
    from parity.wiring.editing import Edited
    from parity.wiring.locking import Locking


def lock(
    specs: Sequence[str] = (),
    *,
    files: Sequence[Location] = (),
    output: Location | None = None,
    pypi: Sequence[str] = (),
    platforms: Sequence[str] = (),
    variants: Sequence[str] = (),
    upgrade: bool | Sequence[str] = False,
    as_of: str = "",
    **options: Unpack[Options],
) -> Lock:
    """Write down the exact packages of every platform; what a lock that is there holds is kept where it can be.

    Args:
        specs: match specs beside the files.
        files: environment.yml files; those that the lock names, or `environment.yml`, where none is given.
        output: the lock; `parity.lock` beside the first file where None. `dry_run` leaves it as it is.
        pypi: PyPI requirements beside the files.
        platforms: subdirs, instead of those of the files.
        variants: kinds of machine, as `cuda-12:cuda=12.4,glibc=2.28`.
        upgrade: True moves all packages to newer versions, names only those.
        as_of: date after which nothing may have been published; "now" lifts an earlier one.
        options: see `Options`; `virtual` holds for every platform.

    Returns:
        What the lock holds now.
    """
    locking = _locking(options, files, output, specs=specs, pypi=pypi, platforms=platforms, variants=variants,
                       as_of=as_of)  # fmt: skip
    free: tuple[str, ...] | None = None
    if not isinstance(upgrade, bool) or not upgrade:
        free = tuple(upgrade) if not isinstance(upgrade, bool) else ()
    return locking.lock(upgrade=free).after


def check_lock(
    *, files: Sequence[Location] = (), output: Location | None = None, **options: Unpack[Options]
) -> tuple[Mismatch, ...]:
    """What stands between a lock and what it is made from, each with its place; nothing where the lock satisfies it.

    Solves nothing and asks no network; the arguments are those of `lock`.
    """
    return _locking(options, files, output).check()


def edit(
    file: Location = "environment.yml",
    *,
    add: Sequence[str] = (),
    pypi: Sequence[str] = (),
    drop: Sequence[str] = (),
    lock: bool = True,
    **options: Unpack[Options],
) -> Edited:
    """Add packages to an environment.yml and take some out; comments and order stay.

    Args:
        file: of the environment.
        add: match specs.
        pypi: PyPI requirements.
        drop: names of packages that are asked for no longer.
        lock: bring a `parity.lock` beside the file in line; where that fails, the file is as it was.
        options: see `Options`.

    Returns:
        The text before and after, and the lock where it was made again.
    """
    from parity.wiring import editing

    return editing.edit(services_for(options), Path(file), add=add, pypi=pypi, drop=drop, lock=lock)


def _locking(
    options: Mapping[str, Any],
    files: Sequence[Location],
    output: Location | None,
    *,
    specs: Sequence[str] = (),
    pypi: Sequence[str] = (),
    platforms: Sequence[str] = (),
    variants: Sequence[str] = (),
    as_of: str = "",
) -> Locking:
    from parity.core.channels import NODEFAULTS
    from parity.core.lock_wish import Wish
    from parity.wiring.locking import Locking

    only = [NODEFAULTS] if options.get("override_channels") else []
    wish = Wish(
        specs=tuple(specs),
        pypi=tuple(pypi),
        channels=(*options.get("channels", ()), *only),
        platforms=tuple(platforms),
        virtual=tuple(options.get("virtual", ())),
        variants=tuple(variants),
    )
    return Locking(
        services_for(options),
        files=[os.fspath(file) for file in files],
        output=None if output is None else os.fspath(output),
        wish=wish,
        as_of=as_of,
    )
