"""Environments: made, changed, removed, and used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.api.options import confirmation, find, place, services_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from parity.api.options import Location, Options
    from parity.model import Plan


def create(
    location: Location,
    specs: Sequence[str] = (),
    *,
    files: Sequence[Location] = (),
    pypi: Sequence[str] = (),
    replace: bool = False,
    **options: Unpack[Options],
) -> Plan:
    """Make an environment from match specs and files.

    Args:
        location: its name, or its path as a `Path`.
        specs: match specs, as `numpy>=1.24`.
        files: environment.yml files, or lists of specs.
        pypi: PyPI requirements in pip's words, as `transformers[torch]`.
        replace: put it in the place of one that is there.
        options: see `Options`.

    Returns:
        What was done, or with `dry_run` would be done.
    """
    from parity.ops.create import create as op

    services = services_for(options)
    request = services.request(specs, [os.fspath(file) for file in files], pypi)
    return op(
        place(location, services),
        services.goal(request),
        services.engines,
        services.workshop,
        confirm=confirmation(options),
        early=not options.get("dry_run") and "confirm" not in options,
        variables=request.variables,
        replace_existing=replace,
    )


def clone(location: Location, source: Location, **options: Unpack[Options]) -> Plan:
    """Make an environment that holds exactly what another holds."""
    from parity.ops.create import clone as op

    services = services_for(options)
    original = find(source, services)
    services.heal(original)
    return op(
        place(location, services),
        original,
        services.workshop,
        platform=services.platform,
        confirm=confirmation(options),
    )


def install(
    location: Location,
    specs: Sequence[str] = (),
    *,
    files: Sequence[Location] = (),
    pypi: Sequence[str] = (),
    prune: bool = False,
    force_reinstall: bool = False,
    **options: Unpack[Options],
) -> Plan:
    """Add packages to an environment; with `prune`, hold exactly what is asked for now."""
    from parity.ops.install import install as op

    services = services_for(options)
    request = services.request(specs, [os.fspath(file) for file in files], pypi)
    prefix = find(location, services)
    with services.changing(prefix) as now:
        goal = services.goal(request, prefix=prefix, known=now.manifest)
        return op(
            now,
            goal,
            services.engines,
            services.workshop,
            confirm=confirmation(options),
            asked=goal.specs,
            asked_pip=goal.pip,
            prune=prune,
            force_reinstall=force_reinstall,
            variables=request.variables,
        )


def update(location: Location, names: Sequence[str] = (), **options: Unpack[Options]) -> Plan:
    """Move the named packages to newer versions; all of them where none is named."""
    from parity.ops.update import update as op

    services = services_for(options)
    request = services.request(names)
    prefix = find(location, services)
    with services.changing(prefix) as now:
        goal = services.goal(request, prefix=prefix, known=now.manifest)
        return op(
            now,
            goal.specs,
            goal,
            services.engines,
            services.workshop,
            everything=not names,
            confirm=confirmation(options),
        )


def remove(location: Location, names: Sequence[str], **options: Unpack[Options]) -> Plan:
    """Take packages out of an environment, with what depends on them and what nothing needs any more."""
    from parity.ops.remove import remove as op

    services = services_for(options)
    with services.changing(find(location, services)) as now:
        return op(now, names, services.workshop, confirm=confirmation(options))


def remove_environment(location: Location, **options: Unpack[Options]) -> Path:
    """Delete an environment with everything in it; returns where it was."""
    from parity.ops.env_remove import env_remove as op

    services = services_for(options)
    prefix = find(location, services)
    op(
        prefix,
        services.store,
        base=services.root.path,
        active=None,
        confirm=lambda: True,
        dry_run=bool(options.get("dry_run")),
    )
    return prefix


def sync(
    location: Location,
    lock: Location = "parity.lock",
    *,
    environment: str = "",
    variant: str | None = None,
    python: str = "",
    **options: Unpack[Options],
) -> Plan:
    """Make an environment exactly what a lock says; it is made if it does not exist.

    Args:
        location: its name, or its path as a `Path`.
        lock: file of a lock in any format.
        environment: of the lock, where it has several.
        variant: of the platform; None for the best that fits this machine.
        python: version for a `pylock.toml`, which names none.
        options: see `Options`.
    """
    from parity.wiring import syncing

    services = services_for(options)
    choice = syncing.Choice(Path(lock), environment, variant, python)
    return syncing.sync(services, place(location, services), choice, confirm=confirmation(options))


def run(location: Location, command: Sequence[str], **options: Unpack[Options]) -> int:
    """Run a command inside an environment, with this process's streams; returns its exit code."""
    import subprocess
    import sys

    services = services_for(options)
    # In a child, because running replaces the process: what `parity run` does and nothing else.
    argv = [sys.executable, "-m", "parity", "run", "-p", str(find(location, services)), "--", *command]
    return subprocess.run(argv, env=dict(services.environ), check=False).returncode
