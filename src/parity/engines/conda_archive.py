"""Conda packages written so that the same input gives the same bytes, and their index read back.

The format is conda's second one (`.conda`: CEP-35 and conda-package-streaming): a ZIP archive that stores
`metadata.json`, `pkg-*.tar.zst` and `info-*.tar.zst`, the small part last so that one request for the tail
of a remote package finds it. Members are sorted, times and owners zero, modes one of two. The bytes of a
package also depend on the zstd library that compressed it; what it holds does not.
"""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from parity.errors import InputError, IntegrityError, StorageError
from parity.values import dataclass

if TYPE_CHECKING:
    import tarfile
    import zipfile
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from parity.core.canonical import FileMode

ZSTD_LEVEL = 9
"""An interpreter takes 1.0 s and 19.5 MB on one core; level 3 takes 0.35 s and 20.9 MB, level 19 18 s and 17.3 MB."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_ZIP64_FROM = 1 << 30
"""Bytes of content from which the ZIP member is written with 64-bit sizes: well below what 32 bits hold."""


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package; exactly one of `data`, `source` and `symlink` is given.

    Attributes:
        path: where it will stand in the prefix: relative, with forward slashes.
        data: its content.
        source: the file to read its content from, when it is written.
        symlink: what the link points to.
        executable: whether it gets the executable bits.
        placeholder: the prefix that stands in its content and is replaced when it is linked.
        file_mode: how that is replaced: as text, or in a binary, padded to the same length.
    """

    path: str
    data: bytes | None = None
    source: Path | None = None
    symlink: str | None = None
    executable: bool = False
    placeholder: str | None = None
    file_mode: FileMode = "text"


def write_conda(
    directory: Path,
    index: Mapping[str, object],
    files: Iterable[PackageFile],
    *,
    about: Mapping[str, object] | None = None,
    link: Mapping[str, object] | None = None,
    info_files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write `name-version-build.conda` into a directory; it appears there complete, or not at all.

    Args:
        directory: made where it does not exist.
        index: content of `info/index.json`; at least name, version, build, build_number and subdir.
        files: what the package installs, in any order.
        about: content of `info/about.json`.
        link: content of `info/link.json` (entry points of a `noarch: python` package).
        info_files: further files below `info/`, by relative path, as `licenses/LICENSE`.

    Returns:
        The package file.

    Raises:
        InputError: a path that is absolute, leaves the prefix or is there twice; an index that lacks a key.
        StorageError: a file cannot be read or written.
    """
    stem = _stem(index)
    members = _checked(files)
    documents: dict[str, object] = {"index.json": dict(index)}
    if about is not None:
        documents["about.json"] = dict(about)
    if link is not None:
        documents["link.json"] = dict(link)
    info = {name: _json(document) for name, document in documents.items()}
    for name, content in (info_files or {}).items():
        _check_path(name)
        if name in info or name in ("paths.json", "files"):
            raise InputError(f"info/{name} is there twice")
        info[name] = content
    target = directory / f"{stem}.conda"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(target, stem, members, info)
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error}") from error
    return target


def read_index(path: Path) -> dict[str, Any]:
    """The content of `info/index.json` of a `.conda` or `.tar.bz2` package.

    Raises:
        IntegrityError: it is no readable conda package.
        StorageError: the file cannot be opened.
    """
    from conda_package_streaming import package_streaming  # type: ignore[import-untyped]

    with reading_errors(path), path.open("rb") as stream:
        for archive, member in package_streaming.stream_conda_component(path.name, stream, component="info"):
            if member.name == "info/index.json":
                content = archive.extractfile(member)
                document = json.load(content) if content is not None else None
                if isinstance(document, dict):
                    return document
                break
    raise _broken(path)


@contextmanager
def reading_errors(path: Path) -> Iterator[None]:
    """Say what is wrong with a package that is read here.

    Raises:
        IntegrityError: it is no whole archive, or what is in it cannot be what it should.
        StorageError: the file cannot be opened or read.
    """
    import tarfile
    import zipfile

    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise StorageError(f"cannot read {path}: {error}") from error
        raise _broken(path) from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, LookupError, ValueError, _zstd().ZstdError) as error:
        raise _broken(path) from error


def _broken(path: Path) -> IntegrityError:
    return IntegrityError(f"{path} is not a complete conda package", hints=["remove it and fetch or make it again"])


def _zstd() -> Any:
    """The zstd module of the standard library, or its backport: what conda-package-streaming depends on."""
    import importlib
    import sys

    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def _stem(index: Mapping[str, object]) -> str:
    missing = [key for key in ("name", "version", "build", "build_number", "subdir") if key not in index]
    if missing:
        raise InputError(f"the package index lacks {', '.join(missing)}")
    stem = f"{index['name']}-{index['version']}-{index['build']}"
    if not re.fullmatch(r"[A-Za-z0-9_.+!*~-]+", stem):
        raise InputError(f"{stem!r} cannot be the name of a package file")
    return stem


def _check_path(path: str) -> None:
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        raise InputError(f"{path!r} is not a relative path with forward slashes")
    if any(part in ("", ".", "..") for part in parts):
        raise InputError(f"{path!r} is not a plain path below the prefix")


def _checked(files: Iterable[PackageFile]) -> list[PackageFile]:
    members = sorted(files, key=lambda file: file.path)
    seen = set()
    for file in members:
        _check_path(file.path)
        if file.path.startswith("info/"):
            raise InputError(f"{file.path!r}: info/ belongs to the package format")
        if file.path in seen:
            raise InputError(f"{file.path!r} is there twice")
        if sum(part is not None for part in (file.data, file.source, file.symlink)) != 1:
            raise InputError(f"{file.path!r} needs exactly one of data, source and symlink")
        if file.symlink is not None:
            inside = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), file.symlink))
            if file.symlink.startswith("/") or inside == ".." or inside.startswith("../"):
                raise InputError(f"{file.path!r} links to {file.symlink!r}, outside of the prefix")
        seen.add(file.path)
    return members


def _json(document: object) -> bytes:
    return (json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def _write(target: Path, stem: str, members: list[PackageFile], info: dict[str, bytes]) -> None:
    import secrets
    import zipfile

    # Not mkstemp: the umask decides who may read a package, as for any other file.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as stream, zipfile.ZipFile(stream, "w") as archive:
            with _member(archive, "metadata.json") as out:
                out.write(b'{"conda_pkg_format_version": 2}')
            size = sum(file.source.stat().st_size for file in members if file.source is not None)
            with _tar(archive, f"pkg-{stem}.tar.zst", large=size > _ZIP64_FROM) as tar:
                entries = list(_add_files(tar, members))
            documents = info | {
                "files": "".join(f"{file.path}\n" for file in members).encode(),
                "paths.json": _json({"paths": entries, "paths_version": 1}),
            }
            with _tar(archive, f"info-{stem}.tar.zst") as tar:
                for name in sorted(documents):
                    tar.addfile(_header(f"info/{name}", len(documents[name])), io.BytesIO(documents[name]))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _member(archive: zipfile.ZipFile, name: str, *, large: bool = False) -> IO[bytes]:
    import zipfile

    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    return archive.open(entry, "w", force_zip64=large)


@contextmanager
def _tar(archive: zipfile.ZipFile, name: str, *, large: bool = False) -> Iterator[tarfile.TarFile]:
    """A tar archive inside the ZIP one, compressed on its way."""
    import os
    import tarfile

    zstd = _zstd()
    options = {
        zstd.CompressionParameter.compression_level: ZSTD_LEVEL,
        # One worker or many give the same bytes; none at all (0) gives others.
        zstd.CompressionParameter.nb_workers: min(os.cpu_count() or 1, 4),
    }
    with (
        _member(archive, name, large=large) as out,
        zstd.ZstdFile(out, "w", options=options) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar,
    ):
        yield tar


def _header(path: str, size: int, *, executable: bool = False) -> tarfile.TarInfo:
    import tarfile

    header = tarfile.TarInfo(path)
    header.size = size
    header.mode = 0o755 if executable else 0o644
    return header


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.sha256.update(block)
        return block


def _add_files(tar: tarfile.TarFile, members: list[PackageFile]) -> Iterator[dict[str, object]]:
    """Add the files; yield their entries of paths.json, in the same order."""
    import os
    import tarfile

    contents: dict[str, tuple[str, int]] = {}
    for file in members:
        if file.symlink is not None:
            header = _header(file.path, 0)
            header.type, header.linkname, header.mode = tarfile.SYMTYPE, file.symlink, 0o777
            tar.addfile(header)
            continue
        with io.BytesIO(file.data) if file.data is not None else _opened(file) as stream:
            size = len(file.data) if file.data is not None else os.fstat(stream.fileno()).st_size
            hashing = _Hashing(stream)
            tar.addfile(_header(file.path, size, executable=file.executable), hashing)
            contents[file.path] = (hashing.sha256.hexdigest(), size)
    links = {file.path: file.symlink for file in members if file.symlink is not None}
    for file in members:
        sha256, size = _content_of(file.path, contents, links)
        entry: dict[str, object] = {"_path": file.path, "sha256": sha256, "size_in_bytes": size}
        entry["path_type"] = "hardlink" if file.symlink is None else "softlink"
        if file.placeholder is not None:
            entry |= {"prefix_placeholder": file.placeholder, "file_mode": file.file_mode}
        yield entry


def _opened(file: PackageFile) -> IO[bytes]:
    assert file.source is not None  # noqa: S101  # _checked saw to it
    return file.source.open("rb")


def _content_of(path: str, contents: Mapping[str, tuple[str, int]], links: Mapping[str, str]) -> tuple[str, int]:
    """Hash and size of a file, or of what a link ends at; of nothing where that is not in the package.

    conda-build writes it so, and conda requires both values.
    """
    for _ in range(40):
        if path in contents:
            return contents[path]
        if path not in links:
            break
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), links[path]))
    return hashlib.sha256(b"").hexdigest(), 0
