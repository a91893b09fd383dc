"""Programs inside of environments, or that carry them away: conda-pack, virtualenv, uv, venv and pip."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from home import SERIES

if TYPE_CHECKING:
    from client_home import ClientHome

pytestmark = [pytest.mark.network, pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")]


def test_conda_pack(client: ClientHome) -> None:
    client("conda", "create", "-y", "-n", "work", f"python={SERIES}", "tqdm")
    client("conda-pack", "-q", "--compress-level", "1", "-n", "work", "-o", "work.tar.gz")
    there = client.work / "there"
    client("conda-pack", "-q", "--compress-level", "1", "-n", "work", "-o", "there.tar.gz", "--dest-prefix", there)
    client("conda", "env", "remove", "-y", "-n", "work")
    away = client.work / "away"
    for place, archive in ((away, "work.tar.gz"), (there, "there.tar.gz")):
        place.mkdir()
        client("tar", "xzf", archive, "-C", place)
    assert client(there / "bin" / "tqdm", "--version").strip()
    client(away / "bin" / "conda-unpack")
    assert client(away / "bin" / "python", "-c", "import sys, tqdm; print(sys.prefix)") == f"{away}\n"
    activated = client("bash", "-c", ". away/bin/activate; tqdm --version; python -m pip --version; conda list")
    assert str(away) in activated
    assert "tqdm" in activated
    client("conda", "install", "-y", "-p", away, "wheel")
    names = {each["name"] for each in json.loads(client("conda", "list", "-p", away, "--json"))}
    assert {"tqdm", "wheel"} <= names


def test_virtual_environments_on_top(client: ClientHome) -> None:
    client("conda", "create", "-y", "-n", "work", f"python={SERIES}", "virtualenv", "uv", "tqdm")
    home = f"import sys; print(sys.prefix, sys.base_prefix == {str(client.env('work'))!r}, sys.version_info[:2])"
    for name, made in {
        "a": ["python", "-m", "venv", "--without-pip", "a"],
        "b": ["virtualenv", "-q", "--system-site-packages", "b"],
        "c": ["uv", "venv", "-q", "c"],
        "d": ["uv", "venv", "-q", "--python", SERIES, "d"],
    }.items():
        client("conda", "run", "-n", "work", *made)
        said = client(client.work / name / "bin" / "python", "-c", home)
        assert said == f"{client.work / name} True {sys.version_info[:2]}\n"
    assert client(client.work / "b" / "bin" / "python", "-c", "import tqdm; print('seen')") == "seen\n"


def test_uv_and_pip_install_into_the_active_environment(client: ClientHome) -> None:
    client("conda", "create", "-y", "-n", "work", f"python={SERIES}", "uv", "pip")
    client("bash", "-c", """
set -e
eval "$(conda shell.bash hook)"
conda activate work
uv pip install -q --no-deps wcwidth
pip install -q --no-deps pure-eval
""")  # fmt: skip
    found = {each["name"]: each["channel"] for each in json.loads(client("conda", "list", "-n", "work", "--json"))}
    assert (found["wcwidth"], found["pure-eval"], found["pip"]) == ("pypi", "pypi", "conda-forge")
    exported = client("conda", "env", "export", "-n", "work")
    assert "  - pip:\n      - pure" in exported
    client("conda", "run", "-n", "work", "uv", "pip", "uninstall", "-q", "wcwidth")
    assert "wcwidth" not in client("conda", "list", "-n", "work")
