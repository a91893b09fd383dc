"""What a lock holds as rattler reads it, and as Parity does, to be compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.lock import Lock
    from parity.model import PypiPackage

Seen = dict[tuple[str, str], list[tuple[Any, ...]]]


def seen_by_rattler(path: Path) -> Seen:
    from rattler import LockFile
    from rattler.lock import CondaLockedBinaryPackage, PypiLockedPackage

    found: Seen = {}
    for name, environment in LockFile.from_path(path).environments():
        for platform, packages in environment.packages_by_platform().items():
            rows: list[tuple[Any, ...]] = []
            for package in packages:
                if isinstance(package, CondaLockedBinaryPackage):
                    r = package.repo_data_record()
                    noarch = "python" if r.noarch.python else "generic" if r.noarch.generic else None
                    rows.append((
                        r.name.normalized, str(r.version), str(r.build), r.build_number, r.subdir, r.url, r.channel,
                        r.file_name, r.sha256.hex() if r.sha256 else None, r.md5.hex() if r.md5 else None, r.size,
                        tuple(r.depends), tuple(r.constrains), noarch, r.license,
                        int(r.timestamp.timestamp() * 1000) if r.timestamp else None, r.python_site_packages_path,
                        tuple(r.track_features),
                    ))  # fmt: skip
                elif isinstance(package, PypiLockedPackage):
                    hashes = package.hashes._hashes if package.hashes else None
                    version = "" if package.version == "<dynamic>" else package.version
                    digest = hashes.sha256.hex() if hashes and hashes.sha256 else None
                    rows.append((package.name, version, package.location, digest, package.requires_python or ""))
                else:
                    rows.append((package.name, package.location))
            found[name, platform.name] = sorted(rows, key=repr)
    return found


def seen_by_parity(lock: Lock, base: str = "") -> Seen:
    """`base`: directory of the file, which paths in it are told from."""
    found: Seen = {}
    for environment in lock.environments:
        for locked in environment.locked:
            rows: list[tuple[Any, ...]] = [
                (r.name, r.version, r.build, r.build_number, r.subdir, r.url, r.channel, r.fn, r.sha256, r.md5, r.size,
                 r.depends, r.constrains, r.noarch, r.license, r.timestamp, r.python_site_packages_path,
                 r.track_features)
                for r in locked.solution.conda
            ]  # fmt: skip
            rows += [
                (wheel.name, wheel.version, location(wheel, base), wheel.sha256, wheel.requires_python)
                for wheel in locked.solution.pypi
            ]
            for text in locked.other:
                head, _, place = json.loads(text)["conda_source"].partition(" @ ")
                rows.append((head.partition("[")[0], place))
            found[environment.name, locked.platform] = sorted(rows, key=repr)
    return found


def location(wheel: PypiPackage, base: str) -> str:
    table = json.loads(wheel.pin)
    if "directory" not in table:
        return wheel.url
    path = str(table["directory"]["path"])
    return f"./{path.removeprefix(base + '/')}" if base and path.startswith(base + "/") else path


def spaced(seen: Seen) -> Seen:
    """Rattler writes ranges of Python versions its own way."""
    return {place: [(*row[:4], "") if len(row) == 5 else row for row in rows] for place, rows in seen.items()}
