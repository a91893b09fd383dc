from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from home import difference, snapshot
from web import Server

from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from pathlib import Path

    from home import Home

MIXED = {"python", "numlib", "pypi:alpha", "pypi:beta"}


@pytest.fixture
def lock(home: Home) -> Path:
    """A lock of conda and PyPI packages; the environment it was made of is gone."""
    home.create("numlib", "--pypi", "alpha", channel="mixed", name="origin")
    home.parity("env", "config", "vars", "set", "-n", "origin", "COLOUR=blue")
    home.parity("export", "-n", "origin", "-o", "parity.lock")
    home.parity("env", "remove", "-y", "-n", "origin")
    return home.path / "parity.lock"


@pytest.fixture
def tiny(home: Home) -> Path:
    """A lock of conda packages only."""
    home.create("app=1", "solo", name="origin")
    home.parity("export", "-n", "origin", "-o", "parity.lock")
    return home.path / "parity.lock"


def uv(home: Home, *words: str, name: str = "work") -> None:
    """What a person does with pip behind Parity's back."""
    from uv import find_uv_bin

    python = home.prefix(name) / "bin" / "python"
    argv = [find_uv_bin(), "pip", *words[:1], "-q", "--python", str(python), "--break-system-packages", *words[1:]]
    subprocess.run(argv, check=True, env={**home.environ, "UV_DEFAULT_INDEX": home.universe.index})


def nothing_to_do(home: Home, *words: str, name: str = "work") -> bool:
    return "Nothing to do" in home.parity("sync", "-n", name, *words).stdout


@pytest.mark.usefixtures("lock")
def test_an_environment_is_made_of_a_lock_and_doing_it_again_does_nothing(home: Home) -> None:
    home.parity("sync", "-n", "work")
    assert home.versions().keys() == MIXED
    assert home.python("import os, alpha, numlib; print(numlib.WHO, os.environ['COLOUR'])") == "conda blue"
    before = snapshot(home.prefix())
    assert nothing_to_do(home)
    assert home.json("sync", "-n", "work")["actions"] == {}
    assert difference(before, snapshot(home.prefix())) == []


@pytest.mark.usefixtures("tiny")
def test_the_environment_is_the_one_that_the_file_beside_the_lock_names(home: Home) -> None:
    (home.path / "environment.yml").write_text("dependencies: [app]\nname: 'fromfile'  # ours\n")
    home.parity("sync")
    assert "app" in home.versions("fromfile")
    assert "Nothing to do" in home.parity("sync").stdout
    assert "Nothing to do" not in home.parity("sync", "-n", "work").stdout
    assert "app" in home.versions("work")


@pytest.mark.usefixtures("lock")
def test_quiet_commands_say_nothing_when_all_is_well(home: Home) -> None:
    for words in (["sync", "-n", "work"], ["sync", "-n", "work"], ["verify", "-n", "work"]):
        done = home.parity(*words, "-q")
        assert (done.stdout, done.stderr) == ("", ""), words


@pytest.mark.usefixtures("lock")
def test_doing_nothing_needs_no_engine_and_no_yaml(home: Home) -> None:
    home.parity("sync", "-n", "work")
    code = (
        "import sys; from parity.cli import main; assert main(['sync', '-n', 'work', '-q']) == 0\n"
        "print([name for name in ('rattler', 'asyncio', 'yaml', 'rich', 'packaging') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home.path, env=home.environ
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout


@pytest.mark.usefixtures("lock")
def test_what_a_later_install_added_goes_and_what_was_removed_comes_back(home: Home) -> None:
    home.parity("sync", "-n", "work")
    before = snapshot(home.prefix())
    home.parity("install", "-y", "-n", "work", *home.channel("mixed"), "--pypi", "gamma")
    home.parity("remove", "-y", "-n", "work", "numlib")
    home.parity("sync", "-y", "-n", "work")
    assert home.versions().keys() == MIXED
    assert difference(before, snapshot(home.prefix())) in ([], ["conda-meta/history"])
    assert nothing_to_do(home)


@pytest.mark.usefixtures("lock")
def test_what_pip_put_over_conda_and_beside_it_is_taken_away(home: Home) -> None:
    home.parity("sync", "-n", "work")
    uv(home, "install", "numlib==9.0", "gamma", "beta")
    uv(home, "uninstall", "beta")
    assert "pypi:numlib" in home.versions()
    actions = home.json("sync", "-n", "work", "--dry-run")["actions"]
    assert {one["name"] for one in actions["LINK"]} == {"numlib", "beta"}
    assert {one["name"] for one in actions["UNLINK"]} == {"numlib", "gamma"}
    home.parity("sync", "-y", "-n", "work")
    assert home.versions().keys() == MIXED
    assert home.python("import numlib, beta; print(numlib.WHO)") == "conda"
    assert nothing_to_do(home)


@pytest.mark.usefixtures("lock")
def test_a_conda_package_that_pip_removed_is_noticed_and_linked_anew(home: Home) -> None:
    home.parity("sync", "-n", "work")
    uv(home, "uninstall", "numlib")
    assert not nothing_to_do(home, "-y")
    assert home.python("import numlib; print(numlib.WHO)") == "conda"
    assert nothing_to_do(home)


@pytest.mark.usefixtures("lock")
def test_variables_are_those_of_the_lock(home: Home) -> None:
    home.parity("sync", "-n", "work")
    home.parity("env", "config", "vars", "set", "-n", "work", "COLOUR=red", "SHAPE=round")
    said = home.parity("sync", "-y", "-n", "work").stderr
    assert "SHAPE" in said
    assert home.python("import os; print(os.environ['COLOUR'], 'SHAPE' in os.environ)") == "blue False"
    assert nothing_to_do(home)


@pytest.mark.usefixtures("tiny")
def test_versions_move_to_those_of_the_lock(home: Home) -> None:
    home.create("app=2", "tool", "helper")
    before = snapshot(home.prefix())
    home.parity("sync", "-n", "work", "--dry-run")
    home.parity("sync", "-n", "work", stdin="n\n", code=1)
    assert difference(before, snapshot(home.prefix())) == []
    home.parity("sync", "-n", "work", "-y")
    assert home.versions() == {"app": "1.0", "lib": home.versions("origin")["lib"], "solo": "1.0"}


@pytest.mark.usefixtures("tiny")
def test_what_a_lock_was_asked_for_stays_when_more_is_installed(home: Home) -> None:
    home.parity("export", "parity.lock", "-o", "pixi.lock")  # which does not say what was asked for
    home.parity("sync", "pixi.lock", "-n", "work")
    home.parity("install", "-y", "-n", "work", *home.channel("tiny"), "helper")
    assert home.versions().keys() == {"app", "lib", "solo", "helper"}
    assert home.versions()["app"] == "1.0"


@pytest.mark.usefixtures("lock")
def test_without_a_network_the_caches_are_enough(home: Home) -> None:
    home.parity("sync", "-n", "work")
    home.parity("sync", "-n", "again", "--offline")
    assert home.versions("again") == home.versions()


def test_base_is_not_synced(home: Home, tiny: Path) -> None:
    for words in (["-n", "base"], []):
        done = home.parity("sync", str(tiny), *words, code=2)
        assert "base" in done.stderr
        assert "name an environment with -n" in done.stderr


def test_a_lock_for_other_machines_is_refused_in_words(home: Home, tiny: Path) -> None:
    text = tiny.read_text()
    subdir = home.json("info")["platform"]
    other = "osx-arm64" if subdir != "osx-arm64" else "linux-64"
    tiny.write_text(
        text.replace(f"name: {subdir}\n", f"name: {other}\n").replace(f"      {subdir}:\n", f"      {other}:\n")
    )
    assert f"not for {subdir}" in home.parity("sync", "-n", "work", code=4).stderr
    tiny.write_text(text.replace(f"- name: {subdir}\n", f"- name: {subdir}\n  virtual-packages: [__cuda=99.0=0]\n"))
    home.environ["CONDA_OVERRIDE_CUDA"] = ""
    assert "__cuda >=99.0 is needed" in home.parity("sync", "-n", "work", code=3).stderr
    assert not home.prefix().exists()
    home.parity("sync", "-n", "work", "--override-virtual", "cuda=99.1")


def test_a_missing_lock_is_named(home: Home) -> None:
    assert "parity.lock" in home.parity("sync", "-n", "work", code=4).stderr
    assert "other.lock" in home.parity("sync", "other.lock", "-n", "work", code=4).stderr


# -- create -f ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tiny")
def test_create_takes_a_lock_and_nothing_beside_it(home: Home) -> None:
    home.parity("create", "-n", "work", "-f", "parity.lock")
    assert home.versions() == home.versions("origin")
    assert nothing_to_do(home)
    assert "nothing can be added" in home.parity("create", "-n", "other", "-f", "parity.lock", "solo", code=2).stderr
    assert "stands at" in home.parity("create", "-n", "work", "-f", "parity.lock", code=7).stderr
    home.parity("create", "-n", "work", "-f", "parity.lock", "--force")
    assert "parity sync" in home.parity("install", "-n", "work", "-f", "parity.lock", code=2).stderr


@pytest.mark.usefixtures("tiny")
def test_a_list_of_urls_gives_the_same_environment_with_its_dependencies(home: Home) -> None:
    (home.path / "list.txt").write_text(home.parity("list", "-n", "origin", "--explicit", "--md5").stdout)
    home.parity("create", "-n", "work", "-f", "list.txt")
    assert home.versions() == home.versions("origin")
    record = json.loads(next((home.prefix() / "conda-meta").glob("app-*.json")).read_text())
    assert record["depends"] == ["lib"]
    assert nothing_to_do(home, "list.txt")


def test_a_file_with_another_md5_is_refused(cold_home: Home) -> None:
    home = cold_home
    home.create("solo", name="origin")
    text = home.parity("list", "-n", "origin", "--explicit", "--md5").stdout
    head, _, digest = text.rstrip().rpartition("#")
    wrong = ("0" if digest[0] != "0" else "1") + digest[1:]
    (home.path / "list.txt").write_text(f"{head}#{wrong}\n")
    done = home.parity("create", "-n", "work", "-f", "list.txt", code=6)
    assert "solo-1.0" in done.stderr
    assert not home.prefix().exists()


def test_a_package_of_the_cache_is_not_taken_by_its_name_where_an_md5_says_more(
    cold_home: Home, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        make_channel(tmp_path / name, [TinyPackage("same", "1.0", noarch="generic", files={"share/same": name})])
    cold_home.parity("create", "-y", "-n", "first", "-c", (tmp_path / "one").as_uri(), "--override-channels", "same")
    archive = tmp_path / "two/noarch/same-1.0-0.conda"
    for index in archive.parent.glob("repodata*"):
        index.unlink()  # no channel tells its SHA-256
    digest = hashlib.md5(archive.read_bytes(), usedforsecurity=False).hexdigest()
    (cold_home.path / "list.txt").write_text(f"@EXPLICIT\n{archive.as_uri()}#{digest}\n")
    cold_home.parity("sync", "list.txt", "-n", "work")
    assert (cold_home.prefix() / "share/same").read_text() == "two"
    assert (cold_home.prefix("first") / "share/same").read_text() == "one"
    record = json.loads(next((cold_home.prefix() / "conda-meta").glob("same-*.json")).read_text())
    assert record["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()


# -- pylock.toml -------------------------------------------------------------------------------------


def test_a_pylock_is_installed_into_what_there_is_or_on_a_python_that_is_named(home: Home, lock: Path) -> None:
    home.parity("export", str(lock), "--format", "pylock", "-o", "pylock.toml")
    lock.unlink()
    assert "--python" in home.parity("sync", "pylock.toml", "-n", "work", code=2).stderr
    home.create("python", "--pypi", "gamma", channel="mixed")
    home.parity("sync", "pylock.toml", "-y", "-n", "work")
    assert home.versions().keys() == {"python", "pypi:alpha", "pypi:beta"}
    series = f"{sys.version_info[0]}.{sys.version_info[1]}"
    home.configure(f"channels: ['{home.universe.mixed}']")
    home.parity("sync", "pylock.toml", "-n", "other", "--python", series)
    assert home.versions("other").keys() == {"python", "pypi:alpha", "pypi:beta"}
    home.configure("channels: []")
    home.parity("sync", "pylock.toml", "-n", "third", "--python", series, "-c", "pypi", "--override-channels")
    assert home.versions("third").keys() == {"python", "pypi:alpha", "pypi:beta"}


def test_the_credentials_of_an_explicit_list_serve_its_downloads_and_nothing_else(cold_home: Home) -> None:
    home = cold_home
    guarded = home.path / "served" / "t" / "hush-hush"
    guarded.mkdir(parents=True)
    (guarded / "team").symlink_to(url2pathname(urlsplit(home.universe.tiny).path))
    server = Server(home.path / "served")
    try:
        [package] = (guarded / "team").glob("*/solo-1.0-*")
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        place = f"team/{package.parent.name}/{package.name}#sha256:{digest}"
        (home.path / "open.txt").write_text(f"@EXPLICIT\n{server.url}/{place}\n")
        (home.path / "list.txt").write_text(f"@EXPLICIT\n{server.url}/t/hush-hush/{place}\n")
        home.parity("create", "-n", "work", "-f", "open.txt", code=4)
        done = home.parity("create", "-n", "work", "-f", "list.txt", "-v")
    finally:
        server.close()
    assert home.versions() == {"solo": "1.0"}
    assert "hush" not in done.stdout + done.stderr
    written = [path for path in home.path.rglob("*") if path.is_file() and "served" not in path.parts]
    assert [path.name for path in written if b"hush-hush" in path.read_bytes()] == ["list.txt"]


@pytest.mark.usefixtures("lock")
def test_a_virtual_environment_is_left_alone(home: Home) -> None:
    place = home.path / "venv"
    place.mkdir()
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert "virtual environment" in home.parity("sync", "-p", place, code=7).stderr
    assert [path.name for path in place.iterdir()] == ["pyvenv.cfg"]
