"""Put right what verification found, and nothing else.

The packages concerned are built anew in a directory beside the environment, with its path written into them, and
checked; then only the files that are wrong are moved over, each in one step. Cut off anywhere, a second run does the
rest. What nobody owns is moved aside, never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from parity.core.platforms import layout
from parity.errors import IntegrityError
from parity.formats import history
from parity.ops.patience import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from parity.core.findings import Finding, Wanted
    from parity.core.records import Contents
    from parity.model import CondaPackage, PypiPackage
    from parity.ops.transaction import Workshop
    from parity.ops.verify import Look, Report

_WRONG_BYTES = ("file-missing", "file-changed", "file-type", "record-changed")


class Hands(Protocol):
    """Works on single files of the environment (`parity.store.repair.Repair`)."""

    def set_aside(self, path: str) -> None: ...
    def place(self, staged: Path, path: str, *, executable: bool | None) -> None: ...
    def permit(self, path: str, *, executable: bool | None) -> None: ...
    def shared_inode(self, path: str) -> tuple[int, int] | None: ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What mending works with.

    Attributes:
        shop: engines and stores.
        hands: moves files.
        read: what the records of a (staged) prefix tell.
        digest: SHA-256 of a file or of a link's text.
        distrust: throws damaged files of packages out of conda's cache; entries of the names given second entirely.
        forget: throws Python projects out of uv's cache.
        note: writes down that the files name this prefix now.
    """

    shop: Workshop
    hands: Hands
    read: Callable[[Path], Contents]
    digest: Callable[[Path], str]
    distrust: Callable[[Sequence[CondaPackage], Collection[str]], Collection[str]]
    forget: Callable[[Sequence[str]], None]
    note: Callable[[], None]


@dataclass(slots=True)
class Repairs:
    """What is to be done, as a value that can be shown and not done.

    Attributes:
        conda: packages to build anew, by name.
        pypi: the same for PyPI packages.
        whole: names of packages of which every file that differs is put in place, and the record.
        paths: wrong files of the other packages, with the package's name.
        permissions: files whose permissions are changed back, to executable or not (None: only made readable).
        aside: paths that go, in this order.
        records: conda-meta records to write anew, by package.
        history: whether the history is written anew.
        moved: every file is looked at, because the environment stands in another place.
        left: findings that nothing here can mend.
    """

    conda: dict[str, CondaPackage] = field(default_factory=dict)
    pypi: dict[str, PypiPackage] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    paths: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, bool | None] = field(default_factory=dict)
    aside: dict[str, None] = field(default_factory=dict)
    records: set[str] = field(default_factory=set)
    history: bool = False
    moved: bool = False
    left: list[Finding] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.whole or self.paths or self.permissions or self.aside or self.history or self.moved)

    def lines(self) -> list[str]:
        """What will be done, in words, for a person to agree to."""
        found = []
        if self.moved:
            found.append("write the new place into every file that names the old one")
        else:
            found += [f"build {name} anew" for name in sorted(self.whole)]
        by_package: dict[str, int] = {}
        for name in self.paths.values():
            by_package[name] = by_package.get(name, 0) + 1
        found += [
            f"restore {_counted(count, 'file')} of {name}"
            for name, count in sorted(by_package.items())
            if name not in self.whole
        ]
        if self.permissions:
            found.append(f"change back the permissions of {_counted(len(self.permissions), 'file')}")
        if self.aside:
            found.append(f"move aside what no package owns: {_counted(len(self.aside), 'path')}")
        if self.history:
            found.append("write conda-meta/history anew")
        return found


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"


def plan(report: Report, look: Look, pins: Mapping[str, PypiPackage], lost: Mapping[str, CondaPackage]) -> Repairs:
    """What has to be done to put the findings of a report right.

    Args:
        report: what differs.
        look: the environment.
        pins: exact PyPI packages by name: from a lock, or those that Parity installed.
        lost: conda packages whose record is broken or gone, as far as they are known, by name.
    """
    contents = look.contents
    todo = Repairs()
    conda = {part.package.name: part.package for part in contents.conda}
    parts = {part.record: part for part in contents.pypi}
    pypi = {part.package.name: part for part in contents.pypi if part.package.name not in conda}
    if report.old_prefix:
        todo.moved = True
        todo.conda |= conda
        todo.pypi |= {name: pins[name] for name in pypi if name in pins}
    for finding in report.findings:
        name, path = finding.package, finding.path
        if finding.kind == "environment-moved":
            continue
        if finding.kind == "history-missing":
            todo.history = True
        elif finding.kind in {"record-broken", "record-missing"} and name in lost:
            todo.conda[name] = lost[name]
            todo.whole.add(name)
        elif finding.kind == "record-broken" and name in pins:
            todo.pypi[name] = pins[name]
            todo.whole.add(name)
        elif finding.kind in _WRONG_BYTES and (name in conda or name in lost):
            todo.conda[name] = conda.get(name) or lost[name]
            todo.paths[path] = name
            if finding.kind == "record-changed":
                todo.records.add(name)
        elif finding.kind in _WRONG_BYTES and name in pins:
            todo.pypi[name] = pins[name]
            todo.paths[path] = name
            if finding.kind == "record-changed":
                todo.whole.add(name)  # its RECORD is wrong, too
        elif finding.kind == "file-permission":
            want = report.wanted.get(path)
            todo.permissions[path] = want.executable if want is not None else None
        elif finding.kind in {"file-untracked", "link-outside"}:
            todo.aside[path] = None
        elif finding.kind == "pypi-over-conda":
            _discard(parts[path].files, path, report.wanted, todo)
        elif finding.kind == "duplicate-metadata" and name in pins:
            for part in contents.pypi:
                if part.package.name == name and part.package.version != pins[name].version:
                    _discard({}, part.record, report.wanted, todo)
            todo.pypi[name] = pins[name]
            todo.whole.add(name)
        elif finding.kind == "package-extra" and name in pypi and name not in pins:
            _discard(pypi[name].files, pypi[name].record, {}, todo)
        elif finding.kind in {"package-missing", "package-version"} and name in pins and name not in conda:
            if name in pypi:
                _discard(pypi[name].files, pypi[name].record, {}, todo)
            todo.pypi[name] = pins[name]
            todo.whole.add(name)
        elif finding.kind in _WRONG_BYTES and name in pypi:
            todo.left.append(replace(finding, hint=f"nothing tells where {name} came from: install it again"))
        else:
            todo.left.append(finding)
    return todo


def _discard(files: Iterable[str], record: str, wanted: Mapping[str, Wanted], todo: Repairs) -> None:
    """Move a PyPI package aside, but for files that belong to another package."""
    todo.aside[record] = None
    for path in files:
        if path not in wanted and not path.startswith(record + "/"):
            todo.aside[path] = None


def apply(todo: Repairs, look: Look, bench: Bench, *, platform: str) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Carry repairs out; the lock of the prefix is held by the caller.

    Returns:
        Damaged files that had further names (device and inode by path), and what a person should know.

    Raises:
        ParityError: a package cannot be built; what was put right until then stays so.
    """
    notes: list[str] = []
    damaged: dict[str, tuple[int, int]] = {}
    hands, shop = bench.hands, bench.shop
    stage = None
    try:
        if todo.conda or todo.pypi:
            stage = shop.store.stage(look.prefix)
            contents = _stage(stage, todo, look, bench, platform)
        with uninterrupted(lambda: shop.progress.note("finishing the repair; Ctrl-C again stops at once")):
            for path in todo.aside:
                hands.set_aside(path)
            if stage is not None:
                _place(stage, contents, todo, look, bench, damaged)
            for path, executable in todo.permissions.items():
                if path not in todo.paths:
                    hands.permit(path, executable=executable)
            if todo.moved:
                bench.note()
                shop.store.register(look.prefix)
            if todo.history:
                shop.store.append_history(look.prefix, _entry(bench.read(look.prefix), shop))
    finally:
        if stage is not None:
            shop.store.discard(stage)
    if todo.moved:
        foreign = sorted({part.package.name for part in look.contents.pypi} - todo.pypi.keys())
        if foreign:
            notes.append(f"installed with pip, scripts may still name the old place: {', '.join(foreign)}")
    return damaged, notes


def _stage(stage: Path, todo: Repairs, look: Look, bench: Bench, platform: str) -> Contents:
    """Build the packages concerned in `stage`, from caches that were checked first."""
    distrusted = bench.distrust(list(todo.conda.values()), ())
    if distrusted:
        bench.shop.progress.note(f"damaged in the package cache, fetched again: {', '.join(sorted(distrusted))}")
    contents = _link(stage, todo, look, bench, platform)
    # A cache entry whose own list of files was changed too looks whole, and shows here.
    odd = {part.package.name for part in contents.conda if _differs(part.files, todo, look)}
    odd -= set(distrusted)
    if odd:
        bench.distrust([todo.conda[name] for name in sorted(odd) if name in todo.conda], odd)
        bench.shop.store.discard(stage)
        stage.mkdir()
        contents = _link(stage, todo, look, bench, platform)
        odd = {part.package.name for part in contents.conda if _differs(part.files, todo, look)}
        # Fetched anew and checked by its hash, the package is right, and the record was not.
        todo.records |= odd & todo.conda.keys()
    if todo.pypi:
        _install(stage, todo, look, bench, platform)
        contents = bench.read(stage)
    return contents


def _differs(files: Mapping[str, Wanted], todo: Repairs, look: Look) -> bool:
    """Whether a staged package has another file under a wrong path than the record in the environment expects."""
    recorded = {part.package.name: part.files for part in look.contents.conda}
    if todo.moved:
        return False
    return any(
        (known := recorded.get(want.owner, {}).get(path)) is not None
        and known.digest
        and want.digest
        and known.digest != want.digest
        for path, want in files.items()
        if path in todo.paths
    )


def _link(stage: Path, todo: Repairs, look: Look, bench: Bench, platform: str) -> Contents:
    packages = dict(todo.conda)
    if look.is_directory("__clobbers__"):
        # Packages bring the same paths here, and which of them has the file shows only with all of them.
        packages = {part.package.name: part.package for part in look.contents.conda} | packages
    if todo.pypi or any(package.noarch == "python" for package in packages.values()):
        # Python packages are linked, and wheels installed, for an interpreter that stands beside them.
        python = next((part.package for part in look.contents.conda if part.package.name == "python"), None)
        if python is not None:
            packages.setdefault("python", python)
    manifest = look.manifest
    bench.shop.conda.link(
        stage,
        list(packages.values()),
        platform=platform,
        written_prefix=look.prefix,
        requested=manifest.specs if manifest is not None else (),
    )
    return bench.read(stage)


def _install(stage: Path, todo: Repairs, look: Look, bench: Bench, platform: str) -> None:
    """Install the wheels concerned in `stage`; those whose files are not what they should be are fetched anew."""
    python = stage / layout(platform).python
    packages = list(todo.pypi.values())
    try:
        bench.shop.pypi().install(python, packages, written_prefix=look.prefix)
        parts = bench.read(stage).pypi
        damaged = sorted({part.package.name for part in parts if _damaged(part.files, stage, bench)})
    except IntegrityError:  # files of another size are noticed by the engine itself, which does not say whose
        damaged = sorted(todo.pypi)
    if damaged:
        bench.shop.progress.note(f"damaged in the PyPI cache, fetched again: {', '.join(damaged)}")
        again = [todo.pypi[name] for name in damaged if name in todo.pypi]
        bench.shop.pypi().remove(python, damaged)
        bench.forget(damaged)
        bench.shop.pypi().install(python, again, written_prefix=look.prefix)


def _damaged(files: Mapping[str, Wanted], stage: Path, bench: Bench) -> bool:
    return any(want.digest and bench.digest(stage / path) != want.digest for path, want in files.items())


def _place(
    stage: Path,
    contents: Contents,
    todo: Repairs,
    look: Look,
    bench: Bench,
    damaged: dict[str, tuple[int, int]],
) -> None:
    records = {part.package.name: part.record for part in contents.conda}
    files = {
        path: want
        for part in (*(part.files for part in contents.conda), *(part.files for part in contents.pypi))
        for path, want in part.items()
        if want.owner in todo.conda or want.owner in todo.pypi
    }
    rewritten = set(todo.records)
    for path, want in files.items():
        staged = stage / path
        target = look.prefix / path
        wrong = path in todo.paths
        if not wrong and (todo.moved or want.owner in todo.whole):
            wrong = bench.digest(target) != bench.digest(staged) or target.is_symlink() != staged.is_symlink()
        if not wrong or not (staged.exists() or staged.is_symlink()):
            continue
        inode = bench.hands.shared_inode(path)
        if inode is not None and not todo.moved:
            damaged[path] = inode
        bench.hands.place(staged, path, executable=_executable(path, look))
        if todo.moved:
            rewritten.add(want.owner)
    for name in sorted((rewritten | todo.whole) & records.keys()):
        bench.hands.place(stage / records[name], records[name], executable=None)


def _executable(path: str, look: Look) -> bool | None:
    """What was noted when the package was installed: a cached file may have lost its permission."""
    for note in look.notes.packages.values():
        if path in note.executable:
            return True
    return None


def _entry(contents: Contents, shop: Workshop) -> str:
    added = tuple(
        f"{part.package.channel.rstrip('/')}/{part.package.subdir}::{part.package.dist}" for part in contents.conda
    )
    revision = history.Revision(date=shop.now().strftime("%Y-%m-%d %H:%M:%S"), command=shop.command, added=added)
    return history.render_entry(revision)
