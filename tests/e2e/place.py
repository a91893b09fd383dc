"""A root with one environment, and a way to call Parity there as a child process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Place:
    """A root below `path` whose environment `work` holds nothing but a history.

    Args:
        path: empty directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = path / "root"
        self.home = path / "home"
        self.environ = {"HOME": str(self.home), "PARITY_ROOT": str(self.root), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        self.prefix = self.make_env(self.root / "envs" / "work")

    def make_env(self, prefix: Path) -> Path:
        (prefix / "conda-meta").mkdir(parents=True)
        (prefix / "conda-meta" / "history").touch()
        (prefix / "bin").mkdir()
        return prefix

    def script(self, name: str, text: str) -> None:
        """A file of `work` that can be executed."""
        file = self.prefix / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def conda_package(self, name: str, version: str = "1.0", **more: object) -> None:
        """A record of a package in `work`."""
        base = "https://conda.anaconda.org/conda-forge"
        record: dict[str, object] = {
            "name": name,
            "version": version,
            "build": "h_0",
            "build_number": 0,
            "subdir": "linux-64",
            "url": f"{base}/linux-64/{name}-{version}-h_0.conda",
            "channel": f"{base}/",
            "requested_specs": [],
            **more,
            "files": [],
        }
        (self.prefix / "conda-meta" / f"{name}-{version}-h_0.json").write_text(json.dumps(record, indent=2))

    def wheel(self, name: str, version: str = "1.0") -> None:
        """A package from PyPI in `work`."""
        info = self.prefix / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")

    def command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "parity", *words]

    def parity(self, *words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run `parity`; keywords are further environment variables."""
        return subprocess.run(
            self.command(words),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.path,
            env=self.environ | more,
        )

    def json(self, *words: str, **more: str) -> Any:
        """What `parity ... --json` prints, decoded."""
        done = self.parity(*words, "--json", **more)
        return json.loads(done.stdout)

    def in_work(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in `work`."""
        return self.parity("run", "-n", "work", *words, stdin=stdin)
