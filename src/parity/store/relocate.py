"""Gives scripts that uv wrote into a stage the path that the environment will have."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def relocate_scripts(stage: Path, prefix: Path, dist_infos: Iterable[Path]) -> None:
    """Replace the stage's path in the first lines of scripts, and their hashes in RECORD (PEP 376, PEP 427).

    Args:
        stage: directory the environment was built in.
        prefix: path it is about to get.
        dist_infos: dist-info directories of packages that uv installed into the stage.
    """
    old, new = os.fsencode(stage), os.fsencode(prefix)
    for dist_info in dist_infos:
        record = dist_info / "RECORD"
        if not record.is_file():
            continue
        text = record.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text)))
        changed = False
        for row in rows:
            if len(row) == 3 and _is_script(row[0]):
                digest = _rewrite(dist_info.parent / row[0], old, new)
                if digest is not None:
                    row[1], row[2] = digest
                    changed = True
        if changed:
            with record.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)


def _is_script(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return len(parts) >= 2 and parts[-2] in {"bin", "Scripts"} and ".." in parts


def _rewrite(path: Path, old: bytes, new: bytes) -> tuple[str, str] | None:
    """New RECORD hash and size of a script that names the stage; None where it does not."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    # A long path makes a shebang of three lines (`#!/bin/sh`, `'''exec' ...`); launchers of Windows end with the path.
    if old not in data:
        return None
    data = data.replace(old, new)
    mode = path.stat().st_mode
    path.unlink()  # it may be a hard link into uv's cache
    path.write_bytes(data)
    path.chmod(mode)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", str(len(data))


def dist_infos(site_packages: Path) -> Iterator[Path]:
    """dist-info directories whose INSTALLER is uv."""
    for path in sorted(site_packages.glob("*.dist-info")):
        try:
            if (path / "INSTALLER").read_text(encoding="utf-8").strip() == "uv":
                yield path
        except OSError:
            continue
