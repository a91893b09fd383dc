"""What `parity fingerprint --json` writes, so that environments of two machines can be compared file by file.

Values of variables enter by their hash: they may be secrets.
"""

from __future__ import annotations

import json
from typing import Any

from parity.core.fingerprint import SCHEME, Entry, Fingerprint, fingerprint
from parity.core.prints import Print, subtotals
from parity.errors import InputError


def dump(print_: Print) -> dict[str, Any]:
    """A fingerprint as a JSON object; `parse` reads it."""
    found: dict[str, Any] = {
        "fingerprint": print_.fingerprint.root,
        "of": print_.label,
        "predicted": print_.predicted,
        "parts": {
            "packages": print_.fingerprint.packages,
            "variables": print_.fingerprint.variables,
            "files": print_.fingerprint.files,
        },
    }
    if print_.bytecode:
        found["without_bytecode"] = print_.without_bytecode().root
        found["bytecode"] = list(print_.bytecode)
    return found | {
        "packages": {name: f"{version} {build}" for name, version, build in print_.packages},
        "variables": dict(print_.variables),
        "subtotals": subtotals(print_),
        "files": {path: _line(print_.entries[path], print_) for path in sorted(print_.entries)},
    }


def _line(entry: Entry, print_: Print) -> str:
    owner = print_.owners.get(entry.path, "")
    return f"{entry.kind} {'x' if entry.executable else '-'} {entry.digest} {owner}".rstrip()


def looks_like(text: str) -> bool:
    """Whether a file may be one of these."""
    return text.lstrip().startswith("{") and '"fingerprint"' in text[:200]


def parse(text: str, file: str) -> Print:
    """A fingerprint with its parts.

    Raises:
        InputError: it is no such file, of another scheme, or its parts do not give the fingerprint that it names.
    """
    try:
        data = json.loads(text)
        root = data["fingerprint"]
        if not root.startswith(f"{SCHEME}:"):
            raise InputError(f"{file} holds a fingerprint of another kind, {root.partition(':')[0]}; this is {SCHEME}",
                             hints=["take it again with this version of Parity"])  # fmt: skip
        entries, owners = {}, {}
        for path, line in data["files"].items():
            kind, executable, digest, *owner = line.split(" ", 3)
            entries[path] = Entry(path, kind, digest, executable == "x")
            if owner:
                owners[path] = owner[0]
        packages = tuple(sorted((name, *_two(value)) for name, value in data["packages"].items()))
        variables = data["variables"]
        bytecode = tuple(data.get("bytecode", ()))
        made: Fingerprint = fingerprint(entries.values(), packages, variables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{file} is not what `parity fingerprint --json` writes: {error}", hints=["write it again"]
        ) from error
    if made.root != root:
        raise InputError(f"{file} was changed: what it lists does not give the fingerprint that it names",
                         hints=["write it again with `parity fingerprint --json`"])  # fmt: skip
    return Print(data.get("of") or file, made, entries, packages, variables, owners, bool(data["predicted"]), bytecode)


def _two(value: str) -> tuple[str, str]:
    version, _, build = value.partition(" ")
    return version, build
