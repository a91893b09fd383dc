"""Where benchmarks work: a directory with a home, roots, caches and channels, made once and used again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from functools import cached_property
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from benchmarks.measure import Command

PEERS = Path(__file__).parent / "peers"
DATA = Path(__file__).parents[2] / "shared" / "data" / "repodata"
"""Real repodata beside the repository; rows that need it are skipped where it is not there."""

PYTHON = "3.11"
SCIENCE = ("numpy", "pandas", "scikit-learn", "matplotlib")
CONDA = (*SCIENCE, "seaborn", "requests", "tqdm", "pyyaml", "click")
"""With Python and what they need, about 29 packages."""
_FORGETTING = 6.0
"""Seconds after which deleting many files slows nothing down any more."""
PLATFORMS = ("linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64")


class SkippedError(Exception):
    """A row cannot be measured here; the message says why."""


class Place:
    """One benchmark directory.

    Args:
        root: where everything goes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        (self.root / "home").mkdir(parents=True, exist_ok=True)

    # -- programs ----------------------------------------------------------------------------------

    @cached_property
    def env(self) -> dict[str, str]:
        """What children see: a home of their own, and the index that pip would use."""
        from parity.store.config_files import load

        settings, _, _ = load(os.environ, Path.home(), self.root / "none")
        # Children would else compile Python's bytecode on every run.
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        indexes = {
            "UV_DEFAULT_INDEX": settings.pypi_index_url or "",
            "UV_EXTRA_INDEX_URL": " ".join(settings.pypi_extra_index_urls),
            "UV_FIND_LINKS": " ".join(settings.pypi_find_links),
        }
        env |= {name: value for name, value in indexes.items() if value}
        return env | {"HOME": str(self.root / "home"), "UV_NO_CONFIG": "1", "UV_LINK_MODE": "hardlink"}

    def parity(self, *arguments: str, root: str = "root") -> Command:
        """A Parity command with a root in this place."""
        program = Path(sys.executable).with_name("parity.exe" if os.name == "nt" else "parity")
        return Command((str(program), *arguments), {**self.env, "PARITY_ROOT": str(self.root / root)}, self.root)

    def conda(self, *arguments: str) -> Command:
        """The `conda` that `parity shim install` has written into the root."""
        return Command(
            (str(self.root / "root/bin/conda"), *arguments),
            {**self.env, "PARITY_ROOT": str(self.root / "root")},
            self.root,
        )

    def python(self, *arguments: str) -> Command:
        """The Python that Parity runs on."""
        return Command((sys.executable, *arguments), self.env, self.root)

    def rattler(self, *arguments: str, cache: str = "peer") -> Command:
        """The bare py-rattler script."""
        return self.python(str(PEERS / "bare_rattler.py"), str(self.root / cache), *arguments)

    def uv(self, *arguments: str, cache: str = "peer") -> Command:
        """The uv that Parity uses, bare."""
        import uv

        return Command(
            (uv.find_uv_bin(), "--cache-dir", str(self.root / cache / "uv"), *arguments), self.env, self.root
        )

    def shell(self, script: str, directory: Path) -> Command:
        """A line for the POSIX shell."""
        return Command(("sh", "-c", script), self.env, directory)

    # -- material ----------------------------------------------------------------------------------

    @cached_property
    def channel(self) -> str:
        """A conda channel of real packages, made from a PyPI index with Parity itself."""
        directory = self.root / "channel"
        if not (directory / ".complete").exists():
            shutil.rmtree(directory, ignore_errors=True)
            arguments = ("--to", str(directory), "--python", PYTHON, "--interpreter", PYTHON, *CONDA, "pip")
            self.do(self.parity("channel", "import", *arguments))
            (directory / ".complete").touch()
        return directory.as_uri()

    @cached_property
    def pythons(self) -> str:
        """A conda channel that has nothing but a package called python, for every platform."""
        directory = self.root / "pythons"
        if not (directory / ".complete").exists():
            from parity.testing.channels import TinyPackage, make_channel

            shutil.rmtree(directory, ignore_errors=True)
            make_channel(directory, [TinyPackage("python", f"{PYTHON}.7", subdir=subdir) for subdir in PLATFORMS])
            (directory / ".complete").touch()
        return directory.as_uri()

    @cached_property
    def glibc(self) -> str:
        """Version of this machine's C library, which the Python of the channel needs."""
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").removeprefix("glibc ") if hasattr(os, "confstr") else ""

    def environment_yml(self, name: str, channel: str, conda: tuple[str, ...], pip: tuple[str, ...] = ()) -> str:
        """Path of an environment file."""
        lines = [f"name: {name}", f"channels: [{channel}, nodefaults]", "dependencies:", f"- python={PYTHON}"]
        lines += [f"- {spec}" for spec in conda]
        lines += ["- pip:", *(f"  - {line}" for line in pip)] if pip else []
        path = self.root / f"{name}.yml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    def pylock(self, environment: str) -> str:
        """Path of a pylock.toml with the PyPI packages that an environment of Parity's holds."""
        from parity.formats import manifest, pylock

        file = self.root / "root" / "envs" / environment / "conda-meta" / "parity"
        path = self.root / f"pylock.{environment}.toml"
        path.write_text(pylock.render(manifest.parse(file.read_text(encoding="utf-8")).pypi), encoding="utf-8")
        return str(path)

    def repodata(self, copies: int) -> str:
        """A channel of real repodata, each record once and `copies` times again under lower versions.

        Raises:
            SkippedError: the data is not there.
        """
        if not DATA.is_dir():
            raise SkippedError(f"there is no {DATA.relative_to(Path(__file__).parents[2])} beside the repository")
        # of the standard library, or its backport that conda-package-streaming brings
        zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

        directory = self.root / f"repodata-{copies}"
        for subdir in ("linux-64", "noarch"):
            target = directory / subdir / "repodata.json"
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            with zstd.open(DATA / "conda-forge" / subdir / "repodata.json.zst") as packed, part.open("wb") as file:
                shutil.copyfileobj(packed, file)
            if copies:
                self.do(self.python(str(DATA / "amplify_repodata.py"), str(part), str(part), str(copies)))
            part.replace(target)
        return directory.as_uri()

    def do(self, command: Command) -> None:
        """Run a command that is not measured."""
        print(f"preparing: {' '.join(command.argv)[:150]}", file=sys.stderr, flush=True)
        subprocess.run(command.argv, env=dict(command.env), cwd=command.cwd, check=True, stdout=sys.stderr)

    def remove(self, *names: str) -> None:
        """Take directories of this place away; they are deleted by `settle`.

        Some file systems create files more slowly for seconds after many were deleted, since they keep off what has
        just become free (ext4 does, for five seconds); whoever is measured next would pay for it.
        """
        for name in names:
            if (self.root / name).exists():
                self._trash.mkdir(exist_ok=True)
                (self.root / name).rename(self._trash / uuid4().hex)

    def settle(self) -> None:
        """Delete what was removed, and wait until the file system has forgotten it."""
        if self._trash.exists():
            shutil.rmtree(self._trash)
            time.sleep(_FORGETTING)

    @property
    def _trash(self) -> Path:
        return self.root / "trash"
