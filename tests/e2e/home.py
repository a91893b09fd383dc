"""A person's home and root, a small universe of packages, and ways to call, watch and kill Parity there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which a test gives up waiting."""

SERIES = f"{sys.version_info[0]}.{sys.version_info[1]}"
"""Of the one Python that the channels of the tests have."""


def put_python(interpreters: Path, channel: Path) -> None:
    """Put packaged interpreters into a channel, which is to be indexed afterwards."""
    for archive in interpreters.rglob("*.conda"):
        target = channel / archive.relative_to(interpreters)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.hardlink_to(archive)


@dataclass(frozen=True, slots=True)
class Universe:
    """Where the packages of the tests are.

    Attributes:
        tiny: URL of a conda channel of small packages without Python.
        mixed: URL of a conda channel with a Python and with a conda package that brings a Python distribution.
        index: URL of a PyPI index.
        interpreters: Parity's own channel of packaged interpreters, ready made.
        pkgs: a package cache that tests may share.
    """

    tiny: str
    mixed: str
    index: str
    interpreters: Path
    pkgs: Path


class Home:
    """One person's Parity, empty at first.

    Args:
        path: empty directory.
        universe: where packages come from.
        pkgs: package cache; a shared warm one where None.
    """

    def __init__(self, path: Path, universe: Universe, pkgs: Path | None = None) -> None:
        self.path = path
        self.universe = universe
        self.root = path / "root"
        self.envs = self.root / "envs"
        self.pkgs = pkgs or universe.pkgs
        self.environ = {
            "HOME": str(path / "home"),
            "PARITY_ROOT": str(self.root),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "NO_PROXY": "*",
        }
        (path / "home").mkdir(parents=True)
        shutil.copytree(universe.interpreters, self.root / "interpreters", copy_function=os.link)
        self.configure()

    def configure(self, *lines: str, index: str = "", retries: int = 0) -> None:
        """Write the person's `.condarc`.

        Args:
            lines: further settings.
            index: URL of the PyPI index, the universe's where empty.
            retries: how often a failed request is tried again.
        """
        text = [
            f"pkgs_dirs: [{self.pkgs}]",
            f"pypi_index_url: {index or self.universe.index}",
            "add_pip_as_python_dependency: false",
            f"remote_max_retries: {retries}",
            *lines,
        ]
        (self.path / "home" / ".condarc").write_text("\n".join(text) + "\n")

    def prefix(self, name: str = "work") -> Path:
        return self.envs / name

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "parity", *map(str, words)]

    def parity(self, *words: object, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run Parity and check its exit code."""
        done = subprocess.run(
            self.command(*words),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.path,
            env=self.environ,
            timeout=PATIENCE,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def json(self, *words: object, code: int = 0) -> Any:
        return json.loads(self.parity(*words, "--json", code=code).stdout)

    def create(self, *words: object, channel: str = "tiny", name: str = "work") -> None:
        self.parity("create", "-y", "-q", "-n", name, *self.channel(channel), *words)

    def channel(self, name: str) -> list[str]:
        url = {"tiny": self.universe.tiny, "mixed": self.universe.mixed, "pypi": "pypi"}[name]
        return ["-c", url, "--override-channels"]

    def versions(self, name: str = "work") -> dict[str, str]:
        """Package -> version, with `pypi:` before those from PyPI."""
        found = self.json("list", "-n", name)
        return {("pypi:" if one["source"] == "pypi" else "") + one["name"]: one["version"] for one in found}

    def python(self, code: str, name: str = "work") -> str:
        """What Python prints inside an environment."""
        return self.parity("run", "-n", name, "python", "-c", code).stdout.strip()

    def start(self, *words: object) -> subprocess.Popen[str]:
        """Start Parity in its own process group and go on."""
        return subprocess.Popen(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.path,
            env=self.environ,
            start_new_session=True,
        )

    def kill_when(
        self, when: Callable[[], object], *words: object, by: int = signal.SIGKILL, alone: bool = False
    ) -> tuple[int, str]:
        """Start Parity and signal it as soon as something is true.

        Args:
            when: asked again and again.
            words: arguments of Parity.
            by: the signal; Ctrl-C goes to the process group, as from a terminal.
            alone: leave the children of a killed process running.

        Returns:
            Its exit code, and what it wrote to standard error. It may have been quicker than the signal.
        """
        with self.start(*words) as child:
            deadline = monotonic() + PATIENCE
            while child.poll() is None and not when():
                assert monotonic() < deadline, f"{words} goes on and on"
                sleep(0.0005)  # leaves the core to the one that is watched
            if by == signal.SIGKILL:
                for pid in [*([] if alone else descendants(child.pid)), child.pid]:
                    with suppress(ProcessLookupError):
                        os.kill(pid, by)
            elif child.poll() is None:
                os.killpg(child.pid, by)
            _, stderr = child.communicate(timeout=PATIENCE)
        assert "Traceback" not in stderr, stderr
        return child.returncode, stderr

    def leftovers(self) -> list[str]:
        """What lies in the directory of environments beside the environments themselves and the locks."""
        return sorted(path.name for path in self.envs.glob(".*") if path.name != ".parity-locks")


def descendants(pid: int) -> list[int]:
    """Children, their children and so on, whatever session they have gone to."""
    found = []
    for child in _children(pid):
        found += [*descendants(child), child]
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def snapshot(prefix: Path) -> dict[str, object]:
    """Every file of an environment with its content; the history without dates and command lines."""
    found: dict[str, object] = {}
    for path in sorted(prefix.rglob("*")):
        name = path.relative_to(prefix).as_posix()
        if "__pycache__" in name:
            continue
        if path.is_symlink():
            found[name] = path.readlink().as_posix()
        elif path.is_dir():
            found[name] = "directory"
        elif name == "conda-meta/history":
            lines = path.read_text().splitlines()
            found[name] = [line for line in lines if not line.startswith(("==>", "# cmd"))]
        elif name.startswith("conda-meta/") and name.endswith(".json"):
            found[name] = record_meaning(json.loads(path.read_text()))
        else:
            found[name] = (path.stat().st_mode & 0o777, path.read_bytes())
    return found


def record_meaning(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its list of files in one order, and without the time at which the channel was indexed."""
    record.pop("indexed_timestamp", None)
    record["files"] = sorted(record["files"])
    record["paths_data"]["paths"].sort(key=lambda entry: entry["_path"])
    return record


def difference(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """Names of the files that two snapshots do not share, or that differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
