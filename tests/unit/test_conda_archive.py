from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from conda_package_streaming import package_streaming  # type: ignore[import-untyped]

from parity.engines.conda_archive import PackageFile, read_index, write_conda
from parity.errors import InputError, IntegrityError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

INDEX = {
    "name": "demo",
    "version": "1.0",
    "build": "h0_0",
    "build_number": 0,
    "subdir": "noarch",
    "depends": ["b", "a"],
}


def members(package: Path, component: str) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    found = {}
    with package.open("rb") as stream:
        for archive, member in package_streaming.stream_conda_component(package.name, stream, component=component):
            content = archive.extractfile(member) if member.isreg() else None
            found[member.name] = (member, content.read() if content else b"")
    return found


def paths(package: Path) -> list[dict[str, Any]]:
    document = json.loads(members(package, "info")["info/paths.json"][1])
    assert document["paths_version"] == 1
    entries: list[dict[str, Any]] = document["paths"]
    return entries


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3 << 20) + b"x" * (5 << 20))
    files = [
        PackageFile("lib/big", source=source),
        PackageFile("bin/tool", data=b"#!/ph/bin/sh\n", executable=True, placeholder="/ph"),
        PackageFile("lib/link", symlink="big"),
        PackageFile("lib/" + "long" * 60 + "/ü", data=b""),
    ]
    one = write_conda(tmp_path / "one", INDEX, files, about={"z": 1, "a": 2})
    os.utime(source, (1, 1))
    source.chmod(0o700)
    two = write_conda(tmp_path / "two", dict(reversed(INDEX.items())), reversed(files), about={"a": 2, "z": 1})
    assert one.name == "demo-1.0-h0_0.conda"
    assert one.read_bytes() == two.read_bytes()
    assert list(one.parent.iterdir()) == [one]


def test_members_and_paths_json(tmp_path: Path) -> None:
    files = [
        PackageFile("lib/b", symlink="a"),
        PackageFile("lib/a", data=b"content"),
        PackageFile("lib/c", symlink="../lib/b"),
        PackageFile("lib/dangling", symlink="elsewhere"),
        PackageFile("bin/tool", data=b"/ph\n", executable=True, placeholder="/ph"),
    ]
    package = write_conda(
        tmp_path, INDEX, files, link={"noarch": {"type": "python"}}, info_files={"licenses/L": b"MIT"}
    )

    with zipfile.ZipFile(package) as archive:
        assert archive.namelist() == ["metadata.json", "pkg-demo-1.0-h0_0.tar.zst", "info-demo-1.0-h0_0.tar.zst"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("metadata.json")) == {"conda_pkg_format_version": 2}
    packed = members(package, "pkg")
    assert list(packed) == sorted(file.path for file in files)
    assert {(header.uid, header.gid, header.mtime, header.uname) for header, _ in packed.values()} == {(0, 0, 0, "")}
    assert packed["bin/tool"][0].mode == 0o755
    assert packed["lib/a"][0].mode == 0o644
    assert packed["lib/b"][0].linkname == "a"
    entries = {entry["_path"]: entry for entry in paths(package)}
    digest = hashlib.sha256(b"content").hexdigest()
    assert entries["lib/a"] == {"_path": "lib/a", "path_type": "hardlink", "sha256": digest, "size_in_bytes": 7}
    assert entries["lib/c"] == {"_path": "lib/c", "path_type": "softlink", "sha256": digest, "size_in_bytes": 7}
    assert entries["lib/dangling"]["size_in_bytes"] == 0
    assert entries["bin/tool"]["prefix_placeholder"] == "/ph"
    assert entries["bin/tool"]["file_mode"] == "text"
    info = members(package, "info")
    assert set(info) == {"info/index.json", "info/paths.json", "info/files", "info/link.json", "info/licenses/L"}
    assert info["info/files"][1].decode().splitlines() == list(packed)
    assert read_index(package) == INDEX


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../../x", "a//b", "./a", "", "a\\b", "C:/x", "info/x", "a/."]
)
def test_refuses_paths_that_leave_the_prefix(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError):
        write_conda(tmp_path, INDEX, [PackageFile(path, data=b"")])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["/etc/passwd", "../../x", ".."])
def test_refuses_links_that_leave_the_prefix(tmp_path: Path, target: str) -> None:
    with pytest.raises(InputError, match="outside"):
        write_conda(tmp_path, INDEX, [PackageFile("a", symlink=target)])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([PackageFile("a", data=b""), PackageFile("a", data=b"")], "twice"),
        ([PackageFile("a")], "exactly one"),
        ([PackageFile("a", data=b"", symlink="b")], "exactly one"),
    ],
)
def test_refuses_ambiguous_files(tmp_path: Path, files: list[PackageFile], message: str) -> None:
    with pytest.raises(InputError, match=message):
        write_conda(tmp_path, INDEX, files)


def test_refuses_bad_index(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="subdir"):
        write_conda(tmp_path, {key: value for key, value in INDEX.items() if key != "subdir"}, [])
    with pytest.raises(InputError, match="package file"):
        write_conda(tmp_path, INDEX | {"name": "../x"}, [])
    with pytest.raises(InputError, match="twice"):
        write_conda(tmp_path, INDEX, [], info_files={"index.json": b""})


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    directory = tmp_path / "channel"
    with pytest.raises(StorageError):
        write_conda(directory, INDEX, [PackageFile("a", source=tmp_path / "missing")])
    assert list(directory.iterdir()) == []


def test_read_index_of_the_old_format_and_of_broken_files(tmp_path: Path) -> None:
    old = tmp_path / "demo-1.0-h0_0.tar.bz2"
    text = json.dumps(INDEX).encode()
    with tarfile.open(old, "w:bz2") as archive:
        header = tarfile.TarInfo("info/index.json")
        header.size = len(text)
        archive.addfile(header, io.BytesIO(text))
    assert read_index(old) == INDEX

    package = write_conda(tmp_path, INDEX, [PackageFile("a", data=os.urandom(1000))])
    whole = package.read_bytes()
    contents = {"t.conda": whole[:-40], "e.conda": b"", "n.conda": b"x" * 200, "b.tar.bz2": b"BZh9xx"}
    for name, content in contents.items():
        broken = tmp_path / name
        broken.write_bytes(content)
        with pytest.raises(IntegrityError):
            read_index(broken)
    with pytest.raises(StorageError):
        read_index(tmp_path / "missing.conda")
