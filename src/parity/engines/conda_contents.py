"""What is in a conda package: out of a local archive, else out of the extracted copy in the package cache.

`info/paths.json` (CEP-34) lists paths, hashes and placeholders, `info/link.json` the entry points of `noarch: python`
packages; permissions and targets of links are in the archive itself. What an archive holds is hashed; of an extracted
copy the hashes of paths.json are taken, because its files may be linked into environments and changed there. Packages
older than paths.json list `info/files` and `info/has_prefix`.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import shlex
import stat
from typing import TYPE_CHECKING, Any

from parity.core.contents import ArchiveContents, EntryPoint, ExpectedFile
from parity.core.rules import is_cached_bytecode, is_hash_based
from parity.engines.conda_cache import noted_sha256
from parity.errors import IntegrityError, StorageError
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parity.core.contents import Scheme

_OLD_PLACEHOLDER = "/opt/anaconda1anaconda2anaconda3"
"""What `info/has_prefix` means where it names a path only (conda-build before 2.0)."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One file as it stands in an archive or directory.

    Attributes:
        target: of a symbolic link; None for a regular file.
        digest: SHA-256 of a regular file; "" where it was not looked at.
        head: its first bytes, of cached bytecode only.
    """

    executable: bool = False
    target: str | None = None
    digest: str = ""
    head: bytes = b""


def extracted(pkgs_dir: Path, dist: str, sha256: str | None) -> Path | None:
    """The extracted copy of an artifact, by its hash; None where there is none."""
    directory = pkgs_dir / dist
    noted = noted_sha256(pkgs_dir, dist)
    if noted is None or (sha256 is not None and noted != sha256.lower()):
        return None
    return directory if (directory / "info" / "index.json").is_file() else None


def read_directory(directory: Path) -> ArchiveContents:
    """What is in an extracted package.

    Raises:
        IntegrityError: files of its `info` directory are missing or broken.
        StorageError: a file cannot be read.
    """
    info = {}
    for name in ("index.json", "paths.json", "link.json", "files", "has_prefix", "no_link"):
        try:
            info[name] = (directory / "info" / name).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(f"cannot read {directory}: {error}") from error
    return _contents(info, _Directory(directory), str(directory))


def read_archive(path: Path, sha256: str | None) -> ArchiveContents:
    """What is in a `.conda` or `.tar.bz2` archive.

    Args:
        path: of the archive.
        sha256: what it must be; None where nobody knows.

    Raises:
        IntegrityError: it is another file, or no complete package.
        StorageError: it cannot be read.
    """
    from conda_package_streaming import package_streaming  # type: ignore[import-untyped]

    from parity.engines.conda_archive import reading_errors

    info: dict[str, bytes] = {}
    seen: dict[str, _Seen] = {}
    with reading_errors(path), path.open("rb") as stream:
        if sha256 is not None and hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise IntegrityError(f"{path.name} is not the file that was locked: its SHA-256 is another")
        for component in ("info", "pkg") if path.name.endswith(".conda") else ("pkg",):
            stream.seek(0)
            for archive, member in package_streaming.stream_conda_component(path.name, stream, component=component):
                _take(archive, member, info, seen)
    return _contents(info, seen, path.name)


def _take(archive: Any, member: Any, info: dict[str, bytes], seen: dict[str, _Seen]) -> None:
    name = member.name.removeprefix("./")
    if member.issym():
        seen[name] = _Seen(target=member.linkname)
    elif member.islnk():  # a hard link: the same file under another name
        known = seen.get(member.linkname.removeprefix("./"))
        if known is not None:
            seen[name] = known
    elif member.isfile():
        stream = archive.extractfile(member)
        if name.startswith("info/") and name.count("/") == 1:
            data = stream.read()
            info[name[5:]] = data
            digest = hashlib.sha256(data)
            head = data[:16]
        else:
            digest, head = hashlib.sha256(), b""
            while block := stream.read(1 << 20):
                head = head or block[:16]
                digest.update(block)
        seen[name] = _Seen(bool(member.mode & 0o100), None, digest.hexdigest(), head)


class _Directory:
    """Looks at the files of an extracted package when they are asked for."""

    def __init__(self, directory: Path) -> None:
        self._root = f"{directory}/"

    def get(self, path: str) -> _Seen | None:
        full = self._root + path
        try:
            one = os.lstat(full)
            if stat.S_ISLNK(one.st_mode):
                return _Seen(target=os.readlink(full))  # noqa: PTH115
            head = b""
            if is_cached_bytecode(path):
                with open(full, "rb") as file:  # noqa: PTH123
                    head = file.read(16)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"cannot read {full}: {error}") from error
        return _Seen(bool(one.st_mode & stat.S_IXUSR), None, "", head)

    def digest(self, path: str) -> str:
        with open(self._root + path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()


def _contents(info: Mapping[str, bytes], seen: Mapping[str, _Seen] | _Directory, name: str) -> ArchiveContents:
    try:
        index = json.loads(info["index.json"])
        link = json.loads(info.get("link.json", b"{}"))
        entries = json.loads(info["paths.json"])["paths"] if "paths.json" in info else _old_entries(info)
        python = index.get("noarch") == "python" or link.get("noarch", {}).get("type") == "python"
        files = [_file(entry, seen, python=python) for entry in entries if entry.get("path_type") != "directory"]
        points = link.get("noarch", {}).get("entry_points", []) if python else []
        return ArchiveContents(tuple(one for one in files if one is not None), tuple(map(_entry_point, points)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(
            f"{name} is no complete conda package: {error}", hints=["remove it and fetch it again"]
        ) from error


def _file(entry: Mapping[str, Any], seen: Mapping[str, _Seen] | _Directory, *, python: bool) -> ExpectedFile | None:
    path = entry["_path"]
    found = seen.get(path)
    if found is None:
        return None
    scheme: Scheme = "prefix"
    inside = path
    if python:
        for top, named in (("site-packages/", "site"), ("python-scripts/", "scripts")):
            if path.startswith(top):
                scheme, inside = named, path.removeprefix(top)  # type: ignore[assignment]
    if found.target is not None and entry.get("prefix_placeholder"):
        # Where a prefix has to be written, rattler writes a file, with what the link leads to.
        found = _followed(path, found.target, seen)
    if found is None:
        return None
    if found.target is not None:
        digest = hashlib.sha256(os.fsencode(found.target)).hexdigest()
        return ExpectedFile(scheme, inside, "link", digest, target=found.target)
    digest = found.digest or entry.get("sha256") or (seen.digest(path) if isinstance(seen, _Directory) else "")
    if is_cached_bytecode(path) and not (path.endswith(".pyc") and is_hash_based(found.head)):
        digest = ""
    return ExpectedFile(scheme, inside, "file", digest, found.executable, entry.get("prefix_placeholder") or "")


def _followed(path: str, target: str, seen: Mapping[str, _Seen] | _Directory) -> _Seen | None:
    """The file that a link in a package ends at; None where it ends nowhere."""
    for _ in range(40):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        found = seen.get(path)
        if found is None or found.target is None:
            return found
        target = found.target
    return None


def _old_entries(info: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Entries as paths.json would have them, from `info/files` and `info/has_prefix`."""
    entries = {line: {"_path": line} for line in info["files"].decode().splitlines() if line}
    for line in info.get("has_prefix", b"").decode().splitlines():
        # Blanks stand between the values, and in them only where they are quoted; no other sign means anything.
        parts = shlex.split(line, posix=False)
        parts = [part.strip("\"'") for part in parts]
        placeholder, mode, path = parts if len(parts) == 3 else (_OLD_PLACEHOLDER, "text", line.strip())
        if path in entries:
            entries[path] |= {"prefix_placeholder": placeholder, "file_mode": mode}
    return list(entries.values())


def _entry_point(text: str) -> EntryPoint:
    command, _, target = text.partition("=")
    module, _, function = target.partition(":")
    return EntryPoint(command.strip(), module.strip(), function.strip())
