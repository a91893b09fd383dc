# ruff: noqa: PTH114, PTH115, PTH116, PTH123  (tens of thousands of files)
"""`conda-meta/.parity-files`: what no record tells of installed files, written down when a change is complete. JSON.

Records hold hashes, but neither of themselves, nor permissions, nor, in conda's, the targets of links; and a file that
hangs on the package cache by a hard link changes its permissions there too, so that later nobody could tell what they
were. What link scripts made is in no record at all. And records hold no prefix, so that a moved environment looks
untouched.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

from parity.core.records import FileNotes, PackageNote
from parity.store.files import atomic_write
from parity.store.prefixes import TRANSACTION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from parity.core.records import Owner

NAME = "conda-meta/.parity-files"
_RECORD = ".dist-info/RECORD"


def read(prefix: Path) -> FileNotes:
    """What was noted; empty for environments of other tools and where the note is damaged."""
    try:
        data = json.loads((prefix / NAME).read_bytes())
        packages = {
            name: PackageNote(
                frozenset(one.get("executable", ())), dict(one.get("links", {})), str(one.get("record", ""))
            )
            for name, one in data["packages"].items()
        }
        return FileNotes(str(data["prefix"]), packages, dict(data.get("made", {})))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return FileNotes()


def write(
    place: Path,
    packages: Iterable[Owner],
    *,
    prefix: Path,
    fresh: Collection[str] | None = None,
    known: Mapping[str, PackageNote] | None = None,
    scripts_since: float | None = None,
) -> None:
    """Note what stands in an environment right after a change of it.

    Args:
        place: where the files are.
        packages: what is installed there, without those in `known`.
        prefix: what is written into its files.
        fresh: names of packages that the change put there; None for all. Of others, what was noted holds on, and
            where nothing was, nothing is: they may have been changed since.
        known: what was learned of packages when they were installed, by `records.key`.
        scripts_since: link scripts ran, and what changed since then (seconds since the epoch) and belongs to no
            package was made by them; None where none ran.

    Raises:
        StorageError: the note cannot be written.
    """
    old = FileNotes() if fresh is None else read(place)
    packages = list(packages)
    top = str(place) + "/"
    noted: dict[str, object] = {each: _plain(note) for each, note in (known or {}).items()}
    for owner in packages:
        anew = fresh is None or owner.name in fresh
        note = _look(top, owner) if anew else old.packages.get(owner.key)
        if note is not None:
            noted[owner.key] = _plain(note)
    owned = {path for owner in packages for path in owner.paths} if scripts_since is not None or old.made else set()
    made = {path: digest for path, digest in old.made.items() if path not in owned}
    if scripts_since is not None:
        made |= _made(top, owned, scripts_since)
    text = json.dumps({"version": 1, "prefix": str(prefix), "packages": noted, "made": made}, sort_keys=True)
    atomic_write(place / NAME, text + "\n")


def began(place: Path) -> float:
    """When the change of an environment began that is under way (by its journal); 0 for one that is being made."""
    try:
        return os.stat(place / TRANSACTION).st_mtime
    except OSError:
        return 0.0


def _plain(note: PackageNote) -> dict[str, object]:
    found: dict[str, object] = {"executable": sorted(note.executable), "links": note.links}
    return {**found, "record": note.record} if note.record else found


def _look(top: str, owner: Owner) -> PackageNote:
    executable, links, record = set(), {}, ""
    for path in owner.paths:
        try:
            mode = os.lstat(top + path).st_mode
            if stat.S_ISLNK(mode):
                links[path] = os.readlink(top + path)
            elif mode & 0o100:
                executable.add(path)
            # Some projects carry others inside, records and all.
            if owner.source == "pypi" and path.endswith(_RECORD) and path.rsplit("/", 3)[-3] == "site-packages":
                record = _digest(top + path)
        except OSError:
            continue
    return PackageNote(frozenset(executable), links, record)


def _digest(path: str) -> str:
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made(top: str, owned: Collection[str], since: float) -> dict[str, str]:
    import hashlib

    from parity.core.rules import Rules, is_cached_bytecode

    found = {}
    rules = Rules()
    for directory, folders, names in os.walk(top):
        inside = directory[len(top) :] + "/" if len(directory) > len(top) else ""
        folders[:] = [name for name in folders if not rules.ignores(inside + name)]
        links = [name for name in folders if os.path.islink(f"{directory}/{name}")]
        for name in (*names, *links):
            path = inside + name
            if path in owned or is_cached_bytecode(path) or rules.ignores(path):
                continue
            status = os.lstat(top + path)
            if status.st_ctime < since:
                continue
            if stat.S_ISLNK(status.st_mode):
                found[path] = hashlib.sha256(os.fsencode(os.readlink(top + path))).hexdigest()
            elif stat.S_ISREG(status.st_mode):
                found[path] = _digest(top + path)
    return found
