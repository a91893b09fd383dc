from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from parity.core.rules import Rules
from parity.errors import NotFoundError
from parity.store import stat_cache
from parity.store.scan import Scan, scan

if TYPE_CHECKING:
    from pathlib import Path

HASHED = b"\xa7\r\r\n\x01\0\0\0" + b"8 bytes."
TIMED = b"\xa7\r\r\n\0\0\0\0" + b"8 bytes."
HOLDER = "/opt/placehold_placehold_placehold_placehold_placehold_placehold_placehold_placehold_placehold"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(prefix: Path, path: str, data: bytes = b"content", mode: int = 0o644) -> Path:
    file = prefix / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    file.chmod(mode)
    return file


def record(prefix: Path, name: str, *paths: dict[str, str]) -> None:
    files = [path["_path"] for path in paths]
    text = {"name": name, "version": "1", "build": "0", "files": files, "paths_data": {"paths": list(paths)}}
    put(prefix, f"conda-meta/{name}-1-0.json", json.dumps(text).encode())


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An environment on a short path, with one file of each kind."""
    place = tmp_path / "env"
    put(place, "share/data.txt", b"data")
    put(place, "bin/tool", f"#!{place}/bin/python3\nprint(1)\n".encode(), 0o755)
    put(place, "etc/tool.conf", f"home={place}\n".encode())
    put(place, "site/pkg/__pycache__/a.cpython-311.pyc", TIMED)
    put(place, "site/pkg/__pycache__/b.cpython-311.pyc", HASHED)
    put(place, "site/pkg/__pycache__/c.nbi", b"a compiler's")
    record(place, "conf", {"_path": "etc/tool.conf", "prefix_placeholder": HOLDER, "file_mode": "text"})
    (place / "lib").mkdir()
    (place / "lib" / "empty").mkdir()
    (place / "lib" / "link").symlink_to("../share/data.txt")
    (place / "lib" / "absolute").symlink_to(place / "share" / "data.txt")
    return place


def age(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written up to now was written long ago."""
    monkeypatch.setattr(stat_cache, "TICK", -(10**12))


def test_what_counts(prefix: Path) -> None:
    found = scan(prefix)
    assert found.entries.keys() == {
        "share/data.txt",
        "bin/tool",
        "etc/tool.conf",
        "site/pkg/__pycache__/b.cpython-311.pyc",
        "lib/link",
        "lib/absolute",
    }
    assert found.entries["share/data.txt"].digest == sha(b"data")
    assert [path for path, entry in found.entries.items() if entry.executable] == ["bin/tool"]
    assert found.links == {"lib/link": "../share/data.txt", "lib/absolute": f"{prefix}/share/data.txt"}
    assert found.entries["lib/absolute"].digest == sha(b"/@prefix@/share/data.txt")
    assert found.bytecode == ("site/pkg/__pycache__/b.cpython-311.pyc",)
    assert [(package.name, package.files) for package in found.packages] == [("conf", ("etc/tool.conf",))]


def test_files_that_hold_the_prefix_count_without_it(prefix: Path) -> None:
    found = scan(prefix)
    assert found.entries["etc/tool.conf"].digest == sha(f"home={HOLDER}\n".encode())
    assert found.entries["bin/tool"].digest == sha(b"#!/@prefix@/bin/python\nprint(1)\n")
    assert found.raw == {path: sha((prefix / path).read_bytes()) for path in ("etc/tool.conf", "bin/tool")}


def test_a_prefix_reached_through_a_link_is_the_same(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(prefix)
    assert scan(tmp_path / "link").entries == scan(prefix).entries


def test_notes_of_installers_do_not_count_unless_a_conda_package_brought_them(prefix: Path) -> None:
    for name in ("INSTALLER", "RECORD", "METADATA"):
        put(prefix, f"site/a-1.dist-info/{name}")
        put(prefix, f"site/b-1.dist-info/{name}")
    record(prefix, "b", *({"_path": f"site/b-1.dist-info/{name}"} for name in ("INSTALLER", "RECORD", "METADATA")))
    found = {path for path in scan(prefix).entries if ".dist-info/" in path}
    assert found == {
        "site/a-1.dist-info/METADATA",
        *(f"site/b-1.dist-info/{n}" for n in ("INSTALLER", "RECORD", "METADATA")),
    }


def test_further_rules_leave_out_what_they_say(prefix: Path) -> None:
    put(prefix, "share/jupyter/runtime/kernel.json")
    put(prefix, "deep/er/x.log")
    left_out = scan(prefix, Rules((*Rules().ignored, "share/jupyter/runtime/*", "*.log"))).entries
    assert "share/jupyter/runtime/kernel.json" in scan(prefix).entries
    assert not {"share/jupyter/runtime/kernel.json", "deep/er/x.log"} & left_out.keys()


@pytest.mark.parametrize("path", ["conda-meta/x", "envs/a/b", "pkgs/x/y", "a/b.c~", ".parity-trash-1/x", "a/.DS_Store"])
def test_rules_know_what_stands_below_a_directory(path: str) -> None:
    assert not Rules().covers(path)
    assert Rules().covers("lib/" + path.replace(".c~", ".c").replace(".DS_Store", "x").replace(".parity-", "parity-"))


def test_a_record_that_is_cut_off_is_named(prefix: Path) -> None:
    put(prefix, "conda-meta/cut-1-0.json", b'{"name": "cu')
    found = scan(prefix)
    assert found.broken.keys() == {"cut-1-0.json"}
    assert [package.name for package in found.packages] == ["conf"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in directories")
def test_what_holds_no_bytes_is_told_apart(prefix: Path) -> None:
    os.mkfifo(prefix / "pipe")
    found = scan(prefix)
    assert found.other == ("pipe",)
    assert "pipe" not in found.entries


def test_there_has_to_be_a_directory(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        scan(tmp_path / "nowhere")


# -- the second look ---------------------------------------------------------------------------------


def again(prefix: Path, cache: Path) -> Scan:
    found = scan(prefix, cache=cache)
    fresh = scan(prefix)
    assert (found.entries, found.raw, found.links, found.packages) == (
        fresh.entries,
        fresh.raw,
        fresh.links,
        fresh.packages,
    )
    return found


def test_nothing_is_read_twice(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(prefix, monkeypatch)
    assert scan(prefix, cache=tmp_path / "cache").hashed > 0
    assert again(prefix, tmp_path / "cache").hashed == 0
    assert scan(prefix, cache=tmp_path / "cache", full=True).hashed > 0


def test_what_was_just_written_is_not_trusted(prefix: Path, tmp_path: Path) -> None:
    first = scan(prefix, cache=tmp_path / "cache")
    assert scan(prefix, cache=tmp_path / "cache").hashed == first.hashed > 0


def test_a_change_that_keeps_size_and_time_is_seen(
    prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(prefix, monkeypatch)
    scan(prefix, cache=tmp_path / "cache")
    file = prefix / "share/data.txt"
    status = file.stat()
    file.write_bytes(b"date")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = again(prefix, tmp_path / "cache")
    assert found.entries["share/data.txt"].digest == sha(b"date")
    assert found.hashed == 4


def test_permissions_new_and_lost_files_are_seen(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(prefix, monkeypatch)
    scan(prefix, cache=tmp_path / "cache")
    (prefix / "share/data.txt").chmod(0o755)
    (prefix / "bin/tool").unlink()
    put(prefix, "new")
    found = again(prefix, tmp_path / "cache")
    assert found.entries["share/data.txt"].executable
    assert "bin/tool" not in found.entries
    assert "new" in found.entries
    assert again(prefix, tmp_path / "cache").hashed == 0


def test_a_record_that_says_something_else_changes_what_a_file_means(
    prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(prefix, monkeypatch)
    scan(prefix, cache=tmp_path / "cache")
    record(prefix, "conf", {"_path": "etc/tool.conf", "prefix_placeholder": "/else", "file_mode": "text"})
    assert again(prefix, tmp_path / "cache").entries["etc/tool.conf"].digest == sha(b"home=/else\n")
    (prefix / "conda-meta/conf-1-0.json").unlink()
    assert again(prefix, tmp_path / "cache").entries["etc/tool.conf"].digest == sha(f"home={prefix}\n".encode())


def test_a_damaged_memory_is_forgotten(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(prefix, monkeypatch)
    scan(prefix, cache=tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    assert scan(prefix, cache=tmp_path / "cache").hashed > 0
    assert again(prefix, tmp_path / "cache").hashed == 0


def test_a_memory_that_cannot_be_written_is_no_error(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert scan(prefix, cache=tmp_path / "file" / "cache").entries == scan(prefix).entries


def test_large_files_are_read_to_their_end(tmp_path: Path) -> None:
    sizes = [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 * (1 << 20) + 7]
    for size in sizes:
        put(tmp_path / "env", f"f{size}", b"x" * size)
    found = scan(tmp_path / "env").entries
    assert {path: entry.digest for path, entry in found.items()} == {f"f{size}": sha(b"x" * size) for size in sizes}
