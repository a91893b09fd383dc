"""Installing and undoing it gives the package's own bytes; a fingerprint does not hang on any order."""

from __future__ import annotations

import hashlib

from hypothesis import assume, given
from hypothesis import strategies as st

from parity.core import canonical
from parity.core.fingerprint import Entry, fingerprint
from parity.core.prints import compare, make

HOLDER = b"/opt/" + b"placehold_" * 12

names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789._- ", min_size=1, max_size=20)
prefixes = st.lists(names, min_size=1, max_size=6).map(lambda parts: ("/" + "/".join(parts)).encode())
pieces = st.lists(
    st.one_of(st.just(HOLDER), st.binary(max_size=12), st.just(b"\0"), st.just(b"\0" * 150), st.just(b"\n")),
    max_size=12,
)


def installed_text(data: bytes, prefix: bytes) -> bytes:
    """What rattler makes of a text on Linux."""
    if not data.startswith(b"#!"):
        return data.replace(HOLDER, prefix)
    line, newline, rest = data.partition(b"\n")
    rest = newline + rest.replace(HOLDER, prefix)
    if b" " not in prefix and len(line.replace(HOLDER, prefix)) <= 127:
        return line.replace(HOLDER, prefix) + rest
    if HOLDER not in line:
        return line + rest
    program, _, options = line[2:].partition(b" ")
    options = b" " + options if options else b""
    name = program.rpartition(b"/")[2]
    if name.startswith(b"python"):
        program = program.replace(HOLDER, prefix)
        return b"#!/bin/sh\n'''exec' \"%s\"%s \"$0\" \"$@\" #'''" % (program, options) + rest
    return b"#!/usr/bin/env " + name + options + rest


def installed_binary(data: bytes, prefix: bytes) -> bytes:
    """What conda and rattler make of a binary: each C string keeps its length."""
    strings = []
    for string in data.split(b"\0"):
        changed = string.replace(HOLDER, prefix)
        strings.append(changed + b"\0" * (len(string) - len(changed)))
    return b"\0".join(strings)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@given(pieces, prefixes)
def test_text_comes_back(parts: list[bytes], prefix: bytes) -> None:
    original = b"".join(parts)
    assume(prefix not in original and not original.startswith(b"#!"))
    installed = installed_text(original, prefix)
    assume(installed.count(prefix) == original.count(HOLDER))
    assert canonical.digest(installed, [prefix], HOLDER, "text") == sha(original)


@given(
    st.sampled_from([b"python", b"python3.11", b"perl", b"bash"]),
    st.sampled_from([b"", b" -E", b" -w -T"]),
    st.lists(st.one_of(st.just(HOLDER), st.sampled_from([b"a", b"\n", b"x y"])), max_size=6),
    prefixes,
)
def test_scripts_come_back(program: bytes, options: bytes, parts: list[bytes], prefix: bytes) -> None:
    original = b"#!" + HOLDER + b"/bin/" + program + options + b"\n" + b"".join(parts)
    installed = installed_text(original, prefix)
    assert canonical.digest(installed, [prefix], HOLDER, "text", sha(original)) == sha(original)


@given(pieces, prefixes)
def test_binaries_come_back(parts: list[bytes], prefix: bytes) -> None:
    original = b"".join(parts)
    assume(len(prefix) <= len(HOLDER) and prefix not in original)
    installed = installed_binary(original, prefix)
    assume(installed.count(prefix) == original.count(HOLDER))
    assert len(installed) == len(original)
    assert canonical.digest(installed, [prefix], HOLDER, "binary") == sha(original)


entries = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(lambda path: "\0" not in path),
    st.tuples(st.sampled_from(["file", "link"]), st.integers(0, 3).map(lambda n: sha(bytes([n]))), st.booleans()),
    max_size=6,
).map(lambda found: [Entry(path, *rest) for path, rest in found.items()])  # type: ignore[arg-type]
packages = st.lists(st.tuples(names, names, names), unique_by=lambda one: one[0], max_size=4)
variables = st.dictionaries(names, names, max_size=3)


@given(entries, packages, variables, st.randoms(use_true_random=False))
def test_no_order_matters(
    files: list[Entry], conda: list[tuple[str, str, str]], env: dict[str, str], random: object
) -> None:
    expected = fingerprint(files, conda, env)
    for each in (files, conda):
        random.shuffle(each)  # type: ignore[attr-defined]
    assert fingerprint(files, conda, dict(reversed(env.items()))) == expected


@given(entries, entries, packages, packages, variables, variables)
def test_two_are_the_same_exactly_when_nothing_differs(
    files: list[Entry],
    others: list[Entry],
    conda: list[tuple[str, str, str]],
    more: list[tuple[str, str, str]],
    env: dict[str, str],
    other_env: dict[str, str],
) -> None:
    one = make("one", {each.path: each for each in files}, conda, env, owners={})
    two = make("two", {each.path: each for each in others}, more, other_env, owners={})
    assert bool(compare(one, two)) == (one.fingerprint != two.fingerprint)
    assert not compare(one, one)
