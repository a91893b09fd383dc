"""Write the path of an environment into those of its files that hold one. Part of a pack, used without Parity, too.

A pack holds each of these files as its package does, with a placeholder (conda's rules: in a text it is replaced as it
is, in a binary string by string, padded with NULs to the same length). `pack.json` lists them with their hashes, so
that an environment that was written for one path can be written for another: what stands there is first turned back,
and a file that somebody changed is left alone and named.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

META = "conda-meta/parity-pack"
"""Directory in an environment with what is known of the pack that it came from."""

TOKEN = "/@prefix@"
"""Stands for the path of the environment in targets of absolute symbolic links."""

_LONGEST = 127
"""Bytes of a first line that Linux reads."""


class RelocationError(Exception):
    """The environment cannot be written for this path; nothing was changed unless the message says so."""


def relocate(prefix: str, target: str | None = None) -> list[str]:
    """Write a path into the files of an environment; doing it again, or for another path, is no harm.

    Args:
        prefix: absolute path of the directory with the files.
        target: path to write into them; `prefix` where None.

    Returns:
        Paths of files that are neither as the pack brought them nor as this program writes them: they were left alone.

    Raises:
        RelocationError: the path is too long for a file, or a file cannot be written.
    """
    target = prefix if target is None else target
    with open(os.path.join(prefix, META, "pack.json"), encoding="utf-8") as file:
        meta: dict[str, Any] = json.load(file)
    path = os.fsencode(target)
    if b"\n" in path or not os.path.isabs(target):
        msg = f"the path of an environment is absolute and has no line break: {target!r}"
        raise RelocationError(msg)
    for one in meta["files"]:
        most = len(one["placeholder"].encode())
        if one["mode"] == "binary" and len(path) > most:
            raise RelocationError(
                "the path has %d bytes, and %s has room for %d: choose a shorter one" % (len(path), one["path"], most)
            )
    written = written_for(prefix)
    changed: list[str] = []
    installed: dict[str, dict[str, str]] = {}
    try:
        for one in meta["files"]:
            digest = _write(prefix, one, [path] + ([os.fsencode(written)] if written else []))
            if digest is None:
                changed.append(one["path"])
            else:
                installed.setdefault(one["record"], {})[one["path"]] = digest
        for name, inside in meta["links"].items():
            _link(_within(prefix, name), target + inside[len(TOKEN) :])
        for record, digests in installed.items():
            if record:
                _note(_within(prefix, record), digests)
        _replace(os.path.join(prefix, META, "written"), os.fsencode(target), 0o644)
    except OSError as error:
        msg = f"cannot write {error.filename}: {error.strerror}; run this again where it can be written"
        raise RelocationError(msg) from error
    return changed


def written_for(prefix: str) -> str:
    """The path that was last written into an environment; "" for one that is as the pack brought it."""
    try:
        with open(os.path.join(prefix, META, "written"), "rb") as file:
            return os.fsdecode(file.read())
    except OSError:
        return ""


def _write(prefix: str, one: Mapping[str, str], paths: Sequence[bytes]) -> str | None:
    """Write one file; the hash of what stands there then, None where it is not what it should be."""
    file = _within(prefix, one["path"])
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except FileNotFoundError:
        return None
    placeholder, expected = one["placeholder"].encode(), one["sha256"]
    original = None
    for candidate in _candidates(data, one, placeholder, paths):
        if hashlib.sha256(candidate).hexdigest() == expected:
            original = candidate
            break
    if original is None:
        return None
    new = forward(original, placeholder, paths[0], one["mode"])
    if new != data:
        _replace(file, new, os.stat(file).st_mode & 0o7777)
    if sys.platform == "darwin" and one["mode"] == "binary" and new != original:
        # The signature of a program is over its bytes, and macOS starts none whose signature is wrong.
        subprocess.run(["/usr/bin/codesign", "-s", "-", "-f", file], check=False, capture_output=True)
        with open(file, "rb") as opened:
            new = opened.read()
    return hashlib.sha256(new).hexdigest()


def _candidates(data: bytes, one: Mapping[str, str], placeholder: bytes, paths: Sequence[bytes]) -> Iterator[bytes]:
    """What the pack may have held, from what stands there."""
    yield data
    for path in paths:
        if one["mode"] == "binary":
            yield _binary(data, path, placeholder)
            continue
        if one["shebang"] and data.startswith(b"#!/usr/bin/env "):
            data = one["shebang"].encode("utf-8", "surrogateescape") + data[_line_end(data) :]
        yield data.replace(path, placeholder)


def forward(data: bytes, placeholder: bytes, path: bytes, mode: str) -> bytes:
    """The content of a file with a path in the place of the placeholder."""
    if mode == "binary":
        return _binary(data, placeholder, path)
    new = data.replace(placeholder, path)
    if not data.startswith((b"#!" + placeholder, b"#! " + placeholder)):
        return new
    end = _line_end(new)
    start = new.index(path)
    if end <= _LONGEST and b" " not in path:
        return new
    # What a first line cannot name is found by its name: `activate` and `parity run` put it on PATH.
    program, blank, options = new[start + len(path) : end].partition(b" ")
    return b"#!/usr/bin/env " + program.rpartition(b"/")[2] + blank + options + new[end:]


def _line_end(data: bytes) -> int:
    end = data.find(b"\n")
    return len(data) if end < 0 else end


def _binary(data: bytes, old: bytes, new: bytes) -> bytes:
    """Exchange a path in every C string that holds it; the string keeps its length, with NULs at its end.

    A string that would become too long stays as it is.
    """
    pieces: list[bytes] = []
    last = 0
    at = data.find(old)
    while at >= 0:
        end = data.find(b"\0", at)
        end = len(data) if end < 0 else end
        longer = data.count(old, at, end) * (len(new) - len(old))
        if longer <= 0:
            pieces += [data[last:at], data[at:end].replace(old, new), b"\0" * -longer]
            last = end
        elif data[end : end + longer] == b"\0" * longer:
            pieces += [data[last:at], data[at:end].replace(old, new)]
            last = end + longer
        at = data.find(old, max(end, last))
    return b"".join(pieces) + data[last:]


def _within(prefix: str, name: str) -> str:
    """The file of a relative path; never one outside of the prefix, wherever links lead."""
    path = os.path.join(prefix, name)
    top = os.path.realpath(prefix)
    parent = os.path.realpath(os.path.dirname(path))
    if os.path.isabs(name) or ".." in name.split("/") or (parent != top and not parent.startswith(top + os.sep)):
        msg = f"{name!r} leads out of the environment: this pack is broken"
        raise RelocationError(msg)
    if os.path.islink(path) and os.path.isfile(path):
        msg = f"{name!r} is a symbolic link and should be a file"
        raise RelocationError(msg)
    return path


def _link(path: str, target: str) -> None:
    if os.path.islink(path) and os.readlink(path) != target:
        temporary = path + ".parity-tmp-0"
        if os.path.lexists(temporary):
            os.unlink(temporary)
        os.symlink(target, temporary)
        os.replace(temporary, path)


def _note(record: str, digests: Mapping[str, str]) -> None:
    """Tell a record of conda-meta what its files hold now (`sha256_in_prefix`)."""
    with open(record, encoding="utf-8") as file:
        data = json.load(file)
    for entry in data.get("paths_data", {}).get("paths", []):
        if entry["_path"] in digests:
            entry["sha256_in_prefix"] = digests[entry["_path"]]
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    _replace(record, text.encode("utf-8", "surrogateescape"), 0o644)


def _replace(path: str, data: bytes, mode: int) -> None:
    """Write a file under another name first: it may be a hard link, and whoever reads it sees all or nothing."""
    head, name = os.path.split(path)
    temporary = os.path.join(head, f".{name[:100]}.parity-tmp-0")
    with open(temporary, "wb") as file:
        file.write(data)
    os.chmod(temporary, mode)
    os.replace(temporary, path)


def main() -> int:
    """Program of `bin/parity-unpack`: takes the path of the environment, returns an exit code."""
    prefix = sys.argv[1]
    try:
        changed = relocate(prefix)
    except RelocationError as error:
        print(f"parity-unpack: {error}", file=sys.stderr)
        return 1
    for path in changed:
        print(f"parity-unpack: {path} is not as the pack brought it, and is left alone", file=sys.stderr)
    print(f"This environment is ready at {prefix}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
