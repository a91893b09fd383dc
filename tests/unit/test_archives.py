from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from parity.core.pack import PackedFile
from parity.errors import InputError, IntegrityError
from parity.store import archives

FILES = (
    PackedFile("bin/tool", executable=True, content=b"#!/bin/sh\necho hello\n"),
    PackedFile("bin/tool-link", target="tool"),
    PackedFile("empty", content=b""),
    PackedFile("lib/" + "a" * 90 + "/" + "b" * 90 + ".txt", content=b"long"),
    PackedFile("share/disk.txt"),
    PackedFile("share/name with blank é", content=b"x" * 100_000),
)
KINDS = ("tar.zst", "tar.gz", "zip")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "top/share").mkdir(parents=True)
    (tmp_path / "top/share/disk.txt").write_text("from disk")
    return tmp_path / "top"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_comes_back(kind: str, top: Path, tmp_path: Path) -> None:
    archive = tmp_path / f"a.{kind}"
    archives.write(archive, kind, top, FILES, moment=0)
    assert archives.detect(archive) == kind
    target = tmp_path / "target"
    target.mkdir()
    archives.extract(archive, target)
    for one in FILES:
        path = target / one.path
        if one.target:
            assert path.readlink() == Path(one.target)
        else:
            expected = (top / one.path).read_bytes() if one.content is None else one.content
            assert path.read_bytes() == expected
            assert path.stat().st_mode & 0o777 == (0o755 if one.executable else 0o644)
    assert sum(1 for path in target.rglob("*") if not path.is_dir()) == len(FILES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_content_gives_the_same_bytes(kind: str, top: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "one" / f"x.{kind}", tmp_path / f"two.{kind}"
    archives.write(first, kind, top, FILES, moment=0)
    os.utime(top / "share/disk.txt", (5, 5))
    (top / "share/disk.txt").chmod(0o600)
    old = os.umask(0o077)
    try:
        archives.write(second, kind, top, FILES, moment=0)
    finally:
        os.umask(old)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_or_changed_archive_is_damaged(kind: str, top: Path, tmp_path: Path) -> None:
    archive = tmp_path / f"a.{kind}"
    archives.write(archive, kind, top, FILES, moment=0)
    data = archive.read_bytes()
    for number, broken in enumerate((data[: len(data) // 2], data[:-5], data[:60] + b"\xff" * 40 + data[100:])):
        archive.write_bytes(broken)
        target = tmp_path / f"target{number}"
        target.mkdir()
        with pytest.raises(IntegrityError):
            archives.extract(archive, target)


def _tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "members",
    [
        [(_member("../evil"), b"x")],
        [(_member("/evil"), b"x")],
        [(_member("a/../../evil"), b"x")],
        [(_member("out", tarfile.SYMTYPE, "../.."), b""), (_member("out/evil"), b"x")],
        [(_member("in", tarfile.SYMTYPE, "."), b""), (_member("in/evil"), b"x")],
        [(_member("out", tarfile.SYMTYPE, "/"), b""), (_member("out/evil"), b"x")],
        [(_member("hard", tarfile.LNKTYPE, "../../evil"), b"")],
        [(_member("device", tarfile.CHRTYPE), b"")],
        [(_member("pipe", tarfile.FIFOTYPE), b"")],
        [(_member("twice"), b"1"), (_member("./twice"), b"2")],
    ],
    ids=["parent", "absolute", "hidden-parent", "through-link", "through-inner-link", "through-absolute-link",
         "hard-link", "device", "pipe", "twice"],
)  # fmt: skip
def test_nothing_leaves_the_target(tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    archive = _tar(tmp_path / "evil.tar.gz", *members)
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    with pytest.raises(IntegrityError, match="is refused"):
        archives.extract(archive, target)
    assert not list(tmp_path.rglob("evil"))
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_nothing_leaves_the_target_of_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("../evil", "x")
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(IntegrityError, match="leads out"):
        archives.extract(archive, target)


def test_a_name_says_the_kind(tmp_path: Path) -> None:
    assert archives.kind_of(tmp_path / "A.TAR.ZST") == "tar.zst"
    with pytest.raises(InputError, match="no kind"):
        archives.kind_of(tmp_path / "a.rar")
    (tmp_path / "a.tar.zst").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="no archive"):
        archives.extract(tmp_path / "a.tar.zst", tmp_path)


def test_a_failed_write_leaves_nothing(top: Path, tmp_path: Path) -> None:
    archive = tmp_path / "out" / "a.tar.zst"
    with pytest.raises(Exception, match="missing"):
        archives.write(archive, "tar.zst", top, (PackedFile("missing"),), moment=0)
    assert not list(archive.parent.iterdir())
