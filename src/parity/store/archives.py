"""Archives: written so that the same content gives the same bytes, read so that nothing leaves the target.

Written are tar (zstd or gzip), zip, and file system images (squashfs, erofs) by their own programs. Entries are sorted,
belong to 0:0, have one time, and permissions 755 or 644; compressors and levels are fixed.
"""

from __future__ import annotations

import io
import os
import stat
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from parity.errors import InputError, IntegrityError, NotFoundError
from parity.store import tars
from parity.store.files import delete_tree, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parity.core.image import Member
    from parity.core.pack import PackedFile

    Run = Callable[[Sequence[str]], None]

SUFFIXES = {".tar.zst": "tar.zst", ".tzst": "tar.zst", ".tar.gz": "tar.gz", ".tgz": "tar.gz", ".zip": "zip",
            ".squashfs": "squashfs", ".sqsh": "squashfs", ".sqfs": "squashfs", ".erofs": "erofs"}  # fmt: skip
IMAGES = {"squashfs", "erofs"}

_ZSTD_LEVEL, _GZIP_LEVEL, _ZIP_LEVEL = 12, 6, 6
_EPOCH_ZIP = 315532800
"""1980-01-01: the first moment that a ZIP archive can tell."""


def kind_of(path: Path) -> str:
    """Which kind of archive a file name means.

    Raises:
        InputError: it means none.
    """
    for suffix, kind in SUFFIXES.items():
        if path.name.lower().endswith(suffix):
            return kind
    raise InputError(
        f"{path.name} ends with no kind of archive that is known",
        hints=["name it .tar.zst, .tar.gz, .zip, .squashfs or .erofs"],
    )


def detect(path: Path) -> str:
    """Which kind of archive a file is, by its first bytes; "" for none.

    Raises:
        NotFoundError: there is no such file.
        StorageError: it cannot be read.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    with translated(path, "read"), path.open("rb") as file:
        head = file.read(1028)
    for magic, kind in ((b"\x28\xb5\x2f\xfd", "tar.zst"), (b"\x1f\x8b", "tar.gz"), (b"PK\x03\x04", "zip"),
                        (b"hsqs", "squashfs")):  # fmt: skip
        if head.startswith(magic):
            return kind
    return "erofs" if head[1024:] == b"\xe2\xe1\xf5\xe0" else ""


# -- writing ---------------------------------------------------------------------------------------------------------


def write(
    archive: Path, kind: str, top: Path, files: Sequence[PackedFile], *, moment: int, run: Run | None = None
) -> None:
    """Write an archive, whole or not at all.

    Args:
        archive: the file; one that stands there is replaced.
        kind: one of the values of `SUFFIXES`.
        top: directory with the files that have no content of their own.
        files: sorted by path.
        moment: time of every entry, seconds since the epoch.
        run: runs the program that makes an image.

    Raises:
        StorageError: it cannot be written, or a file cannot be read.
        NotFoundError: the program for an image is not installed.
    """
    part = archive.with_name(f".{archive.name}.parity-tmp-{os.getpid()}")
    with translated(archive):
        archive.parent.mkdir(parents=True, exist_ok=True)
        try:
            if kind == "zip":
                _write_zip(part, top, files, moment)
            elif kind in IMAGES:
                _write_image(part, kind, top, files, moment, run or _no_program)
            else:
                with _compressed(part, kind) as stream:
                    tars.write(stream, _members(top, files), mtime=moment, pax=False)
            part.replace(archive)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _no_program(_: Sequence[str]) -> None:
    raise NotFoundError("nothing is here that makes file system images")


def _directories(files: Iterable[PackedFile]) -> list[str]:
    found = {parent.as_posix() for one in files for parent in Path(one.path).parents}
    return sorted(found - {"."})


def _content(top: Path, one: PackedFile) -> tuple[IO[bytes], int]:
    if one.content is not None:
        return io.BytesIO(one.content), len(one.content)
    file = (top / one.path).open("rb")
    return file, os.fstat(file.fileno()).st_size


@contextmanager
def _compressed(path: Path, kind: str) -> Iterator[IO[bytes]]:
    with path.open("xb") as file:
        if kind == "tar.gz":
            import gzip

            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as stream:
                yield stream  # type: ignore[misc]
            return
        zstd = tars.zstd()
        options = {
            zstd.CompressionParameter.compression_level: _ZSTD_LEVEL,
            zstd.CompressionParameter.checksum_flag: 1,
            # One worker and sixteen give the same bytes; none gives others.
            zstd.CompressionParameter.nb_workers: max(1, min(os.cpu_count() or 1, 16)),
        }
        with zstd.ZstdFile(file, "wb", options=options) as stream:
            yield stream


def _members(top: Path, files: Sequence[PackedFile]) -> list[Member]:
    from parity.core.image import Member

    found = [Member(path, "directory", mode=0o755) for path in _directories(files)]
    for one in files:
        mode = 0o755 if one.executable else 0o644
        if one.target:
            found.append(Member(one.path, "link", target=one.target))
        elif one.content is None:
            found.append(Member(one.path, "file", str(top / one.path), mode=mode))
        else:
            found.append(Member(one.path, "file", data=one.content, mode=mode))
    return sorted(found, key=lambda each: each.path)


def _write_zip(path: Path, top: Path, files: Sequence[PackedFile], moment: int) -> None:
    import shutil
    import time
    import zipfile

    date = time.gmtime(max(moment, _EPOCH_ZIP))[:6]
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=_ZIP_LEVEL) as archive:
        for one in files:
            info = zipfile.ZipInfo(one.path, date)
            info.create_system = 3  # Unix, whose permissions stand in the upper half
            info.compress_type = zipfile.ZIP_DEFLATED
            if one.target:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, one.target)
                continue
            info.external_attr = (stat.S_IFREG | (0o755 if one.executable else 0o644)) << 16
            content, info.file_size = _content(top, one)
            with content, archive.open(info, "w") as target:
                shutil.copyfileobj(content, target, tars.BLOCK)


def _write_image(path: Path, kind: str, top: Path, files: Sequence[PackedFile], moment: int, run: Run) -> None:
    stage = path.with_name(path.name + ".tree")
    try:
        stage.mkdir(mode=0o755)
        _lay_out(stage, top, files, moment)
        if kind == "squashfs":
            run(("mksquashfs", str(stage), str(path), "-noappend", "-no-progress", "-quiet", "-all-root", "-no-xattrs",
                 "-comp", "zstd", "-Xcompression-level", "15", "-mkfs-time", str(moment), "-all-time", str(moment),
                 "-reproducible"))  # fmt: skip
        else:
            # The identifier of a file system is random otherwise.
            run(("mkfs.erofs", "-zlz4hc,9", f"-T{moment}", "-U00000000-0000-0000-0000-000000000000",
                 "--all-root", "-x-1", "--quiet", str(path), str(stage)))  # fmt: skip
    finally:
        if stage.is_dir():
            delete_tree(stage)


def _lay_out(stage: Path, top: Path, files: Sequence[PackedFile], moment: int) -> None:
    import shutil

    for name in _directories(files):
        (stage / name).mkdir()
    for one in files:
        target = stage / one.path
        if one.target:
            target.symlink_to(one.target)
            continue
        if one.content is not None:
            target.write_bytes(one.content)
        else:
            shutil.copyfile(top / one.path, target)
        target.chmod(0o755 if one.executable else 0o644)
        os.utime(target, (moment, moment))
    for name in ("", *_directories(files)):
        (stage / name).chmod(0o755)
        os.utime(stage / name, (moment, moment))


# -- reading ---------------------------------------------------------------------------------------------------------


def extract(archive: Path, target: Path, *, run: Run | None = None) -> None:
    """Unpack an archive of files, directories and symbolic links into an empty directory.

    Nothing is ever written outside of it, whatever the archive says: names that lead out, other kinds of entries and
    names that stand twice are refused, and links are made when all files are there.

    Args:
        archive: as its first bytes tell, whatever its name.
        target: an empty directory.
        run: runs the program that reads an image.

    Raises:
        IntegrityError: it is cut off or damaged, or holds what it should not.
        InputError: it is no archive that is known.
        StorageError: the target cannot be written.
    """
    kind = detect(archive)
    if not kind:
        raise InputError(f"{archive.name} is no archive that is known", hints=["was it downloaded whole?"])
    with translated(target), damaged(archive):
        if kind == "zip":
            _extract_zip(archive, _Target(target, archive.name))
        elif kind in IMAGES:
            _extract_image(archive, kind, target, run or _no_program)
        else:
            _extract_tar(archive, kind, _Target(target, archive.name))


@contextmanager
def damaged(archive: Path) -> Iterator[None]:
    """Turn what decompressors say of damaged data into an IntegrityError that names the archive."""
    import tarfile
    import zipfile

    broken: tuple[type[Exception], ...] = (
        EOFError,
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        tars.zstd().ZstdError,
    )
    try:
        yield
    except broken as error:
        raise IntegrityError(
            f"{archive.name} is cut off or damaged: {error}", hints=["fetch or make it again, and compare its size"]
        ) from error
    except OSError as error:
        import gzip

        if isinstance(error, gzip.BadGzipFile):
            raise IntegrityError(f"{archive.name} is damaged: {error}", hints=["fetch or make it again"]) from error
        raise


class _Target:
    """A directory that is filled from an archive, and from nothing but names inside of it."""

    def __init__(self, top: Path, name: str) -> None:
        self._top = top
        self._name = name
        self._seen: set[str] = set()
        self._links: dict[str, str] = {}
        self._made: set[str] = {""}

    def directory(self, name: str) -> None:
        parts = self._parts(name)
        if parts:
            self._parents("/".join((*parts, "")))

    def file(self, name: str, content: IO[bytes], mode: int) -> None:
        import shutil

        path = self._new(name)
        with (self._top / path).open("xb") as file:
            shutil.copyfileobj(content, file, tars.BLOCK)
        (self._top / path).chmod(0o755 if mode & 0o100 else 0o644)

    def link(self, name: str, target: str) -> None:
        path = self._new(name)
        depth = path.count("/")
        for part in target.split("/") if not target.startswith("/") else ():
            depth += -1 if part == ".." else 0 if part in {"", "."} else 1
            if depth < 0:
                raise self.refuse(name, f"is a link to {target}, outside of it")
        self._links[path] = target

    def finish(self) -> None:
        """Make the links: until now there was none that a file could have been written through."""
        for path, target in self._links.items():
            (self._top / path).symlink_to(target)

    def refuse(self, name: str, why: str) -> IntegrityError:
        return IntegrityError(
            f"{self._name} is refused, nothing of it is used: {name!r} {why}",
            hints=["no program of Parity's writes such archives: ask where it comes from"],
        )

    def _parts(self, name: str) -> list[str]:
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if name.startswith("/") or ".." in parts or "\0" in name or (os.name == "nt" and ("\\" in name or ":" in name)):
            raise self.refuse(name, "leads out of it")
        return parts

    def _new(self, name: str) -> str:
        path = "/".join(self._parts(name))
        if not path or path in self._seen or path in self._made:
            raise self.refuse(name, "stands there twice")
        self._seen.add(path)
        self._parents(path)
        return path

    def _parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent in self._made:
            return
        self._parents(parent)
        if parent in self._seen:
            raise self.refuse(parent, "is a file and a directory")
        (self._top / parent).mkdir()
        self._made.add(parent)


def _extract_tar(archive: Path, kind: str, target: _Target) -> None:
    with open_tar(archive, kind) as tar:
        for member in tar:
            if member.isdir():
                target.directory(member.name)
            elif member.issym():
                target.link(member.name, member.linkname)
            elif member.isreg():
                content = tar.extractfile(member)
                assert content is not None  # noqa: S101 - it is a regular file
                with content:
                    target.file(member.name, content, member.mode)
            else:
                raise target.refuse(member.name, "is neither a file nor a directory nor a symbolic link")
    target.finish()


@contextmanager
def open_tar(archive: Path, kind: str) -> Iterator[Any]:
    """A compressed tar archive, to be read from its beginning to its end; the end is looked at, too."""
    import gzip
    import tarfile

    with archive.open("rb") as file:
        unpacked: Any = gzip.GzipFile(fileobj=file) if kind == "tar.gz" else tars.zstd().ZstdFile(file)
        with unpacked:
            with tarfile.open(fileobj=unpacked, mode="r|", encoding="utf-8", bufsize=tars.BLOCK) as tar:
                yield tar
            while unpacked.read(tars.BLOCK):
                pass


def _extract_zip(archive: Path, target: _Target) -> None:
    import zipfile

    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            mode = info.external_attr >> 16
            if info.is_dir():
                target.directory(info.filename)
            elif stat.S_ISLNK(mode):
                target.link(info.filename, opened.read(info).decode("utf-8", "surrogateescape"))
            elif stat.S_IFMT(mode) in {0, stat.S_IFREG}:
                with opened.open(info) as content:
                    target.file(info.filename, content, mode)
            else:
                raise target.refuse(info.filename, "is neither a file nor a directory nor a symbolic link")
    target.finish()


def _extract_image(archive: Path, kind: str, target: Path, run: Run) -> None:
    # These programs write below their target only; what they made is a file system's tree and cannot name its parents.
    refuse_cut(archive, kind)
    if kind == "squashfs":
        run(("unsquashfs", "-no-progress", "-quiet", "-no-xattrs", "-force", "-dest", str(target), str(archive)))
    else:
        run(("fsck.erofs", f"--extract={target}", "--overwrite", "--no-preserve", str(archive)))


def refuse_cut(image: Path, kind: str) -> None:
    """Compare the size of an image with what its superblock tells, as the programs that read it say little of that.

    Raises:
        IntegrityError: it is smaller.
    """
    with translated(image, "read"), image.open("rb") as file:
        head = file.read(2048)
    if kind == "squashfs":
        size = int.from_bytes(head[40:48], "little")
    else:
        size = int.from_bytes(head[1060:1064], "little") << head[1036]
    if image.stat().st_size < size:
        raise IntegrityError(f"{image.name} is cut off: it should have {size} bytes",
                             hints=["fetch or make it again, and compare its size"])  # fmt: skip
