"""Hold an environment against what it should be, and say every difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core import checks
from parity.core.findings import Finding, Seen, compare_files, compare_packages, strangers
from parity.core.rules import is_installer_note
from parity.formats import history
from parity.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from parity.core.contents import PackageContents
    from parity.core.findings import Kind, Wanted
    from parity.core.records import Contents, FileNotes
    from parity.core.rules import Rules
    from parity.model import CondaPackage, Manifest, Package, PypiPackage, Solution


@dataclass(frozen=True, slots=True)
class Look:
    """An environment as it was found.

    Attributes:
        prefix: real path.
        contents: what its records tell.
        notes: what was noted beside the records.
        seen: its files.
        rules: which files count.
        manifest: what was asked of it, None for an environment that Parity did not make.
        history: text of its history, None where there is none.
        hashed: bytes that had to be read.
        is_directory: whether a directory stands at a path.
        head: the first bytes of a file.
    """

    prefix: Path
    contents: Contents
    notes: FileNotes
    seen: Seen
    rules: Rules
    manifest: Manifest | None
    history: str | None
    hashed: int
    is_directory: Callable[[str], bool]
    head: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Judges:
    """What verification asks about the world outside of the environment.

    Attributes:
        virtual: virtual packages of this machine, as far as their names are asked for.
        markers: markers (PEP 508) for the environment's Python.
        matches: whether a package satisfies a match spec; None where that costs too much.
        packaged: what packages will put into the prefix, read from the packages themselves, by name; those of
            which it cannot be told are left out.
        unrecorded: packages whose record is broken or gone (the `lost` that are given), by name, as far as anything
            tells them.
    """

    virtual: Callable[[Collection[str]], Sequence[tuple[str, str, str]]]
    markers: Callable[[], Mapping[str, str]]
    matches: Callable[[str, CondaPackage], bool] | None
    packaged: Callable[[Sequence[Package]], Mapping[str, PackageContents]]
    unrecorded: Callable[[Sequence[str]], Mapping[str, CondaPackage]]


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found.

    Attributes:
        prefix: the environment.
        findings: every difference; empty where it is what it should be.
        against: what it was compared with, in words.
        packages: how many it holds.
        files: how many files were looked at.
        hashed: bytes that had to be read; 0 where all was known from the last look.
        old_prefix: where it stood before it was moved; "" for here.
        wanted: every file that is expected, by path.
        lost: packages without a record, `channel/subdir::dist`.
    """

    prefix: Path
    findings: tuple[Finding, ...]
    against: str
    packages: int
    files: int
    hashed: int
    old_prefix: str = ""
    wanted: Mapping[str, Wanted] = field(default_factory=dict, repr=False, compare=False)
    lost: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    def of(self, *kinds: Kind) -> tuple[Finding, ...]:
        """The findings of some kinds."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)


def verify(
    look: Look, judges: Judges, *, locked: Solution | None = None, against: str = "", full: bool = False
) -> Report:
    """Compare an environment with its own records, and with a lock where one is given.

    Args:
        look: the environment.
        judges: asked where a rule needs them.
        locked: the exact packages that it should hold; None where no lock says.
        against: what `locked` comes from, in words.
        full: compare the records with the packages themselves, and versions of requirements by the engine.
    """
    contents, seen = look.contents, look.seen
    findings: list[Finding] = []
    old = checks.moved(contents, look.notes, str(look.prefix), look.head)
    if old:
        findings.append(Finding("environment-moved", "", "", old, str(look.prefix)))
    if look.history is None and not contents.is_venv:
        findings.append(Finding("history-missing", "", "conda-meta/history", "a file"))
    findings += [Finding("record-broken", b.name, b.record, "a record", b.reason) for b in contents.broken]
    unlisted = [part for part in contents.pypi if not part.listed and part.record.endswith(".dist-info")]
    findings += [
        Finding("record-broken", part.package.name, f"{part.record}/RECORD", "a list of its files", "no such file")
        for part in unlisted
    ]
    altered = {part.package.name: (part, noted) for part, noted in checks.altered_records(contents, look.notes)}
    findings += [
        Finding("record-changed", name, f"{part.record}/RECORD", noted, part.digest)
        for name, (part, noted) in altered.items()
    ]
    lost = _lost(look)
    findings += [Finding("record-missing", _name(text), "", text.rpartition("::")[2]) for text in lost]

    gone = _gone(look)
    blind = _unrecorded(look, lost, {part.package.name for part in unlisted} | altered.keys() | gone, locked, judges)
    look = _without_lists(_without_theirs(look, blind), altered.keys() & blind.keys())
    contents = look.contents
    installed = look.manifest.pypi if look.manifest is not None else ()
    over, shadowing = checks.over_conda(contents, {package.name: package.version for package in installed})
    findings += over
    findings += _packages(look, locked)
    settled = {finding.package for finding in findings}

    wanted, shared = checks.expectations(contents, look.notes, shadowing)
    findings += shared
    wanted |= {
        path: want
        for path, want in _from_packages(blind, seen).items()
        # Of a package that is gone as a whole its name is enough.
        if path not in wanted and (want.owner not in gone or path in seen.entries)
    }
    shadow_files = {path for part in contents.pypi if part.record in shadowing for path in part.files}
    findings += compare_files(wanted, seen, covers=look.rules.covers, is_directory=look.is_directory)
    known = wanted.keys() | shadow_files
    found = strangers(
        known,
        seen,
        prefix=old or str(look.prefix),
        expected=look.notes.made,
        own=lambda path: path == ".condarc" or (contents.is_venv and checks.venv_owns(path, contents.scripts)),
    )
    findings += _with_scripts(sorted(found, key=lambda each: each.path), look, wanted)
    findings += checks.unmet_requirements(
        contents,
        judges.virtual,
        judges.matches if full else None,
        judges.markers() if contents.pypi else {},
        settled,
        [str(spec) for spec in look.manifest.specs] if look.manifest is not None else (),
    )
    if full and not old:
        findings += _against_packages(look, judges, {finding.path for finding in findings}, _pins(look, locked))
    return Report(
        look.prefix,
        tuple(findings),
        against or ("what Parity installed" if look.manifest is not None else "its own records"),
        len(contents.conda) + len(contents.pypi),
        len(seen.entries),
        look.hashed,
        old,
        wanted,
        tuple(lost),
    )


def _with_scripts(found: Iterable[Finding], look: Look, wanted: Iterable[str]) -> Iterable[Finding]:
    """Say of untracked files where link scripts may have made them: other tools run those and note nothing."""
    scripts = (
        [] if look.notes.prefix else [path for path in wanted if path.endswith(("-post-link.sh", "-post-link.bat"))]
    )
    if not scripts:
        return found
    hint = f"a link script may have made it: {', '.join(sorted(scripts)[:5])}"
    return [replace(each, hint=hint) if each.kind == "file-untracked" else each for each in found]


def _pins(look: Look, locked: Solution | None) -> Sequence[PypiPackage]:
    """The wheels that are there by their metadata, as exactly as a lock or Parity's own record knows them."""
    there = {part.package.name: part.package.version for part in look.contents.pypi}
    known = locked.pypi if locked is not None else look.manifest.pypi if look.manifest is not None else ()
    return [package for package in known if package.sha256 and there.get(package.name) == package.version]


def _name(text: str) -> str:
    return text.rpartition("::")[2].rsplit("-", 2)[0]


def _lost(look: Look) -> list[str]:
    """Only Parity's own history is held against the records: other tools keep theirs less exactly."""
    if look.manifest is None or look.history is None:
        return []
    revisions = history.parse(look.history)
    return checks.lost_records([(revision.added, revision.removed) for revision in revisions], look.contents)


def _packages(look: Look, locked: Solution | None) -> Iterable[Finding]:
    contents, manifest = look.contents, look.manifest
    pins = {package.name: package for package in manifest.pypi} if manifest is not None else {}
    provided = {project for part in contents.conda for project in part.projects}
    broken = {each.name for each in contents.broken}
    if locked is not None:
        found = compare_packages(locked, contents.installed, pins, provided=provided)
        # What a broken record is about is there, and has a finding of its own.
        return [each for each in found if not (each.kind == "package-missing" and each.package in broken)]
    if manifest is None:
        return ()
    own: list[Package] = [*manifest.pypi, *(part.package for part in contents.conda)]
    return compare_packages(own, contents.installed, pins, provided=provided)


def _gone(look: Look) -> set[str]:
    """PyPI packages that Parity installed and of which no metadata is left; files of theirs may still be there."""
    there = {part.package.name for part in look.contents.pypi}
    there |= {project for part in look.contents.conda for project in part.projects}
    return {package.name for package in look.manifest.pypi} - there if look.manifest is not None else set()


def _unrecorded(
    look: Look, lost: Sequence[str], unlisted: Collection[str], locked: Solution | None, judges: Judges
) -> Mapping[str, PackageContents]:
    """What packages brought whose records do not tell it, as far as a lock or anything else names them."""
    names = {each.name for each in look.contents.broken} | {_name(text) for text in lost}
    known: dict[str, Package] = {}
    if names:
        known |= judges.unrecorded(lost)
    if locked is not None:
        known |= {package.name: package for package in locked if package.name in names | {*unlisted}}
    if unlisted and look.manifest is not None:
        known |= {package.name: package for package in look.manifest.pypi if package.name in unlisted}
    names |= known.keys()
    if not names:
        return {}
    return judges.packaged([known[name] for name in sorted(names & known.keys())])


def _without_theirs(look: Look, packages: Mapping[str, PackageContents]) -> Look:
    """Take Python metadata that those packages brought for theirs, and not for something from PyPI."""
    paths = {file.path for package in packages.values() if package.source == "conda" for file in package.files}
    parts = [part for part in look.contents.pypi if f"{part.record}/METADATA" not in paths]
    if len(parts) == len(look.contents.pypi):
        return look
    gone = {part.package for part in look.contents.pypi} - {part.package for part in parts}
    installed = [package for package in look.contents.installed if package not in gone]
    return replace(look, contents=replace(look.contents, pypi=parts, installed=installed))


def _without_lists(look: Look, names: Collection[str]) -> Look:
    """Take no word of what the RECORDs of these PyPI packages say."""
    parts = [
        replace(part, files={}, listed=False) if part.package.name in names else part for part in look.contents.pypi
    ]
    return replace(look, contents=replace(look.contents, pypi=parts)) if names else look


def _from_packages(packages: Mapping[str, PackageContents], seen: Seen) -> dict[str, Wanted]:
    from parity.core.findings import Wanted

    found = {}
    for package in packages.values():
        for file in package.files:
            if is_installer_note(file.path):
                continue  # without the record a scan takes them for an installer's
            # Measured with the prefix taken out: the bytes on disk are right where that is.
            entry = seen.entries.get(file.path)
            right = entry is not None and entry.digest == file.digest
            digest = seen.digest(file.path) if right and file.kind == "file" else file.digest
            if file.placeholder:
                digest = ""  # without the record nobody knows what was written into it
            found[file.path] = Wanted(package.name, file.kind, digest, "", file.executable, file.target or None)
    return found


def _against_packages(
    look: Look, judges: Judges, known: Collection[str], pins: Sequence[PypiPackage]
) -> Iterable[Finding]:
    """Differences between what packages hold and what stands there, where the records noticed none."""
    recorded: dict[tuple[str, str], Mapping[str, Wanted]] = {
        ("conda", part.package.name): part.files for part in look.contents.conda
    }
    recorded |= {("pypi", part.package.name): part.files for part in look.contents.pypi}
    packages = judges.packaged([*(part.package for part in look.contents.conda), *pins])
    owned = {path for files in recorded.values() for path in files}
    for contents in packages.values():
        files = recorded.get((contents.source, contents.name))
        if files is not None:
            # Of a path that two packages bring, one has the file; rattler puts the other's out of the way.
            lost = {file.path for file in contents.files if file.path not in files and file.path in owned}
            yield from _against_package(contents, files, look, {*known, *lost})


def _against_package(
    contents: PackageContents, files: Mapping[str, Wanted], look: Look, known: Collection[str]
) -> Iterable[Finding]:
    entries = look.seen.entries
    for file in contents.files:
        if not file.counts or file.path in known:
            continue
        entry = entries.get(file.path)
        if entry is None:
            if file.path not in files and look.rules.covers(file.path):
                yield Finding("record-changed", contents.name, file.path, file.digest, "not in the record")
        elif entry.digest != file.digest:
            yield Finding("record-changed", contents.name, file.path, file.digest, entry.digest)
        elif entry.executable != file.executable and file.kind == "file" and not file.generated:
            asked, found = (("not executable", "executable")[each.executable] for each in (file, entry))
            yield Finding("file-permission", contents.name, file.path, asked, found)
    for path in files.keys() - {file.path for file in contents.files}:
        if path in entries:
            yield Finding("record-changed", contents.name, path, "no such file in the package", "in the record")
