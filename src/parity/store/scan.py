"""What a prefix holds, file by file: walked, hashed on all cores, and remembered for the next time."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parity.core import canonical
from parity.core.fingerprint import Entry
from parity.core.rules import Rules, is_hash_based, is_installer_note
from parity.errors import IntegrityError, NotFoundError
from parity.store import stat_cache
from parity.store.stat_cache import Known, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from parity.core.canonical import FileMode
    from parity.core.ports import Progress

_BLOCK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)
_SCRIPTS = ("bin/", "Scripts/")
_MACH_O = {bytes.fromhex(magic) for magic in ("cafebabe", "bebafeca", "feedface", "cefaedfe", "feedfacf", "cffaedfe")}


@dataclass(frozen=True, slots=True)
class Owned:
    """A conda package that a prefix holds, and its files by its record.

    Attributes:
        files: relative to the prefix with `/`, as the record lists them.
    """

    name: str
    version: str
    build: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """What stands in a prefix.

    Attributes:
        prefix: absolute path.
        entries: by path: every file that counts, with the digest of its canonical content.
        links: target of each symbolic link, by path, as it stands on disk.
        raw: SHA-256 (hex) of the bytes as they stand on disk, for files whose canonical content is another (they hold
            the prefix): what conda-meta (`sha256_in_prefix`) and RECORD tell, so `parity.ops.verify` compares it.
        modes: `st_mode` of each regular file in `entries`, as the walk saw it (for root nothing is unreadable).
        sizes: bytes of each regular file in `entries`.
        packages: conda packages by their records, sorted by name.
        unreadable: files and directories that could not be read, with the reason; a fingerprint cannot be told then.
        broken: records that could not be read, by the file's name, with the reason.
        other: sockets, pipes and devices: they hold no bytes and do not count.
        bytecode: paths in `entries` of hash-based bytecode that no conda package brought: what `--compile` wrote.
        hashed: bytes that were read to know this; 0 where everything was remembered.
    """

    prefix: Path
    entries: Mapping[str, Entry]
    links: Mapping[str, str]
    packages: tuple[Owned, ...]
    raw: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    other: tuple[str, ...] = ()
    bytecode: tuple[str, ...] = ()
    hashed: int = 0


def scan(
    prefix: Path,
    rules: Rules = Rules(),  # noqa: B008 - frozen
    *,
    cache: Path | None = None,
    full: bool = False,
    progress: Progress | None = None,
) -> Scan:
    """Look at every file of a prefix.

    Args:
        prefix: absolute path of the environment.
        rules: what is left out.
        cache: directory of stat caches; None to remember nothing.
        full: hash every file, whatever is remembered.
        progress: told the bytes as they are hashed.

    Returns:
        The scan. Placeholders come from the records of conda packages (`prefix_placeholder` in conda-meta).

    Raises:
        NotFoundError: there is no such directory.
    """
    if not prefix.is_dir():
        raise NotFoundError(f"there is no environment at {prefix}")
    began = time.time_ns()
    known = Known() if full else stat_cache.read(cache, prefix, rules)
    found = _walk(prefix, rules)
    state = _records_state(prefix)
    same = bool(known.rows) and state == known.records
    broken: dict[str, str] = {}
    if same:
        packages, treatments = known.packages, None
    else:
        packages, treatments, broken = _read_records(prefix, [name for name, *_ in state])
    rows: dict[str, Row] = {}
    waiting: list[tuple[str, tuple[int, int, int, int, int]]] = []
    for path, status in found.files.items():
        row = known.rows.get(path)
        if row is not None and row.status == status and (treatments is None or treatments.name(path) == row.treatment):
            rows[path] = row
        else:
            waiting.append((path, status))
    if waiting:
        if treatments is None:
            _, treatments, broken = _read_records(prefix, [name for name, *_ in state])
        _hash_all(prefix, waiting, treatments, rows, found.unreadable, progress)
    if cache is not None and (waiting or not same or len(rows) != len(known.rows)) and not broken:
        kept = {path: row for path, row in rows.items() if max(row.status[1], row.status[2]) < began - stat_cache.TICK}
        stat_cache.write(cache, prefix, rules, Known(state, packages, kept))
    return _assemble(prefix, found, rows, packages, broken, sum(status[0] for _, status in waiting))


@dataclass(slots=True)
class _Found:
    """What the walk saw: regular files with size, times, inode and mode; links with their targets."""

    files: dict[str, tuple[int, int, int, int, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)


def _walk(prefix: Path, rules: Rules) -> _Found:
    found = _Found()
    files = found.files
    top, by_name, by_path = rules.matchers
    ignored_name, ignored_path = by_name.fullmatch, by_path.fullmatch if by_path is not None else None
    root = str(prefix)
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        cached = inside.endswith("__pycache__/")
        try:
            with os.scandir(f"{root}/{inside}") as entries:
                for entry in entries:
                    name = entry.name
                    path = inside + name
                    if ignored_name(name) or (ignored_path and ignored_path(path)):
                        continue
                    if not inside and top.fullmatch(name):
                        continue
                    if cached and not name.endswith(".pyc"):
                        continue
                    try:
                        one = entry.stat(follow_symlinks=False)
                        mode = one.st_mode
                        if stat.S_ISREG(mode):
                            files[path] = (one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino, mode)
                        elif stat.S_ISDIR(mode):
                            waiting.append(path + "/")
                        elif stat.S_ISLNK(mode):
                            found.links[path] = os.readlink(entry.path)  # noqa: PTH115
                        else:
                            found.other.append(path)
                    except FileNotFoundError:  # deleted between the two calls
                        continue
        except OSError as error:
            found.unreadable[inside.rstrip("/") or "."] = error.strerror or str(error)
    return found


# -- what the records say of files that hold the prefix ------------------------------------------------


def _records_state(prefix: Path) -> tuple[tuple[str, int, int, int, int], ...]:
    """Names of the records with size, times and inode: while they stay, so does what the records say."""
    found = []
    try:
        with os.scandir(f"{prefix}/conda-meta") as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    one = entry.stat()
                    found.append((entry.name, one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino))
    except OSError:
        return ()
    return tuple(sorted(found))


_Package = tuple[str, str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Special:
    """How the canonical content of a file of a conda package is found that holds the prefix.

    Attributes:
        placeholder: what its package holds instead; empty for a launcher, which no package holds.
        mode: how it was replaced.
        sha256: of the content in the package; "" where the record does not say.
        signed: hash of a macOS binary as it was installed, "" elsewhere. Replacing the prefix breaks the signature
            of such a file; the installer signs it anew, and that cannot be undone.
    """

    placeholder: bytes
    mode: FileMode
    sha256: str
    signed: str

    @property
    def name(self) -> str:
        text = f"{self.placeholder!r} {self.mode} {self.sha256} {self.signed}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest() if self.placeholder else "script"


_SCRIPT = _Special(b"", "text", "", "")


def _read_records(prefix: Path, names: Iterable[str]) -> tuple[tuple[_Package, ...], _Treatments, dict[str, str]]:
    from parity.formats.prefix_paths import decode

    packages: list[_Package] = []
    special: dict[str, _Special] = {}
    shipped: dict[str, str] = {}
    broken: dict[str, str] = {}
    for name in names:
        try:
            with open(f"{prefix}/conda-meta/{name}", "rb") as file:  # noqa: PTH123
                record = decode(file.read(), name)
        except (OSError, IntegrityError) as error:
            broken[name] = str(error)
            continue
        packages.append((record.name, record.version, record.build, tuple(record.files)))
        for one in record.paths:
            if one.placeholder:
                mode: FileMode = "binary" if one.mode == "binary" else "text"
                signed = one.installed if mode == "binary" and record.subdir.startswith("osx-") else ""
                special[one.path] = _Special(
                    one.placeholder.encode("utf-8", "surrogateescape"), mode, one.sha256 or "", signed or ""
                )
            elif one.kind.endswith("entry_point") or one.kind == "windows_python_entry_point_script":
                special[one.path] = _SCRIPT
            elif one.sha256 and one.path.endswith(".pyc"):
                shipped[one.path] = one.sha256
    return tuple(sorted(packages)), _Treatments(special, shipped, packages), broken


class _Treatments:
    """How the canonical content of each file is found.

    Args:
        special: files that hold the prefix.
        shipped: SHA-256 of compiled modules, as packages brought them.
        packages: by their records.
    """

    def __init__(
        self, special: Mapping[str, _Special], shipped: Mapping[str, str], packages: Iterable[_Package]
    ) -> None:
        self.special = special
        self.owned = {path for package in packages for path in package[3]}
        self._shipped = shipped
        self._names = {path: one.name for path, one in special.items()}

    def name(self, path: str) -> str:
        """`-` for what never counts, "" for bytes as they are, else the name of a way.

        `pyc` is bytecode; what a package brought has the hash that it came with behind it.
        """
        named = self._names.get(path)
        if named is not None:
            return named
        if path not in self.owned:
            if is_installer_note(path):
                return "-"
            if path.startswith(_SCRIPTS) and path.count("/") == 1:
                return "script"
        if "__pycache__/" not in path:
            return ""
        if path in self._shipped:
            return f"pyc {self._shipped[path]}"
        # Compiled from a source that holds the prefix, it holds the prefix too, and says no more than the source.
        return "-" if _source(path) in self.special else "pyc"


def _source(path: str) -> str:
    """The module of a file in `__pycache__` (PEP 3147)."""
    directory, _, name = path.rpartition("__pycache__/")
    return f"{directory}{name.partition('.')[0]}.py"


# -- hashing -------------------------------------------------------------------------------------------


def _hash_all(
    prefix: Path,
    waiting: list[tuple[str, tuple[int, int, int, int, int]]],
    treatments: _Treatments,
    rows: dict[str, Row],
    unreadable: dict[str, str],
    progress: Progress | None,
) -> None:
    """Fill in the rows that are missing, on all cores, large files first so that none is left over at the end."""
    prefixes = _prefixes(prefix)
    root = f"{prefix}/"
    jobs = deque(sorted(waiting, key=lambda job: -job[1][0]))
    total = sum(status[0] for _, status in waiting)
    task = progress.start("Hashing", total, "bytes") if progress is not None and total > _BLOCK else None
    done = [0]

    def work() -> None:
        while True:
            try:
                path, status = jobs.popleft()
            except IndexError:
                return
            treatment = treatments.name(path)
            try:
                raw, other = _look(root + path, status[0], treatment, treatments.special.get(path, _SCRIPT), prefixes)
            except FileNotFoundError:
                continue
            except OSError as error:
                unreadable[path] = error.strerror or str(error)
                continue
            rows[path] = Row(status, raw, other, treatment)
            if task is not None and status[0] > 1 << 16:
                done[0] += status[0]
                assert progress is not None  # noqa: S101 - there is a task
                progress.update(task, done[0])

    _on_all_cores(work, small=len(waiting) < 64 and total < _BLOCK)
    if task is not None:
        assert progress is not None  # noqa: S101
        progress.finish(task)


def _on_all_cores(work: Callable[[], None], *, small: bool) -> None:
    cores = 1 if small else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1:
        work()
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(cores, 16), thread_name_prefix="hash") as pool:
        for job in [pool.submit(work) for _ in range(min(cores, 16))]:
            job.result()


def _look(path: str, size: int, treatment: str, special: _Special, prefixes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """SHA-256 of a file's bytes, and of its canonical content where that is another; empty if it does not count."""
    if treatment == "-":
        return b"", b""
    opened = os.open(path, os.O_RDONLY | _BINARY)
    try:
        if treatment.startswith("pyc"):
            header = os.read(opened, 16)
            if not is_hash_based(header):
                return b"", b""
            os.lseek(opened, 0, os.SEEK_SET)
        # One byte more than there should be: what comes back shorter is all of it, without asking again.
        wanted = min(size, _BLOCK) + 1
        data = os.read(opened, wanted)
        if treatment == "script" and not data.startswith((b"#!", b"\n", b"\r\n")):
            treatment = ""
        if not treatment or treatment.startswith("pyc"):
            digest = hashlib.sha256(data)
            while len(data) == wanted:
                data = os.read(opened, wanted)
                digest.update(data)
            return digest.digest(), b""
        parts = [data]
        while part := os.read(opened, _BLOCK):
            parts.append(part)
    finally:
        os.close(opened)
    data = b"".join(parts)
    raw = hashlib.sha256(data)
    if treatment == "script":
        found = hashlib.sha256(canonical.script(data, prefixes)).digest()
    elif special.signed == raw.hexdigest() and data[:4] in _MACH_O:
        found = bytes.fromhex(special.sha256)
    else:
        found = bytes.fromhex(canonical.digest(data, prefixes, special.placeholder, special.mode, special.sha256))
    return raw.digest(), found if found != raw.digest() else b""


def _prefixes(prefix: Path) -> tuple[bytes, ...]:
    """Under which paths an installer may have written the prefix into files."""
    texts = dict.fromkeys((str(prefix), os.path.realpath(prefix)))
    if os.name == "nt":
        # Conda writes forward slashes there, so that no backslash means something else in a text.
        texts = dict.fromkeys([text.replace("\\", "/") for text in texts] + list(texts))
    return tuple(os.fsencode(text) for text in texts)


def _assemble(
    prefix: Path,
    found: _Found,
    rows: Mapping[str, Row],
    packages: Sequence[_Package],
    broken: Mapping[str, str],
    hashed: int,
) -> Scan:
    entries: dict[str, Entry] = {}
    raw: dict[str, str] = {}
    modes: dict[str, int] = {}
    sizes: dict[str, int] = {}
    bytecode = []
    unix = os.name != "nt"  # elsewhere the bits are made up from the name of the file
    for path, row in rows.items():
        if not row.raw:
            continue
        mode = row.status[4]
        entries[path] = Entry(
            path, "file", (row.canonical or row.raw).hex(), executable=unix and bool(mode & stat.S_IXUSR)
        )
        if row.canonical:
            raw[path] = row.raw.hex()
        modes[path] = mode
        sizes[path] = row.status[0]
        if row.treatment.startswith("pyc") and row.treatment != f"pyc {row.raw.hex()}":
            bytecode.append(path)
    texts = [os.fsdecode(one) for one in _prefixes(prefix)]
    for path, target in found.links.items():
        text = canonical.link_target(target, texts)
        entries[path] = Entry(path, "link", hashlib.sha256(os.fsencode(text)).hexdigest())
    return Scan(
        prefix,
        entries,
        found.links,
        tuple(Owned(*package) for package in packages),
        raw,
        modes,
        sizes,
        found.unreadable,
        broken,
        tuple(sorted(found.other)),
        tuple(sorted(bytecode)),
        hashed,
    )
