"""The files of `parity shim install`: executables, and what programs look for below conda's root."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from parity.shim import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARK = "made by `parity shim install`"
"""Stands in each of the files, so that none of another tool is replaced or deleted."""

_SHEBANG_LIMIT = 127
"""Bytes that Linux reads of a `#!` line."""


def texts(root: Path, *, python: str, directory: Path | None, home: Path, windows: bool) -> Mapping[Path, str]:
    """Every file and what is in it.

    Args:
        root: Parity's root, which programs take for conda's.
        python: the interpreter that runs Parity.
        directory: on PATH; None for none.
        home: the person's home directory.
        windows: whether executables are batch files.
    """
    personal = root == home / ".parity"
    found: dict[Path, str] = {}
    for folder in (root / "condabin", root / ("Scripts" if windows else "bin"), directory):
        if folder is None:
            continue
        for dialect in DIALECTS:
            if windows:
                found[folder / f"{dialect}.bat"] = batch(python, dialect, str(root))
            else:
                found[folder / dialect] = script(python, dialect, str(root), personal=personal)
    if windows:
        return found
    conda = shlex.quote(str(root / "bin" / "conda"))
    hook = f'eval "$({conda} shell.posix hook)"'
    for folder in (root / "bin", directory):
        if folder is not None:  # `source activate work` looks along PATH
            found[folder / "activate"] = f'#!/bin/sh\n# {MARK}; to be sourced\n{hook}\nconda activate "$@"\n'
            found[folder / "deactivate"] = f"#!/bin/sh\n# {MARK}; to be sourced\n{hook}\nconda deactivate\n"
    found[root / "etc" / "profile.d" / "conda.sh"] = f"# {MARK}\n{hook}\n"
    found[root / "etc" / "profile.d" / "mamba.sh"] = (
        f'# {MARK}\neval "$({shlex.quote(str(root / "bin" / "mamba"))} shell.posix hook)"\n'
    )
    found[root / "etc" / "fish" / "conf.d" / "conda.fish"] = f"# {MARK}\n{conda} shell.fish hook | source\n"
    return found


def script(python: str, dialect: str, root: str, *, personal: bool) -> str:
    """An executable for POSIX systems: a script of the Python that runs Parity.

    Args:
        python: absolute path.
        dialect: one of `DIALECTS`.
        root: the root it belongs to, wherever HOME is when it runs: CI jobs and programs set HOME to other places.
        personal: the root is one person's usual one; anybody else who runs this has their own.
    """
    first = f"#!{python} -P\n"
    if " " in python or len(first) > _SHEBANG_LIMIT:
        # A shell finds a path of any form; to Python the same two lines are a text.
        first = f"#!/bin/sh\n'''exec' {shlex.quote(python)} -P \"$0\" \"$@\"\n' '''\n"
    lines = [f"# {MARK}", "import os", f"root = {root!r}"]
    lines += ["if os.access(root, os.W_OK):"] if personal else []
    lines += [f'{"    " if personal else ""}os.environ.setdefault("PARITY_ROOT", root)']
    lines += ["from parity.shim import program", f'program("{dialect}")']
    return first + "\n".join(lines) + "\n"


def batch(python: str, dialect: str, root: str) -> str:
    """An executable for Windows."""
    lines = ["@echo off", f"rem {MARK}", "setlocal"]
    lines.append(f'if not defined PARITY_ROOT set "PARITY_ROOT={root.replace("%", "%%")}"')
    lines.append(f'"{python.replace("%", "%%")}" -P -m parity.shim {dialect} %*')
    return "\r\n".join(lines) + "\r\n"


def is_ours(path: Path) -> bool:
    """Whether a file was written by `parity shim install`."""
    try:
        return MARK.encode() in path.read_bytes()[:4096]
    except OSError:
        return False


def write(path: Path, text: str) -> None:
    """Write one of the files, executable where it is in a directory of executables."""
    from parity.store.files import atomic_write

    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, text, mode=0o755 if path.parent.name != "profile.d" and path.suffix != ".fish" else 0o644)


def make_base(root: Path) -> None:
    """Make the root an environment, empty, where it is none: `base`, as scripts expect to find it."""
    history = root / "conda-meta" / "history"
    if not history.exists():
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch()
