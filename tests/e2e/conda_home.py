"""A home in which `conda`, `mamba` and `micromamba` are Parity, with channels of make-believe packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from home import PATIENCE, SERIES, put_python
from shim_home import ShimHome

from parity.engines.conda_index import index_directory
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.wheels import make_index, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

_SITE = f"lib/python{SERIES}/site-packages"
_MARK = "@PREFIX-PLACEHOLDER@"


@dataclass(frozen=True, slots=True)
class World:
    """Where the packages are.

    Attributes:
        alias: directory of the channels `conda-forge`, `pytorch`, `nvidia` and `bioconda`.
        index: URL of a PyPI index.
        pkgs: a package cache that tests share.
    """

    alias: Path
    index: str
    pkgs: Path


def _module(name: str, version: str, subdir: str, *depends: str, build: str = "0") -> TinyPackage:
    """A Python package that knows its name and version."""
    module = name.replace("-", "_")
    info = f"{_SITE}/{module}-{version}.dist-info"
    files = {
        f"{_SITE}/{module}/__init__.py": f"__version__ = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/RECORD": f"{module}/__init__.py,,\n",
        f"{info}/INSTALLER": "conda\n",
    }
    return TinyPackage(name, version, build, subdir=subdir, depends=("python", *depends), files=files)


def make_world(top: Path, interpreters: Path, subdir: str) -> World:
    """Write channels and an index below a directory."""
    import uv

    alias, wheels = top / "channels", top / "wheels"
    forge = alias / "conda-forge"
    put_python(interpreters, forge)
    pip = (
        "#!/bin/sh\n# pip's command line, by uv.\nverb=$1; shift\n"
        f'exec {uv.find_uv_bin()} pip "$verb" -q --no-config --python "{_MARK}/bin/python"'
        f' --no-index -f {wheels} "$@"\n'
    )
    # A make-believe pytest: imports what it finds and runs what begins with `test`.
    pytest = (
        f"#!{_MARK}/bin/python\nimport pathlib, runpy, sys\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('test_*.py')):\n"
        "    for name, test in runpy.run_path(str(path)).items():\n"
        "        if name.startswith('test'):\n"
        "            test()\n            print(f'{path.name}::{name} passed')\n"
    )
    make_channel(forge, [
        TinyPackage("pip", "24.0", subdir=subdir, depends=("python",), files={"bin/pip": pip}, placeholder=_MARK),
        TinyPackage("pytest", "8.0", subdir=subdir, depends=("python",), files={"bin/pytest": pytest},
                    placeholder=_MARK),
        _module("numpy", "1.26.4", subdir, build="py_0"),
        _module("numpy", "2.1.0", subdir, build="py_0"),
        _module("pandas", "2.2.0", subdir, "numpy >=1.26"),
        _module("transformers", "4.40.0", subdir, "numpy"),
        _module("transformers", "4.41.0", subdir, "numpy"),
        _module("datasets", "2.19.0", subdir, "pandas"),
        _module("accelerate", "0.30.0", subdir, "numpy"),
        TinyPackage("cudatoolkit", "11.3.1", subdir=subdir),
        TinyPackage("cudatoolkit", "11.8.0", subdir=subdir),
        TinyPackage("pytorch", "1.0.0", "cpu_0", subdir=subdir),
    ])  # fmt: skip
    make_channel(alias / "pytorch", [
        _module("pytorch", "1.12.1", subdir, "cudatoolkit 11.3.*", "numpy", build="py_cuda11.3_0"),
        _module("torchvision", "0.13.1", subdir, "pytorch 1.12.1"),
    ])  # fmt: skip
    make_channel(alias / "nvidia", [TinyPackage("cuda-nvcc", "12.1", subdir=subdir)])
    make_channel(alias / "bioconda", [TinyPackage("samtools", "1.20", subdir=subdir)])
    index_directory(forge)
    index = make_index(top / "index", [
        make_wheel(wheels, "wandb", "0.17.0"),
        make_wheel(wheels, "einops", "0.8.0"),
        make_wheel(wheels, "sentencepiece", "0.2.0"),
    ])  # fmt: skip
    return World(alias, index.as_uri(), top / "pkgs")


class CondaHome(ShimHome):
    """One person's home with the three commands on PATH.

    Args:
        path: empty directory.
        world: where packages come from.
    """

    def __init__(self, path: Path, world: World) -> None:
        super().__init__(path, {"NO_PROXY": "*", "UV_CACHE_DIR": str(path / "uv")})
        self.world = world
        self.environ["PATH"] = f"{self.bin}:/usr/local/bin:/usr/bin:/bin"
        self.environ["CONDA_DIR"] = str(self.root)
        self.rc()
        self.install()

    def rc(self, *lines: str) -> None:
        """Write `.condarc`."""
        text = [f"channel_alias: {self.world.alias.as_uri()}", "channels: [conda-forge]",
                f"pypi_index_url: {self.world.index}", *lines]  # fmt: skip
        if not any(line.startswith("pkgs_dirs:") for line in lines):
            text.append(f"pkgs_dirs: [{self.world.pkgs}]")
        self.configure(*text)

    def run(self, script: str, *, code: int = 0, shell: tuple[str, ...] = ("bash",), **more: str) -> str:
        """Run a script as CI does, without anybody to answer questions; returns what it printed."""
        file = self.path / "script.sh"
        file.write_text(script)
        program = shutil.which(shell[0], path=os.defpath) or shell[0]
        done = subprocess.run(
            [program, *shell[1:], str(file)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            cwd=self.path, env=self.environ | more, timeout=3 * PATIENCE,
        )  # fmt: skip
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout
