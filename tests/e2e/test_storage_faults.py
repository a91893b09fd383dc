"""Full disks, read-only directories, broken networks, damaged files: a clear error, and everything stays usable."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from home import Home, difference, snapshot
from web import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from home import Universe


@contextmanager
def mounted(path: Path, options: str) -> Iterator[None]:
    """A file system in memory at `path`; the test is skipped where this may not be done."""
    path.mkdir(parents=True, exist_ok=True)
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("file systems cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def remount(path: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


# -- disks ---------------------------------------------------------------------------------------------


def test_a_full_disk_while_an_environment_is_made(home: Home) -> None:
    with mounted(home.envs, "size=1m"):
        words = ("create", "-y", "-n", "work", *home.channel("tiny"), "big", "app")
        refused = home.json(*words, code=7)
        assert "disk is full" in refused["error"]
        assert not home.prefix().exists()
        assert home.leftovers() == []
        assert home.json("env", "list")["envs"] == []
        home.create("solo")
        assert home.versions() == {"solo": "1.0"}
        remount(home.envs, "size=50m")
        home.parity(*words, "--force")
        assert home.parity("run", "-n", "work", "app").stdout.startswith("app 2.0")


def test_a_full_disk_while_an_environment_is_changed(home: Home) -> None:
    with mounted(home.envs, "size=1m"):
        home.create("app=1")
        before = snapshot(home.prefix())
        refused = home.json("install", "-y", "-n", "work", "big", "app=2", code=7)
        assert "disk is full" in refused["error"]
        assert difference(before, snapshot(home.prefix())) == []
        assert home.parity("run", "-n", "work", "app").stdout.startswith("app 1.0")
        remount(home.envs, "size=50m")
        home.parity("install", "-y", "-n", "work", "big", "app=2")
        assert home.parity("run", "-n", "work", "app").stdout.startswith("app 2.0")


def test_a_full_disk_while_wheels_are_installed(home: Home) -> None:
    with mounted(home.envs, "size=300m"):
        home.create("python", "alpha", channel="pypi")
        before = snapshot(home.prefix())
        used = shutil.disk_usage(home.envs).used
        remount(home.envs, f"size={used + 1_000_000}")
        refused = home.json("install", "-y", "-n", "work", "manyfiles", code=7)
        assert "full" in refused["error"] or "space" in refused["error"]
        assert difference(before, snapshot(home.prefix())) == []
        remount(home.envs, "size=300m")
        home.parity("install", "-y", "-n", "work", "manyfiles")
        assert home.python("import alpha, manyfiles.part_0699 as part; print(part.VALUE)") == "699"


def test_a_full_disk_below_the_package_cache(tmp_path: Path, universe: Universe) -> None:
    home = Home(tmp_path / "home", universe, tmp_path / "pkgs")
    with mounted(home.pkgs, "size=1m"):
        words = ("create", "-y", "-n", "work", *home.channel("tiny"), "big")
        assert "disk is full" in home.json(*words, code=7)["error"]
        assert home.leftovers() == []
        remount(home.pkgs, "size=50m")
        home.parity(*words)
        assert len(list((home.prefix() / "share" / "big").rglob("*.txt"))) == 900


def test_a_read_only_directory(home: Home) -> None:
    with mounted(home.envs, "size=50m"):
        home.create("app=1")
        before = snapshot(home.prefix())
        remount(home.envs, "ro")
        for words in (
            ["install", "-y", "-n", "work", *home.channel("tiny"), "solo"],
            ["remove", "-y", "-n", "work", "app"],
            ["env", "remove", "-y", "-n", "work"],
            ["create", "-y", "-p", home.prefix("other"), *home.channel("tiny"), "solo"],
        ):
            refused = home.json(*words, code=7)
            assert refused["code"] == "storage", words
            assert refused["hints"], words
        assert home.versions() == {"app": "1.0", "lib": "2.0"}
        assert home.parity("run", "-n", "work", "app").stdout.startswith("app 1.0")
        assert home.parity("install", "-y", "-n", "work", "app=1").stdout.startswith("All requested")
        assert difference(before, snapshot(home.prefix())) == []
        remount(home.envs, "rw")
        home.parity("install", "-y", "-n", "work", "solo")


def test_where_the_root_takes_no_environments_they_are_made_at_home_as_in_conda(home: Home) -> None:
    home.root.mkdir(exist_ok=True)
    home.envs.write_text("")
    home.create("solo")
    assert home.json("env", "list")["envs"] == [str(home.path / "home" / ".conda" / "envs" / "work")]
    refused = home.json("create", "-y", "-p", home.envs / "work", *home.channel("tiny"), "solo", code=7)
    assert str(home.envs) in refused["error"]


# -- networks ------------------------------------------------------------------------------------------


@pytest.fixture
def server(universe: Universe) -> Iterator[Server]:
    server = Server(Path(url2pathname(urlsplit(universe.tiny).path)))
    yield server
    server.close()


@pytest.fixture
def index(universe: Universe) -> Iterator[Server]:
    server = Server(Path(url2pathname(urlsplit(universe.index).path)).parent)
    yield server
    server.close()


def served(server: Server, *specs: str) -> tuple[str, ...]:
    return ("create", "-y", "-n", "work", "-c", server.url, "--override-channels", *specs)


BIG = "big-2.0-0.conda"


def test_a_connection_that_breaks_once_is_tried_again(cold_home: Home, server: Server) -> None:
    cold_home.configure(retries=1)
    server.cut = {BIG: 1}
    cold_home.parity(*served(server, "big"))
    assert len(list((cold_home.prefix() / "share" / "big").rglob("*.txt"))) == 900
    assert sum(path.endswith(BIG) for path in server.asked) == 2


@pytest.mark.parametrize("what", [[BIG], ["repodata.json.zst", "repodata.json", "shards.msgpack.zst"]])
def test_a_connection_that_always_breaks_is_a_clear_error(cold_home: Home, server: Server, what: list[str]) -> None:
    home = cold_home
    server.cut = dict.fromkeys(what, 100)
    refused = home.json(*served(server, "big"), code=5)
    assert refused["code"] == "network"
    assert not home.prefix().exists()
    assert home.leftovers() == []
    server.cut = {}
    home.parity(*served(server, "big"))
    assert len(list((home.prefix() / "share" / "big").rglob("*.txt"))) == 900


def test_a_server_that_is_gone(cold_home: Home, server: Server) -> None:
    server.close()
    refused = cold_home.json(*served(server, "big"), code=5)
    assert refused["code"] == "network"


def test_a_lost_network_changes_no_environment(cold_home: Home, server: Server) -> None:
    home = cold_home
    home.parity(*served(server, "app=1"))
    before = snapshot(home.prefix())
    server.cut = {BIG: 100}
    assert home.json("install", "-y", "-n", "work", "big", "app=2", code=5)["code"] == "network"
    assert difference(before, snapshot(home.prefix())) == []
    server.cut = {}
    home.parity("install", "-y", "-n", "work", "big", "app=2")
    assert home.parity("run", "-n", "work", "app").stdout.startswith("app 2.0")


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize("spoilt", [flipped, lambda content: content[: len(content) // 2]])
def test_a_package_that_is_not_what_the_index_says(
    cold_home: Home, server: Server, spoilt: Callable[[bytes], bytes]
) -> None:
    home = cold_home
    home.parity(*served(server, "app=1"))
    before = snapshot(home.prefix())
    server.spoil = lambda path, content: spoilt(content) if path.endswith(BIG) else content
    refused = home.json("install", "-y", "-n", "work", "big", code=6)
    assert refused["code"] == "integrity"
    assert difference(before, snapshot(home.prefix())) == []
    server.spoil = lambda _, content: content
    home.parity("install", "-y", "-n", "work", "big")
    assert len(list((home.prefix() / "share" / "big").rglob("*.txt"))) == 900


@pytest.mark.parametrize(("cut", "spoil", "code"), [(100, False, 5), (0, True, 6)])
def test_a_wheel_that_does_not_arrive_as_it_was_sent(
    home: Home, index: Server, cut: int, spoil: bool, code: int
) -> None:
    home.configure(index=f"{index.url}/simple")
    home.create("python", "alpha", channel="pypi")
    before = snapshot(home.prefix())
    wheel = "manyfiles-2.0-py3-none-any.whl"
    index.cut = {wheel: cut}
    if spoil:
        index.spoil = lambda path, content: flipped(content) if path.endswith(wheel) else content
    home.json("install", "-y", "-n", "work", "manyfiles", code=code)
    assert difference(before, snapshot(home.prefix())) == []
    index.cut = {}
    index.spoil = lambda _, content: content
    home.parity("install", "-y", "-n", "work", "manyfiles")
    assert home.python("import alpha, manyfiles.part_0699 as part; print(part.VALUE)") == "699"


# -- damaged files -------------------------------------------------------------------------------------


def truncate(path: Path) -> None:
    """Damage a file of its own, not the one that it is linked with."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def test_a_damaged_entry_of_the_package_cache_is_fetched_anew(cold_home: Home) -> None:
    home = cold_home
    home.create("big", "app")
    truncate(home.pkgs / "big-2.0-0" / "share" / "big" / "2.0" / "0003.txt")
    (home.pkgs / "app-2.0-0" / "bin" / "app").unlink()
    home.create("big", "app", name="other")
    assert (home.prefix("other") / "share" / "big" / "2.0" / "0003.txt").read_text() == "2.0 3\n"
    assert home.parity("run", "-n", "other", "app").stdout.startswith("app 2.0")


def test_a_damaged_entry_is_fetched_anew_for_a_change_too(cold_home: Home) -> None:
    home = cold_home
    home.create("big")
    home.create("app", name="other")
    shutil.rmtree(home.pkgs / "big-2.0-0" / "info")
    home.parity("install", "-y", "-n", "other", "big")
    assert len(list((home.prefix("other") / "share" / "big").rglob("*.txt"))) == 900


def test_a_damaged_record_is_named_and_can_be_mended_as_the_hint_says(home: Home) -> None:
    home.create("app=1")
    record = home.prefix() / "conda-meta" / "lib-2.0-0.json"
    truncate(record)
    for words in (["list"], ["install", "-y", "solo"], ["update", "-y", "--all"], ["remove", "-y", "app"]):
        refused = home.json(words[0], "-n", "work", *words[1:], code=6)
        assert refused["code"] == "integrity"
        assert str(record) in refused["error"]
        assert f"`parity verify --fix -p {home.prefix()}`" in refused["hints"][0]
    assert home.parity("run", "-n", "work", "app").stdout.startswith("app 1.0")
    home.parity("verify", "-y", "--fix", "-p", home.prefix())
    assert home.versions() == {"app": "1.0", "lib": "2.0"}


@pytest.mark.parametrize("name", ["parity", "state", "history"])
def test_other_damaged_files_of_an_environment(home: Home, name: str) -> None:
    file = home.path / "env.yml"
    file.write_text(f"channels: [{home.universe.tiny}]\ndependencies: [app=1]\nvariables: {{A: '1'}}\n")
    home.parity("create", "-y", "-n", "work", "-f", file)
    damaged = home.prefix() / "conda-meta" / name
    damaged.write_bytes(b'\xff{"version": 1, "env_vars": {' if name != "history" else b"\xff\xfe\x00 ==> \n+")
    done = subprocess.run(
        home.command("install", "-y", "-n", "work", *home.channel("tiny"), "solo"),
        env=home.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    if name == "history":
        assert done.returncode == 0
    else:
        assert done.returncode == 6
        assert str(damaged) in done.stderr
        damaged.unlink()
        home.parity("install", "-y", "-n", "work", *home.channel("tiny"), "solo")
    assert {"app", "solo"} <= home.versions().keys()


def test_nobody_may_write_who_is_not_allowed_to(home: Home) -> None:
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind root")
    home.create("app=1")
    home.prefix().joinpath("conda-meta").chmod(0o555)
    assert home.json("install", "-y", "-n", "work", "solo", code=7)["code"] == "storage"
