"""Programs and libraries of Linux without what only debuggers read."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_LOAD, _NULL, _SYMBOLS, _STRINGS, _NOTHING = 1, 0, 2, 3, 8
_IN_MEMORY = 2
_DEBUG = (b".debug", b".zdebug", b".gdb_index")


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry: int


def without_symbols(data: bytes) -> bytes:
    """An executable or a shared library without its table of symbols and debug information, as `strip` makes it.

    What is loaded into memory stays byte for byte, and so do the numbers of sections: headers of those that go are
    marked as unused. Only 64-bit little-endian files are known (System V ABI, chapters 4 and 5).

    Args:
        data: the bytes of any file.

    Returns:
        The same bytes where the file is another kind, has nothing of that sort, or holds more than its headers tell.
    """
    if data[:7] != b"\x7fELF\2\1\1" or len(data) < _HEADER.size:
        return data
    try:
        return _stripped(data)
    except (struct.error, IndexError):
        return data


def _stripped(data: bytes) -> bytes:
    header = list(_HEADER.unpack_from(data))
    kind, at_segments, at_sections = header[1], header[5], header[6]
    segments = [list(_SEGMENT.unpack_from(data, at_segments + number * header[9])) for number in range(header[10])]
    sections = [
        _Section(*_SECTION.unpack_from(data, at_sections + number * header[11])) for number in range(header[12])
    ]
    going = _going(data, sections, header[13])
    ends = [one.offset + one.size for one in sections if one.kind not in {_NULL, _NOTHING}]
    end = max([at_sections + len(sections) * _SECTION.size, *ends, *(one[2] + one[5] for one in segments)])
    known = (header[9], header[11]) == (_SEGMENT.size, _SECTION.size)
    if kind not in {2, 3} or not known or not going or data[end:].strip(b"\0"):
        return data
    out = bytearray()
    moved: list[tuple[int, int, int]] = []
    for _, _, offset, _, _, size, _, align in sorted((one for one in segments if one[0] == _LOAD), key=lambda s: s[2]):
        if offset < len(out):
            return data  # two segments share bytes of the file
        page = max(align, 1)
        place = offset - (offset - len(out)) // page * page
        out += bytes(place - len(out))
        out += data[offset : offset + size]
        moved.append((offset, offset + size, place - offset))

    def new(offset: int, size: int) -> int:
        return next(offset + by for start, stop, by in moved if start <= offset and offset + size <= stop)

    try:
        header[5] = new(at_segments, len(segments) * _SEGMENT.size)
        for one in segments:
            one[2] = new(one[2], one[5]) if one[5] else one[2]
        placed = [_place(one, number in going, data, out, new) for number, one in enumerate(sections)]
    except StopIteration:
        return data  # something that is loaded stands outside of what is
    out += bytes(-len(out) % 8)
    header[6] = len(out)
    out += b"".join(_SECTION.pack(*one) for one in placed)
    for number, one in enumerate(segments):
        _SEGMENT.pack_into(out, header[5] + number * _SEGMENT.size, *one)
    _HEADER.pack_into(out, 0, *header)
    return bytes(out) if len(out) < len(data) else data


def _place(one: _Section, goes: bool, data: bytes, out: bytearray, new: Callable[[int, int], int]) -> _Section:
    if goes or one.kind == _NULL:
        return _Section(*([0] * 10)) if goes else one
    if one.kind == _NOTHING:
        return one._replace(offset=min(one.offset, len(out)))
    if one.flags & _IN_MEMORY:
        return one._replace(offset=new(one.offset, one.size))
    out += bytes(-len(out) % max(one.align, 1))
    place = len(out)
    out += data[one.offset : one.offset + one.size]
    return one._replace(offset=place)


def _going(data: bytes, sections: list[_Section], names: int) -> set[int]:
    """Numbers of the sections that go: symbols with their names, and debug information."""
    start = sections[names].offset
    found = set()
    for number, one in enumerate(sections):
        name = data[start + one.name : data.find(b"\0", start + one.name)]
        if one.flags & _IN_MEMORY:
            continue
        if one.kind == _SYMBOLS:
            found |= {number, one.link} if sections[one.link].kind == _STRINGS else {number}
        elif name.startswith(_DEBUG):
            found.add(number)
    return found - {names}
