"""Wheels read safely: every path stays inside, every file is what RECORD says.

A wheel (PEP 427) is a ZIP archive; its `RECORD` (PEP 376, hashes required) lists each file with its SHA-256 or
stronger. Contents are checked while they are extracted, so a wheel of any size is read once and never held in memory.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
import zlib
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING

from parity.errors import IntegrityError, StorageError
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_BLOCK = 1 << 20
_HASHES = ("sha256", "sha384", "sha512")
_SCHEMES = ("purelib", "platlib", "scripts", "data", "headers")
# signatures of RECORD, and what tells how pip, not the conda package, was installed
_LEFT_OUT = ("RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a wheel.

    Attributes:
        name: path inside the wheel.
        scheme: install scheme, `purelib` for what stands outside of the `.data` directory.
        path: path inside that scheme's directory.
        executable: whether the archive marks it so.
    """

    name: str
    scheme: str
    path: str
    executable: bool


class WheelReader:
    """An open wheel.

    Args:
        wheel: path of the file, named as PEP 427 says.

    Attributes:
        dist_info: name of its `.dist-info` directory.
        members: its files, sorted by name, without RECORD and notes of an installer.

    Raises:
        IntegrityError: it is no wheel, a path leaves it, or RECORD does not list what is there.
        StorageError: it cannot be read.
    """

    def __init__(self, wheel: Path) -> None:
        self.wheel = wheel
        try:
            self._zip = zipfile.ZipFile(wheel)
        except OSError as error:
            raise StorageError(f"cannot read {wheel}: {error}") from error
        except zipfile.BadZipFile as error:
            raise self._broken(f"it is no ZIP archive ({error})") from error
        try:
            self.dist_info = self._find_dist_info()
            self._record = self._read_record()
            self.members = self._list_members()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> WheelReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._zip.close()

    @cached_property
    def sha256(self) -> str:
        """Of the whole file, in hex."""
        with self.wheel.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @property
    def timestamp(self) -> int:
        """Date of the newest member, as if in UTC, in milliseconds; 0 where the wheel carries no dates."""
        from datetime import UTC, datetime

        newest = max((info.date_time for info in self._zip.infolist()), default=(1980, 1, 1, 0, 0, 0))
        try:
            moment = datetime(*newest, tzinfo=UTC)
        except ValueError:
            return 0
        return int(moment.timestamp()) * 1000 if moment.year > 1980 else 0

    def text(self, name: str) -> str:
        """A text of the dist-info directory, as `METADATA`; "" where it is missing."""
        full = f"{self.dist_info}/{name}"
        if full not in self._names:
            return ""
        return self._checked_bytes(full).decode("utf-8", "replace")

    def licenses(self) -> dict[str, bytes]:
        """Licence files, by `licenses/NAME`."""
        pattern = re.compile(r"(?:licenses?/.*|(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*)", re.IGNORECASE)
        found = {}
        for member in self.members:
            inside = member.name.removeprefix(f"{self.dist_info}/")
            if inside != member.name and pattern.fullmatch(inside):
                path = re.sub(r"^licenses?/", "", inside, flags=re.IGNORECASE)
                found[f"licenses/{path}"] = self._checked_bytes(member.name)
        return found

    def head(self, member: Member, size: int) -> bytes:
        """The first bytes of a member, not checked."""
        with self._open(member.name) as stream:
            return stream.read(size)

    def read(self, member: Member) -> bytes:
        """A whole member, checked."""
        return self._checked_bytes(member.name)

    def extract(self, member: Member, to: Path) -> tuple[str, int]:
        """Write a member to a file, checked on the way.

        Returns:
            SHA-256 as RECORD writes it, and size in bytes.
        """
        try:
            with to.open("xb") as out:
                return self._copy(member.name, out)
        except OSError as error:
            raise StorageError(f"cannot unpack {self.wheel.name}: {error}") from error

    def _copy(self, name: str, out: IO[bytes]) -> tuple[str, int]:
        algorithm, expected = self._record[name]
        checked, ours = hashlib.new(algorithm), hashlib.sha256()
        size = 0
        with self._open(name) as stream:
            while block := stream.read(_BLOCK):
                checked.update(block)
                if algorithm != "sha256":
                    ours.update(block)
                size += len(block)
                out.write(block)
        if encode_hash(checked.digest()) != expected:
            raise self._broken(f"the content of {name} is not what RECORD says")
        return encode_hash((checked if algorithm == "sha256" else ours).digest()), size

    def _checked_bytes(self, name: str) -> bytes:
        out = io.BytesIO()
        self._copy(name, out)
        return out.getvalue()

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name) as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._broken(f"{name} cannot be unpacked ({error})") from error

    @cached_property
    def _names(self) -> frozenset[str]:
        names = [info.filename for info in self._zip.infolist() if not info.is_dir()]
        for name in names:
            parts = name.split("/")
            if "\\" in name or ":" in parts[0] or any(part in {"", ".", ".."} for part in parts):
                raise self._broken(f"the path {name!r} does not stay inside")
        if len(set(names)) != len(names):
            raise self._broken("a path is there twice")
        return frozenset(names)

    def _find_dist_info(self) -> str:
        found = sorted({name.split("/")[0] for name in self._names if name.split("/")[0].endswith(".dist-info")})
        project, version = ([*self.wheel.name.split("-"), ""])[:2]
        named = [one for one in found if _same_dist(one, project, version)]
        if len(named) != 1:
            raise self._broken(f"it has no .dist-info directory of {project} {version}")
        return named[0]

    def _read_record(self) -> dict[str, tuple[str, str]]:
        name = f"{self.dist_info}/RECORD"
        if name not in self._names:
            raise self._broken("it has no RECORD")
        with self._open(name) as stream:
            rows = list(csv.reader(io.TextIOWrapper(stream, "utf-8", newline="")))
        record = {}
        for row in rows:
            if len(row) != 3:
                raise self._broken("RECORD has lines without three values")
            algorithm, _, value = row[1].partition("=")
            if algorithm in _HASHES and value:
                record[row[0]] = (algorithm, value)
        unsigned = {f"{self.dist_info}/{left_out}" for left_out in _LEFT_OUT[:3]}
        missing = sorted(self._names - record.keys() - unsigned)
        if missing:
            raise self._broken(f"RECORD has no hash of {missing[0]}")
        absent = sorted(record.keys() - self._names)
        if absent:
            raise self._broken(f"{absent[0]} is missing, and RECORD lists it")
        return record

    def _list_members(self) -> tuple[Member, ...]:
        data = self.dist_info.removesuffix(".dist-info") + ".data"
        left_out = {f"{self.dist_info}/{name}" for name in _LEFT_OUT}
        members = []
        for info in self._zip.infolist():
            if info.is_dir() or info.filename in left_out:
                continue
            top, _, rest = info.filename.partition("/")
            scheme, path = ("purelib", info.filename)
            if top == data:
                scheme, _, path = rest.partition("/")
                if scheme not in _SCHEMES or not path:
                    raise self._broken(f"{info.filename} belongs to no install scheme")
            members.append(Member(info.filename, scheme, path, bool(info.external_attr >> 16 & 0o111)))
        return tuple(sorted(members, key=lambda member: member.name))

    def _broken(self, why: str) -> IntegrityError:
        return IntegrityError(
            f"{self.wheel.name} is not a complete wheel: {why}", hints=["remove the file and download it again"]
        )


def encode_hash(digest: bytes) -> str:
    """A digest as RECORD writes it: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _same_dist(directory: str, project: str, version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    from parity.core.names import normalise

    name, _, written = directory.removesuffix(".dist-info").rpartition("-")
    if normalise(name) != normalise(project):
        return False
    try:
        return Version(written) == Version(version)
    except InvalidVersion:
        return written == version
