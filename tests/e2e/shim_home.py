"""A home in which conda's commands are Parity."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class ShimHome:
    """One person's home, with `.condarc` and the executables.

    Args:
        path: empty directory.
        environ: variables of all that runs there; PATH is to name `bin`.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self.home = path / "home"
        self.root = path / "root"
        self.bin = path / "bin"
        self.home.mkdir(parents=True)
        self.environ = {**environ, "HOME": str(self.home)}

    def configure(self, *lines: str) -> None:
        """Write `.condarc`."""
        (self.home / ".condarc").write_text("\n".join(lines) + "\n")

    def install(self) -> None:
        """Write the executables, which know the root."""
        subprocess.run(
            [sys.executable, "-m", "parity", "shim", "install", "-q", "--dir", str(self.bin)],
            check=True, env={**self.environ, "PARITY_ROOT": str(self.root)}, capture_output=True,
        )  # fmt: skip

    def env(self, name: str) -> Path:
        return self.root / "envs" / name
