"""Put what an installer unpacked in its place, by its own Python; check it, and take it out again.

`install.sh` and `uninstall.sh` call this with an action, the directory with the files, and the path to install into.
"""

from __future__ import annotations

import base64
import csv
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if TYPE_CHECKING or __package__:
    from parity.store.inside.relocate import RelocationError, relocate
else:  # in an installation, where both files stand in one directory and Python was told to look in none
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from relocate import RelocationError, relocate

META = "conda-meta/parity-pack"
SHARED = META + "/shared"
"""Lists the files of an installation in a directory that held other things before."""

KEPT = ("conda-meta/parity", "conda-meta/state")
"""What was asked for, and variables that were set: of who uses the installation, not of the installer."""

HISTORY = "conda-meta/history"
REGISTRY = "~/.conda/environments.txt"


class PlaceError(Exception):
    """Something cannot be put in its place."""


def move(stage: str, prefix: str) -> None:
    """Make the files right for their path, then give the directory its name."""
    _relocate(stage, prefix)
    os.rename(stage, prefix)


def merge(stage: str, prefix: str) -> None:
    """Put the files among those that are there; packages take the place of their other versions."""
    _relocate(stage, prefix)
    new = list(_files(stage))
    for name in new:
        target = os.path.join(prefix, name)
        parent = os.path.dirname(target)
        while parent != prefix and not os.path.lexists(parent):
            parent = os.path.dirname(parent)
        if not os.path.isdir(parent) or (os.path.isdir(target) and not os.path.islink(target)):
            msg = f"{parent if not os.path.isdir(parent) else target} stands where something else should be"
            raise PlaceError(msg)
    shared = os.path.exists(os.path.join(prefix, SHARED)) or not os.path.isdir(os.path.join(prefix, "conda-meta"))
    old = set(_replaced(stage, prefix)) - set(new)
    for name in sorted(old):
        _delete(prefix, name)
    for name in new:
        source, target = os.path.join(stage, name), os.path.join(prefix, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if name in KEPT and os.path.exists(target):
            continue
        if name == HISTORY and os.path.exists(target):
            with open(source, "rb") as more, open(target, "ab") as history:
                history.write(more.read())
            continue
        os.replace(source, target)
    if shared:
        with open(os.path.join(prefix, SHARED), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write("".join(f"{name}\n" for name in sorted({*new, SHARED})))
    shutil.rmtree(stage)


def _relocate(stage: str, prefix: str) -> None:
    changed = relocate(stage, prefix)
    if changed:
        msg = f"{', '.join(changed[:5])} cannot be written for this place"
        raise PlaceError(msg)


def _files(top: str) -> Iterator[str]:
    for directory, folders, names in os.walk(top):
        inside = os.path.relpath(directory, top)
        links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
        for name in (*names, *links):
            yield name if inside == "." else f"{inside}/{name}"


def _replaced(stage: str, prefix: str) -> Iterator[str]:
    """Files of packages in the prefix that the stage has, too."""
    names = {record["name"] for _, record in _records(stage)}
    for path, record in _records(prefix):
        if record["name"] in names:
            yield path
            yield from record.get("files", [])
    dists = {_project(path) for path in _dist_infos(stage)}
    for path in _dist_infos(prefix):
        if _project(path) in dists:
            site = os.path.dirname(path)
            for row in _record_rows(prefix, path):
                yield os.path.normpath(os.path.join(site, row[0]))
            yield from (f"{path}/{name}" for name in _files(os.path.join(prefix, path)))


def _records(top: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(glob.glob(os.path.join(glob.escape(top), "conda-meta", "*.json"))):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            try:
                record = json.load(file)
            except ValueError as error:
                msg = f"the record {path} is broken: {error}"
                raise PlaceError(msg) from error
        yield os.path.relpath(path, top), record


def _dist_infos(top: str) -> Iterator[str]:
    pattern = os.path.join(glob.escape(top), "lib", "python3.*", "site-packages", "*.dist-info")
    for path in sorted(glob.glob(pattern)):
        yield os.path.relpath(path, top)


def _project(dist_info: str) -> str:
    """The name of a project, in the form that is the same however it is written (PEP 503)."""
    return re.sub(r"[-_.]+", "-", os.path.basename(dist_info).split("-")[0]).lower()


def _record_rows(top: str, dist_info: str) -> Iterator[list[str]]:
    path = os.path.join(top, dist_info, "RECORD")
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            yield from (row for row in csv.reader(file) if row)


def _delete(prefix: str, name: str) -> None:
    """Delete a file, and directories above it that are empty then; bytecode goes with its source."""
    path = os.path.normpath(os.path.join(prefix, name))
    if not path.startswith(prefix + os.sep):
        return
    head, tail = os.path.split(path)
    if tail.endswith(".py"):
        for compiled in glob.glob(os.path.join(glob.escape(head), "__pycache__", glob.escape(tail[:-3]) + ".*.pyc")):
            os.unlink(compiled)
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.path.islink(path)):
        os.unlink(path)
    for directory in (os.path.join(head, "__pycache__"), *_above(head, prefix)):
        try:
            os.rmdir(directory)
        except OSError:
            if directory == head:
                break


def _above(directory: str, prefix: str) -> Iterator[str]:
    while directory.startswith(prefix + os.sep):
        yield directory
        directory = os.path.dirname(directory)


def link(prefix: str, _: str) -> None:
    """Run the scripts that packages want to be run where they were installed, each after those it depends on."""
    with open(os.path.join(prefix, META, "installer.json"), encoding="utf-8") as file:
        packages = json.load(file)["packages"]
    shell = shutil.which("bash") or "/bin/sh"
    for package in packages:
        script = os.path.join(prefix, "bin", f".{package['name']}-post-link.sh")
        if not os.path.isfile(script):
            continue
        environ = {
            **os.environ,
            "PREFIX": prefix,
            "ROOT_PREFIX": prefix,
            "PKG_NAME": package["name"],
            "PKG_VERSION": package["version"],
            "PKG_BUILDNUM": str(package["build_number"]),
            "PATH": os.path.join(prefix, "bin") + os.pathsep + os.environ.get("PATH", os.defpath),
        }
        done = subprocess.run([shell, script], env=environ, cwd=os.path.dirname(script), check=False)
        messages = os.path.join(prefix, ".messages.txt")
        if os.path.exists(messages):
            with open(messages, encoding="utf-8", errors="replace") as file:
                sys.stdout.write(file.read())
            os.unlink(messages)
        if done.returncode:
            msg = f"the link script of {package['name']} failed with exit code {done.returncode}"
            raise PlaceError(msg)


def register(prefix: str, _: str) -> None:
    """Put the path on the list of environments that conda, mamba and Parity share; a home that is none is no harm."""
    try:
        os.makedirs(os.path.dirname(os.path.expanduser(REGISTRY)), exist_ok=True)
        with open(os.path.expanduser(REGISTRY), "a+", encoding="utf-8") as file:
            file.seek(0)
            if prefix not in file.read().splitlines():
                file.write(prefix + "\n")
    except OSError:
        return


def unregister(prefix: str, _: str) -> None:
    """Take the path, and those below it, off that list."""
    registry = os.path.expanduser(REGISTRY)
    try:
        with open(registry, encoding="utf-8") as file:
            lines = file.read().splitlines()
        with open(registry + ".new", "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines if not f"{line}/".startswith(prefix + "/")))
        os.replace(registry + ".new", registry)
    except OSError:
        return


def take_out(prefix: str, _: str) -> None:
    """Delete the files that an installer put among others, and no more."""
    with open(os.path.join(prefix, SHARED), encoding="utf-8", errors="surrogateescape") as file:
        names = file.read().splitlines()
    for name in names:
        _delete(prefix, name)


def check(prefix: str, _: str) -> None:
    """Hold every file against the hash that the records of packages have of it."""
    wrong = []
    for _path, record in _records(prefix):
        for entry in (record.get("paths_data") or {}).get("paths", []):
            expected = entry.get("sha256_in_prefix") or entry.get("sha256")
            if expected and not _is(os.path.join(prefix, entry["_path"]), expected):
                wrong.append(entry["_path"])
    for dist_info in _dist_infos(prefix):
        for row in _record_rows(prefix, dist_info):
            path = os.path.normpath(os.path.join(os.path.dirname(dist_info), row[0]))
            if len(row) > 1 and row[1].startswith("sha256="):
                digest = base64.urlsafe_b64decode(row[1][7:] + "=" * (-len(row[1][7:]) % 4)).hex()
                if not _is(os.path.join(prefix, path), digest):
                    wrong.append(path)
    if wrong:
        msg = f"not what was installed: {', '.join(wrong[:10])}"
        raise PlaceError(msg)


def _is(path: str, digest: str) -> bool:
    if os.path.islink(path):
        return True
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() == digest
    except OSError:
        return False


ACTIONS: dict[str, Callable[[str, str], None]] = {
    "move": move,
    "merge": merge,
    "link": link,
    "register": register,
    "unregister": unregister,
    "take-out": take_out,
    "check": check,
}


def main() -> int:
    """Run one action; returns an exit code."""
    action, directory, prefix = sys.argv[1:]
    try:
        ACTIONS[action](directory, prefix)
    except (PlaceError, RelocationError) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"ERROR: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
