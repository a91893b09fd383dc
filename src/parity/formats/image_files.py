"""Bookkeeping of an environment without the machine that made it, as it goes into an image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from parity.model import CondaPackage

LOCAL_NOTES = ("uv_cache.json", "uv_build.json")
"""Notes in a dist-info directory that hold times and paths of the machine."""

_OF_THE_MACHINE = ("extracted_package_dir", "package_tarball_full_path", "link", "requested_spec")


def conda_record(data: bytes, package: CondaPackage | None) -> bytes:
    """A record of `conda-meta` that says where a package comes from as the lock does, and nothing of caches.

    Args:
        data: the record.
        package: of the lock; None to leave its place as it is.
    """
    record = json.loads(data)
    for key in _OF_THE_MACHINE:
        record.pop(key, None)
    if package is not None:
        record |= {"url": package.url, "channel": package.channel}
    return (json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def wheel_record(text: str, gone: Collection[str]) -> str:
    """A RECORD in a fixed order, without the lines of files that do not go along.

    Args:
        text: of the file.
        gone: paths as RECORD has them.
    """
    lines = sorted(line for line in text.splitlines() if line and line.rsplit(",", 2)[0] not in gone)
    return "\n".join(lines) + "\n"


def is_local(direct_url: bytes) -> bool:
    """Whether a `direct_url.json` (PEP 610) names a place of this machine."""
    try:
        return str(json.loads(direct_url).get("url", "")).startswith("file:")
    except (ValueError, AttributeError):
        return True
