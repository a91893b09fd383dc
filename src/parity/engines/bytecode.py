"""Compiles the Python modules of an environment, to the same bytes wherever and whenever that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.engines import process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SCRIPT = """
import os, sys
from compileall import compile_file
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from py_compile import PycInvalidationMode

def compiled(path):
    try:
        with open(path, "rb") as source, open(cache_from_source(path), "rb") as code:
            head = code.read(16)
            return head[:4] == MAGIC_NUMBER and head[4] in (1, 3) and head[8:] == source_hash(source.read())
    except OSError:
        return False

library, shown = sys.argv[1:]
files, places = [], []
for directory, _, names in os.walk(library):
    paths = [os.path.join(directory, name) for name in names if name.endswith(".py")]
    todo = [path for path in paths if not compiled(path)]
    files += todo
    places += [os.path.normpath(os.path.join(shown, os.path.relpath(directory, library)))] * len(todo)
work = partial(compile_file, force=True, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
intern = "import sys\\nfor code in range(256): sys.intern(chr(code))"
exec(intern)
try:
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 60), initializer=exec, initargs=(intern,)) as pool:
        list(pool.map(work, files, places, chunksize=16))
except (ImportError, NotImplementedError, OSError):  # no semaphores in this Python, on this system, or in /dev/shm
    list(map(work, files, places))
"""
"""Runs in the environment's own interpreter (CPython 3.7 and newer), on all its cores.

Every module is compiled that has no hash-based bytecode, also where Python has left some with times. Modules are named
from the prefix on. A process has one string for each character, and whether some module has made a name of it shows in
the bytecode of the next one: here all of them are names from the beginning.
"""


def compile_all(python: Path, library: Path, environ: Mapping[str, str]) -> None:
    """Compile every module below a directory to bytecode that is hash-based and not checked (PEP 552).

    A file that cannot be compiled (a template, code for another Python) is passed over.

    Args:
        python: interpreter of the environment.
        library: absolute path of the directory in the prefix that holds all modules (`lib`).
        environ: variables; none of Python's own is taken over.

    Raises:
        NotFoundError: there is no such interpreter.
    """
    env = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    # The order of a set in bytecode hangs on the seed.
    process.run([str(python), "-c", _SCRIPT, str(library), library.name], env={**env, "PYTHONHASHSEED": "0"})
