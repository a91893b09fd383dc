"""Miniparity in a root file system with nothing but a base system: what the Dockerfiles of Miniconda do there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
NEEDED = ("make", "debootstrap", "bwrap")
SCRIPT = r"""
set -e
bash /mnt/dist/Miniparity-*.sh -b -p /opt/conda -t
export PATH=/opt/conda/bin:$PATH
conda --version && mamba --version && micromamba --version
conda init bash >/dev/null
. /opt/conda/etc/profile.d/conda.sh
conda create -y -q -n work -c file:///mnt/channel --override-channels python wcwidth
conda activate work
python -c 'import sys, wcwidth; print("inside", sys.prefix)'
conda deactivate
bash -ic 'conda activate work && echo "shell $CONDA_PREFIX"' 2>/dev/null
conda run -n work python -c 'print("ran")'
parity verify -n base | tail -n 1 && parity verify -n work | tail -n 1
conda clean -afy >/dev/null 2>&1
python -m venv ~/venv && ~/venv/bin/pip --version
conda install -n base -y wcwidth 2>&1 | grep OperationNotAllowed
conda env remove -y -q -n work
sh /opt/conda/uninstall.sh -b
echo "left: $(ls /opt)" && ! grep -q conda ~/.bashrc
"""


@pytest.mark.network
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="a root file system is made by root")
@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"{', '.join(NEEDED)} are needed")
def test_a_dockerfile_for_miniconda_in_a_bare_root_file_system(tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no root file system could be made")
    environ = os.environ | {"HOME": str(tmp_path), "PARITY_ROOT": str(tmp_path / "parity")}
    subprocess.run(["make", "installer"], cwd=TOP, env=environ, check=True)
    import_: list[str | Path] = [
        TOP / ".venv/bin/parity",
        "channel",
        "import",
        "--to",
        tmp_path / "channel",
        "--interpreter",
        "3.11",
    ]
    subprocess.run([*import_, "--python", "3.11", "wcwidth"], env=environ, check=True)
    for name in ("dist", "channel"):
        (root / "mnt" / name).mkdir()
    installer = max((TOP / "dist").glob("Miniparity-*.sh"), key=lambda path: path.stat().st_mtime)
    assert installer.stat().st_size <= 60_500_000
    (root / "home/ann").mkdir()
    shutil.copy("/etc/skel/.bashrc", root / "home/ann/.bashrc")
    box: list[str | Path] = ["bwrap", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
           "--unshare-all", "--clearenv", "--ro-bind", tmp_path / "channel", "/mnt/channel", "--ro-bind",
           TOP / "dist", "/mnt/dist",
           "--setenv", "HOME", "/home/ann", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin"]  # fmt: skip
    done = subprocess.run([*box, "bash", "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("inside /opt/conda/envs/work\n", "shell /opt/conda/envs/work\n", "ran\n", "base is not changed",
                 "Removed /opt/conda.\nleft: \n"):  # fmt: skip
        assert said in done.stdout, done.stdout
    assert done.stdout.count("Nothing differs") == 2
