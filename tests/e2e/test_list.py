"""`parity list`: conda's forms on standard output."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from place import Place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.conda_package("python", "3.11.7")
    made.conda_package("zlib", depends=["libgcc"], md5="0" * 32)
    made.conda_package("libgcc")
    made.wheel("My_Tool")
    return made


def test_the_table(place: Place) -> None:
    done = place.parity("list", "-n", "work")
    lines = done.stdout.splitlines()
    assert lines[0] == f"# packages in environment at {place.prefix}:"
    assert [line.split() for line in lines if not line.startswith("#")] == [
        ["libgcc", "1.0", "h_0", "conda-forge"],
        ["my-tool", "1.0", "pypi_0", "pypi"],
        ["python", "3.11.7", "h_0", "conda-forge"],
        ["zlib", "1.0", "h_0", "conda-forge"],
    ]
    assert done.stderr == ""


def test_json_and_filters(place: Place) -> None:
    names = [each["name"] for each in place.json("list", "-n", "work")]
    assert names == ["libgcc", "my-tool", "python", "zlib"]
    assert [each["name"] for each in place.json("list", "-p", str(place.prefix), "^z")] == ["zlib"]
    assert [each["source"] for each in place.json("list", "-n", "work", "--source", "pypi")] == ["pypi"]
    assert len(place.json("list", "-n", "work", "--no-pip")) == 3


def test_the_active_environment_is_the_default(place: Place) -> None:
    assert "zlib" in place.parity("list", CONDA_PREFIX=str(place.prefix)).stdout


def test_explicit_and_export(place: Place) -> None:
    lines = place.parity("list", "-n", "work", "--explicit", "--md5").stdout.splitlines()
    urls = [line for line in lines if line.startswith("https")]
    assert urls[-1] == "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.0-h_0.conda#" + "0" * 32
    assert "@EXPLICIT" in lines
    assert "zlib=1.0=h_0" in place.parity("list", "-n", "work", "-e").stdout.splitlines()
    assert "conda-forge/linux-64::zlib-1.0-h_0" in place.parity("list", "-n", "work", "-c").stdout
    assert "https://conda.anaconda.org/conda-forge" in place.parity("list", "-n", "work", "--show-channel-urls").stdout


def test_a_broken_record(place: Place) -> None:
    (place.prefix / "conda-meta" / "bad-1-0.json").write_text('{\n "name": "bad",')
    done = place.parity("list", "-n", "work")
    assert done.returncode == 6
    assert "bad-1-0.json" in done.stderr
    assert f"parity verify --fix -p {place.prefix}" in done.stderr


def test_listing_imports_nothing_heavy(place: Place) -> None:
    program = (
        "import sys, json; from parity.cli import main\n"
        "main(['list', '-n', 'work'])\n"
        "sys.stderr.write(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=place.environ
    )
    heavy = {
        "rattler",
        "asyncio",
        "rich",
        "ruamel.yaml",
        "yaml",
        "msgspec",
        "importlib.metadata",
        "subprocess",
        "filelock",
    }
    assert set(json.loads(done.stderr)) & heavy == set()
