"""What is in a wheel, and what uv makes of it: out of the whole file or of the parts of it that matter.

Of a remote wheel the list of members (the ZIP archive's end), RECORD, METADATA and scripts are fetched; hashes of the
other files are those of RECORD (PEP 376, PEP 427). A wheel whose RECORD is wrong is a broken one, and shows as a
difference once it is installed. Where its `.data` directories go is what uv's installer does; see the contract test.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from parity.core import canonical
from parity.core.contents import ArchiveContents, EntryPoint, ExpectedFile
from parity.core.rules import INSTALLER_NOTES, is_cached_bytecode, is_hash_based
from parity.errors import IntegrityError

if TYPE_CHECKING:
    from typing import IO

    from parity.core.contents import Scheme

_SCHEMES: dict[str, Scheme] = {
    "purelib": "site", "platlib": "site", "data": "prefix", "scripts": "scripts", "headers": "headers"
}  # fmt: skip
_LAUNCHER_ENDINGS = (".exe", "-script.py", ".pya")
"""What uv takes off the name of a script of a wheel, to see whether it is a launcher that it makes itself."""


def read(stream: IO[bytes], name: str) -> ArchiveContents:
    """What is in a wheel.

    Args:
        stream: of the wheel; it is read at few places only.
        name: of the file, for errors.

    Raises:
        IntegrityError: it is no wheel.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        raise IntegrityError(f"{name} is no complete wheel: {error}", hints=["fetch it again"]) from error


def _read(archive: zipfile.ZipFile) -> ArchiveContents:
    from parity.formats.wheel_metadata import parse_entry_points

    members = {one.filename: one for one in archive.infolist() if not one.is_dir()}
    dist_info = next(name.split("/")[0] for name in _sorted_metadata(members))
    record = _record(archive.read(f"{dist_info}/RECORD").decode())
    text = ""
    if f"{dist_info}/entry_points.txt" in members:
        text = archive.read(f"{dist_info}/entry_points.txt").decode("utf-8", "replace")
    points = tuple(_entry_point(line) for line in parse_entry_points(text))
    made = {point.command for point in points}
    notes = {f"{dist_info}/{note}" for note in INSTALLER_NOTES}
    data = dist_info.removesuffix(".dist-info") + ".data"
    files = []
    for name, member in members.items():
        scheme, path = _place(name, data)
        if name in notes or (scheme == "scripts" and _command(path) in made):
            continue
        executable = bool(member.external_attr >> 16 & 0o111) or scheme == "scripts"
        digest = _digest(archive, member, record.get(name, ""), scheme, path)
        files.append(ExpectedFile(scheme, path, "file", digest, executable))
    return ArchiveContents(tuple(files), points)


def _sorted_metadata(members: dict[str, zipfile.ZipInfo]) -> list[str]:
    found = sorted(name for name in members if name.count("/") == 1 and name.endswith(".dist-info/METADATA"))
    if not found:
        raise KeyError("it has no .dist-info/METADATA")
    return found


def _place(name: str, data: str) -> tuple[Scheme, str]:
    top, _, rest = name.partition("/")
    if top != data:
        return "site", name
    scheme, _, path = rest.partition("/")
    return _SCHEMES[scheme], path


def _command(path: str) -> str:
    return next((path.removesuffix(ending) for ending in _LAUNCHER_ENDINGS if path.endswith(ending)), path)


def _digest(archive: zipfile.ZipFile, member: zipfile.ZipInfo, recorded: str, scheme: Scheme, path: str) -> str:
    if is_cached_bytecode(f"{scheme}/{path}"):
        with archive.open(member) as stream:
            if not (path.endswith(".pyc") and is_hash_based(stream.read(16))):
                return ""
    elif scheme == "scripts" or (scheme == "prefix" and path.startswith(("bin/", "Scripts/"))):
        with archive.open(member) as stream:
            head = stream.read(2)
        if head == b"#!" or head[:1] in {b"\r", b"\n"}:
            content = archive.read(member)
            if scheme == "scripts" and content.startswith(b"#!python"):
                # The installer's interpreter takes the place of the whole line.
                _line, newline, rest = content.partition(b"\n")
                content = b"#!" + canonical.TOKEN + b"/bin/python" + newline + rest
            return hashlib.sha256(canonical.script(content, [canonical.TOKEN])).hexdigest()
    if recorded:
        return recorded
    digest = hashlib.sha256()
    with archive.open(member) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _record(text: str) -> dict[str, str]:
    """SHA-256 (hex) by path; lines with other hashes, or none, are left out."""
    found = {}
    for row in csv.reader(io.StringIO(text, newline="")):
        if len(row) > 1 and row[1].startswith("sha256="):
            value = row[1].removeprefix("sha256=")
            found[row[0]] = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
    return found


def _entry_point(text: str) -> EntryPoint:
    command, _, target = text.partition(" = ")
    module, _, function = target.partition(":")
    return EntryPoint(command, module, function)
