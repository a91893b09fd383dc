"""What installing wheels left in a prefix: checked against its records, and pointed to where it will live.

Records follow PEP 376 and the wheel specification: a line of RECORD is path, hash, size.
"""

from __future__ import annotations

import csv
import io
import os
import posixpath
import re
import stat
from typing import TYPE_CHECKING

from parity.formats.prefix_record import decode_metadata
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from parity.model import PypiPackage

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Project:
    """What is installed of one project.

    Attributes:
        name: normalised.
        version: as its metadata writes it.
        site: site-packages, relative to the prefix.
        record: its RECORD.
        rows: lines of it: path, hash, size; paths of these are relative to site-packages.
        paths: of the rows, relative to the prefix.
        executable: those that may be executed.
        links: targets of those that are links.
    """

    name: str
    version: str
    site: str
    record: Path
    rows: Rows
    paths: list[str]
    executable: set[str]
    links: dict[str, str]

    def outside(self) -> Iterator[tuple[str, list[str]]]:
        """Paths and rows of what stands outside of site-packages: scripts, headers, data."""
        inside = f"{self.site}/"
        return ((path, row) for path, row in zip(self.paths, self.rows, strict=True) if not path.startswith(inside))

    def copy_of_rows(self) -> Rows:
        """The rows as they are now, for `save`."""
        return [list(row) for row in self.rows]

    def save(self, before: Rows) -> None:
        """Write RECORD anew, if rows are others than before."""
        if self.rows != before:
            table = io.StringIO()
            csv.writer(table, lineterminator="\n").writerows(self.rows)
            replace_file(self.record, table.getvalue().encode())


def prefix_of(python: Path) -> Path:
    """The prefix of an interpreter."""
    prefix = python.parent if python.suffix == ".exe" else python.parent.parent
    return prefix.parent if prefix.name == "Scripts" else prefix


def look(prefix: Path, packages: Sequence[PypiPackage]) -> tuple[list[Project], frozenset[str]]:
    """What is installed of packages, and names of those that are missing or damaged.

    Damaged is one of which a file is missing or has another size than recorded.

    Args:
        prefix: or a directory that is laid out like one.
        packages: that should be installed.
    """
    top = f"{prefix}/"
    wanted = {package.name for package in packages}
    found: list[Project] = []
    wrong: set[str] = set()
    for info in _dist_infos(prefix):
        try:
            metadata = decode_metadata((info / "METADATA").read_text(encoding="utf-8", errors="replace"), info)
            text = (info / "RECORD").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # so that it is missing
        if metadata is None or metadata.name not in wanted:
            continue
        rows = [row for row in csv.reader(text.splitlines()) if row]
        site = info.parent.relative_to(prefix).as_posix()
        project = Project(metadata.name, metadata.version, site, info / "RECORD", rows, [], set(), {})
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


def rewrite_scripts(prefix: Path, packages: Sequence[PypiPackage], written_prefix: Path) -> None:
    """Write another prefix into the first lines of the scripts of packages, and their new hashes into RECORD.

    Args:
        prefix: where they stand now.
        packages: whose scripts are meant.
        written_prefix: absolute path that the prefix will have.
    """
    for project in look(prefix, packages)[0]:
        before = project.copy_of_rows()
        for path, row in project.outside():
            if (prefix / path).is_file():
                repoint(prefix / path, row, f"{prefix}/", f"{written_prefix}/")
        project.save(before)


def repoint(script: Path, row: list[str], old: str, new: str) -> None:
    """Have a script start another interpreter, and its row of RECORD say so; see `rewritten`."""
    content = rewritten(script.read_bytes(), old, new)
    if content is not None:
        replace_file(script, content)
        row[1:] = _hash_and_size(content)


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


def _dist_infos(prefix: Path) -> Iterator[Path]:
    for site in (*sorted(prefix.glob("lib/python3*/site-packages")), prefix / "Lib" / "site-packages"):
        yield from sorted(site.glob("*.dist-info"))


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that is installed anew, with its permissions."""
    # A new file, because the old one may be a hard link into uv's cache.
    part = path.with_name(f".{path.name}.parity")
    part.write_bytes(content)
    part.chmod(path.stat().st_mode)
    part.replace(path)


def _hash_and_size(content: bytes) -> tuple[str, str]:
    """Hash and size of a file as a line of RECORD has them."""
    import base64
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", str(len(content))
