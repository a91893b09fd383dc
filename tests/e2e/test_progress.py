from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from pathlib import Path

pexpect = pytest.importorskip("pexpect")


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    make_channel(tmp_path / "channel", [TinyPackage("app", depends=("lib",)), TinyPackage("lib")])
    return [sys.executable, "-m", "parity", "create", "-y", "-n", "x", "-c", str(tmp_path / "channel"),
            "--override-channels", "app"]  # fmt: skip


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return {**kept, "HOME": str(tmp_path), "PARITY_ROOT": str(tmp_path / "root"), "TERM": "xterm-256color"}


def test_a_terminal_gets_bars_that_are_gone_at_the_end(command: list[str], environ: dict[str, str]) -> None:
    text = pexpect.run(" ".join(command), env={**environ, "COLUMNS": "120"}, encoding="utf-8", timeout=60)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "Solving" in plain
    assert "\x1b[2K" in text  # what was drawn is wiped
    assert "app" in plain.rsplit("Environment:", 1)[-1]


def test_no_color_is_respected(command: list[str], environ: dict[str, str]) -> None:
    text = pexpect.run(" ".join(command), env={**environ, "NO_COLOR": "1"}, encoding="utf-8", timeout=60)
    assert not re.search(r"\x1b\[3[0-9]m", text)


def test_elsewhere_there_are_plain_lines(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert "Solving ..." in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_quiet_says_nothing(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run([*command, "-q"], env=environ, capture_output=True, text=True, check=True)
    assert done.stderr == done.stdout == ""


def test_what_is_hashed_is_not_called_a_download(environ: dict[str, str]) -> None:
    script = (
        "from parity.cli.output import Output; from parity.cli.progress import BarProgress;"
        "bars = BarProgress(Output());"
        "hashing = bars.start('Hashing', 4_000_000, 'bytes'); bars.update(hashing, 1_000_000);"
        "loading = bars.start('Downloading app', 3_000, 'bytes'); bars.update(loading, 1_000);"
        "bars.start('Linking', 2, 'items')"  # each start draws all of them
    )
    text = pexpect.spawn(
        sys.executable, ["-c", script], env={**environ, "COLUMNS": "120"}, encoding="utf-8", timeout=60
    ).read()
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()
    assert any(line.split()[1:2] == ["Hashing"] and "1.0 MB of 4.0 MB" in line for line in lines), lines
    assert any(line.split()[1:3] == ["Downloading", "app"] for line in lines), lines
