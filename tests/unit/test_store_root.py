"""Where things are, and names to prefixes."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.errors import InputError, NotFoundError
from parity.store.root import MARKER, Root, check_name, root_path


def make_env(prefix: Path) -> Path:
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    return prefix


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root", home=tmp_path / "home", envs_dirs=["~/more"], pkgs_dirs=["~/pkgs"])


def test_root_from_the_variable_the_installer_or_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert root_path({"PARITY_ROOT": "~/x"}, home=home, sys_prefix=tmp_path) == home / "x"
    assert root_path({}, home=home, sys_prefix=tmp_path) == home / ".parity"
    (tmp_path / MARKER).touch()
    assert root_path({}, home=home, sys_prefix=tmp_path) == tmp_path


def test_configured_directories_come_first(root: Root) -> None:
    assert root.envs_dirs == (root.home / "more", root.path / "envs", root.home / ".conda" / "envs")
    assert root.pkgs_dirs == (root.home / "pkgs", root.path / "pkgs", root.home / ".conda" / "pkgs")
    assert root.writable_envs_dir() == root.home / "more"
    assert root.writable_pkgs_dir() == root.home / "pkgs"


def test_a_directory_that_cannot_be_written_is_passed_over(root: Root) -> None:
    root.home.write_text("a file where a directory should be")
    assert root.writable_envs_dir() == root.path / "envs"


def test_a_root_of_somebody_else_is_used_from_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    root = Root(tmp_path / "root", home=home)
    assert (root.own, root.cache) == (root.path, root.path / "cache")
    root.path.write_text("what nobody can write into")
    assert root.writable_envs_dir() == home / ".conda" / "envs"
    assert root.pkgs_dir() == root.writable_pkgs_dir() == home / ".conda" / "pkgs"
    assert root.cache == home / ".parity" / "cache"
    assert root.lock_file(tmp_path / "elsewhere" / "work").parent == home / ".parity" / "locks"


def test_names_are_found_in_every_directory(root: Root) -> None:
    later = make_env(root.path / "envs" / "work")
    assert root.find("work") == root.prefix_for("work") == later
    first = make_env(root.home / "more" / "work")
    assert root.find("work") == first
    assert root.prefix_for("new") == root.home / "more" / "new"
    assert root.prefix_for("base") == root.path
    assert root.name_of(first) == "work"
    assert root.name_of(root.path) == "base"
    assert root.name_of(Path("/elsewhere/work")) is None
    assert root.names() == ("work",)


def test_an_unknown_name_gets_a_suggestion(root: Root) -> None:
    make_env(root.path / "envs" / "training")
    with pytest.raises(NotFoundError) as caught:
        root.find("trainin")
    assert "did you mean `training`?" in caught.value.hints


def test_a_directory_without_history_is_no_environment(root: Root) -> None:
    (root.path / "envs" / "half" / "conda-meta").mkdir(parents=True)
    with pytest.raises(NotFoundError):
        root.find("half")
    with pytest.raises(NotFoundError, match="is not an environment"):
        root.require(root.path / "envs" / "half")
    with pytest.raises(NotFoundError, match="no base environment"):
        root.existing(None, None, {})


def test_the_target_of_a_command(root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = make_env(root.path / "envs" / "work")
    monkeypatch.chdir(tmp_path)
    assert root.target("work", None, {"CONDA_PREFIX": "/other"}) == work
    assert root.target(None, "env", {}) == tmp_path / "env"
    assert root.target(None, "~/env", {}) == root.home / "env"
    assert root.target(None, None, {"CONDA_PREFIX": str(work)}) == work
    assert root.target(None, None, {"CONDA_DEFAULT_ENV": "work"}) == work
    assert root.target(None, None, {}) == root.path
    assert root.existing(None, str(work), {}) == work


@pytest.mark.parametrize("name", ["", "a/b", "a b", "a:b", "a#b", ".hidden", "..", "a\\b"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name)


def test_a_path_for_a_name_gets_the_right_hint() -> None:
    with pytest.raises(InputError) as caught:
        check_name("./env")
    assert "`-p ./env` takes a path" in caught.value.hints


def test_a_lock_outlives_its_prefix_and_does_not_depend_on_how_it_is_spelled(root: Root, tmp_path: Path) -> None:
    work = make_env(root.path / "envs" / "work")
    lock = root.lock_file(work)
    assert lock.parent == root.path / "envs" / ".parity-locks"
    (tmp_path / "link").symlink_to(work)
    assert root.lock_file(tmp_path / "link") == lock
    assert root.lock_file(tmp_path / "project" / "env").parent == root.path / "locks"
    assert root.lock_file(tmp_path / "a" / "env") != root.lock_file(tmp_path / "b" / "env")
    assert not root.lock_file(root.path).is_relative_to(root.path.parent / ".parity-locks")
