from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from parity.core.elf import without_symbols

PAGE = 0x1000


def program(*, tail: bytes = b"", late: bool = False) -> bytes:
    """A library with one loaded part, a table of symbols and debug information; and another loaded part after these."""
    names = b"\0.text\0.symtab\0.strtab\0.debug_info\0.shstrtab\0.dynstr\0"
    text, symbols, strings, debug = b"T" * 0x200, b"S" * 0x30, b"\0name\0", b"D" * 0x3000
    place = {"text": 0x200}
    out = bytearray(0x200) + text
    for key, data in (("symtab", symbols), ("strtab", strings), ("debug_info", debug), ("shstrtab", names)):
        out += bytes(-len(out) % 8)
        place[key] = len(out)
        out += data
    segments = [(1, 5, 0, 0, 0, 0x400, 0x400, PAGE)]
    sections = [
        (0,) * 10,
        (names.index(b".text"), 1, 6, 0x200, place["text"], len(text), 0, 0, 16, 0),
        (names.index(b".symtab"), 2, 0, 0, place["symtab"], len(symbols), 3, 0, 8, 24),
        (names.index(b".strtab"), 3, 0, 0, place["strtab"], len(strings), 0, 0, 1, 0),
        (names.index(b".debug_info"), 1, 0, 0, place["debug_info"], len(debug), 0, 0, 1, 0),
        (names.index(b".shstrtab"), 3, 0, 0, place["shstrtab"], len(names), 0, 0, 1, 0),
    ]
    if late:  # as patchelf appends it
        out += bytes(-len(out) % PAGE)
        segments.append((1, 6, len(out), 0x5000, 0x5000, 0x80, 0x80, PAGE))
        sections.append((names.index(b".dynstr"), 3, 2, 0x5000, len(out), 0x80, 0, 0, 1, 0))
        out += b"L" * 0x80
    at = len(out)
    out += b"".join(struct.pack("<IIQQQQIIQQ", *one) for one in sections)
    struct.pack_into("<16sHHIQQQIHHHHHH", out, 0, b"\x7fELF\2\1\1", 3, 62, 1, 0, 64, at, 0, 64, 56, len(segments), 64,
                     len(sections), 5)  # fmt: skip
    for number, one in enumerate(segments):
        struct.pack_into("<IIQQQQQQ", out, 64 + 56 * number, *one)
    return bytes(out) + tail


def loaded(data: bytes) -> list[tuple[int, bytes]]:
    """Address and content of every part that is loaded, without the headers in the first one."""
    (at,) = struct.unpack_from("<Q", data, 32)
    found = []
    for number in range(struct.unpack_from("<H", data, 56)[0]):
        kind, _, offset, address, _, size, _, align = struct.unpack_from("<IIQQQQQQ", data, at + 56 * number)
        assert offset % align == address % align
        if kind == 1:
            found.append((address, data[max(offset, 0x200) : offset + size]))
    return found


@pytest.mark.parametrize("late", [False, True])
def test_what_is_loaded_stays(late: bool) -> None:
    data = program(late=late)
    stripped = without_symbols(data)
    assert len(stripped) < len(data) - 0x2000
    assert loaded(stripped) == loaded(data)
    assert b"DDDD" not in stripped
    assert b"SSSS" not in stripped
    assert without_symbols(stripped) == stripped


def test_other_files_are_let_be() -> None:
    whole = program()
    for data in (b"", b"#!/bin/sh\n", whole[:100], whole[:-64], program(tail=b"an archive for its program"),
                 whole[:4] + b"\1" + whole[5:]):  # fmt: skip
        assert without_symbols(data) is data


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a program of Linux")
def test_the_running_python_stays_one() -> None:
    data = Path(sys.executable).read_bytes()
    assert loaded(without_symbols(data)) == loaded(data)
