"""Where the records of each package name stand in a `repodata.json`, found once and kept in a file.

The names are those of the file names (`NAME-VERSION-BUILD.conda`), as rattler takes them. A file with anything in it
whose meaning depends on more than the records of one name is not dealt with here: everything that is known to be
harmless is listed, and the rest is left to rattler.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FORMAT = 2
_HARMLESS_INFO = {"subdir", "base_url", "arch", "platform", "default_python_version", "default_numpy_version"}
_COLON = regex(rb"\s*:\s*")

Span = tuple[int, int]
"""First byte, and the one behind the last."""
Spans = tuple[list[Span], list[Span]]
"""In `packages` and in `packages.conda`."""
Stamp = tuple[int, int, int, int]
"""By which a file is known again: format of the index, time of change (ns), bytes, inode."""


class UnusualError(Exception):
    """A file that is to be read as a whole."""


class Places(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """What there is to know of one `repodata.json`.

    Attributes:
        stamp: of the file.
        info: its `info`, as it stands there.
        names: name -> `Spans` of its records, decoded when asked for; None for an unusual file.
        removed: name -> file names in `removed`: records of these do not count (rattler drops them).
    """

    stamp: Stamp
    info: bytes = b"{}"
    names: dict[str, msgspec.Raw] | None = None
    removed: dict[str, list[str]] = {}

    def spans(self, name: str) -> Spans:
        """Where the records of a name stand."""
        return msgspec.msgpack.decode(self.names[name], type=Spans) if self.names and name in self.names else ([], [])

    def read(self, file: Path, name: str) -> bytes:
        """A `repodata.json` with the records of one name only.

        Raises:
            OSError: the file cannot be read, or is no longer the one that was looked at.
        """
        packages, conda = self.spans(name)
        with file.open("rb") as source:
            if stamp_of(os.fstat(source.fileno())) != self.stamp:
                raise OSError(f"{file} has changed")

            def records(part: list[Span]) -> Iterator[bytes]:
                for start, end in part:
                    source.seek(start)
                    yield source.read(end - start)

            return b'{"info":%s,"packages":{%s},"packages.conda":{%s},"removed":%s}' % (
                self.info,
                b",".join(records(packages)),
                b",".join(records(conda)),
                msgspec.json.encode(self.removed.get(name, [])),
            )


def stamp_of(status: os.stat_result) -> Stamp:
    return _FORMAT, status.st_mtime_ns, status.st_size, status.st_ino


def known_or_found(file: Path, stamp: Stamp, kept_in: Path) -> Places:
    """The places in a file, from what is kept in a directory, else from a look at the file; then they are kept.

    Processes do not wait for each other: each writes the same.

    Raises:
        OSError: the file cannot be read, has changed meanwhile, or nothing can be kept.
    """
    kept = kept_in / f"{hashlib.sha256(os.fsencode(file)).hexdigest()[:32]}.msgpack"
    try:
        places = msgspec.msgpack.decode(kept.read_bytes(), type=Places)
        if places.stamp == stamp:
            return places
    except (OSError, msgspec.MsgspecError):
        pass
    kept_in.mkdir(parents=True, exist_ok=True)
    temporary = kept_in / f".parity-tmp-{os.urandom(4).hex()}"
    try:
        # Opened before the look: where nothing can be kept, each command would look again.
        with temporary.open("xb") as target:
            try:
                places = find(file, stamp)
            except (UnusualError, ValueError, msgspec.MsgspecError):
                places = Places(stamp)
            target.write(msgspec.msgpack.encode(places))
        temporary.replace(kept)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return places


def find(file: Path, stamp: Stamp) -> Places:
    """Look through a file. Costs about as much time as rattler's reading, and no more memory.

    Raises:
        UnusualError, ValueError, msgspec.MsgspecError: it is not a usual `repodata.json`.
        OSError: it cannot be read, or has changed.
    """
    with file.open("rb") as source:
        # Not closed by hand: an error that is on its way holds pieces of it.
        places = _find(mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ), stamp)
        # Looked at behind the reading: a file that had changed before is another one, too.
        if stamp_of(os.fstat(source.fileno())) != stamp:
            raise OSError(f"{file} has changed")
    return places


class _Repodata(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    info: msgspec.Raw = msgspec.Raw(b"{}")
    packages: dict[str, msgspec.Raw] = {}
    conda: dict[str, msgspec.Raw] = msgspec.field(name="packages.conda", default_factory=dict)
    removed: list[str] = []
    version: msgspec.Raw = msgspec.field(name="repodata_version", default=msgspec.Raw(b"1"))
    signatures: msgspec.Raw = msgspec.Raw(b"{}")


def _find(text: mmap.mmap, stamp: Stamp) -> Places:
    repodata = msgspec.json.decode(text, type=_Repodata)
    if not msgspec.json.decode(repodata.info, type=dict[str, object]).keys() <= _HARMLESS_INFO:
        raise UnusualError
    names: dict[str, Spans] = {}
    for part, records in enumerate((repodata.packages, repodata.conda)):
        for name, span in _spans(text, records):
            names.setdefault(name, ([], []))[part].append(span)
    removed: dict[str, list[str]] = {}
    for file_name in repodata.removed:
        removed.setdefault(_name(file_name), []).append(file_name)
    encoded = {name: msgspec.Raw(msgspec.msgpack.encode(spans)) for name, spans in names.items()}
    return Places(stamp, bytes(repodata.info), encoded, removed)


def _spans(text: mmap.mmap, records: dict[str, msgspec.Raw]) -> Iterator[tuple[str, Span]]:
    """Names and the spans of neighbours of one name: nearly always all that there are, since indexes are sorted."""
    end = 0
    for name, neighbours in groupby(records, _name):
        first, *others = neighbours
        start, end = _place(text, first, records[first], end)
        if others:
            _, end = _place(text, others[-1], records[others[-1]], end)
        yield name, (start, end)


def _place(text: mmap.mmap, key: str, value: msgspec.Raw, after: int) -> Span:
    """Where a key and its value stand: the same text elsewhere is not followed by the same value."""
    wanted, content = msgspec.json.encode(key), bytes(value)
    while (start := text.find(wanted, after)) >= 0:
        colon = _COLON.match(text, start + len(wanted))
        if colon and text[colon.end() : colon.end() + len(content)] == content:
            return start, colon.end() + len(content)
        after = start + 1
    raise UnusualError


def _name(file_name: str) -> str:
    return file_name[: file_name.rindex("-", 0, file_name.rindex("-"))]
