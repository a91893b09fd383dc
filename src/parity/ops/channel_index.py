"""Index a directory of conda packages, so that it is a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.platforms import SUBDIRS
from parity.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parity.core.ports import Progress


def channel_index(channel: Path, index: Callable[[Path], None], progress: Progress) -> dict[str, int]:
    """Write repodata for every subdir of a channel.

    Args:
        channel: directory that holds `noarch`, `linux-64`, ...
        index: of the conda engine.
        progress: told while it runs.

    Returns:
        Number of packages in each subdir that has some.

    Raises:
        NotFoundError: there is no such directory, or nothing in it that could be a channel.
    """
    if not channel.is_dir():
        raise NotFoundError(f"there is no directory {channel}")
    counts = count_packages(channel)
    if not counts:
        raise NotFoundError(
            f"{channel} holds no conda packages",
            hints=["packages belong into a directory for their platform, such as `noarch` or `linux-64`"],
        )
    with progress.stage("Indexing"):
        index(channel)
    return counts


def count_packages(channel: Path) -> dict[str, int]:
    """Number of package files in each subdir that has some."""
    counts = {}
    for subdir in ("noarch", *SUBDIRS):
        directory = channel / subdir
        found = [*directory.glob("*.conda"), *directory.glob("*.tar.bz2")]
        if found:
            counts[subdir] = len(found)
    return counts
