"""What linking leaves in a prefix, looked at and put right without rattler."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def share_records(prefix: Path) -> None:
    """Give the records the usual permissions: rattler leaves them to their owner, as its temporary files are."""
    if os.name == "nt":
        return
    usual: int | None = None
    with contextlib.suppress(FileNotFoundError), os.scandir(prefix / "conda-meta") as entries:
        for entry in entries:
            if entry.name.endswith(".json") and entry.stat().st_mode & 0o777 == 0o600:
                if usual is None:
                    usual = _usual_mode(prefix / "conda-meta")
                os.chmod(entry.path, usual)  # noqa: PTH101 - one call for each of hundreds of records


def _usual_mode(directory: Path) -> int:
    """Permission bits of a new file; asked by making one, since reading the umask means setting it for all threads."""
    probe = directory / f".parity-tmp-{os.getpid()}"
    probe.touch(0o666)
    try:
        return probe.stat().st_mode & 0o777
    finally:
        probe.unlink()


def has_link_script(prefix: Path, name: str, platform: str) -> bool:
    folder, ending = ("Scripts", ".bat") if platform.startswith("win-") else ("bin", ".sh")
    return any(
        os.path.exists(prefix / folder / f".{name}-{when}{ending}")  # noqa: PTH110
        for when in ("pre-link", "post-link", "pre-unlink")
    )
