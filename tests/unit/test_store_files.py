"""Atomic writes, robust deletion, errors of the file system in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from parity.errors import StorageError
from parity.store.files import atomic_write, has_linked_files, is_writable, remove_tree, translated, tree_size


def test_write_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file"
    atomic_write(file, "ä\n")
    atomic_write(file, b"two")
    assert file.read_bytes() == b"two"
    assert [path.name for path in file.parent.iterdir()] == ["file"]


def test_write_keeps_or_sets_the_mode(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic_write(file, "", mode=0o600)
    atomic_write(file, "more")
    assert file.stat().st_mode & 0o777 == 0o600


def test_write_goes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    atomic_write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        atomic_write(file, "new")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EPERM, "permission denied"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_errors_in_words(number: int, words: str) -> None:
    with pytest.raises(StorageError, match=f"cannot create /x: .*{words}"), translated("/x", "create"):
        raise OSError(number, os.strerror(number))


def test_what_cannot_be_replaced_is_told_by_its_own_name() -> None:
    with pytest.raises(StorageError) as caught, translated("/env/history"):
        raise PermissionError(errno.EACCES, "no", "/env/.history.parity-tmp-1234")
    assert caught.value.message == "cannot write /env/history: permission denied"
    assert "`ls -ld /env`" in caught.value.hints[0]


def test_quota(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="quota"), translated(tmp_path):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")


def test_remove_a_tree_with_read_only_directories(tmp_path: Path) -> None:
    inner = tmp_path / "env" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    (tmp_path / "keep").write_text("x")
    (tmp_path / "env" / "link").symlink_to(tmp_path / "keep")
    inner.chmod(0o500)
    inner.parent.chmod(0o500)
    remove_tree(tmp_path / "env")
    assert [path.name for path in tmp_path.iterdir()] == ["keep"]


def test_remove_what_is_not_there_or_a_link(tmp_path: Path) -> None:
    remove_tree(tmp_path / "none")
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("dir")
    remove_tree(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["dir"]


def test_the_name_is_free_before_the_deletion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").mkdir()

    def stop(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", stop)
    with pytest.raises(KeyboardInterrupt):
        remove_tree(tmp_path / "env")
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".parity-trash-")


def test_a_directory_that_cannot_be_renamed_is_deleted_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").mkdir()

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "rename", refuse)
    remove_tree(tmp_path / "env")
    assert not (tmp_path / "env").exists()


def test_size_counts_only_what_deletion_gives_back(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "own").write_bytes(b"12345")
    (tree / "shared").write_bytes(b"123")
    assert tree_size(tree) == 8
    assert not has_linked_files(tree)
    (tmp_path / "other").hardlink_to(tree / "shared")
    assert tree_size(tree) == 5
    assert has_linked_files(tree)
    assert tree_size(tmp_path / "none") == 0


def test_writable_looks_at_the_nearest_existing_directory(tmp_path: Path) -> None:
    assert is_writable(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("")
    assert not is_writable(tmp_path / "file" / "b")
