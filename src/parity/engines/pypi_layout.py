"""Wheels for a prefix whose Python is not run: it is of another platform, or not there yet.

uv installs them below a directory as for the Python that Parity runs on, with the target named on its command line;
here they are brought to where the target's own Python would have had them, so that both ways give the same files.
Asking that Python would be the slower way for one that can be run, too: uv has each new interpreter describe itself,
which takes longer than the installing where no bytecode is compiled yet.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from parity.core.ports import WheelOutcome
from parity.core.records import PackageNote, key
from parity.engines.pypi_installed import repoint
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from parity.core.contents import Places
    from parity.engines.pypi_installed import Project
    from parity.model import PypiPackage

_OTHER_ABI = regex(r"cp3\d+t|pypy.*|graalpy.*")


def can_lay_out(packages: Iterable[PypiPackage], places: Places) -> bool:
    """Whether wheels for such a prefix can be chosen and installed on behalf of its Python.

    uv can be told another version and another platform, but neither another implementation nor a build of Python
    without its global lock; and on Windows programs hold the path of the environment in a form of their own.
    """
    usual = sys.implementation.name == "cpython" and getattr(sys, "abiflags", "t") == "" and bool(sys.executable)
    wheels = (package.url.partition("#")[0].rpartition("/")[2].split("-") for package in packages)
    return (
        usual
        and not places.windows
        and places.python_minor > 0
        and not any(_OTHER_ABI.fullmatch(parts[-2]) for parts in wheels if len(parts) > 2)
    )


def prepare(tree: Path) -> None:
    """Make a directory ready for uv.

    Some systems have a `lib64` for compiled packages; Pythons of conda have none, and virtual environments a link.
    """
    (tree / "lib").mkdir(parents=True)
    (tree / "lib64").symlink_to("lib")


def settle(tree: Path, projects: Sequence[Project], places: Places, python: Path, prefix: Path) -> WheelOutcome:
    """Bring what `pypi_installed.look` found to its places for another Python, records and scripts too.

    Args:
        tree: directory that becomes part of the prefix.
        projects: all that is installed there, intact; at least one.
        places: where the Python of the prefix has its things.
        python: interpreter that uv was given, which scripts name.
        prefix: absolute path whose Python they shall name.
    """
    site = next(project.site for project in projects)
    moved = _mover(site, places)
    files: dict[str, tuple[str, ...]] = {}
    notes: dict[str, PackageNote] = {}
    for project in projects:
        before = project.copy_of_rows()
        for old, row in project.outside():
            place, new = tree / old, moved(old)
            if not place.exists():
                continue
            row[0] = posixpath.relpath(new, places.site)
            if new != old:
                (tree / new).parent.mkdir(parents=True, exist_ok=True)
                place = place.rename(tree / new)
            if new.startswith(f"{places.scripts}/"):
                repoint(place, row, str(python), f"{prefix}/bin/python")
        project.save(before)
        files[project.name] = tuple(map(moved, project.paths))
        notes[key("pypi", project.name, project.version)] = PackageNote(
            frozenset(map(moved, project.executable)),
            {moved(path): target for path, target in project.links.items()},
            hashlib.sha256(project.record.read_bytes()).hexdigest(),
        )
    if site != places.site:
        (tree / places.site).parent.mkdir(parents=True, exist_ok=True)
        (tree / site).rename(tree / places.site)
        (tree / site).parent.rmdir()
    (tree / "lib64").unlink()
    (tree / ".lock").unlink(missing_ok=True)  # uv's own
    for directory, _, _ in os.walk(tree / "include", topdown=False):
        with suppress(OSError):  # it is not empty
            os.rmdir(directory)  # noqa: PTH106
    return WheelOutcome(files, notes)


def _mover(site: str, places: Places) -> Callable[[str], str]:
    """Tells where a path of the directory belongs in the prefix."""
    series = site.split("/")[1]
    # As in a virtual environment, headers stand elsewhere than in a Python of its own.
    moves = ((f"{site}/", f"{places.site}/"), (f"include/site/{series}/", f"{places.headers}/"))
    # uv names this launcher by the Python that it installs for.
    launcher = f"bin/pip{series.removeprefix('python')}"

    def moved(path: str) -> str:
        if path == launcher:
            return f"bin/pip3.{places.python_minor}"
        return next((new + path[len(old) :] for old, new in moves if path.startswith(old)), path)

    return moved
