"""Programs that make environments by calling conda, unchanged: nox, snakemake, tox-conda, pre-commit, conda-lock."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from home import SERIES

if TYPE_CHECKING:
    from client_home import ClientHome

pytestmark = [pytest.mark.network, pytest.mark.skipif(sys.platform == "win32", reason="scripts of POSIX shells")]


@pytest.mark.parametrize("backend", ["conda", "mamba", "micromamba"])
def test_nox(client: ClientHome, backend: str) -> None:
    client.write(
        "noxfile.py",
        f"""
import nox

@nox.session(venv_backend={backend!r}, python={SERIES!r}, reuse_venv=True)
def tests(session):
    session.conda_install("tqdm", "wheel>=0.38", channel="conda-forge")
    session.install("--no-deps", "wcwidth")
    session.run("python", "-c", "import sys, tqdm, wheel, wcwidth; print('inside', sys.prefix)")
    session.run("conda", "list", "--json", silent=True)
""",
    )
    inside = f"inside {client.work / '.nox' / 'tests'}"
    assert inside in client("nox")
    assert inside in client("nox", "--reuse-existing-virtualenvs", "--no-install")


def test_snakemake(client: ClientHome) -> None:
    client("conda", "create", "-y", "-n", "named", f"python={SERIES}")
    client.write(
        "env.yml", f"channels: [conda-forge]\ndependencies: [python={SERIES}, tqdm, pip, {{pip: [wcwidth]}}]\n"
    )
    client.write("env.post-deploy.sh", "touch $CONDA_PREFIX/deployed\n")
    client.write("Snakefile", """
rule all:
    input: "a.txt", "b.txt"
rule file:
    output: "a.txt"
    conda: "env.yml"
    shell: "python -c 'import sys, tqdm, wcwidth; print(sys.prefix)' > {output}; ls $CONDA_PREFIX/deployed >> {output}"
rule name:
    output: "b.txt"
    conda: "named"
    shell: "python -c 'import sys; print(sys.prefix)' > {output}"
""")  # fmt: skip
    client("snakemake", "--cores=1", "--software-deployment-method", "conda", "--conda-cleanup-pkgs", "cache")
    prefix, deployed = (client.work / "a.txt").read_text().split()
    assert prefix.startswith(str(client.work / ".snakemake" / "conda"))
    assert deployed == f"{prefix}/deployed"
    assert (client.work / "b.txt").read_text().strip() == str(client.env("named"))
    # A file of exact packages beside the other one goes before it.
    pins = client("conda", "list", "-n", "named", "--explicit")
    client.write(f"env.{json.loads(client('conda', 'info', '--json'))['platform']}.pin.txt", pins)
    client("snakemake", "--cores=1", "--use-conda", "--conda-create-envs-only")
    made = {path for path in (client.work / ".snakemake" / "conda").iterdir() if (path / "conda-meta").is_dir()}
    assert len(made) == 2


def test_tox(client: ClientHome) -> None:
    client.write("tox.ini", f"""
[tox]
skipsdist = true
envlist = py{SERIES.replace(".", "")}
[testenv]
conda_deps = tqdm
conda_channels = conda-forge
deps = wcwidth
commands = python -c "import sys, tqdm, wcwidth; print('inside', sys.prefix)"
""")  # fmt: skip
    # tox 3 makes the directory of an environment, with logs in it, before it calls conda.
    assert f"inside {client.work / '.tox'}" in client(client.clients.old / "tox")


@pytest.mark.parametrize("tool", ["conda", "micromamba"])
def test_hatch(client: ClientHome, tool: str) -> None:
    client.write("pyproject.toml", f"""
[project]
name = "demo"
version = "0.1"
[tool.hatch.envs.default]
type = "conda"
command = "{tool}"
python = "{SERIES}"
skip-install = true
dependencies = ["cowsay"]
""")  # fmt: skip
    # hatch-conda looks at the packages of the first Python on PATH: cowsay is none of those that the clients have.
    said = client("hatch", "run", "python", "-c", "import sys, cowsay; print('inside', sys.prefix)")
    assert f"inside {client.env('demo')}" in said
    client("hatch", "env", "prune")
    assert json.loads(client("conda", "env", "list", "--json"))["envs"] == [str(client.root)]


@pytest.mark.parametrize("tool", ["conda", "mamba", "micromamba"])
def test_pre_commit(client: ClientHome, tool: str) -> None:
    client("git", "init", "-q")
    client.write(".pre-commit-config.yaml", f"""
repos:
- repo: local
  hooks:
  - id: inside
    name: inside
    language: conda
    entry: python -c "import sys, tqdm; print('inside', sys.prefix)"
    additional_dependencies: [python={SERIES}, tqdm]
    always_run: true
    pass_filenames: false
    verbose: true
""")  # fmt: skip
    client("git", "add", ".")
    variable = {"mamba": "PRE_COMMIT_USE_MAMBA", "micromamba": "PRE_COMMIT_USE_MICROMAMBA"}.get(tool, "IRRELEVANT")
    out = client("pre-commit", "run", "--all-files", **{variable: "1"})
    assert f"inside {client.home / '.cache' / 'pre-commit'}" in out


@pytest.mark.parametrize("tool", ["conda", "mamba", "micromamba"])
def test_conda_lock(client: ClientHome, tool: str) -> None:
    platform = json.loads(client("conda", "info", "--json"))["platform"]
    virtual = json.loads(client("conda", "info", "--json"))["virtual_pkgs"]
    packages = ", ".join(f'{name}: "{version}"' for name, version, _ in virtual)
    client.write("virtual.yml", f"subdirs: {{{platform}: {{packages: {{{packages}}}}}}}\n")
    client.write("environment.yml", f"channels: [conda-forge]\ndependencies: [python={SERIES}, tqdm, wheel]\n")
    names = client.write("names.json", "{}")
    lock = ["conda-lock", "lock", "--conda", client.bin / tool, *([] if tool == "conda" else [f"--{tool}"]),
            "-f", "environment.yml", "-p", platform, "--virtual-package-spec", "virtual.yml",
            "--pypi_to_conda_lookup_file", names.as_uri()]  # fmt: skip
    client(*lock)
    client(*lock, "--update", "tqdm")
    text = (client.work / "conda-lock.yml").read_text()
    assert f"{client.clients.alias.as_uri()}/conda-forge/noarch/tqdm-" in text
    assert "- name: wheel\n" in text
    client("conda-lock", "install", "--conda", client.bin / tool, "-n", "locked", "conda-lock.yml")
    assert client("conda", "run", "-n", "locked", "python", "-c", "import tqdm, wheel; print('works')") == "works\n"
    client("conda-lock", "render", "-p", platform, "--kind", "explicit", "conda-lock.yml")
    client(tool, "create", "-y", "-n", "again", "--file", f"conda-{platform}.lock")
    assert client.env("again").joinpath("conda-meta").is_dir()
