"""A pack as data: an environment without the place it stood in, file by file.

Every file is held as its package holds it, so that the same environment gives the same pack wherever it stood.
Bookkeeping of installers (records, RECORD, history) is reduced to what does not tell of the machine.
"""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
from typing import TYPE_CHECKING, Any

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from parity.core.canonical import FileMode

META = "conda-meta/parity-pack"
"""Directory inside an environment with what is known of its pack."""

PLACEHOLDER = b"/@parity-pack-prefix@"
"""Stands for the path of the environment in texts that hold it and that no package has a placeholder for."""

ACTIVATE, UNPACK = "activate", "bin/parity-unpack"
"""What a pack brings of its own, outside of `META`."""

MACHINE_NOTES = frozenset({"uv_cache.json", "uv_build.json"})
"""Files of a dist-info directory that tell of the installer's cache."""

_OF_THE_MACHINE = (
    "extracted_package_dir",
    "package_tarball_full_path",
    "link",
    "indexed_timestamp",
    "auth",
)
"""Fields of a conda-meta record that tell of the cache it was linked from."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One entry of a pack.

    Attributes:
        path: relative to the environment, with `/`.
        executable: whether its owner, and everybody else, may execute it.
        content: its bytes; None where they are those of the file that stands there.
        target: of a symbolic link; "" for a file.
    """

    path: str
    executable: bool = False
    content: bytes | None = field(default=None, repr=False)
    target: str = ""


@dataclass(frozen=True, slots=True)
class Relocated:
    """A file into which the path of the environment is written when a pack is unpacked.

    Attributes:
        path: relative to the environment.
        mode: how; see `core.canonical`.
        placeholder: what stands for the path.
        sha256: of the bytes in the pack.
        record: path of the conda-meta record that tells of it; "" for none.
        shebang: its first line where that holds the placeholder, without the line feed.
    """

    path: str
    mode: FileMode
    placeholder: str
    sha256: str
    record: str = ""
    shebang: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """What goes into a pack.

    Attributes:
        files: sorted by path.
        relocated: sorted by path.
        links: absolute links into the environment, by path, with the target as it stands in the pack.
        fingerprint: of the environment that it becomes.
        platform: subdir.
        warnings: what will not work elsewhere.
        saved: by rule how many files, and bytes of them, were left out.
    """

    files: tuple[PackedFile, ...]
    relocated: tuple[Relocated, ...]
    links: Mapping[str, str]
    fingerprint: str
    platform: str
    warnings: tuple[str, ...] = ()
    saved: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def meta_text(
    relocated: Sequence[Relocated], links: Mapping[str, str], fingerprint: str, platform: str, version: str
) -> str:
    """The content of `pack.json`.

    Args:
        relocated: files with placeholders.
        links: absolute links into the environment.
        fingerprint: of the environment.
        platform: subdir.
        version: of Parity.
    """
    data = {
        "version": 1,
        "made_by": f"parity {version}",
        "fingerprint": fingerprint,
        "platform": platform,
        "links": dict(sorted(links.items())),
        "files": [
            {
                "path": one.path,
                "mode": one.mode,
                "placeholder": one.placeholder,
                "sha256": one.sha256,
                "record": one.record,
                "shebang": one.shebang,
            }
            for one in sorted(relocated, key=lambda one: one.path)
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def shebang(data: bytes, placeholder: bytes) -> str:
    """The first line of a script that names a program of the environment; "" for other files."""
    if not data.startswith((b"#!" + placeholder, b"#! " + placeholder)):
        return ""
    return data.partition(b"\n")[0].decode("utf-8", "surrogateescape")


def record_text(
    record: dict[str, Any],
    packed: Collection[str],
    installed: Mapping[str, str | None],
    places: Mapping[str, str],
    sizes: Mapping[str, int],
) -> str:
    """A conda-meta record without what tells of the machine.

    Args:
        record: as it stands.
        packed: every path of the pack; compiled bytecode with times in it is not there, and is not listed any more.
        installed: hash (hex) of files whose bytes are not the package's, by path; None for those that still hold a
            placeholder, whose hash is told when the pack is unpacked.
        places: base URL of a place of this machine -> what it is called elsewhere.
        sizes: bytes in the pack of those files: installers note how many they are with the path written into them.
    """
    found = {key: value for key, value in record.items() if key not in _OF_THE_MACHINE}
    for key in ("url", "channel"):
        found[key] = _moved(str(found.get(key) or ""), places)
    found["files"] = sorted(path for path in record.get("files", []) if path in packed)
    data = record.get("paths_data") or {}
    paths = [dict(entry) for entry in data.get("paths", []) if entry["_path"] in packed]
    for entry in paths:
        if entry["_path"] in installed:
            digest = installed[entry["_path"]]
            entry.pop("sha256_in_prefix", None)
            entry["size_in_bytes"] = sizes.get(entry["_path"], entry.get("size_in_bytes"))
            if digest is not None:
                entry["sha256_in_prefix"] = digest
                if str(entry.get("path_type", "")).endswith("entry_point"):
                    entry["sha256"] = digest  # of what the installer made for another path
    found["paths_data"] = {**data, "paths": sorted(paths, key=lambda entry: str(entry["_path"]))}
    found["link"] = {"source": "", "type": 1}  # conda asks for the field
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _moved(url: str, places: Mapping[str, str]) -> str:
    for base, other in places.items():
        if url == base or url.startswith(base.rstrip("/") + "/"):
            return other + url[len(base.rstrip("/")) :]
    return url


def wheel_record(text: str, site: str, packed: Collection[str], content: Mapping[str, bytes]) -> str:
    """A wheel's RECORD without files that are not packed, and with the hashes of those that were rewritten.

    Args:
        text: as it stands (PEP 376).
        site: path of its site-packages in the environment.
        packed: every path of the pack.
        content: bytes of the files that were rewritten, by path.
    """
    import csv
    import io

    rows = []
    for row in csv.reader(io.StringIO(text)):
        if not row:
            continue
        path = posixpath.normpath(posixpath.join(site, row[0]))
        if path not in packed:
            continue
        if path in content and len(row) > 1 and row[1]:
            data = content[path]
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            row = [row[0], f"sha256={digest}", str(len(data))]
        rows.append(row)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(sorted(rows))
    return written.getvalue()
