from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from parity.core.checks import lost_records, shebang_prefix, virtual_fits
from parity.core.findings import KINDS, Kind, Seen, Wanted, compare_files, compare_packages, leaves, resolve, strangers
from parity.core.fingerprint import Entry
from parity.core.records import CondaPart, Contents
from parity.core.rules import Rules
from parity.model import CondaPackage, InstalledPackage, PypiPackage

if TYPE_CHECKING:
    from parity.model import Source

ONE, TWO = "1" * 64, "2" * 64


def seen(files: dict[str, str], links: dict[str, str] | None = None, modes: dict[str, int] | None = None) -> Seen:
    entries = {path: Entry(path, "file", digest) for path, digest in files.items()}
    for path, target in (links or {}).items():
        entries[path] = Entry(path, "link", hashlib.sha256(target.encode()).hexdigest())
    return Seen(entries, links or {}, {}, dict.fromkeys(files, 420) | (modes or {}), {}, frozenset())


def compare(wanted: dict[str, Wanted], there: Seen, directories: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    found = compare_files(wanted, there, covers=Rules().covers, is_directory=directories.__contains__)
    return [(finding.kind, finding.path) for finding in found]


def test_every_kind_is_described() -> None:
    assert set(get_args(Kind)) == set(KINDS)
    page = (Path(__file__).parents[2] / "docs/reference/findings.md").read_text(encoding="utf-8")
    assert [kind for kind, text in KINDS.items() if f"| `{kind}` | {text} |" not in page] == []


def test_files_are_compared_by_their_bytes_on_disk() -> None:
    there = seen({"a": ONE, "b": TWO})._replace(raw={"b": ONE})
    assert compare({"a": Wanted("x", digest=ONE), "b": Wanted("x", digest=ONE)}, there) == []
    assert compare({"a": Wanted("x", digest=TWO)}, there) == [("file-changed", "a")]


def test_a_file_without_a_known_hash_only_has_to_be_there() -> None:
    assert compare({"a": Wanted("x"), "b": Wanted("x")}, seen({"a": ONE})) == [("file-missing", "b")]


def test_bytecode_and_what_does_not_count_is_not_missed() -> None:
    wanted = {
        "lib/__pycache__/a.cpython-311.pyc": Wanted("x", digest=ONE),
        "conda-meta/x": Wanted("x"),
        "a.c~": Wanted("x"),
    }
    assert compare(wanted, seen({})) == []


def test_types() -> None:
    wanted = {"a": Wanted("x", digest=ONE), "b": Wanted("x", "link"), "c": Wanted("x")}
    there = seen({"b": ONE}, {"c": "b"})
    assert compare(wanted, there, ("a",)) == [("file-type", "a"), ("file-type", "b"), ("file-type", "c")]


@pytest.mark.parametrize(
    ("want", "fits"),
    [
        (Wanted("x", "link", target="b"), True),
        (Wanted("x", "link", target="c"), False),
        (Wanted("x", "link", hashlib.sha256(b"b").hexdigest(), TWO), True),
        (Wanted("x", "link", hashlib.sha256(b"c").hexdigest(), TWO), False),
        (Wanted("x", "link", ONE, ONE), True),
        (Wanted("x", "link", TWO, TWO), False),
        (Wanted("x", "link"), True),
    ],
)
def test_a_link_is_known_by_its_target_or_by_what_it_leads_to(want: Wanted, *, fits: bool) -> None:
    assert (compare({"a": want}, seen({"b": ONE}, {"a": "b"})) == []) is fits


def test_links_are_followed_inside_only() -> None:
    links = {"a": "b", "b": "sub/../c", "out": "../../etc", "round": "round", "abs": "/etc"}
    assert resolve("a", links) == "c"
    assert resolve("out", links) is None
    assert resolve("round", links) is None
    assert resolve("abs", links) is None


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [("bin/a", "../lib/b", False), ("bin/a", "../../b", True), ("a", "/envs/x/b", False), ("a", "/envs/xy", True),
     ("a", "..", True), ("a", ".", False)],
)  # fmt: skip
def test_a_link_that_leads_outside(path: str, target: str, *, out: bool) -> None:
    assert leaves(path, target, "/envs/x") is out


def test_strangers() -> None:
    there = seen({"own": ONE, "made": ONE, "other": ONE, "lib/__pycache__/x.pyc": ONE}, {"out": "/etc"})
    found = strangers({"own"}, there, prefix="/p", expected={"made": TWO}, own=lambda _: False)
    assert [(one.kind, one.path) for one in found] == [
        ("file-changed", "made"),
        ("file-untracked", "other"),
        ("link-outside", "out"),
    ]


def conda(
    name: str, version: str = "1", build: str = "0", sha256: str = ONE, channel: str = "file:///c"
) -> CondaPackage:
    fn = f"{name}-{version}-{build}.conda"
    return CondaPackage(name, version, build, 0, "linux-64", f"{channel}/linux-64/{fn}", channel, fn, sha256)


def there(name: str, version: str = "1", source: Source = "conda", **more: str) -> InstalledPackage:
    values = {"build": "0", "channel": "file:///c", "sha256": ONE if source == "conda" else None} | more
    return InstalledPackage(name, version, source=source, record=Path(name), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("installed", "kinds"),
    [
        ([there("a")], []),
        ([], ["package-missing"]),
        ([there("a"), there("b")], ["package-extra"]),
        ([there("a", "2")], ["package-version"]),
        ([there("a", build="1")], ["package-build"]),
        ([there("a", sha256=TWO)], ["package-hash"]),
        ([there("a", sha256=TWO, channel="file:///d")], ["package-channel"]),
        ([there("a", channel="file:///mirror")], []),
        ([there("a", source="pypi")], ["package-source"]),
        ([there("a"), there("a", source="pypi")], ["package-extra"]),
    ],
)
def test_packages_against_a_lock(installed: list[InstalledPackage], kinds: list[str]) -> None:
    assert [finding.kind for finding in compare_packages([conda("a")], installed, {})] == kinds


def test_pypi_packages_against_a_lock() -> None:
    want = PypiPackage("a", "1.0", sha256=ONE)
    pin = {"a": PypiPackage("a", "1.0", sha256=TWO)}
    assert not list(compare_packages([want], [there("a", "1.0.0", "pypi")], {}))
    assert [one.kind for one in compare_packages([want], [there("a", "1.0", "pypi")], pin)] == ["package-hash"]


@pytest.mark.parametrize(
    ("text", "version", "fits"),
    [("__glibc >=2.17,<3.0.a0", "2.36", True), ("__glibc >=2.17", "2.5", False), ("__cuda", "12.4", True),
     ("__cuda >=12", "11.8", False), ("__cuda >=12", "12", True), ("__osx >=11.0 0", "10.15", False),
     ("__x ~=1.2", "1.0", True), ("__cuda ==12.4", "12.4.0", True), ("__cuda <12", "12.0", False)],
)  # fmt: skip
def test_virtual_packages(text: str, version: str, *, fits: bool) -> None:
    assert virtual_fits(text, (text.split(maxsplit=1)[0], version, "0")) is fits


@pytest.mark.parametrize(
    ("head", "prefix"),
    [
        (b"#!/envs/a/bin/python3.11\nimport x\n", "/envs/a"),
        (b"#!/envs/a/bin/python\n", "/envs/a"),
        (b"#!/usr/bin/env python\n", ""),
        (b"#!/bin/sh\n'''exec' '/envs/a b/bin/python' \"$0\" \"$@\"\n' '''\n", "/envs/a b"),
        (b"#!/bin/sh\n'''exec' /envs/a/bin/python \"$0\" \"$@\"\n' '''\n", "/envs/a"),
        (b"\x7fELF", ""),
    ],
)
def test_the_prefix_in_a_script(head: bytes, prefix: str) -> None:
    assert shebang_prefix(head, "bin") == prefix


def test_records_that_the_history_misses() -> None:
    first = ("c/linux-64::a-1-0", "c/linux-64::b-1-0", "c/linux-64::d-1-0")
    history = [(first, ()), (("c/linux-64::a-2-0",), ("c/linux-64::a-1-0", "c/linux-64::d-1-0"))]
    contents = Contents(Path("/p"), [CondaPart(conda("a", "2"), "conda-meta/a-2-0.json", {}, {})])
    assert lost_records(history, contents) == ["c/linux-64::b-1-0"]


def test_another_commit_of_the_same_version_is_another_artifact() -> None:
    want = PypiPackage("a", "1.0", f"git+https://host/a@{ONE[:40]}#subdirectory=x", None)
    for commit, kinds in ((ONE[:40], []), (TWO[:40], ["package-hash"])):
        found = InstalledPackage("a", "1.0", "pypi_0", "pypi", "pypi", Path(), url=f"git+https://host/a@{commit}")
        assert [one.kind for one in compare_packages([want], [found], {"a": want})] == kinds
