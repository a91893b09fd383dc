from __future__ import annotations

import hashlib

import pytest

from parity.core import canonical
from parity.core.canonical import TOKEN

PREFIX = b"/home/ada/envs/work"
HOLDER = b"/opt/placehold_placehold_placehold_placehold"


LONG = b"/home/ada/" + b"deep/" * 20 + b"work"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def undo(data: bytes, mode: str, original: bytes | None = None, prefix: bytes = PREFIX) -> str:
    expected = sha(original) if original is not None else ""
    return canonical.digest(data, [prefix], HOLDER, "binary" if mode == "binary" else "text", expected)


@pytest.mark.parametrize(
    ("installed", "original"),
    [
        (b"home = '%s/share'\n" % PREFIX, b"home = '%s/share'\n" % HOLDER),
        (b"no prefix at all\n", b"no prefix at all\n"),
        (b"#!%s/bin/perl -w\nuse %s;\n" % (PREFIX, PREFIX), b"#!%s/bin/perl -w\nuse %s;\n" % (HOLDER, HOLDER)),
    ],
    ids=["text", "untouched", "shebang"],
)
def test_text_is_undone_without_knowing_the_original(installed: bytes, original: bytes) -> None:
    assert undo(installed, "text") == sha(original)


@pytest.mark.parametrize("prefix", [LONG, b"/home/ada/my work"], ids=["long", "blank"])
def test_a_python_that_is_started_through_the_shell_gets_its_first_line_back(prefix: bytes) -> None:
    installed = b"#!/bin/sh\n'''exec' \"%s/bin/python3.11\" -E \"$0\" \"$@\" #'''\nimport sys\n"
    original = b"#!%s/bin/python3.11 -E\nimport sys\n" % HOLDER
    assert undo(installed % prefix, "text", prefix=prefix) == sha(original)


def test_nobody_had_a_reason_to_start_it_through_the_shell_from_a_short_path() -> None:
    original = b"#!%s/bin/perl\n" % HOLDER
    assert undo(b"#!/usr/bin/env perl\n", "text", original) != sha(original)


@pytest.mark.parametrize(
    ("installed", "original"),
    [
        (b"#!/usr/bin/env perl -w\n# %s\n" % LONG, b"#!%s/bin/perl -w\n# %s\n" % (HOLDER, HOLDER)),
        (b"#!/usr/bin/env tool\n", b"#! %s/libexec/tool\n" % HOLDER),
        (
            b"#!/bin/sh\n'''exec' \"%s/bin/python\" \"$0\" \"$@\" #'''\nx\n" % LONG,
            b"#! %s/bin/python\nx\n" % HOLDER,
        ),
        (b"%s here, %s there\n" % (LONG, LONG), b"%s here, %s there\n" % (LONG, HOLDER)),
    ],
    ids=["env", "env-elsewhere", "blank-in-the-shebang", "the-package-holds-the-prefix-too"],
)
def test_what_installing_lost_is_found_again_by_the_hash_of_the_original(installed: bytes, original: bytes) -> None:
    assert undo(installed, "text", original, LONG) == sha(original)
    assert undo(installed + b"changed", "text", original, LONG) != sha(original)


def test_a_program_found_through_env_from_the_beginning_stays_one() -> None:
    script = b"#!/usr/bin/env perl\n# %s\n"
    assert undo(script % PREFIX, "text", script % HOLDER) == sha(script % HOLDER)


def test_strings_of_a_binary_get_their_length_back() -> None:
    longer = len(HOLDER) - len(PREFIX)
    one = b"\x7fELF\0%s/lib\0next"
    installed = b"\x7fELF\0%s/lib" % PREFIX + b"\0" * longer + b"\0next"
    assert undo(installed, "binary") == sha(one % HOLDER)
    two = b"a%s:%s/x" % (PREFIX, PREFIX) + b"\0" * (2 * longer) + b"\0\0end"
    assert undo(two, "binary") == sha(b"a%s:%s/x\0\0end" % (HOLDER, HOLDER))


def test_a_string_without_the_room_that_replacing_makes_was_never_replaced() -> None:
    data = b"%s\0x" % PREFIX
    assert undo(data, "binary") == sha(data)


def test_one_of_several_strings_of_a_binary_may_be_the_package_s_own() -> None:
    padding = b"\0" * (len(HOLDER) - len(PREFIX))
    original = b"%s\0%s|%s\0" % (HOLDER, padding, PREFIX) + padding
    installed = b"%s%s\0%s|%s\0" % (PREFIX, padding, padding, PREFIX) + padding
    assert undo(installed, "binary", original) == sha(original)


def test_a_prefix_that_was_written_with_links_resolved_is_seen() -> None:
    text = b"at %s\n" % HOLDER
    assert canonical.digest(b"at /real/place\n", [b"/linked", b"/real/place"], HOLDER, "text") == sha(text)


UV = b"""# -*- coding: utf-8 -*-
import sys
from tool.cli import App
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(App.main())
"""
PIP = b"""import sys
from tool.cli import App
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(App.main())
"""
RATTLER = b"""# -*- coding: utf-8 -*-
import re
import sys

from tool.cli import App

if __name__ == '__main__':
\tsys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])
\tsys.exit(App.main())
"""
HEADS = [
    b"#!%s/bin/python\n" % PREFIX,
    b"#!%s/bin/python3.11\n" % PREFIX,
    b"#!/bin/sh\n'''exec' '%s/bin/python' \"$0\" \"$@\"\n' '''\n" % PREFIX,
    b"#!/bin/sh\n'''exec' \"%s/bin/python3.11\" \"$0\" \"$@\" #'''\n" % PREFIX,
    b"#!/bin/sh\n'''exec' %s/bin/python3 \"$0\" \"$@\"\n' '''\n" % PREFIX,
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", [UV, PIP, RATTLER], ids=["uv", "pip", "rattler"])
def test_a_launcher_is_what_it_starts_whoever_wrote_it(head: bytes, body: bytes) -> None:
    assert canonical.script(head + body, [PREFIX]) == canonical.launcher("tool.cli", "App.main")


def test_a_launcher_that_does_more_keeps_its_bytes() -> None:
    evil = HEADS[0] + UV.replace(b"import sys\n", b"import sys\nimport evil\n")
    assert canonical.script(evil, [PREFIX]) == b"#!" + TOKEN + b"/bin/python\n" + evil.partition(b"\n")[2]


def test_other_scripts_keep_everything_but_the_prefix_of_their_first_line() -> None:
    body = b"\nprint('%s')\n" % PREFIX
    assert canonical.script(b"#!%s/bin/python3.11 -E" % PREFIX + body, [PREFIX]) == b"#!%s/bin/python -E" % TOKEN + body
    assert canonical.script(b"#!%s/bin/perl" % PREFIX + body, [PREFIX]) == b"#!%s/bin/perl" % TOKEN + body
    for same in (b"#!/usr/bin/python3" + body, b"\x7fELF" + body, b"", b"#!", b"#!%s-other/bin/python\n" % PREFIX):
        assert canonical.script(same, [PREFIX]) == same


def test_a_launcher_of_windows() -> None:
    text = (b"#!C:\\envs\\work\\python.exe\n" + UV).replace(b"\n", b"\r\n")
    assert canonical.script(text, [b"C:/envs/work"]) == canonical.launcher("tool.cli", "App.main")


def test_a_launcher_of_rattler_on_windows_has_no_first_line() -> None:
    assert canonical.script(b"\n" + RATTLER, [PREFIX]) == canonical.launcher("tool.cli", "App.main")
    assert canonical.script(b"\nprint()\n", [PREFIX]) == b"\nprint()\n"


def test_a_launcher_that_another_program_starts_keeps_its_bytes() -> None:
    assert canonical.script(b"#!%s/bin/pypy -E\n" % PREFIX + UV, [PREFIX]) == b"#!%s/bin/pypy -E\n" % TOKEN + UV
    assert canonical.script(b"#!%s/bin/python -E\n" % PREFIX + UV, [PREFIX]) == b"#!%s/bin/python -E\n" % TOKEN + UV


def test_targets_of_links() -> None:
    assert canonical.link_target("libz.so.1", ["/p"]) == "libz.so.1"
    assert canonical.link_target("/p/lib/x", ["/p"]) == "/@prefix@/lib/x"
    assert canonical.link_target("/other/lib/x", ["/p"]) == "/other/lib/x"
