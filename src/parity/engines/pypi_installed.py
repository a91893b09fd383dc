"""What installing wheels left in a prefix: checked against its records, and moved to where it will live.

Records follow PEP 376 and the wheel specification: a line of RECORD is path, hash, size.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.names import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from parity.model import PypiPackage


def damaged(prefix_python: Path, packages: Sequence[PypiPackage]) -> frozenset[str]:
    """Names of packages that are not there, or of which a file is missing or has another size than recorded.

    Args:
        prefix_python: interpreter of the prefix.
        packages: that should be installed.
    """
    import os

    wanted = {package.name for package in packages}
    seen: set[str] = set()
    wrong: set[str] = set()
    for name, record in _records(prefix_python, wanted):
        seen.add(name)
        root = str(record.parent.parent)
        try:
            lines = record.read_text(encoding="utf-8").splitlines()
        except OSError:
            wrong.add(name)
            continue
        for line in lines:
            path, _, size = line.rsplit(",", 2) if line.count(",") > 1 else (line, "", "")
            # uv forgets to take off the record what a wheel has for a launcher that uv makes itself.
            if size and ".data/scripts/" not in path:
                try:
                    # os.path instead of pathlib: there are tens of thousands of lines
                    if os.stat(f"{root}/{_unquoted(path)}").st_size != int(size):  # noqa: PTH116
                        wrong.add(name)
                        break
                except (OSError, ValueError):
                    wrong.add(name)
                    break
    return frozenset(wrong | (wanted - seen))


def rewrite_scripts(prefix_python: Path, names: Collection[str], written_prefix: Path) -> None:
    """Write another prefix into the first lines of the scripts of packages, and their new hashes into RECORD.

    Args:
        prefix_python: interpreter of the prefix as it stands now (`PREFIX/bin/python`).
        names: normalised names of the packages.
        written_prefix: absolute path that the prefix will have.
    """
    old = str(prefix_python.parent.parent)
    new = str(written_prefix)
    for _, record in _records(prefix_python, set(names)):
        lines = record.read_text(encoding="utf-8").splitlines()
        changed = False
        for number, line in enumerate(lines):
            # Scripts stand outside site-packages; everything else holds no path of the prefix.
            if not line.lstrip('"').startswith("../") or line.count(",") < 2:
                continue
            path = line.rsplit(",", 2)[0]
            script = record.parent.parent / _unquoted(path)
            if script.is_file() and (content := rewritten(script.read_bytes(), f"{old}/", f"{new}/")) is not None:
                replace_file(script, content)
                lines[number] = ",".join((path, *sha256_line(content)))
                changed = True
        if changed:
            replace_file(record, ("\n".join(lines) + "\n").encode())


def rewritten(content: bytes, old: str, new: str) -> bytes | None:
    """A script that starts another interpreter; None where it starts none of those meant.

    Args:
        content: of the script.
        old: path of the interpreter, or of a directory, with `/` at its end, that holds it.
        new: what shall stand there instead.
    """
    if not content.startswith(b"#!"):
        return None
    named = re.compile(re.escape(old) + ("" if old.endswith("/") else r"(?=\s|$)"))
    first, _, rest = content.partition(b"\n")
    line = first.decode("utf-8", "surrogateescape")
    if found := named.match(line, 2):
        return _head(new + line[found.end() :]) + rest
    second, newline, rest = rest.partition(b"\n")
    shell = re.fullmatch(r"'''exec' '(.*)' \"\$0\" \"\$@\"", second.decode("utf-8", "surrogateescape"))
    if shell is not None and (found := named.match(shell[1])) and rest.startswith(b"' '''\n"):
        # Only the old path needed the shell, or both do: the script shall not tell where it was made.
        return _head(new + shell[1][found.end() :]) + rest.removeprefix(b"' '''\n")
    place = f"'{old}".encode("utf-8", "surrogateescape")
    if second.startswith(b"'''exec' ") and place in second:
        return first + b"\n" + second.replace(place, f"'{new}".encode("utf-8", "surrogateescape")) + newline + rest
    return None


def _head(program: str) -> bytes:
    """The lines that start a script with a program."""
    if " " in program or len(program) > 125:
        # Linux takes neither blanks nor long lines here; the usual way out is a file that is shell and Python.
        text = f"#!/bin/sh\n'''exec' '{program}' \"$0\" \"$@\"\n' '''\n"
    else:
        text = f"#!{program}\n"
    return text.encode("utf-8", "surrogateescape")


def _records(prefix_python: Path, names: Collection[str]) -> Iterator[tuple[str, Path]]:
    """Normalised name and RECORD of installed packages."""
    prefix = prefix_python.parent if prefix_python.suffix == ".exe" else prefix_python.parent.parent
    if prefix.name == "Scripts":
        prefix = prefix.parent
    for site in (*prefix.glob("lib/python3*/site-packages"), prefix / "Lib" / "site-packages"):
        for info in site.glob("*.dist-info"):
            name = normalise(re.split(r"-(?=\d)", info.name, maxsplit=1)[0])
            if name in names:
                yield name, info / "RECORD"


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that is installed anew, with its permissions."""
    # A new file, because the old one may be a hard link into uv's cache.
    part = path.with_name(f".{path.name}.parity")
    part.write_bytes(content)
    part.chmod(path.stat().st_mode)
    part.replace(path)


def sha256_line(content: bytes) -> tuple[str, str]:
    """Hash and size of a file as a line of RECORD has them."""
    import base64
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", str(len(content))


def _unquoted(path: str) -> str:
    return path[1:-1].replace('""', '"') if path.startswith('"') else path
