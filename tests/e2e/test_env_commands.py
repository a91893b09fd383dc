"""`parity env`, `info` and `clean` on a small root."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from place import Place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def register(place: Place, prefix: Path) -> None:
    file = place.home / ".conda" / "environments.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{prefix}\n")


def test_env_list(place: Place) -> None:
    other = place.make_env(place.path / "project" / "env")
    register(place, other)
    lines = place.parity("env", "list", CONDA_PREFIX=str(place.prefix)).stdout.splitlines()
    assert [line.split() for line in lines if not line.startswith("#")] == [
        ["work", "*", str(place.prefix)],
        [str(other)],
    ]
    data = place.json("env", "list")
    assert data["envs"] == [str(place.prefix), str(other)]
    assert data["envs_details"][str(place.prefix)]["name"] == "work"
    assert place.parity("env", "--json", "list").stdout == json.dumps(data, indent=2) + "\n"


def test_env_remove(place: Place) -> None:
    register(place, place.prefix)
    assert place.json("env", "remove", "-n", "work", "--dry-run")["removed"] is False
    assert place.prefix.exists()
    assert place.parity("env", "remove", "-n", "work", stdin="n\n").returncode == 1
    assert place.prefix.exists()
    done = place.parity("env", "remove", "-n", "work", "-y")
    assert done.returncode == 0, done.stderr
    assert not place.prefix.exists()
    assert [path.name for path in place.prefix.parent.iterdir()] in ([], [".parity-locks"])
    assert (place.home / ".conda" / "environments.txt").read_text() == ""
    assert place.parity("env", "remove", "-n", "work", "-y").returncode == 4


def test_what_is_not_removed(place: Place) -> None:
    place.make_env(place.root / "x").rename(place.path / "base")
    (place.path / "base" / "conda-meta").rename(place.root / "conda-meta")
    assert "base environment" in place.parity("env", "remove", "-n", "base", "-y").stderr
    active = place.parity("env", "remove", "-n", "work", "-y", CONDA_PREFIX=str(place.prefix))
    assert active.returncode == 2
    (place.prefix / "conda-meta" / "frozen").write_text('{"message": "ask Ann"}')
    assert "ask Ann" in place.parity("env", "remove", "-n", "work", "-y").stderr
    assert place.prefix.exists()
    assert place.parity("env", "remove", "-n", "work", "-y", "--override-frozen").returncode == 0


def test_variables_of_an_environment(place: Place) -> None:
    assert place.parity("env", "config", "vars", "set", "-n", "work", "SEED=1", "URL=a=b").returncode == 0
    assert place.json("env", "config", "vars", "list", "-n", "work") == {"SEED": "1", "URL": "a=b"}
    assert place.in_work("sh", "-c", "echo $SEED $URL").stdout == "1 a=b\n"
    assert place.parity("env", "config", "vars", "unset", "-n", "work", "SEED").returncode == 0
    assert place.parity("env", "config", "vars", "list", "-n", "work").stdout == "URL = a=b\n"
    wrong = place.parity("env", "config", "vars", "set", "-n", "work", "1X=1", "Y")
    assert wrong.returncode == 2
    assert "1X" in wrong.stderr
    assert "`Y`" in wrong.stderr


def test_info(place: Place) -> None:
    data = place.json("info", CONDA_PREFIX=str(place.prefix))
    assert data["root_prefix"] == str(place.root)
    assert data["active_prefix"] == str(place.prefix)
    assert data["active_prefix_name"] == "work"
    assert data["envs"] == [str(place.prefix)]
    assert data["envs_dirs"] == [str(place.root / "envs"), str(place.home / ".conda" / "envs")]
    assert any(name == "__unix" for name, _, _ in data["virtual_pkgs"])
    text = place.parity("info").stdout
    assert f"base environment : {place.root} (writable)" in text
    assert place.parity("info", "--base").stdout == f"{place.root}\n"
    assert str(place.prefix) in place.parity("info", "--envs").stdout


def test_info_shows_no_secrets(place: Place) -> None:
    text = place.parity("info", "--all", UV_INDEX_URL="https://me:hidden1@h/simple", CONDA_X_TOKEN="hidden2").stdout
    assert "***" in text
    assert "hidden" not in text


def make_caches(place: Place) -> Path:
    package = place.root / "pkgs" / "x-1-0"
    (package / "info").mkdir(parents=True)
    (package / "info" / "index.json").write_text("{}")
    (package.parent / "x-1-0.conda").write_bytes(b"x" * 2000)
    (package.parent / "used-1-0" / "info").mkdir(parents=True)
    (package.parent / "used-1-0" / "info" / "index.json").write_text("{}")
    (package.parent / "used-1-0" / "file").write_text("x")
    (place.prefix / "file").hardlink_to(package.parent / "used-1-0" / "file")
    (place.root / "cache" / "repodata").mkdir(parents=True)
    (place.root / "cache" / "repodata" / "a.json").write_text("{}")
    (place.root / "envs" / ".half.parity-stage-1").mkdir()
    return package.parent


def test_clean_tells_and_frees(place: Place) -> None:
    pkgs = make_caches(place)
    told = place.parity("clean", "--all", "--dry-run")
    assert "2.0 kB" in told.stdout
    assert (pkgs / "x-1-0").exists()
    assert place.parity("clean", "--all", stdin="n\n").returncode == 0
    assert (pkgs / "x-1-0").exists()
    data = place.json("clean", "--all")
    assert data["removed"] is True
    assert data["total_size"] == 2004
    assert sorted(path.name for path in pkgs.iterdir()) == ["used-1-0"]
    assert (place.prefix / "file").read_text() == "x"
    assert not (place.root / "envs" / ".half.parity-stage-1").exists()
    assert "nothing to free" in place.parity("clean", "--all", "-y").stderr


def test_clean_only_what_was_chosen(place: Place) -> None:
    pkgs = make_caches(place)
    assert place.parity("clean", "-t", "-y").returncode == 0
    assert not (pkgs / "x-1-0.conda").exists()
    assert (pkgs / "x-1-0").exists()
    assert place.parity("clean").returncode == 2
