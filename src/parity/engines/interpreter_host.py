"""The Pythons that a machine has: where to look, and what each says about itself.

Version managers, virtual environments and shims all lead to the same few installations, so a candidate
is run once, isolated, and counts by the installation behind it (`sys.base_prefix`). What cannot be run,
or is no CPython of a supported version, is passed over.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.core.platforms import subdir_of
from parity.errors import RefusedError
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OLDEST = (3, 8)
"""The oldest Python that is packaged: what uv still installs into."""

_SECONDS = 10.0
_NAMES = regex(r"python(3(\.\d+)?)?(\.exe)?")

# Runs under every Python from 3.8 on; the last line of output is the answer, whatever a shim says before it.
_QUESTION = """
import json, os, platform, site, struct, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": platform.python_version(),
    "version_info": list(sys.version_info[:3]),
    "base_prefix": sys.base_prefix,
    "executable": getattr(sys, "_base_executable", "") or sys.executable,
    "system": sys.platform,
    "machine": platform.machine() if struct.calcsize("P") == 8 else "x86",
    "platlibdir": getattr(sys, "platlibdir", "lib"),
    "multiarch": getattr(sys.implementation, "_multiarch", ""),
    "debian": "dist-packages" in str(site.getsitepackages()),
    "framework": sysconfig.get_config_var("PYTHONFRAMEWORK") or "",
    "abiflags": getattr(sys, "abiflags", ""),
}))
"""


@dataclass(frozen=True, slots=True)
class HostPython:
    """A CPython installation.

    Attributes:
        version: complete (`3.11.7`, `3.14.0rc1`).
        prefix: root of the installation, behind any virtual environment.
        executable: its interpreter.
        subdir: conda platform that it runs on.
        multiarch: `x86_64-linux-gnu`; "" where the build knows none.
        debian: whether it is patched and split over directories as Debian and Ubuntu do.
        unfit: why it cannot be packaged; "" where it can.
    """

    version: str
    prefix: Path
    executable: Path
    subdir: str
    multiarch: str = ""
    debian: bool = False
    unfit: str = ""

    @property
    def short(self) -> str:
        """`3.11`."""
        return ".".join(self.version.split(".")[:2])


def identify(python: Path, environ: Mapping[str, str]) -> HostPython:
    """Ask an interpreter what it is.

    Args:
        python: the interpreter, a virtual environment's one or a shim; or the root of an installation.
        environ: environment variables to run it with.

    Raises:
        RefusedError: it does not run, or is no CPython of a supported version.
    """
    import json
    import subprocess

    if python.is_dir():
        python = next((path for path in (python / "bin/python3", python / "python.exe") if path.exists()), python)
    command = [str(python), "-I", "-S", "-c", _QUESTION]
    try:
        done = subprocess.run(
            command, env=clean(environ), capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
        answer = json.loads(done.stdout.splitlines()[-1])
        return _from_answer(answer)
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        raise RefusedError(f"{python} does not run as a Python interpreter") from error


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what makes a Python something else than it is."""
    unwanted = ("PYTHON", "__PYVENV_LAUNCHER__", "LD_PRELOAD", "VIRTUAL_ENV", "CONDA_PREFIX")
    return {key: value for key, value in environ.items() if not key.startswith(unwanted)}


def _from_answer(answer: Mapping[str, Any]) -> HostPython:
    info = tuple(int(part) for part in answer["version_info"])
    prefix = Path(answer["base_prefix"]).resolve()
    if answer["implementation"] != "cpython":
        raise RefusedError(f"{prefix} is {answer['implementation']}, not CPython")
    if info < OLDEST:
        raise RefusedError(
            f"{prefix} is Python {answer['version']}; {OLDEST[0]}.{OLDEST[1]} is the oldest supported one"
        )
    windows = answer["system"] == "win32"
    executable = prefix / ("python.exe" if windows else f"bin/python{info[0]}.{info[1]}")
    unfit = ""
    if answer["abiflags"]:
        unfit = "it is a free-threaded or debug build"
    elif answer["framework"]:
        unfit = "it is a macOS framework, which cannot be moved"
    elif answer["platlibdir"] != "lib":
        unfit = f"it keeps its library in `{answer['platlibdir']}` instead of `lib`"
    elif answer["debian"] and info < (3, 10):
        unfit = "it is Debian's, whose patches of Python before 3.10 cannot be undone"
    # A development version calls itself `3.14.0+`, which conda would take for another version.
    version = str(answer["version"]).rstrip("+")
    return HostPython(
        version=version,
        prefix=prefix,
        executable=executable if executable.exists() else Path(answer["executable"]).resolve(),
        subdir=subdir_of(answer["system"], answer["machine"]),
        multiarch=str(answer["multiarch"]),
        debian=bool(answer["debian"]),
        unfit=unfit,
    )


def find_host_interpreters(environ: Mapping[str, str]) -> tuple[HostPython, ...]:
    """Every CPython installation that can be packaged, newest first, each once.

    Of one version, an environment's comes last: most likely it was made of another, and changed on the way.

    Looks at the interpreter that runs this, PATH, pyenv, uv, the usual system directories and /opt.
    """
    from concurrent.futures import ThreadPoolExecutor

    seen: set[Path] = set()
    candidates = []
    for path in _candidates(environ):
        real = path.resolve()
        # Two names of one file are one Python; two virtual environments only turn out to be when asked.
        if real not in seen and os.access(real, os.X_OK):
            seen.add(real)
            candidates.append(path)

    def ask(path: Path) -> HostPython | None:
        try:
            return identify(path, environ)
        except RefusedError:
            return None

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = [python for python in pool.map(ask, candidates) if python is not None and not python.unfit]
    unique: dict[tuple[Path, str], HostPython] = {}
    for python in answers:
        unique.setdefault((python.prefix, python.version), python)
    return tuple(
        sorted(
            unique.values(),
            key=lambda python: (_descending(python.version), (python.prefix / "conda-meta").is_dir()),
        )
    )


def _descending(version: str) -> tuple[int, ...]:
    """Sorts newer first, and release candidates after their release."""
    numbers = tuple(-int(part) for part in re.findall(r"\d+", version)[:3])
    return (*numbers, 0 if re.fullmatch(r"[\d.]+", version) else 1)


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python")
    if sys.executable:
        yield Path(sys.executable)
    for entry in environ.get("PATH", "").split(os.pathsep):
        # pyenv's shims start a shell each; what they lead to is found below.
        if entry and Path(entry) != pyenv / "shims":
            yield from _in(Path(entry))
    for root, pattern in ((pyenv / "versions", "*"), (uv, "*"), (Path("/opt"), "*"), (Path("/opt/python"), "*")):
        for found in _listed(root, pattern):
            yield from _in(found / "bin")
            yield from _in(found)
    yield from _in(Path("/usr/local/bin"))
    yield from _in(Path("/usr/bin"))


def _in(directory: Path) -> Iterator[Path]:
    for path in _listed(directory, "python*"):
        if _NAMES.fullmatch(path.name) and path.is_file():
            yield path


def _listed(directory: Path, pattern: str) -> list[Path]:
    try:
        return sorted(directory.glob(pattern), reverse=True)
    except OSError:
        return []
