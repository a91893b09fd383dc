"""What the records of a prefix say against each other and against the machine: the findings that need no look at files.

Also puts together, from all records and notes, which file is expected where. Pure.
"""

from __future__ import annotations

import posixpath
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from parity.core.findings import Finding, Wanted
from parity.core.graph import dependency_name
from parity.core.markers import applies
from parity.core.names import normalise
from parity.core.records import FileNotes, key
from parity.core.rules import is_installer_note
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from parity.core.records import Contents, PypiPart
    from parity.model import CondaPackage

VirtualPackage = tuple[str, str, str]

_UV = sha256(b"uv").hexdigest()

_SIMPLE = regex(r"[A-Za-z0-9][\w.-]*")
_RANGE = regex(r"(?:(>=|>|<=|<|==|!=)?\s*(\d+(?:\.\d+)*)(?:\.?[a-z]\d*)?,?)+")
_PART = regex(r"(>=|>|<=|<|==|!=)?\s*(\d+(?:\.\d+)*)(\.?[a-z]\d*)?")


def expectations(
    contents: Contents, notes: FileNotes, shadowing: Collection[str]
) -> tuple[dict[str, Wanted], list[Finding]]:
    """Every file that a record names, by path; and files that two packages claim with different content.

    Conda's packages own what PyPI packages claim too.

    Args:
        contents: the records.
        notes: what was noted beside them.
        shadowing: records of PyPI packages that stand over conda's: their claims count for nothing.
    """
    wanted: dict[str, Wanted] = {}
    shared: list[Finding] = []
    for part in contents.conda:
        package = part.package
        _add(part.files, wanted, shared, notes, key("conda", package.name, package.version, package.build))
    for other in contents.pypi:
        if other.record not in shadowing:
            # What the installer wrote beside the wheel's own files is another for each way of installing it.
            files = {path: want for path, want in other.files.items() if not is_installer_note(path)}
            _add(files, wanted, shared, notes, key("pypi", other.package.name, other.package.version))
    return wanted, shared


def _add(
    files: Mapping[str, Wanted], wanted: dict[str, Wanted], shared: list[Finding], notes: FileNotes, name: str
) -> None:
    note = notes.packages.get(name)
    # Of a path that two packages bring, one file got another name when it was linked, which the note does not know.
    other = None if note is not None and not note.executable <= files.keys() else False
    for path, want in files.items():
        mine = want
        if note is not None:
            owner, kind, digest, origin, _, target, holds = want
            if kind == "file":
                # Written out, because `_replace` takes five times as long and there are tens of thousands.
                mine = Wanted(owner, kind, digest, origin, path in note.executable or other, target, holds)
            elif kind == "link":
                mine = want._replace(target=note.links.get(path, target))
        first = wanted.setdefault(path, mine)
        if first is not mine and first.owner != mine.owner:
            if first.digest and mine.digest and first.digest != mine.digest:
                both = f"{first.owner} and {mine.owner}"
                hint = "what stands there hangs on the order in which they were installed"
                shared.append(Finding("file-shared", both, path, "one owner", both, hint))
                wanted[path] = first._replace(digest="", kind=None)
            elif first.executable != mine.executable:
                wanted[path] = first._replace(executable=None)


def over_conda(contents: Contents, pinned: Mapping[str, str] = {}) -> tuple[list[Finding], frozenset[str]]:
    """PyPI packages that stand over a conda package of the same project, and projects that are there twice.

    Args:
        contents: the records.
        pinned: versions that were installed on purpose: of a project that is there twice, the other one is too much.

    Returns:
        The findings, and the records (dist-info) of the PyPI packages that stand over conda's.
    """
    provided = {
        project: (part.package.name, version) for part in contents.conda for project, version in part.projects.items()
    }
    findings, records = [], set()
    seen: dict[str, PypiPart] = {}
    for part in sorted(contents.pypi, key=lambda part: pinned.get(part.package.name) != part.package.version):
        name = part.package.name
        if name in provided:
            owner, version = provided[name]
            records.add(part.record)
            findings.append(
                Finding(
                    "pypi-over-conda",
                    owner,
                    part.record,
                    f"{name} {version} (conda)",
                    f"{name} {part.package.version} (pypi)",
                )
            )
        elif name in seen:
            first = seen[name].package.version
            findings.append(
                Finding("duplicate-metadata", name, part.record, f"{name} once", f"{first} and {part.package.version}")
            )
        else:
            seen[name] = part
    return findings, frozenset(records)


def altered_records(contents: Contents, notes: FileNotes) -> list[tuple[PypiPart, str]]:
    """PyPI packages whose RECORD is not the one that was noted when they were installed, with the SHA-256 of that one.

    Where another installer has put the same version there anew, which a RECORD tells by itself, the new one counts.
    """
    found = []
    for part in contents.pypi:
        note = notes.packages.get(key("pypi", part.package.name, part.package.version))
        if note is not None and note.record and part.digest not in {"", note.record}:
            said = part.files.get(f"{part.record}/INSTALLER")
            if said is None or said.digest in {"", _UV}:
                found.append((part, note.record))
    return found


def moved(contents: Contents, notes: FileNotes, prefix: str, first_line: Callable[[str], bytes]) -> str:
    """Where an environment stood when its files were written; "" where it still stands there.

    Records keep hashes of what was written for the old place, so that by them nothing has changed.

    Args:
        contents: the records.
        notes: tell the place, where Parity made it.
        prefix: real path of the environment.
        first_line: the first bytes of a file; empty where it cannot be read.
    """
    if notes.prefix:
        return "" if notes.prefix == prefix else notes.prefix
    inside = contents.scripts + "/"
    tried = 0
    for files in (*(part.files for part in contents.conda), *(part.files for part in contents.pypi)):
        for path, want in files.items():
            if want.holds_prefix and want.kind == "file" and path.startswith(inside):
                old = shebang_prefix(first_line(path), contents.scripts)
                tried += 1
                if old:
                    return "" if old == prefix else old
                if tried > 20:  # none of these is a script that names an interpreter
                    return ""
    return ""


def shebang_prefix(head: bytes, scripts: str) -> str:
    """The prefix whose Python a script is started with; "" where it names none.

    Args:
        head: its first bytes, of which two lines count: a path that is too long for a kernel stands in the second.
        scripts: directory of scripts in a prefix.
    """
    if not head.startswith(b"#!"):
        return ""
    text = head[:1024].decode("utf-8", "replace")
    found = re.match(rf"#!\s*(/[^\n]*?)/{scripts}/python[\w.]*\s", text) or re.match(
        rf"#!/bin/sh\n'''exec' [\"']?(/[^\n]*?)/{scripts}/python", text
    )
    return found[1] if found else ""


def lost_records(history: Iterable[tuple[Sequence[str], Sequence[str]]], contents: Contents) -> list[str]:
    """Packages that the history installed and never removed, and that have no record: `channel/subdir::dist`.

    Args:
        history: added and removed packages of each change, oldest first.
        contents: the records that are there.
    """
    state: dict[str, str] = {}
    for added, removed in history:
        for text in removed:
            state.pop(text.rpartition("::")[2], None)
        for text in added:
            state[text.rpartition("::")[2]] = text
    there = {part.package.name for part in contents.conda} | {broken.name for broken in contents.broken}
    return sorted(text for dist, text in state.items() if dist.rsplit("-", 2)[0] not in there)


def unmet_requirements(
    contents: Contents,
    virtual: Callable[[Collection[str]], Collection[VirtualPackage]],
    matches: Callable[[str, CondaPackage], bool] | None,
    environment: Mapping[str, str],
    settled: Collection[str],
    asked: Iterable[str] = (),
) -> Iterator[Finding]:
    """Requirements of packages, and of those who asked for them, that the environment or the machine does not meet.

    What conda packages say in their Python metadata is left to conda: the names there are PyPI's.

    Args:
        contents: the records.
        virtual: the machine's virtual packages of some names.
        matches: whether a package satisfies a match spec; None to compare names only.
        environment: markers of the environment's Python (PEP 508).
        settled: names of packages that have a finding of their own: that they are missed by others follows from it.
        asked: match specs that the environment was asked for; those of virtual packages are looked at.
    """
    conda = {part.package.name: part.package for part in contents.conda}
    lacking: dict[str, list[str]] = {text: [""] for text in asked if text.startswith("__")}
    for package in conda.values():
        for text in package.depends:
            name = dependency_name(text)
            if name.startswith("__"):
                lacking.setdefault(text, []).append(package.name)
            elif name not in conda:
                if name not in settled:
                    yield Finding("requirement-unmet", package.name, "", text)
            elif matches is not None and not matches(text, conda[name]):
                yield Finding("requirement-unmet", package.name, "", text, f"{name} {conda[name].version}")
    machine = {each[0]: each for each in virtual({dependency_name(text) for text in lacking})} if lacking else {}
    for text, names in lacking.items():
        name = dependency_name(text)
        found = machine.get(name)
        if found is None or not virtual_fits(text, found):
            has = f"{name} {found[1]}" + (f" {found[2]}" if name == "__archspec" else "") if found else f"no {name}"
            hint = "take packages that are made for machines like this one"
            if name == "__cuda":
                hint += ", or install a newer driver"
            for owner in names:
                yield Finding("virtual-missing", owner, "", text, f"this machine has {has}", hint)
    yield from _unmet_projects(contents, environment, settled)


def virtual_fits(text: str, found: VirtualPackage) -> bool:
    """Whether a virtual package satisfies a dependency such as `__glibc >=2.17,<3.0.a0`.

    Only comparisons of plain versions are decided; anything else is not doubted.
    """
    asked = text.split()[1:]
    if not asked or found[0] == "__archspec" or not _RANGE.fullmatch(asked[0]):
        return True
    have = _numbers(found[1])
    for sign, version, _ in _PART.findall(asked[0]):
        want = _numbers(version)
        size = max(len(have), len(want))
        one, other = have + [0] * (size - len(have)), want + [0] * (size - len(want))
        fits = {"": one[: len(want)] == want, "==": one == other, "!=": one != other, ">=": one >= other,
                ">": one > other, "<=": one <= other, "<": one < other}[sign]  # fmt: skip
        if not fits:
            return False
    return True


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _unmet_projects(contents: Contents, environment: Mapping[str, str], settled: Collection[str]) -> Iterator[Finding]:
    there = {project: version for part in contents.conda for project, version in part.projects.items()}
    there |= {part.package.name: part.package.version for part in contents.pypi if part.package.name not in there}
    for part in contents.pypi:
        for text in part.package.depends:
            plain = _SIMPLE.fullmatch(text)
            if plain and normalise(text) in there:
                continue
            unmet = _unmet(text, there, environment)
            if unmet is not None and unmet[0] not in settled:
                yield Finding("requirement-unmet", part.package.name, "", text, unmet[1])


def _unmet(text: str, there: Mapping[str, str], environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Name and found version (or "") of a requirement that is not met; None for one that is, or does not apply."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion

    try:
        requirement = Requirement(text)
        # One that belongs to an extra applies only where somebody asks for the extra, which no record tells.
        if not applies(requirement, environment):
            return None
        name = normalise(requirement.name)
        if name not in there:
            return name, ""
        if requirement.url or requirement.specifier.contains(there[name], prereleases=True):
            return None
    except (InvalidRequirement, InvalidVersion):
        return None
    return name, f"{name} {there[name]}"


def venv_owns(path: str, scripts: str) -> bool:
    """Whether a file belongs to a virtual environment itself, not to a package in it."""
    directory, _, name = path.rpartition("/")
    if directory == "":
        return name in {"pyvenv.cfg", ".gitignore", "CACHEDIR.TAG", ".lock", "lib64"}
    if directory == scripts:
        return name.lower().startswith(("activate", "deactivate", "python", "pypy", "pydoc"))
    return posixpath.basename(directory) == "site-packages" and name.startswith(
        ("_virtualenv.", "distutils-precedence")
    )
