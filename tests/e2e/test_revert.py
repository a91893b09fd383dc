"""An environment taken back to an earlier revision, by Parity's words and by conda's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from home import Home, difference, snapshot
from test_conda_texts import platform

from parity.store.environments import MANIFEST
from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from pathlib import Path


def conda(home: Home, *words: str, dialect: str = "conda", code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "parity.shim", dialect, *words],
        capture_output=True, text=True, check=False, cwd=home.path, env=home.environ,
    )  # fmt: skip
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def grown(home: Home) -> None:
    """An environment of four revisions: app 1 with lib 1, app 2 with lib 2, tool and helper beside it, without app."""
    home.create("app=1", "lib=1")
    channel = home.channel("tiny")
    home.parity("install", "-y", "-n", "work", "app=2", "lib=2", *channel)
    home.parity("install", "-y", "-n", "work", "tool", *channel)
    home.parity("remove", "-y", "-n", "work", "app")


def test_back_and_forth(home: Home) -> None:
    home.create("app=1", "lib=1")
    fresh = snapshot(home.prefix())
    shutil.rmtree(home.prefix())
    grown(home)
    first = {"app": "1.0", "lib": "1.0"}
    home.parity("install", "-y", "-n", "work", "--revision", 0)
    assert home.versions() == first
    assert difference(fresh, snapshot(home.prefix())) == ["conda-meta/history", MANIFEST]  # specs in other words
    home.parity("verify", "-n", "work")
    # It is a change like every other: it is in the history, and can be taken back.
    home.parity("install", "-y", "-n", "work", "--revision", 2)
    assert home.versions() == {"app": "2.0", "lib": "2.0", "tool": "1.0", "helper": "1.0"}
    home.parity("install", "-y", "-n", "work", "--rev", "-2")
    assert home.versions() == first
    assert home.json("list", "-n", "work", "--revisions")[4]["remove"] != []


def test_what_was_asked_for_goes_back_too(home: Home) -> None:
    grown(home)
    home.parity("install", "-y", "-n", "work", "--revision", 0)
    exported = home.parity("env", "export", "-n", "work", "--from-history").stdout
    assert "app 1.*" in exported
    assert "tool" not in exported
    (home.prefix() / MANIFEST).unlink()
    # Without Parity's own notes the history tells the same, as conda reads it.
    again = home.parity("env", "export", "-n", "work", "--from-history").stdout
    assert sorted(again.splitlines()[-3:]) == sorted(exported.splitlines()[-3:])


def test_a_dry_run_and_a_plan_as_json(home: Home) -> None:
    grown(home)
    before = snapshot(home.prefix())
    plan = home.json("install", "-n", "work", "--revision", 0, "--dry-run")
    assert sorted(one["name"] for one in plan["actions"]["LINK"]) == ["app", "lib"]
    assert sorted(one["name"] for one in plan["actions"]["UNLINK"]) == ["helper", "lib", "tool"]
    assert difference(before, snapshot(home.prefix())) == []
    assert home.json("install", "-n", "work", "--revision", 3)["actions"]["LINK"] == []


def test_in_the_words_of_conda(home: Home) -> None:
    grown(home)
    shown = conda(home, "list", "-n", "work", "--revisions").stdout
    place = f"{home.universe.tiny}/{platform()}"
    assert f"(rev 1)\n     app  {{1.0 ({place}) -> 2.0 ({place})}}\n     lib  " in shown
    done = conda(home, "install", "-n", "work", "--revision", "1", "--dry-run")
    assert "The following packages will be REMOVED:" in done.stdout
    data = json.loads(conda(home, "install", "-y", "-n", "work", "--revision", "1", "--json").stdout)
    assert sorted(one["name"] for one in data["actions"]["UNLINK"]) == ["helper", "tool"]
    assert home.versions() == {"app": "2.0", "lib": "2.0"}
    for dialect in ("mamba", "micromamba"):
        conda(home, "install", "-y", "-n", "work", "--revision", "0", dialect=dialect)
        assert home.versions() == {"app": "1.0", "lib": "1.0"}
    again = conda(home, "install", "-y", "-n", "work", "--rev", "0")
    assert "All requested packages already installed." in again.stdout
    failed = conda(home, "install", "-n", "work", "--revision", "99", code=1)
    assert "CondaIndexError: no such revision: 99" in failed.stderr
    failed = conda(home, "install", "-n", "work", "--revision", "last", code=1)
    assert "CondaValueError: expected revision number, not: 'last'" in failed.stderr
    failed = conda(home, "install", "-n", "work", "--revision", "1", "solo", code=1)
    assert "CondaValueError: --revision says what is installed" in failed.stderr


def test_packages_that_the_channel_has_no_more_are_all_named(home: Home, tmp_path: Path) -> None:
    tiny = [TinyPackage(name, "1.0", subdir=platform()) for name in ("one", "two", "three")]
    url = make_channel(tmp_path / "channel", tiny)
    home.parity("create", "-y", "-n", "work", "-c", url, "--override-channels", "one", "two", "three")
    home.parity("remove", "-y", "-n", "work", "one", "two")
    shutil.rmtree(tmp_path / "channel")
    make_channel(tmp_path / "channel", tiny[2:])
    failed = home.parity("install", "-y", "-n", "work", "--revision", 0, code=4)
    assert f"{platform()}::one-1.0-" in failed.stderr
    assert f"{platform()}::two-1.0-" in failed.stderr
    assert "three" not in failed.stderr
    assert home.versions() == {"three": "1.0"}
    elsewhere = make_channel(tmp_path / "elsewhere", tiny)
    home.parity("install", "-y", "-n", "work", "--revision", 0, "-c", elsewhere)
    assert home.versions() == {"one": "1.0", "two": "1.0", "three": "1.0"}


def test_pypi_packages_stay_with_their_python_and_go_without(home: Home) -> None:
    home.create("solo")
    home.parity("install", "-y", "-n", "work", "numlib", *home.channel("mixed"))
    home.parity("install", "-y", "-n", "work", "--pypi", "alpha", *home.channel("mixed"))
    home.parity("install", "-y", "-n", "work", "app", *home.channel("tiny"))
    done = home.parity("install", "-y", "-n", "work", "--revision", 1)
    assert "2 PyPI packages stay as they are" in done.stderr
    assert home.versions()["pypi:alpha"] == "2.0"
    assert "app" not in home.versions()
    assert home.python("import alpha, numlib; print(numlib.WHO)") == "conda"
    done = home.parity("install", "-y", "-n", "work", "--revision", 0)
    assert "alpha, beta" in done.stderr
    assert "go" in done.stderr
    assert home.versions() == {"solo": "1.0"}


def test_channels_that_the_history_names_as_conda_does(home: Home) -> None:
    grown(home)
    history = home.prefix() / "conda-meta" / "history"
    top, _, name = home.universe.tiny.rstrip("/").rpartition("/")
    history.write_text(history.read_text().replace(f"{home.universe.tiny.rstrip('/')}/", f"{name}/"))
    home.configure(f"channel_alias: {top}", "channels: []")
    (home.prefix() / MANIFEST).unlink()
    conda(home, "install", "-y", "-n", "work", "--revision", "1")
    assert home.versions() == {"app": "2.0", "lib": "2.0"}
    home.parity("verify", "-n", "work")


def test_base_keeps_parity(home: Home) -> None:
    """Parity's own command refuses to change base; conda's changes it, but not to what has no Parity."""
    meta = home.root / "conda-meta"
    meta.mkdir()
    (meta / "history").write_text("==> 2025-01-02 03:04:05 <==\n")
    place = f"{home.universe.tiny.rstrip('/')}/noarch"
    (meta / "parity-env-0.1-0.json").write_text(
        json.dumps(
            {"name": "parity-env", "version": "0.1", "build": "0", "build_number": 0, "subdir": "noarch",
             "channel": home.universe.tiny, "url": f"{place}/parity-env-0.1-0.conda", "fn": "parity-env-0.1-0.conda",
             "depends": [], "files": []}
        )
    )  # fmt: skip
    assert "base is not changed" in home.parity("install", "-y", "-n", "base", "--revision", 0, code=2).stderr
    failed = conda(home, "install", "-y", "-n", "base", "--revision", "0", code=1)
    assert "OperationNotAllowed: revision 0 is from before parity-env" in failed.stderr
