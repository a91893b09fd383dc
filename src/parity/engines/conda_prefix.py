"""What linking leaves in a prefix, looked at and put right without rattler."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from parity.model import CondaPackage

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
        os.path.exists(f"{prefix}/{folder}/.{name}-{when}{ending}")  # noqa: PTH110 - of hundreds of packages
        for when in ("pre-link", "post-link", "pre-unlink")
    )


def stand_in_python(prefix: Path, platform: str) -> CondaPackage:
    """Note in a prefix that nobody uses that it has a Python, without any file of one.

    Returns:
        What the record stands for, to be asked for again so that it stays.
    """
    python = CondaPackage("python", "3.12.0", "0", 0, platform, url="file:///python-3.12.0-0.conda", channel="file:///",
                          fn="python-3.12.0-0.conda")  # fmt: skip
    record = {
        **{key: getattr(python, key) for key in ("name", "version", "build", "build_number", "subdir", "url", "fn")},
        "channel": python.channel,
        "depends": [],
        "files": [],
        "paths_data": {"paths": [], "paths_version": 1},
    }
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / f"{python.dist}.json").write_text(json.dumps(record), encoding="utf-8")
    return python
