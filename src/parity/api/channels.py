"""Channels of one's own, and the room that caches take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.api.options import services_for

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Sequence
    from typing import Unpack

    from parity.api.options import Options
    from parity.ops.channel_import import Imported
    from parity.ops.clean import Cleaning


def import_channel(
    to: str | os.PathLike[str],
    requirements: Sequence[str] = (),
    *,
    python: str | None = None,
    interpreter: str | os.PathLike[str] = "",
    platforms: Sequence[str] = (),
    find_links: Sequence[str] = (),
    **options: Unpack[Options],
) -> tuple[Imported, ...]:
    """Turn PyPI packages and all they depend on into conda packages of a channel; what it holds stays.

    Args:
        to: directory of the channel.
        requirements: as pip takes them.
        python: version to choose wheels for, as 3.11.
        interpreter: path or version of a Python to put into the channel, too.
        platforms: to choose wheels for; this machine's where empty.
        find_links: directories and URLs with further wheels.
        options: see `Options`.
    """
    from parity.wiring import channels

    found = channels.import_packages(
        services_for(options),
        requirements,
        Path(to).absolute(),
        python=python,
        interpreter=str(interpreter),
        platforms=platforms,
        find_links=find_links,
    )
    return tuple(found)


def index_channel(directory: str | os.PathLike[str], **options: Unpack[Options]) -> dict[str, int]:
    """Write the repodata of a directory of packages; how many there are, by subdir."""
    from parity.wiring import channels

    return channels.index(services_for(options), Path(directory).absolute())


def clean(parts: Collection[str] = (), **options: Unpack[Options]) -> Cleaning:
    """Free disk space; nothing that an environment needs is deleted.

    Args:
        parts: `index-cache`, `tarballs`, `packages`, `pypi`, `leftovers`, `tempfiles`; all where empty.
        options: see `Options`; with `dry_run`, what could go is only looked for.

    Raises:
        InputError: there is no such part.
    """
    import time

    from parity.errors import InputError
    from parity.ops import clean as ops
    from parity.store import caches
    from parity.store.registry import all_environments

    services = services_for(options)
    sections = caches.sections(services.root, all_environments(services.root), time.time())
    unknown = sorted(set(parts) - set(sections))
    if unknown:
        raise InputError(f"there is no part `{unknown[0]}`", hints=[f"the parts are {', '.join(sections)}"])
    found = ops.find(sections, parts or sections)
    return found if services.dry_run else ops.clean(found, caches.remove, services.progress.stage)
