"""Fingerprints with what they were made of, and how two of them differ."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from parity.core.fingerprint import Fingerprint, files_digest, fingerprint
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parity.core.fingerprint import Entry

UNOWNED = ""
"""Stands for the package of files that no package brought."""


@dataclass(frozen=True, slots=True)
class Print:
    """A fingerprint with everything that it was made of; two are equal where their roots are.

    Attributes:
        label: what it is of, in words.
        fingerprint: the roots.
        entries: files that count, by path.
        packages: name, version and build of its conda packages, sorted.
        variables: SHA-256 of the value of each variable that activation sets.
        owners: name of the package that brings a file, by path; files that nobody brought are not in it.
        predicted: made from packages, before anything is installed.
        bytecode: paths in `entries` of bytecode that was compiled after the installation (`--compile`).
    """

    label: str = field(compare=False)
    fingerprint: Fingerprint
    entries: Mapping[str, Entry] = field(compare=False)
    packages: tuple[tuple[str, str, str], ...] = field(compare=False)
    variables: Mapping[str, str] = field(compare=False)
    owners: Mapping[str, str] = field(repr=False, compare=False, default_factory=dict)
    predicted: bool = field(default=False, compare=False)
    bytecode: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return self.fingerprint.root

    def without_bytecode(self) -> Fingerprint:
        """What its fingerprint would be without the bytecode that was compiled: what a lock predicts."""
        compiled = set(self.bytecode)
        kept = [entry for path, entry in self.entries.items() if path not in compiled]
        return fingerprint(kept, self.packages, self.variables)


def make(
    label: str,
    entries: Mapping[str, Entry],
    packages: Iterable[tuple[str, str, str]],
    variables: Mapping[str, str],
    *,
    owners: Mapping[str, str],
    predicted: bool = False,
    bytecode: tuple[str, ...] = (),
) -> Print:
    """A fingerprint from its parts; `variables` by their values, which are not kept."""
    hidden = {
        name: hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest() for name, value in variables.items()
    }
    known = tuple(sorted(packages))
    return Print(
        label, fingerprint(entries.values(), known, hidden), entries, known, hidden, owners, predicted, bytecode
    )


@dataclass(frozen=True, slots=True)
class PathDifference:
    """A path at which two environments differ.

    Attributes:
        path: relative to the prefix.
        owner: name of the package that brings it; "" for none.
        change: `added`, `removed`, `content`, `kind` (file or link) or `executable`, from the first to the second.
    """

    path: str
    owner: str
    change: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a second environment differs from a first one.

    Attributes:
        packages: conda packages as `version build` in the first and in the second, None where it has none, by name.
        variables: names of variables that differ.
        files: sorted by owner and path.
    """

    packages: Mapping[str, tuple[str | None, str | None]]
    variables: tuple[str, ...]
    files: tuple[PathDifference, ...]

    def __bool__(self) -> bool:
        return bool(self.packages or self.variables or self.files)

    @property
    def by_owner(self) -> dict[str, list[PathDifference]]:
        """The files by package; those of nobody last."""
        found: dict[str, list[PathDifference]] = {}
        for one in sorted(self.files, key=lambda one: (one.owner == UNOWNED, one.owner, one.path)):
            found.setdefault(one.owner, []).append(one)
        return found


def compare(first: Print, second: Print) -> Comparison:
    """How the second differs from the first; empty exactly when their fingerprints are the same."""
    here = {name: f"{version} {build}" for name, version, build in first.packages}
    there = {name: f"{version} {build}" for name, version, build in second.packages}
    packages = {
        name: (here.get(name), there.get(name))
        for name in sorted(here.keys() | there.keys())
        if here.get(name) != there.get(name)
    }
    variables = sorted({name for name, _ in first.variables.items() ^ second.variables.items()})
    files = []
    for path in sorted(first.entries.keys() | second.entries.keys()):
        one, other = first.entries.get(path), second.entries.get(path)
        if one != other:
            owner = second.owners.get(path) or first.owners.get(path) or UNOWNED
            files.append(PathDifference(path, owner, _change(one, other)))
    return Comparison(packages, tuple(variables), tuple(files))


def _change(one: Entry | None, other: Entry | None) -> str:
    if one is None:
        return "added"
    if other is None:
        return "removed"
    if one.kind != other.kind:
        return "kind"
    return "content" if one.digest != other.digest else "executable"


def subtotals(print_: Print) -> dict[str, str]:
    """Digest (hex) of each package's files, by name; "" for files that no package brought."""
    parts: dict[str, list[Entry]] = {}
    for path, entry in print_.entries.items():
        parts.setdefault(print_.owners.get(path, UNOWNED), []).append(entry)
    return {name: files_digest(entries) for name, entries in sorted(parts.items())}
