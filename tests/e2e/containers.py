"""Runs a command in the root file system of an image: by crun, and by bubblewrap where the machine forbids that."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

_HOST = [name for name in ("/lib", "/lib64", "/usr") if Path(name).exists()]
"""What an image without a base lacks: the C library of this machine."""

_READ_ONLY = ["rbind", "ro"]


def run(bundle: Path, *argv: str) -> str:
    """What a command prints in a bundle that umoci has unpacked; skips the test where nothing here runs containers."""
    done = _crun(bundle, argv) if shutil.which("crun") and shutil.which("unshare") else None
    if done is None or _forbidden(done.stderr):
        if not shutil.which("bwrap"):
            pytest.skip("neither crun nor bubblewrap runs here")
        done = _bwrap(bundle, argv)
        if _forbidden(done.stderr):
            pytest.skip("this machine forbids namespaces")
    assert done.returncode == 0, done.stderr
    return done.stdout


def _crun(bundle: Path, argv: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """The runtime of containers, with what umoci wrote for it.

    Limits are left out, because a machine that is a container itself cannot set them; and crun wants to see one kind
    of cgroup file system, which it gets in a mount namespace of its own.
    """
    config = json.loads((bundle / "config.json").read_bytes())
    config["process"] |= {"terminal": False, "args": list(argv)}
    config["process"].pop("rlimits", None)
    for key in ("resources", "cgroupsPath"):
        config["linux"].pop(key, None)
    config["mounts"] += [
        {"destination": name, "source": name, "type": "bind", "options": _READ_ONLY}
        for name in _HOST
        if not (bundle / "rootfs" / name[1:]).exists()
    ]
    (bundle / "config.json").write_text(json.dumps(config))
    script = 'mount -t cgroup2 none /sys/fs/cgroup; exec crun --root "$1/state" run --bundle "$1" "parity-$$"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(bundle)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _bwrap(bundle: Path, argv: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    rootfs = bundle / "rootfs"
    binds = [part for name in _HOST if not (rootfs / name[1:]).exists() for part in ("--ro-bind", name, name)]
    environ = json.loads((bundle / "config.json").read_bytes())["process"]["env"]
    variables = [part for text in environ for part in ("--setenv", *text.split("=", 1))]
    # The dynamic linker learns from /proc where a program stands, and so where its own libraries are.
    command = ["bwrap", "--bind", str(rootfs), "/", *binds, "--proc", "/proc", "--dev", "/dev", "--unshare-all",
               "--clearenv", *variables, *argv]  # fmt: skip
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _forbidden(stderr: str) -> bool:
    return any(word in stderr for word in ("namespace", "Operation not permitted", "cgroup", "Permission denied"))
