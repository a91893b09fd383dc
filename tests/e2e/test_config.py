"""`parity config` as a person uses it, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class Shell:
    """Runs `parity config` with a home and a root of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.root = folder / "root"
        self.home.mkdir()
        self.root.mkdir()
        self.rc = self.home / ".condarc"
        # Variables of the machine that runs the tests would count as settings.
        self.environ = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("CONDA", "MAMBA", "PARITY_", "PIP_", "UV_", "XDG_"))
        }
        self.environ |= {"HOME": str(self.home), "USERPROFILE": str(self.home), "PARITY_ROOT": str(self.root)}

    def __call__(self, *args: str, code: int = 0, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "parity", "config", *args],
            input=stdin,
            capture_output=True,
            text=True,
            env={**self.environ, **environ},
            cwd=self.home,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done

    def json(self, *args: str, code: int = 0, **environ: str) -> Any:
        return json.loads(self(*args, "--json", code=code, **environ).stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_values_are_set_shown_and_removed(shell: Shell) -> None:
    shell.rc.write_text("# mine\nchannels:\n  - conda-forge  # always\n", encoding="utf-8")
    shell("--append", "channels", "bioconda", "--prepend", "channels", "team", "--set", "ssl_verify", "no")
    shell("--set", "proxy_servers.https", "http://u:secret@proxy:8080", "--set", "default_python", "3.10")
    text = shell.rc.read_text(encoding="utf-8")
    assert text.startswith("# mine\nchannels:\n  - team\n  - conda-forge  # always\n  - bioconda\n")
    shown = shell.json("--show", "channels", "ssl_verify", "proxy_servers", "default_python")
    assert shown == {
        "channels": ["team", "conda-forge", "bioconda"],
        "ssl_verify": False,
        "proxy_servers": {"https": "http://***@proxy:8080"},
        "default_python": "3.10",
    }
    shell("--remove", "channels", "team", "--remove-key", "ssl_verify", "--remove-key", "proxy_servers")
    assert shell.json("--get") == {
        "success": True,
        "warnings": [],
        "rc_path": str(shell.rc),
        "get": {"channels": ["conda-forge", "bioconda"], "default_python": "3.10"},
    }


def test_get_prints_what_would_make_the_file(shell: Shell) -> None:
    shell("--append", "channels", "a", "--append", "channels", "b", "--set", "always_yes", "1")
    lines = shell("--get").stdout.splitlines()
    assert sorted(lines) == [
        "--add channels a   # highest priority",
        "--add channels b   # lowest priority",
        "--set always_yes True",
    ]
    assert shell("--get", "offline").stdout == ""


def test_sources_say_where_values_come_from(shell: Shell) -> None:
    shell("--system", "--set", "offline", "true")
    shell("--set", "offline", "false")
    assert (shell.root / ".condarc").read_text(encoding="utf-8") == "offline: true\n"
    sources = shell.json("--show-sources", CONDA_ALWAYS_YES="1", CONDA_CHANNELS="https://u:secret@h/c")
    ours = {source: values for source, values in sources.items() if not source.startswith(("/etc", "/var"))}
    assert ours == {
        str(shell.root / ".condarc"): {"offline": True},
        str(shell.rc): {"offline": False},
        "environment variable CONDA_CHANNELS": {"channels": ["https://***@h/c"]},
        "environment variable CONDA_ALWAYS_YES": {"always_yes": True},
    }
    assert f"==> {shell.rc} <==" in shell("--show-sources").stdout


def test_mistakes_are_explained_and_change_nothing(shell: Shell) -> None:
    shell.rc.write_text("offline: true\n", encoding="utf-8")
    done = shell("--set", "chanels", "a", code=2)
    assert "did you mean channels?" in done.stderr
    error = shell.json("--set", "always_yes", "true", "--set", "offline", "maybe", code=2)
    assert "offline must be true or false" in error["error"]
    assert "show" not in shell("--show", "oflline", code=2).stdout
    shell("--remove", "channels", "x", code=2)
    assert shell.rc.read_text(encoding="utf-8") == "offline: true\n"


def test_a_wrong_file_is_reported_in_full_and_can_be_mended(shell: Shell) -> None:
    shell.rc.write_text("offline: maybe\nchannels: a\nother_tool: 1\n", encoding="utf-8")
    faults = shell.json("--validate", code=2)["faults"]
    assert [(fault["place"], fault["line"]) for fault in faults] == [("offline", 1), ("channels", 2)]
    shell("--show", code=2)
    shell("--set", "offline", "true", "--remove-key", "channels")
    done = shell("--validate")
    assert "unknown setting 'other_tool'" in done.stderr
    assert shell.json("--show", "offline") == {"offline": True}


def test_files_other_than_the_home_one(shell: Shell, tmp_path: Path) -> None:
    other, prefix = tmp_path / "x" / "rc", tmp_path / "env"
    shell("--file", str(other), "--append", "channels", "a")
    assert other.read_text(encoding="utf-8") == "channels:\n  - a\n"
    assert not shell.rc.exists()
    assert shell.json("--show", "channels", CONDARC=str(other)) == {"channels": ["a"]}
    shell("--env", "--set", "offline", "yes", code=2)
    shell("--env", "--set", "offline", "yes", CONDA_PREFIX=str(prefix))
    assert (prefix / ".condarc").read_text(encoding="utf-8") == "offline: true\n"


def test_dry_run_shows_the_change_and_makes_none(shell: Shell) -> None:
    done = shell("--append", "channels", "https://u:secret@h/c", "--dry-run")
    assert "+  - https://***@h/c" in done.stdout
    assert not shell.rc.exists()


def test_descriptions_and_the_commented_file(shell: Shell) -> None:
    rows = {row["name"]: row for row in shell.json("--describe")}
    assert rows["channels"]["environment_variables"][:2] == ["PARITY_CHANNELS", "PARITY_CHANNEL"]
    assert not rows["sat_solver"]["applies"]
    assert "channel_priority" in shell("--describe", "channel_priority").stdout
    shell("--write-default")
    assert "# channels:" in shell.rc.read_text(encoding="utf-8")
    assert shell.json("--get")["get"] == {}
    shell("--write-default", code=2)


def test_a_file_comes_in_through_standard_input(shell: Shell) -> None:
    shell.rc.write_text("# mine\nchannels: [a]  # here\nreport_errors: no\n", encoding="utf-8")
    shell("--stdin", stdin="channels:\n  - b\n  - c\nreport_errors: null\nssl_verify: no\n")
    assert shell.rc.read_text(encoding="utf-8").startswith("# mine\nchannels:  # here\n")
    assert shell.json("--get")["get"] == {"channels": ["b", "c"], "ssl_verify": False}
    before = shell.rc.read_text(encoding="utf-8")
    assert "must be true, false" in shell("--stdin", stdin="offline: yes\nssl_verify: maybe\n", code=2).stderr
    shell("--stdin", stdin="chanels: [x]\n", code=2)
    shell("--stdin", stdin="a: [\n", code=2)
    assert shell.rc.read_text(encoding="utf-8") == before


def test_what_is_not_acted_on_is_said_where_sources_are_shown(shell: Shell) -> None:
    shell("--set", "auto_update_conda", "false", "--set", "changeps1", "false")
    text = shell("--show-sources").stdout
    assert "auto_update_conda: false  # not acted on: it is about conda's own installation" in text
    assert "changeps1: false\n" in text
    report = shell.json("--validate")
    assert list(report["not_acted_on"]) == ["auto_update_conda"]
