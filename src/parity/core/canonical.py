"""From the bytes of an installed file back to what its package holds: the same wherever it was installed.

Installers write the environment's prefix into some files. What they did is undone here, as far as it can be told from
the bytes alone; docs/reference/fingerprint.md defines it for readers. Forward, the rules are conda's: the prefix
takes the place of a placeholder, in a text as it is, in a binary C string by C string and padded with NULs to the
same length; a first line that Linux or macOS would refuse (too long, a blank in the path) becomes a few words of
shell. Launchers of entry points follow rattler's, uv's and pip's templates.
"""

from __future__ import annotations

import hashlib
import re
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FileMode = Literal["text", "binary"]
"""How a prefix is put into a file: as text, or in a binary, padded to the same length."""

TOKEN = b"/@prefix@"
"""Stands for the prefix where a package has no placeholder of its own: in launchers, wheels' scripts, link targets."""

_TRIES = 1 << 28
"""Bytes that may be hashed to find out which of several occurrences of a short prefix an installer wrote."""

_SHELL = regex(
    rb"#!/bin/sh\n'''exec' (?P<quote>[\"']?)(?P<path>/.*?)(?P=quote)(?P<options>(?: [^\"'\n]*?)?)"
    rb" \"\$0\" \"\$@\"(?: #'''|\n' ''')(?P<rest>[^\n]*)(?=\n|\Z)"
)
"""How rattler (one line) and uv, pip and Parity (a line more) start a Python that a first line cannot name."""

_BESIDE = regex(
    rb"#!/bin/sh\n'''exec' \"\$\(dirname -- \"\$\(realpath -- \"\$0\"\)\"\)\"/'(?P<program>[^/'\n]+)'"
    rb"(?P<options>(?: [^\"'\n]*?)?) \"\$0\" \"\$@\"\n' '''(?=\n|\Z)"
)
"""How uv's relocatable scripts, and those of packs, start the Python that stands beside them."""

_STARTER = b"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/'%s'%s "$0" "$@"
' '''"""

_ENV = regex(rb"#!/usr/bin/env (?P<program>[^ \t\r\n/]+)(?P<options>[^\n]*)")
_ENV_FROM = (b"/bin/", b"/sbin/", b"/libexec/", b"/usr/bin/")
"""Where a program may have been that rattler and conda start by its name alone, because the path is too long."""

_PYTHON = regex(rb"(?:bin/|Scripts/)?pythonw?[0-9.]*(?:\.exe)?", re.IGNORECASE)

_NAME = rb"[\w.\-]+"
_LAUNCHER = regex(
    rb"(?:# -\*- coding: utf-8 -\*-\n)?(?:import re\n)?import sys\n+"
    rb"from (?P<module>" + _NAME + rb") import (?P<name>" + _NAME + rb")\n+"
    rb"if __name__ == (?P<q>['\"])__main__(?P=q):\n"
    rb"(?:[ \t]+sys\.argv\[0\] = (?:re\.sub\(r?(?P<r>['\"])\(-script\\\.pyw\??\|\\\.exe\)\?\$(?P=r), (?P=r)(?P=r), "
    rb"sys\.argv\[0\]\)|sys\.argv\[0\]\.removesuffix\((?P<s>['\"])\.exe(?P=s)\))\n"
    rb"|    if sys\.argv\[0\]\.endswith\(\"-script\.pyw\"\):\n        sys\.argv\[0\] = sys\.argv\[0\]\[:-11\]\n"
    rb"    elif sys\.argv\[0\]\.endswith\(\"\.exe\"\):\n        sys\.argv\[0\] = sys\.argv\[0\]\[:-4\]\n)"
    rb"[ \t]+sys\.exit\((?P<function>" + _NAME + rb")\(\)\)\n*"
)


def digest(data: bytes, prefixes: Sequence[bytes], placeholder: bytes, mode: FileMode, expected: str = "") -> str:
    """SHA-256 (hex) of the canonical content of a file of a conda package that has a placeholder.

    Args:
        data: the bytes of the installed file.
        prefixes: paths of the environment that may stand in it: as given, and with links resolved.
        placeholder: what the package holds in their place.
        mode: how it was replaced.
        expected: hash of the content in the package. Where undoing the usual way does not give it, the ways that
            lose something (a program started by its name; a prefix that also stood in the package) are tried, and
            one that gives it counts.

    Returns:
        `expected` for an untouched file.
    """
    return _original(data, prefixes, placeholder, mode, expected)[1]


def original(data: bytes, prefixes: Sequence[bytes], placeholder: bytes, mode: FileMode, expected: str = "") -> bytes:
    """What a package holds where an installed file stands: the bytes that `digest` is of.

    Args:
        data: as for `digest`, like the rest.
        prefixes: paths of the environment.
        placeholder: what the package holds in their place.
        mode: how it was replaced.
        expected: hash of the content in the package.
    """
    return _original(data, prefixes, placeholder, mode, expected)[0]


def _original(
    data: bytes, prefixes: Sequence[bytes], placeholder: bytes, mode: FileMode, expected: str
) -> tuple[bytes, str]:
    prefix = next((one for one in prefixes if one in data), prefixes[0])
    plain = _plain(data, prefix, placeholder, mode)
    found = hashlib.sha256(plain).hexdigest()
    if not expected or found == expected:
        return plain, found
    budget = _TRIES
    for other in _others(data, prefix, placeholder, mode):
        if hashlib.sha256(other).hexdigest() == expected:
            return other, expected
        budget -= len(other) + 1
        if budget < 0:
            break
    return plain, found


def beside(data: bytes, prefixes: Sequence[bytes]) -> bytes | None:
    """A script of `bin/` that starts the Python beside it, wherever both stand; None for what is no script of Python.

    The form is uv's (`--relocatable`), which is a comment to Python and a command to the shell.

    Args:
        data: a script whose first line names a Python in `bin/` of one of `prefixes`, or that starts it through the
            shell because a first line cannot.
        prefixes: paths of the environment, or the placeholder that stands for it.
    """
    parts = _parts(data, prefixes)
    if parts is None:
        return None
    inside, options, body = parts
    program, blank, more = inside.partition(b" ")
    options = (blank + more + options).rstrip()
    if not program.startswith(b"bin/") or not _PYTHON.fullmatch(program) or re.search(rb"[\"'\\$`]", options):
        return None
    return _STARTER % (program.removeprefix(b"bin/"), options) + body


def plain(data: bytes, prefix: bytes, placeholder: bytes, mode: FileMode) -> bytes:
    """The canonical content, undone the usual way: every occurrence of the prefix is one of the placeholder."""
    return _plain(data, prefix, placeholder, mode)


def _plain(data: bytes, prefix: bytes, placeholder: bytes, mode: FileMode) -> bytes:
    if mode == "binary":
        return _binary(data, prefix, placeholder)
    return _without_shell(data, prefix).replace(prefix, placeholder)


def _others(data: bytes, prefix: bytes, placeholder: bytes, mode: FileMode) -> Iterator[bytes]:
    """What else an installer may have made this file from, likelier first."""
    if mode == "binary":
        # Before the padding was added, a string may have held the prefix by itself.
        starts = [start for start, _, _ in _strings(data, prefix, placeholder)]
        for kept in _subsets(starts):
            yield _binary(data, prefix, placeholder, frozenset(kept))
        return
    restored = _without_shell(data, prefix)
    if restored != data:
        yield b"#! " + restored[2:].replace(prefix, placeholder)
    found = _ENV.match(data)
    if found is not None and _is_refused(prefix + _ENV_FROM[0] + found["program"] + found["options"]):
        rest = data[found.end() :].replace(prefix, placeholder)
        for blank in (b"", b" "):
            for place in _ENV_FROM:
                yield b"#!" + blank + placeholder + place + found["program"] + found["options"] + rest
    parts = restored.split(prefix)
    for kept in _subsets(range(1, len(parts))):
        pieces = [parts[0]]
        for number, part in enumerate(parts[1:], 1):
            pieces += (prefix if number in kept else placeholder, part)
        yield b"".join(pieces)


def _subsets(items: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Which occurrences were not made by the installer: one, two, ... and at last all of them."""
    for size in range(1, len(items) + 1):
        yield from combinations(items, size)


def _without_shell(data: bytes, prefix: bytes) -> bytes:
    """A script that starts a program of the prefix through the shell, with the first line that it stands for."""
    found = _BESIDE.match(data)
    if found is not None:
        return b"#!" + prefix + b"/bin/" + found["program"] + found["options"] + data[found.end() :]
    found = _SHELL.match(data)
    if found is None or not found["path"].startswith(prefix + b"/") or not _is_refused(found["path"]):
        return data
    return b"#!" + found["path"] + found["options"] + found["rest"] + data[found.end() :]


def _is_refused(program: bytes) -> bool:
    """Whether an installer may have had a reason not to name a program in a first line.

    Linux refuses more than 127 bytes; what else stands in that line is not looked at closely.
    """
    return b" " in program or len(program) > 100


def _strings(data: bytes, prefix: bytes, placeholder: bytes) -> Iterator[tuple[int, int, int]]:
    """Start, end and padding of each C string that holds the prefix and has as many NULs behind it as that takes."""
    longer = len(placeholder) - len(prefix)
    at = data.find(prefix)
    while at >= 0:
        end = data.find(b"\0", at)
        if end < 0:
            end = len(data)
        padding = data.count(prefix, at, end) * longer
        if padding >= 0 and data[end : end + padding].count(0) == padding and end + padding <= len(data):
            yield at, end, padding
            at = data.find(prefix, end + padding)
        else:
            at = data.find(prefix, end)


def _binary(data: bytes, prefix: bytes, placeholder: bytes, kept: frozenset[int] = frozenset()) -> bytes:
    pieces: list[bytes] = []
    last = 0
    for start, end, padding in _strings(data, prefix, placeholder):
        if start in kept:
            continue
        pieces += (data[last:start], data[start:end].replace(prefix, placeholder))
        last = end + padding
    return b"".join((*pieces, data[last:])) if pieces else data


def script(data: bytes, prefixes: Sequence[bytes]) -> bytes:
    """The canonical content of a script that no placeholder belongs to: a launcher, or a script of a wheel.

    Only its first line holds the prefix. A Python of the environment is written as `TOKEN/bin/python` under whatever
    name it was called, and the text of a launcher is reduced to what it starts, so that it does not matter which
    installer wrote it.
    """
    if not data.startswith(b"#!"):
        # On Windows a program beside it knows the Python, and rattler leaves the first line empty.
        text = data.replace(b"\r\n", b"\n") if data[:1] in {b"\r", b"\n"} else b""
        started = _LAUNCHER.fullmatch(text.removeprefix(b"\n"))
        return _written(started["module"], started["name"], started["function"]) if started is not None else data
    parts = _parts(data, prefixes)
    return _script(*parts) if parts is not None else data


def _parts(data: bytes, prefixes: Sequence[bytes]) -> tuple[bytes, bytes, bytes] | None:
    """Of a script that starts a program of the environment: its path inside, options, the text behind."""
    found = _BESIDE.match(data)
    if found is not None:
        return b"bin/" + found["program"], found["options"], data[found.end() :]
    found = _SHELL.match(data)
    if found is not None:
        program, options, body = found["path"], found["options"] + found["rest"], data[found.end() :]
    elif data.startswith(b"#!"):
        line, newline, rest = data.partition(b"\n")
        program, options, body = line[2:].strip(), b"", newline + rest
    else:
        return None
    for prefix in prefixes:
        for known in {prefix, prefix.replace(b"'", b"'\"'\"'"), prefix.replace(b"/", b"\\")}:
            if known and program.startswith(known) and program[len(known) :][:1] in {b"/", b"\\"}:
                return program[len(known) + 1 :].replace(b"\\", b"/"), options, body
    return None


def _script(inside: bytes, options: bytes, body: bytes) -> bytes:
    inside, blank, more = inside.partition(b" ")
    if _PYTHON.fullmatch(inside):
        inside = b"bin/python"
    started = _LAUNCHER.fullmatch(body.removeprefix(b"\n").replace(b"\r\n", b"\n"))
    if started is not None and not blank + more + options and inside == b"bin/python":
        return _written(started["module"], started["name"], started["function"])
    return b"#!" + TOKEN + b"/" + inside + blank + more + options + body


def launcher(module: str, function: str) -> bytes:
    """The canonical content of the launcher of an entry point `module:function`."""
    return _written(module.encode(), function.partition(".")[0].encode(), function.encode())


def _written(module: bytes, name: bytes, function: bytes) -> bytes:
    return b"#!%s/bin/python\nfrom %s import %s\nsys.exit(%s())\n" % (TOKEN, module, name, function)


def link_target(target: str, prefixes: Sequence[str]) -> str:
    """What a symbolic link points to, with the prefix of an absolute target replaced."""
    for prefix in prefixes:
        if target == prefix or target.startswith(prefix + "/"):
            return TOKEN.decode() + target[len(prefix) :]
    return target
