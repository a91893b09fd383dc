"""Wheels for a prefix whose Python is not run: it is of another platform, or not there yet.

uv installs them below a directory as for the Python that Parity runs on, with the target named on its command line;
here they are brought to where the target's own Python would have had them, so that both ways give the same files.
Asking that Python would be the slower way for one that can be run, too: uv has each new interpreter describe itself,
which takes longer than the installing where no bytecode is compiled yet.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import posixpath
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from parity.core.ports import WheelOutcome
from parity.core.records import PackageNote, key
from parity.engines.pypi_installed import replace_file, rewritten, sha256_line
from parity.formats.prefix_record import decode_metadata
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from parity.core.contents import Places
    from parity.model import PypiPackage

_OTHER_ABI = regex(r"cp3\d+t|pypy.*|graalpy.*")


@dataclass(frozen=True, slots=True)
class Project:
    """What uv has installed of one wheel.

    Attributes:
        name: normalised.
        version: as its metadata writes it.
        record: its RECORD.
        rows: lines of it (PEP 376): path, hash, size; paths of these are relative to site-packages.
        paths: of the rows, relative to the directory.
        executable: those that may be executed.
        links: targets of those that are links.
    """

    name: str
    version: str
    record: Path
    rows: list[list[str]]
    paths: list[str]
    executable: set[str]
    links: dict[str, str]


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


def look(tree: Path, packages: Sequence[PypiPackage]) -> tuple[list[Project], frozenset[str]]:
    """What uv has installed in a directory, and the names of packages that are missing or damaged there.

    Damaged is one of which a file is missing or has another size than recorded.
    """
    top, site = f"{tree}/", _site(tree)
    wanted = {package.name for package in packages}
    found: list[Project] = []
    wrong: set[str] = set()
    for info in sorted((tree / site).glob("*.dist-info")):
        try:
            metadata = decode_metadata((info / "METADATA").read_text(encoding="utf-8", errors="replace"), info)
            text = (info / "RECORD").read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            continue  # so that it is missing
        if metadata is None or metadata.name not in wanted:
            continue
        rows = [row for row in csv.reader(text.splitlines()) if row]
        project = Project(metadata.name, metadata.version, info / "RECORD", rows, [], set(), {})
        for path, *rest in rows:
            full = f"{site}/{path}" if not path.startswith("../") else posixpath.normpath(f"{site}/{path}")
            project.paths.append(full)
            size = rest[1] if len(rest) > 1 else ""
            try:
                status = os.lstat(top + full)
                if stat.S_ISLNK(status.st_mode):
                    project.links[full] = os.readlink(top + full)  # noqa: PTH115 - thousands of files
                elif status.st_mode & 0o100:
                    project.executable.add(full)
                intact = not size or status.st_size == int(size)
            except (OSError, ValueError):
                # uv forgets to take off the record what a wheel has for a launcher that uv makes itself.
                intact = not size or ".data/scripts/" in path
            if not intact:
                wrong.add(project.name)
        found.append(project)
    return found, frozenset(wrong | (wanted - {project.name for project in found}))


def settle(tree: Path, projects: Iterable[Project], places: Places, python: Path, prefix: Path) -> WheelOutcome:
    """Bring what `look` found to its places for another Python, records and scripts too.

    Args:
        tree: directory that becomes part of the prefix.
        projects: all that is installed there.
        places: where the Python of the prefix has its things.
        python: interpreter that uv was given, which scripts name.
        prefix: absolute path whose Python they shall name.
    """
    site = _site(tree)
    moved = _mover(site, places)
    files: dict[str, tuple[str, ...]] = {}
    notes: dict[str, PackageNote] = {}
    for project in projects:
        before = [list(row) for row in project.rows]
        for old, row in zip(project.paths, project.rows, strict=True):
            place = tree / old
            if old.startswith(f"{site}/") or not place.exists():
                continue  # what is in site-packages moves with it
            new = moved(old)
            row[0] = posixpath.relpath(new, places.site)
            if new != old:
                (tree / new).parent.mkdir(parents=True, exist_ok=True)
                place = place.rename(tree / new)
            if new.startswith(f"{places.scripts}/"):
                text = rewritten(place.read_bytes(), str(python), f"{prefix}/bin/python")
                if text is not None:
                    replace_file(place, text)
                    row[1:] = sha256_line(text)
        if project.rows != before:
            table = io.StringIO()
            csv.writer(table, lineterminator="\n").writerows(project.rows)
            replace_file(project.record, table.getvalue().encode())
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


def _site(tree: Path) -> str:
    """site-packages in a directory that uv has filled."""
    return next((path.relative_to(tree).as_posix() for path in tree.glob("lib/python3*/site-packages")), "lib")


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
