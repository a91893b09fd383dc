"""`parity channel` from the command line: a channel from nothing but wheels, and an environment from it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from parity.core.platforms import subdir_of

if TYPE_CHECKING:
    from pathlib import Path

SUBDIR = subdir_of(sys.platform, platform.machine())


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment without settings of the person who runs the tests."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PARITY", "CONDA", "MAMBA", "UV_"))
    }
    home = tmp_path / "home"
    home.mkdir()
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "PARITY_ROOT": str(tmp_path / "root")}


def parity(environ: dict[str, str], *args: object, code: int = 0) -> Any:
    """Run parity; its JSON where `--json` is among the arguments, else its text."""
    argv = [sys.executable, "-m", "parity", *map(str, args)]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if "--json" in args else done.stdout


def local_wheel(directory: Path, name: str, version: str, requires: str = "") -> None:
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    directory.mkdir(exist_ok=True)
    with zipfile.ZipFile(directory / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)


def test_wheels_of_a_directory_become_a_channel_without_network(tmp_path: Path, environ: dict[str, str]) -> None:
    links, channel = tmp_path / "wheels", tmp_path / "channel"
    local_wheel(links, "parity_test_b", "1.0")
    local_wheel(links, "parity_test_a", "1.0", "parity_test_b>=1")
    common = ("channel", "import", "--offline", "--json", "--python", "3.11", "--find-links", links, "--to", channel)
    planned = parity(environ, *common, "--dry-run", "parity-test-a")
    assert [one["name"] for one in planned["packages"]] == ["parity-test-a", "parity-test-b"]
    assert not channel.exists()
    first = parity(environ, *common, "parity-test-a")
    assert {(one["name"], one["subdir"], one["new"]) for one in first["packages"]} == {
        ("parity-test-a", "noarch", True),
        ("parity-test-b", "noarch", True),
    }
    local_wheel(links, "parity_test_a", "2.0")
    second = parity(environ, *common, "parity-test-a")
    assert [(one["version"], one["new"]) for one in second["packages"]] == [("2.0", True)]
    assert parity(environ, "channel", "index", "--json", channel)["packages"] == {"noarch": 3}
    assert "parity-test-a-2.0" in (channel / "noarch" / "repodata.json").read_text(encoding="utf-8")


def test_mistakes_are_explained(tmp_path: Path, environ: dict[str, str]) -> None:
    assert (
        "nothing to import" in parity(environ, "channel", "import", "--json", "--to", tmp_path / "c", code=2)["error"]
    )
    answer = parity(environ, "channel", "import", "--json", "--to", tmp_path / "c", "--python", "3", "x", code=2)
    assert "no version of Python" in answer["error"]
    assert "no directory" in parity(environ, "channel", "index", "--json", tmp_path / "absent", code=4)["error"]
    assert "no conda packages" in parity(environ, "channel", "index", "--json", tmp_path, code=4)["error"]


@pytest.mark.network
@pytest.mark.skipif(sys.platform == "win32", reason="the interpreter of the tests is packaged on POSIX")
def test_an_environment_from_an_imported_channel_works(tmp_path: Path, environ: dict[str, str]) -> None:
    channel = tmp_path / "channel"
    imported = parity(
        environ, "channel", "import", "--json", "--to", channel, "--interpreter", sys.executable,
        "numpy", "pygments", "markupsafe", "requests[socks]",
    )  # fmt: skip
    names = {one["name"] for one in imported["packages"]}
    assert {"python", "numpy", "pygments", "markupsafe", "requests", "requests-with-socks", "pysocks"} <= names
    places = {one["name"]: one["subdir"] for one in imported["packages"]}
    assert (places["numpy"], places["pygments"]) == (SUBDIR, "noarch")
    again = parity(environ, "channel", "import", "--json", "--to", channel, "pygments")
    assert [one["new"] for one in again["packages"]] == [False]
    parity(environ, "create", "-y", "-q", "-n", "demo", "-c", channel, "--override-channels",
           "python", "numpy", "pygments", "markupsafe", "requests-with-socks")  # fmt: skip
    code = "import numpy, markupsafe._speedups, socks, sys; print(numpy.ones((2, 2)).sum(), sys.prefix)"
    done = parity(environ, "run", "-n", "demo", "python", "-c", code)
    assert done.split() == ["4.0", str(tmp_path / "root" / "envs" / "demo")]
    assert "Pygments version" in parity(environ, "run", "-n", "demo", "pygmentize", "-V")
    listed = parity(environ, "list", "-n", "demo", "--json")
    assert {"numpy", "pygments"} <= {one["name"] for one in listed}
