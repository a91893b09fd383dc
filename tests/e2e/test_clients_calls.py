"""What editors, CI actions and other programs ask conda and mamba, without those programs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from home import PATIENCE, Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")


def shim(home: Home, *words: object, code: int = 0, stdin: str = "") -> str:
    """What conda, or the program that the first word names, prints."""
    dialect, *rest = map(str, words)
    done = subprocess.run(
        [sys.executable, "-m", "parity.shim", dialect, *rest], cwd=home.path, env=home.environ, input=stdin, text=True,
        capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def data(home: Home, *words: object, code: int = 0) -> Any:
    return json.loads(shim(home, *words, "--json", code=code))


def test_an_editor_runs_a_file(home: Home) -> None:
    home.create("python", channel="mixed")
    file = home.path / "a file.py"
    file.write_text("import os, sys; print(sys.argv[1:], os.environ['CONDA_PREFIX'], input()); sys.exit(3)\n")
    prefix = home.prefix()
    words = ["conda", "run", "-p", prefix, "--no-capture-output", "python", file, "--json", "-n", "a b"]
    assert shim(home, *words, code=3, stdin="typed\n") == f"['--json', '-n', 'a b'] {prefix} typed\n"
    assert data(home, "conda", "env", "list")["envs"] == [str(prefix)]
    assert "python" in {each["name"] for each in data(home, "conda", "list", "-p", prefix)}


def test_settings_are_taken_apart_as_conda_does(home: Home) -> None:
    home.configure(
        "channel_alias: https://me:secret@mirror.example/conda",
        "default_channels: [main, https://d.example/r]",
        "custom_channels: {team: 'https://c.example/t/hush/x'}",
        "custom_multichannels: {all: [team, main]}",
    )
    found = data(home, "conda", "config", "--show")

    def put_together(spec: dict[str, str]) -> str:
        return f"{spec['scheme']}://{spec['location']}/{spec['name']}"

    assert (found["channel_alias"]["location"], found["channel_alias"]["name"]) == ("mirror.example/conda", None)
    assert [put_together(each) for each in found["default_channels"]] == [
        "https://mirror.example/conda/main", "https://d.example/r",
    ]  # fmt: skip
    assert put_together(found["custom_channels"]["team"]) == "https://c.example/x/team"
    assert [put_together(each) for each in found["custom_multichannels"]["all"]] == [
        "https://c.example/x/team", "https://mirror.example/conda/main",
    ]  # fmt: skip
    assert found["pkgs_dirs"][0] == str(home.pkgs)
    assert found["envs_dirs"][0] == str(home.envs)
    assert "secret" not in json.dumps(found)
    assert "hush" not in json.dumps(found)


def test_mamba_has_commands_where_conda_has_options(home: Home) -> None:
    assert data(home, "micromamba", "config", "list", "pkgs_dirs")["pkgs_dirs"][0] == str(home.pkgs)
    file = home.path / "rc"
    shim(home, "mamba", "config", "append", "channels", "bioconda", "--file", file)
    shim(home, "mamba", "config", "--file", file, "prepend", "channels", "conda-forge")
    shim(home, "mamba", "config", "set", "changeps1", "false", "--file", file)
    shim(home, "mamba", "config", "remove", "channels", "bioconda", "--file", file)
    assert file.read_text() == "channels:\n  - conda-forge\nchangeps1: false\n"
    shim(home, "mamba", "config", "remove-key", "changeps1", "--file", file)
    assert shim(home, "mamba", "config", "get", "channels", "--file", file) == "--add channels conda-forge\n"


def test_mamba_tells_where_an_environment_is(home: Home) -> None:
    home.create("solo")
    lines = shim(home, "micromamba", "info", "-n", "work").splitlines()
    assert f"           env location : {home.prefix()}" in lines
    assert "            environment : work" in lines
    found = data(home, "mamba", "info", "-n", "nowhere")
    assert (found["environment"], found["base environment"]) == ("nowhere (not found)", str(home.root))
    assert data(home, "mamba", "info")["env location"] == "-"
    shim(home, "conda", "info", "-n", "work", code=1)


def test_a_directory_with_other_things_becomes_an_environment(home: Home, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "log").write_text("kept")
    create = ["conda", "create", "-p", place, *home.channel("tiny")]
    assert "not a conda environment" in shim(home, *create, "solo", stdin="n\n")
    shim(home, *create, "-y", "missing", code=1)
    assert [path.name for path in place.iterdir()] == ["log"]
    assert data(home, *create, "-y", "solo")["success"]
    assert (place / "log").read_text() == "kept"
    assert [each["name"] for each in data(home, "conda", "list", "-p", place)] == ["solo"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").touch()
    shim(home, "conda", "create", "-y", "-p", other)
    assert str(other) in data(home, "conda", "env", "list")["envs"]


def test_package_files_come_as_they_are(home: Home) -> None:
    """As Metaflow makes environments, and as people install what they built."""
    home.create("solo")  # the caches know the channel now
    dry = data(home, "micromamba", "create", "-y", "-n", "x", "--dry-run", "--no-extra-safety-checks",
               *home.channel("tiny"), "app")  # fmt: skip
    urls = sorted(each["url"] for each in dry["actions"]["LINK"])
    app = [url for url in urls if "/app-" in url]
    assert len(urls) > len(app) == 1
    exactly = ["micromamba", "create", "-y", "-q", "--no-deps", "--prefix"]
    shim(home, *exactly, home.path / "fetched", "--download-only", *urls)
    assert not (home.path / "fetched").exists()
    shim(home, *exactly, home.path / "all", *urls)
    assert len(data(home, "conda", "list", "-p", home.path / "all")) == len(urls)
    for number, words in enumerate([app, ["--no-deps", *home.channel("tiny"), "app"]]):
        prefix = home.path / f"alone {number}"
        shim(home, "conda", "create", "-y", "-p", prefix, *words)
        assert [each["name"] for each in data(home, "conda", "list", "-p", prefix)] == ["app"]
    file = home.path / Path(urls[0]).name
    shutil.copy(urls[0].removeprefix("file://"), file)
    assert file.parent == home.path
    shim(home, "conda", "install", "-y", "-p", prefix, f"./{file.name}")
    assert len(data(home, "conda", "list", "-p", prefix)) == 1 + (urls[0] not in app)


def test_kernels_of_an_environment(home: Home) -> None:
    home.create("solo")
    assert "no kernel" in home.parity("kernel", "install", "-n", "work", code=4).stderr
    for name in ("python3", "ir"):
        spec = home.prefix() / "share" / "jupyter" / "kernels" / name
        spec.mkdir(parents=True)
        shown = "Python 3 (ipykernel)" if name == "python3" else "R"
        (spec / "kernel.json").write_text(json.dumps({"argv": [name, "{connection_file}"], "display_name": shown}))
    assert home.json("kernel", "install", "-n", "work", "--dry-run")["dry_run"]
    assert home.json("kernel", "list") == []
    home.parity("kernel", "install", "-n", "work", "--display-name", "x", code=2)
    home.parity("kernel", "install", "-n", "work")
    home.parity("kernel", "install", "-n", "work")  # the same again
    rows = home.json("kernel", "list")
    assert [(row["name"], row["display_name"]) for row in rows] == [
        ("work", "Python 3 (work)"),
        ("work-ir", "R (work)"),
    ]
    home.create("solo", name="other")
    shutil.copytree(home.prefix() / "share" / "jupyter", home.prefix("other") / "share" / "jupyter")
    again = ["kernel", "install", "-n", "other", "--kernel", "ir", "--kernel-name", "work-ir"]
    assert "of work" in home.parity(*again, code=2).stderr
    home.parity(*again, "--force")
    assert home.json("kernel", "list")[1]["prefix"] == str(home.prefix("other"))
    assert home.json("kernel", "remove", "-n", "work")["removed"] == ["work"]
    home.parity("kernel", "remove", "python3", code=4)
    assert home.json("kernel", "remove", "work-ir")["removed"] == ["work-ir"]
