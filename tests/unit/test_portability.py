from __future__ import annotations

import subprocess
import sys

CODE = """
import importlib, pkgutil, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "posix", "readline"):
    sys.modules[name] = None
import parity
for module in pkgutil.walk_packages(parity.__path__, "parity."):
    if module.name not in {"parity.__main__"} and not module.name.startswith("parity.engines.conda"):
        importlib.import_module(module.name)
print("imported")
"""


def test_no_module_needs_what_only_posix_has() -> None:
    # filelock falls back to another lock by itself; rattler is the engine's own affair
    preload = "import os, filelock, rattler, conda_package_streaming.package_streaming\n"
    done = subprocess.run([sys.executable, "-c", preload + CODE], capture_output=True, text=True, check=False)
    assert done.stdout == "imported\n", done.stderr
