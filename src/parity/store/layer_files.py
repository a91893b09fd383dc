# ruff: noqa: PTH115  (tens of thousands of files)
"""Layers of images: tar archives whose bytes hang on names, modes and contents of files, and on nothing else."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zlib
from typing import TYPE_CHECKING, Any, Literal, Protocol

from parity.core.image import Member
from parity.errors import InputError
from parity.store import tars
from parity.store.files import translated
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

Compression = Literal["gzip", "zstd", "none"]

SUFFIXES: dict[Compression, str] = {"gzip": "+gzip", "zstd": "+zstd", "none": ""}
"""What each adds to a layer's media type."""

LEVELS: dict[Compression, int] = {"gzip": 6, "zstd": 9, "none": 0}

_ZLIB_SAMPLE = "2abeb3bf882173ab"
"""Start of the SHA-256 digest of a sample as zlib itself compresses it; faster copies of zlib give other bytes."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that was written.

    Attributes:
        diff_id: `sha256:HEX` of the archive.
        digest: `sha256:HEX` of the blob.
        size: bytes of the blob.
        unpacked: bytes of the archive.
    """

    diff_id: str
    digest: str
    size: int
    unpacked: int


def label(compression: Compression) -> str:
    """How a layer was compressed, in one word: blobs of the same archive under the same label are the same."""
    if compression == "zstd":
        return f"zstd-{LEVELS[compression]}-{tars.zstd().zstd_version}"
    return f"{compression}-{LEVELS[compression]}"


def write(entries: Iterable[Member], target: Path, *, compression: Compression, mtime: int) -> Layer:
    """Write a layer.

    Args:
        entries: its members, each path once, in any order; missing parent directories are added.
        target: file to write the blob to.
        compression: of the blob.
        mtime: time of all members, seconds since the epoch.

    Raises:
        StorageError: a file cannot be read, or the disk is full.
    """
    with translated(target), target.open("wb") as out:
        sink = _Sink(out, compression)
        tars.write(sink, _with_parents(entries), mtime=mtime, pax=True)
        return sink.layer()


def diff_id(entries: Iterable[Member], *, mtime: int) -> str:
    """The digest of a layer's archive, without compressing or writing it.

    Raises:
        StorageError: a file cannot be read.
    """
    sink = _Sink(None, "none")
    tars.write(sink, _with_parents(entries), mtime=mtime, pax=True)
    return sink.layer().diff_id


def recompress(source: BinaryIO, target: Path, *, compression: Compression) -> Layer:
    """Write an existing archive as a blob; a compressed one is unpacked first.

    Raises:
        StorageError: the disk is full.
        InputError: it is compressed in a way that is not known.
    """
    with translated(target), target.open("wb") as out:
        sink = _Sink(out, compression)
        for block in unpacked(source):
            sink.write(block)
        return sink.layer()


def unpacked(source: BinaryIO) -> Iterator[bytes]:
    """The bytes of an archive that may be compressed with gzip or zstd.

    Raises:
        InputError: by something else.
    """
    head = source.read(6)
    rest = _Joined(head, source)
    if head.startswith(b"\x1f\x8b"):
        import gzip

        stream: Any = gzip.GzipFile(fileobj=rest)
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        stream = tars.zstd().ZstdFile(rest)
    elif head.startswith((b"BZh", b"\xfd7zXZ")):
        raise InputError("a layer is compressed with bzip2 or xz, which images do not use")
    else:
        stream = rest
    while block := stream.read(tars.BLOCK):
        yield block


def is_reference_zlib() -> bool:
    """Whether this Python compresses as zlib does; with another library the digests of gzip layers differ."""
    words = (hashlib.sha256(bytes([number % 251])).hexdigest().encode() * (number % 7) for number in range(4000))
    sample = b"".join(words)
    made = zlib.compress(sample, LEVELS["gzip"])
    return hashlib.sha256(made).hexdigest().startswith(_ZLIB_SAMPLE)


def _with_parents(entries: Iterable[Member]) -> Iterator[Member]:
    found = {entry.path: entry for entry in entries}
    for path in list(found):
        parts = path.split("/")
        for end in range(1, len(parts)):
            parent = "/".join(parts[:end])
            if parent not in found:
                found[parent] = Member(parent, "directory", mode=0o755)
    for path in sorted(found, key=lambda path: path.encode("utf-8", "surrogateescape").split(b"/")):
        yield found[path]


def prefix_entries(prefix: Path, inside: str) -> Iterator[Member]:
    """Everything that stands in an environment, as members of an image.

    Modes are 0755 for directories and what its owner may execute, else 0644: nothing of a person's umask is left.
    Sockets and pipes are left out.

    Args:
        prefix: absolute path of the environment on disk.
        inside: its path in the image.

    Raises:
        StorageError: a directory cannot be read.
    """
    for path, status in walk(prefix):
        name = f"{inside.strip('/')}/{path}"
        full = f"{prefix}/{path}"
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(full)
            if target.startswith(f"{prefix}/"):
                target = inside.rstrip("/") + target.removeprefix(str(prefix))
            yield Member(name, "link", target=target)
        elif stat.S_ISDIR(status.st_mode):
            yield Member(name, "directory", mode=0o755)
        elif stat.S_ISREG(status.st_mode):
            mode = 0o755 if status.st_mode & 0o100 else 0o644
            yield Member(name, "file", full, mode=mode, size=status.st_size)


def rootfs_entries(directory: Path) -> Iterator[Member]:
    """A root file system in a directory, as members of an image; devices, sockets and pipes are left out.

    Permission bits stay, owners do not: all belongs to root.

    Raises:
        StorageError: a directory cannot be read.
    """
    for path, status in walk(directory, skip=("dev", "proc", "sys")):
        full = f"{directory}/{path}"
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISLNK(status.st_mode):
            yield Member(path, "link", target=os.readlink(full))
        elif stat.S_ISDIR(status.st_mode):
            yield Member(path, "directory", mode=mode)
        elif stat.S_ISREG(status.st_mode):
            yield Member(path, "file", full, mode=mode)


def walk(top: Path, skip: tuple[str, ...] = ()) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a directory, by relative path; what is in `skip` is there, but not what it holds."""
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with translated(top / inside, "read"), os.scandir(top / inside) as found:
            for entry in found:
                path = f"{inside}{entry.name}"
                status = entry.stat(follow_symlinks=False)
                yield path, status
                if stat.S_ISDIR(status.st_mode) and path not in skip:
                    waiting.append(f"{path}/")


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Gzip:
    """gzip without a name, a time and an operating system in its head, which zlib's own would have."""

    def __init__(self) -> None:
        self._raw = zlib.compressobj(LEVELS["gzip"], zlib.DEFLATED, -15, 8)
        self._checksum = self._size = 0
        self._head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

    def compress(self, data: bytes, /) -> bytes:
        self._checksum = zlib.crc32(data, self._checksum)
        self._size += len(data)
        head, self._head = self._head, b""
        return head + self._raw.compress(data)

    def flush(self) -> bytes:
        tail = self._checksum.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")
        return self._head + self._raw.flush() + tail


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def _compressor(compression: Compression) -> _Compressor:
    if compression == "gzip":
        return _Gzip()
    if compression == "zstd":
        found: _Compressor = tars.zstd().ZstdCompressor(level=LEVELS["zstd"])
        return found
    return _Plain()


class _Sink(io.RawIOBase):
    """Hashes and compresses what is written to it, in blocks of one size, whatever those that come."""

    def __init__(self, out: BinaryIO | None, compression: Compression) -> None:
        super().__init__()
        self._out = out
        self._compressor = _compressor(compression)
        self._plain, self._packed = hashlib.sha256(), hashlib.sha256()
        self._unpacked = self._size = 0
        self._waiting = bytearray()
        self._finished = False

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._waiting += data
        while len(self._waiting) >= tars.BLOCK:
            self._pass(bytes(self._waiting[: tars.BLOCK]))
            del self._waiting[: tars.BLOCK]
        return len(data)

    def finish(self) -> None:
        if not self._finished:
            self._finished = True
            self._pass(bytes(self._waiting))
            self._emit(self._compressor.flush())

    def layer(self) -> Layer:
        self.finish()
        plain, packed = self._plain.hexdigest(), self._packed.hexdigest()
        return Layer(f"sha256:{plain}", f"sha256:{packed}", self._size, self._unpacked)

    def _pass(self, block: bytes) -> None:
        self._plain.update(block)
        self._unpacked += len(block)
        self._emit(self._compressor.compress(block))

    def _emit(self, data: bytes) -> None:
        if self._out is None or not data:
            return
        self._packed.update(data)
        self._size += len(data)
        self._out.write(data)


class Blocks(io.RawIOBase):
    """Bytes that come in blocks, to be read as a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts = [self._waiting]
        have = len(self._waiting)
        while size < 0 or have < size:
            block = next(self._blocks, b"")
            if not block:
                break
            parts.append(block)
            have += len(block)
        whole = b"".join(parts)
        end = len(whole) if size < 0 else size
        self._waiting = whole[end:]
        return whole[:end]


class _Joined(io.RawIOBase):
    """What was read of a stream already, and the rest of it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        if size < 0:
            return head + self._rest.read()
        if len(head) > size:
            self._head = head[size:]
            return head[:size]
        return head + self._rest.read(size - len(head))
