"""Which entries of the package cache hold other bytes than their package brought: an edit through a hard link.

`info/paths.json` (CEP-34) of each entry tells the SHA-256 of every file.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parity.model import CondaPackage


def damaged(pkgs_dir: Path, packages: Iterable[CondaPackage]) -> tuple[str, ...]:
    """Names of packages whose cache entry is not what it should be; one that is not in the cache is not damaged."""
    with ThreadPoolExecutor() as pool:
        checked = [(package.name, pool.submit(_is_damaged, pkgs_dir / package.dist)) for package in packages]
        return tuple(sorted({name for name, answer in checked if answer.result()}))


def _is_damaged(entry: Path) -> bool:
    import msgspec

    try:
        paths = _decoder().decode((entry / "info" / "paths.json").read_bytes()).paths
    except FileNotFoundError:
        return False
    except (OSError, msgspec.DecodeError):
        return True
    return any(file.sha256 and file.kind == "hardlink" and _sha256(entry / file.path) != file.sha256 for file in paths)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


@cache
def _decoder() -> Any:
    import msgspec

    fields: list[Any] = [
        ("path", str, msgspec.field(name="_path")),
        ("kind", str, msgspec.field(name="path_type", default="")),
        ("sha256", str | None, None),
    ]
    file: Any = msgspec.defstruct("File", fields)
    return msgspec.json.Decoder(msgspec.defstruct("Paths", [("paths", list[file])]))
