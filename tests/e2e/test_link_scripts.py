from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts are for sh")


@pytest.fixture
def parity(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    make_channel(
        tmp_path / "channel",
        [
            TinyPackage("plain"),
            TinyPackage("good", files={"bin/.good-post-link.sh": '#!/bin/sh\necho "$PREFIX" > "$PREFIX/ran"\n'}),
            TinyPackage("bad", files={"bin/.bad-post-link.sh": "#!/bin/sh\nexit 7\n"}),
        ],
    )
    environ = {"HOME": str(tmp_path), "PARITY_ROOT": str(tmp_path / "root"), "PATH": "/usr/bin:/bin"}
    channel = ["-c", str(tmp_path / "channel"), "--override-channels", "-y"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "parity", *arguments, *channel]
        return subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)

    return run


def test_scripts_are_named_and_not_run(parity: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = parity("create", "-n", "x", "good")
    assert done.returncode == 0
    assert "link scripts were not run (good)" in done.stderr
    assert not (tmp_path / "root" / "envs" / "x" / "ran").exists()


def test_asked_for_they_run_in_the_final_place(
    parity: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    assert parity("create", "-n", "x", "good", "--run-link-scripts").returncode == 0
    prefix = tmp_path / "root" / "envs" / "x"
    assert (prefix / "ran").read_text().strip() == str(prefix)


def test_one_that_fails_makes_no_environment(
    parity: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = parity("create", "-n", "x", "bad", "--run-link-scripts")
    assert done.returncode == 8
    assert "link scripts ended with an error: bad" in done.stderr
    assert list((tmp_path / "root" / "envs").glob("*x*")) == []


def test_one_that_fails_changes_no_environment(
    parity: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    parity("create", "-n", "x", "plain")
    done = parity("install", "-n", "x", "bad", "--run-link-scripts")
    assert done.returncode == 8
    records = [path.name for path in (tmp_path / "root" / "envs" / "x" / "conda-meta").glob("*.json")]
    assert records == ["plain-1.0-0.json"]
