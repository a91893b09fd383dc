from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "quickstart"


@pytest.mark.network
def test_the_quickstart_trains_draws_and_tokenizes(tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CONDA_", "VIRTUAL_ENV", "PYTHON"))}
    environ = {**kept, "PARITY_ROOT": str(tmp_path / "root"), "XDG_CONFIG_HOME": str(tmp_path)}

    def parity(*arguments: str) -> str:
        argv = [sys.executable, "-m", "parity", *arguments]
        return subprocess.run(argv, env=environ, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    script = tmp_path / "train.py"
    script.write_bytes((EXAMPLE / "train.py").read_bytes())
    parity("create", "-n", "quickstart", "-f", str(EXAMPLE / "environment.yml"))
    said = parity("run", "-n", "quickstart", "python", str(script))
    assert "accuracy 0.97" in said
    assert "['the', 'same', 'environment']" in said
    assert (tmp_path / "out" / "confusion.png").read_bytes().startswith(b"\x89PNG")
    shown = parity("env", "show", "-n", "quickstart")
    assert "1 from conda packages" in shown
    where = parity("run", "-n", "quickstart", "python", "-c", "import sys; print(sys.prefix, *sys.path, sep='\\n')")
    inside = tmp_path / "root" / "envs" / "quickstart"
    assert all(line.startswith(str(inside)) for line in where.splitlines() if line)
    parity("create", "-n", "quickstart", "-f", str(EXAMPLE / "environment.yml"), "--force", "--offline")
