"""Programs from PyPI that drive conda, in a virtual environment of their own, and a home in which conda is Parity."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from home import put_python
from shim_home import ShimHome

from parity.engines.conda_index import index_directory
from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 240.0
_FOREIGN = ("CONDA", "_CE_", "MAMBA", "PARITY", "VIRTUAL_ENV", "PYTHON", "JUPYTER", "XDG_", "NOX_", "TOX_", "UV_CACHE")


@dataclass(frozen=True, slots=True)
class Clients:
    """What the tests with real clients share.

    Attributes:
        bin: the clients' executables; their virtual environment is above.
        old: executables of clients that need old releases of what the others need.
        alias: directory of the channels `conda-forge` and `main`, which stands for `defaults`.
        pkgs: a package cache.
    """

    bin: Path
    old: Path
    alias: Path
    pkgs: Path


def make_clients(top: Path, interpreters: Path, subdir: str) -> Clients:
    """Install the clients and make a channel with a real Python and real packages."""
    import uv

    environ = outside()
    for name, requirements in {
        "clients": (
            "nox",
            "snakemake",
            "conda-pack",
            "conda-lock",
            "pre-commit",
            "mamba-gator",
            "jupyter_client",
            "hatch",
            "hatch-conda",
        ),
        "old": ("tox-conda",),
    }.items():
        venv = str(top / name)
        run([uv.find_uv_bin(), "venv", "-q", "--python", sys.executable, venv], environ)
        run([uv.find_uv_bin(), "pip", "install", "-q", "-p", venv, *requirements], environ)
    forge = top / "channels" / "conda-forge"
    put_python(interpreters, forge)
    # pre-commit asks for an openssl, of `conda-forge` or `defaults`, in each of its environments.
    make_channel(forge.parent / "main", [TinyPackage("openssl", "3.3.0", subdir=subdir)])
    wanted = ["pip", "ipykernel", "tqdm", "wheel", "virtualenv", "uv"]
    environ["PARITY_ROOT"] = str(top / "import")
    run([sys.executable, "-m", "parity", "channel", "import", "-q", "--to", str(forge), *wanted], environ)
    index_directory(forge)
    return Clients(top / "clients" / "bin", top / "old" / "bin", forge.parent, top / "pkgs")


def outside() -> dict[str, str]:
    """The variables of this process without those of any environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


def run(command: list[str], environ: dict[str, str], cwd: Path | None = None) -> str:
    """Run a program that has to succeed; returns what it printed."""
    done = subprocess.run(
        command, env=environ, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class ClientHome(ShimHome):
    """One person's home: the clients and Parity's conda are on PATH.

    Args:
        path: empty directory.
        clients: what the tests share.
    """

    def __init__(self, path: Path, clients: Clients) -> None:
        super().__init__(path, outside())
        self.clients = clients
        self.work = path / "work"
        self.work.mkdir()
        self.environ["PATH"] = os.pathsep.join([str(self.bin), str(clients.bin), os.defpath])
        self.environ["GIT_CONFIG_GLOBAL"] = os.devnull
        channel = clients.alias.as_uri()
        self.configure(
            f"channel_alias: {channel}",
            "channels: [conda-forge]",
            f"default_channels: [{channel}/main]",
            f"pkgs_dirs: [{clients.pkgs}]",
            "channel_priority: strict",
            "remote_max_retries: 0",
        )
        self.install()

    def __call__(self, *command: object, **more: str) -> str:
        """Run a program in the working directory; it has to succeed."""
        return run([str(word) for word in command], self.environ | more, self.work)

    def parity(self, *words: object) -> str:
        return self(sys.executable, "-m", "parity", *words, PARITY_ROOT=str(self.root))

    def python(self, code: str, **more: str) -> str:
        """Run code in the clients' Python."""
        return self(self.clients.bin / "python", "-c", code, **more)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the working directory."""
        file = self.work / name
        file.write_text(text)
        return file
