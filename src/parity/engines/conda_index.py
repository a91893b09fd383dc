"""Index files of a channel directory (repodata plain, zst and sharded; CEP-16)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parity.engines.conda_archive import read_index
from parity.engines.conda_loop import run
from parity.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path


def index_directory(channel: Path) -> None:
    """Write the index files of a channel directory; a channel has at least `noarch` (CEP-26)."""
    from rattler.index import index_fs

    (channel / "noarch").mkdir(parents=True, exist_ok=True)
    run(index_fs(channel))


def refuse_broken_packages(channel: Path) -> None:
    """Look at the packages that are not indexed yet: the indexer aborts without a name where one is broken."""
    broken = []
    for subdir in sorted(path for path in channel.iterdir() if path.is_dir()):
        try:
            repodata = json.loads((subdir / "repodata.json").read_bytes())
        except (OSError, ValueError):
            repodata = {}
        known = repodata.get("packages", {}).keys() | repodata.get("packages.conda", {}).keys()
        for path in sorted(subdir.glob("*")):
            if path.name.endswith((".conda", ".tar.bz2")) and path.name not in known:
                try:
                    read_index(path)
                except IntegrityError:
                    broken.append(f"{subdir.name}/{path.name}")
    if broken:
        raise IntegrityError(
            f"not conda packages, or damaged: {', '.join(broken)}",
            hints=["remove them or put good copies in their place"],
        )
