"""Environments held against their records and locks, put right, and told apart by fingerprints."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.api.options import services_for

if TYPE_CHECKING:
    from typing import Unpack

    from parity.api.options import Location, Options
    from parity.core.prints import Comparison, Print
    from parity.ops.verify import Report
    from parity.wiring import Services
    from parity.wiring.mending import Outcome
    from parity.wiring.syncing import Choice


def verify(
    location: Location,
    *,
    lock: Location | None = None,
    environment: str = "",
    variant: str | None = None,
    full: bool = False,
    **options: Unpack[Options],
) -> Report:
    """Hold an environment against its own records, and against a lock.

    Args:
        location: its name, or its path as a `Path`; a plain virtual environment is one too.
        lock: file of the lock that it should equal.
        environment: environment of the lock, if it has several.
        variant: variant of the platform in the lock; None for the best that this machine has what it takes for.
        full: trust nothing that is remembered, and compare the records with the packages themselves.
        options: see `Options`.

    Returns:
        Every difference; `same` is True where there is none.
    """
    from parity.wiring import verifying

    services = services_for(options)
    prefix = _standing(location, services)
    return verifying.verify(services, prefix, _part(lock, environment, variant), full=full)


def fingerprint(
    location: Location,
    *,
    environment: str = "",
    variant: str | None = None,
    full: bool = False,
    **options: Unpack[Options],
) -> Print:
    """What an environment holds, or a lock will give: the same text on every machine for the same content.

    Args:
        location: name of an environment as text; path of an environment, of a lock, or of what
            `parity fingerprint --json` wrote, as a `Path`.
        environment: of a lock; "" for its usual one.
        variant: of a lock's platform; None for the best for this machine.
        full: read every file of an environment, whatever is remembered.
        options: see `Options`.

    Returns:
        The fingerprint (`str()` of it) with every file, package and variable that it was made of.
    """
    from parity.wiring import fingerprints

    services = services_for(options)
    if isinstance(location, str):
        return fingerprints.measure(services, services.root.find(location), full=full)
    text = str(Path(location).absolute())
    return fingerprints.find(services, text, environment=environment, variant=variant, full=full)


def compare_fingerprints(first: Print, second: Print) -> Comparison:
    """Packages, variables and files in which two differ; false where they are the same."""
    from parity.core.prints import compare

    return compare(first, second)


def mend(
    location: Location,
    *,
    lock: Location | None = None,
    environment: str = "",
    variant: str | None = None,
    full: bool = False,
    **options: Unpack[Options],
) -> Outcome:
    """Put right what `verify` finds, and nothing else; arguments as there.

    Returns:
        What was found, what was done and what is left. With `dry_run`, nothing is done.
    """
    from parity.wiring import mending

    services = services_for(options)
    return mending.fix(
        services,
        _standing(location, services),
        _part(lock, environment, variant),
        full=full,
        confirm=lambda _report, _plan: not options.get("dry_run"),
    )


def _standing(location: Location, services: Services) -> Path:
    """As `options.find`, also for what is broken, and for virtual environments."""
    from parity.wiring import standing

    named = isinstance(location, str)
    return standing.target(
        services, os.fspath(location) if named else None, None if named else str(Path(location).absolute())
    )


def _part(lock: Location | None, environment: str, variant: str | None) -> Choice | None:
    if lock is None:
        return None
    from parity.wiring.syncing import Choice

    return Choice(Path(lock), environment, variant)
