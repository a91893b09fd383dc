"""Scripts of packages, for shells that cannot read them: a POSIX shell runs them, and their changes are taken over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parity.core.activation import Activation
from parity.core.shells import posix

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN = {"_", "SHLVL", "PWD", "OLDPWD"}
"""Variables that every shell sets for itself."""

_PRINT = "import os, sys; sys.stdout.buffer.write(b'\\0'.join(k + b'=' + v for k, v in os.environb.items()))"


def settle(change: Activation, environ: Mapping[str, str]) -> Activation:
    """The same activation without scripts: with the variables that they set and unset.

    What the scripts print goes to standard error. Where no POSIX shell is found, they are left out.
    """
    if not change.before and not change.after:
        return change
    import os
    import shutil
    import subprocess

    shell = shutil.which("bash") or shutil.which("sh")
    if shell is None or os.name == "nt":
        return Activation(change.assign, change.unset)
    lines = posix.script(change, {"PATH": environ.get("PATH", "")})
    text = f'{{\n{lines}}} >&2\nexec "$0" -I -S -c "$1"\n'
    done = subprocess.run(
        [shell, "-c", text, sys.executable, _PRINT], stdout=subprocess.PIPE, check=False, env=dict(environ)
    )
    if done.returncode:
        return Activation(change.assign, change.unset)
    pairs = (item.partition(b"=") for item in done.stdout.split(b"\0") if item)
    found = {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    assign = dict(change.assign)
    assign |= {name: value for name, value in found.items() if environ.get(name) != value and name not in _OWN}
    gone = [name for name in environ if name not in found and name not in _OWN]
    assign = {name: value for name, value in assign.items() if name in found}
    return Activation(assign, tuple(sorted({*change.unset, *gone} - found.keys())))
