"""An environment as a pack: what goes into it, and what cannot be taken along."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from typing import TYPE_CHECKING, Any, Protocol

from parity.core import canonical
from parity.core import pack as core
from parity.core.elf import without_symbols
from parity.core.pack import META, PLACEHOLDER, Packed, PackedFile, Relocated
from parity.core.prints import make
from parity.core.rules import INSTALLER_NOTES
from parity.errors import IntegrityError, RefusedError
from parity.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from parity.core.canonical import FileMode
    from parity.core.fingerprint import Entry
    from parity.model import InstalledPackage

    class Package(Protocol):
        """A conda package, as `store.scan` knows it."""

        @property
        def name(self) -> str: ...
        @property
        def version(self) -> str: ...
        @property
        def build(self) -> str: ...
        @property
        def files(self) -> tuple[str, ...]: ...

    class Scanned(Protocol):
        """What stands in a prefix; `store.scan.Scan` is one."""

        @property
        def prefix(self) -> Path: ...
        @property
        def entries(self) -> Mapping[str, Entry]: ...
        @property
        def links(self) -> Mapping[str, str]: ...
        @property
        def sizes(self) -> Mapping[str, int]: ...
        @property
        def packages(self) -> Sequence[Package]: ...


_SEARCHED = 1 << 24
"""Bytes up to which a file that no package brought is searched for the path of the environment."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Source:
    """An environment that is packed.

    Attributes:
        scan: its files.
        installed: its packages.
        platform: subdir.
        site: path of its site-packages; "" without a Python.
        variables: that activation sets.
        owned: paths that packages brought, conda's and wheels'.
        version: of Parity.
        places: base URL of a place of this machine -> what it is called in locks.
        as_is: take files that were changed, too.
        without: by which rule a file is left out, by its path; "" for one that stays. None to leave out nothing.
        strip: leave out symbols and debug information of programs and libraries.
    """

    scan: Scanned
    installed: Sequence[InstalledPackage]
    platform: str
    site: str
    variables: Mapping[str, str]
    owned: Collection[str]
    version: str
    places: Mapping[str, str] = field(default_factory=dict)
    as_is: bool = False
    without: Callable[[str], str] | None = None
    strip: bool = False


def pack(source: Source, extra: Mapping[str, tuple[bytes, bool]]) -> Packed:
    """What goes into a pack of an environment.

    Args:
        source: the environment.
        extra: files that are added, by path: content and whether they can be executed. `{META}/pack.json` is made here.

    Raises:
        RefusedError: it holds editable installs, which stand elsewhere; or files that are not what their package holds.
        IntegrityError: a record cannot be read.
    """
    if source.platform.startswith("win-"):
        raise RefusedError(
            "environments for Windows cannot be packed: their programs hold the path of the environment",
            hints=["carry the lock and what it names instead: parity pack --only-downloads"],
        )
    _refuse_editable(source)
    work = _Work(source)
    work.conda_files()
    work.other_files()
    work.slim()
    work.notes()
    work.records()
    return work.done(extra)


class _Work:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._top = source.scan.prefix
        texts = dict.fromkeys((str(self._top), os.path.realpath(self._top)))
        self._prefixes = tuple(os.fsencode(text) for text in texts)
        self._records = {name: _record(self._top / name) for name in _record_names(self._top)}
        self._content: dict[str, bytes] = {}
        self._relocated: dict[str, Relocated] = {}
        self._links: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._paths: set[str] = set(source.scan.entries)
        self._bookkeeping: dict[str, bytes] = {}
        self._installed: dict[str, str | None] = {}
        self._warnings: list[str] = []
        self._conda: set[str] = set()
        self._saved: dict[str, tuple[int, int]] = {}

    def conda_files(self) -> None:
        """Files that conda packages brought: with their placeholders, or started by the Python beside them."""
        wrong: dict[str, bool] = {}
        for name, record in self._records.items():
            for entry in (record.get("paths_data") or {}).get("paths", []):
                path = entry["_path"]
                self._conda.add(path)
                found = self._source.scan.entries.get(path)
                if found is None:
                    if self._counts(path):
                        wrong.setdefault(path, True)
                    continue
                expected = entry.get("sha256") or ""
                launches = str(entry.get("path_type", "")).endswith("entry_point")
                if found.kind == "file" and expected:
                    # Where two packages bring one path, the file of one of them stands there. Launchers are made
                    # when a package is installed, and the record has the hash of what was made.
                    digest = hashlib.sha256((self._top / path).read_bytes()).hexdigest() if launches else found.digest
                    wrong[path] = wrong.get(path, True) and digest != expected
                if found.kind == "file" and entry.get("prefix_placeholder"):
                    self._with_placeholder(path, entry, name)
                elif found.kind == "file" and launches:
                    self._script(path)
        if any(wrong.values()) and not self._source.as_is:
            self._refuse_changed([path for path, is_wrong in wrong.items() if is_wrong])

    def _counts(self, path: str) -> bool:
        from parity.core.rules import Rules, is_cached_bytecode

        return Rules().covers(path) and not is_cached_bytecode(path) and not (self._top / path).is_dir()

    def _with_placeholder(self, path: str, entry: Mapping[str, Any], record: str) -> None:
        mode: FileMode = "binary" if entry.get("file_mode") == "binary" else "text"
        placeholder = str(entry["prefix_placeholder"]).encode("utf-8", "surrogateescape")
        data = (self._top / path).read_bytes()
        held = canonical.original(data, self._prefixes, placeholder, mode, entry.get("sha256") or "")
        if mode == "text" and path.startswith("bin/") and path.count("/") == 1:
            held = canonical.beside(held, (placeholder,)) or held
        self._hold(path, held, placeholder, mode, record)

    def _script(self, path: str) -> None:
        data = (self._top / path).read_bytes()
        started = canonical.beside(data, self._prefixes)
        if started is not None:
            self._content[path] = started
            self._installed[path] = hashlib.sha256(started).hexdigest()
            data = started
        self._search(path, data)

    def _search(self, path: str, data: bytes, *, ours: bool = True) -> None:
        """Take note of a file that holds the path of the environment, of which no package says so."""
        found = next((prefix for prefix in self._prefixes if prefix in data), None)
        if found is None:
            return
        if b"\0" in data[:8192]:
            self._warnings.append(f"{path} holds the path of this environment, and will not work elsewhere")
            return
        held = data.replace(found, PLACEHOLDER)
        self._hold(path, held, PLACEHOLDER, "text", "")
        if ours:
            self._digests[path] = hashlib.sha256(held).hexdigest()

    def _hold(self, path: str, held: bytes, placeholder: bytes, mode: FileMode, record: str) -> None:
        self._content[path] = held
        digest = hashlib.sha256(held).hexdigest()
        self._installed[path] = digest
        if placeholder not in held:
            return
        self._installed[path] = None
        text = placeholder.decode("utf-8", "surrogateescape")
        self._relocated[path] = Relocated(path, mode, text, digest, record, core.shebang(held, placeholder))

    def other_files(self) -> None:
        """Files of wheels and of nobody, and links."""
        scan = self._source.scan
        for path, entry in scan.entries.items():
            if entry.kind == "link":
                self._link(path, scan.links[path])
            elif path in self._conda:
                continue
            elif path.startswith("bin/") and path.count("/") == 1 and self._starts(path):
                self._script(path)
            elif path not in self._source.owned and scan.sizes.get(path, 0) <= _SEARCHED:
                self._search(path, (self._top / path).read_bytes())

    def _starts(self, path: str) -> bool:
        with (self._top / path).open("rb") as file:
            return file.read(2) == b"#!"

    def _link(self, path: str, target: str) -> None:
        inside = canonical.link_target(target, [os.fsdecode(prefix) for prefix in self._prefixes])
        if inside != target:
            self._links[path] = inside
        elif posixpath.normpath(posixpath.join("x", posixpath.dirname(path), target)).partition("/")[0] != "x":
            self._warnings.append(f"{path} is a link to {target}, outside of the environment")

    def slim(self) -> None:
        """Leave out what is not wanted; records are written for what is left."""
        scan, without = self._source.scan, self._source.without
        for path in sorted(self._paths) if without is not None else ():
            rule = without(path) if without is not None else ""
            if rule:
                self._paths.discard(path)
                stores: tuple[dict[str, Any], ...] = (self._content, self._relocated, self._links, self._digests)
                for store in stores:
                    store.pop(path, None)
                self._save(rule, scan.sizes.get(path, 0))
        for path in sorted(self._paths) if self._source.strip else ():
            if scan.entries[path].kind == "file" and path not in self._content and self._is_program(path):
                data = (self._top / path).read_bytes()
                stripped = without_symbols(data)
                if stripped is not data:
                    self._content[path] = stripped
                    self._installed[path] = self._digests[path] = hashlib.sha256(stripped).hexdigest()
                    self._save("symbols", len(data) - len(stripped))

    def _is_program(self, path: str) -> bool:
        with (self._top / path).open("rb") as file:
            return file.read(4) == b"\x7fELF"

    def _save(self, rule: str, size: int) -> None:
        files, before = self._saved.get(rule, (0, 0))
        self._saved[rule] = (files + 1, before + size)

    def notes(self) -> None:
        """What installers of wheels noted: RECORD names the files that are here, with the hashes that they have."""
        site = self._source.site
        if not site or not (self._top / site).is_dir():
            return
        for directory in sorted((self._top / site).glob("*.dist-info")):
            for name in INSTALLER_NOTES:
                path = f"{site}/{directory.name}/{name}"
                if path in self._paths or name in core.MACHINE_NOTES or not (directory / name).is_file():
                    continue
                data = (directory / name).read_bytes()
                if name != "direct_url.json" or b'"file://' not in data:  # PEP 610: of this machine's disk
                    self._bookkeeping[path] = data
        present = self._paths | self._bookkeeping.keys()
        for path, data in self._bookkeeping.items():
            if path.endswith("/RECORD"):
                text = core.wheel_record(data.decode("utf-8", "surrogateescape"), site, present, self._content)
                self._bookkeeping[path] = text.encode("utf-8", "surrogateescape")

    def records(self) -> None:
        """conda-meta, without what tells of this machine."""
        sizes = {path: len(data) for path, data in self._content.items()}
        for name, record in self._records.items():
            text = core.record_text(record, self._paths, self._installed, self._source.places, sizes)
            self._bookkeeping[name] = text.encode("utf-8", "surrogateescape")
        for name in ("conda-meta/state", "conda-meta/pinned", "conda-meta/frozen"):
            if (self._top / name).is_file():
                self._bookkeeping[name] = (self._top / name).read_bytes()

    def done(self, extra: Mapping[str, tuple[bytes, bool]]) -> Packed:
        source = self._source
        entries = {path: entry for path, entry in source.scan.entries.items() if path in self._paths}
        taken = sorted(extra.keys() & entries.keys())
        if taken:
            raise RefusedError(f"a pack has files of its own where this environment has others: {', '.join(taken)}")
        # Files with the path in them that no package knows of count as they stand in the pack.
        packed = {path: replace(entries[path], digest=digest) for path, digest in self._digests.items()}
        packages = [(package.name, package.version, package.build) for package in source.scan.packages]
        root = make("", {**entries, **packed}, packages, source.variables, owners={}).fingerprint.root
        files = {
            path: PackedFile(path, target=self._links.get(path, source.scan.links[path]))
            if entry.kind == "link"
            else PackedFile(path, entry.executable, self._content.get(path))
            for path, entry in entries.items()
        }
        relocated = tuple(self._relocated[path] for path in sorted(self._relocated))
        meta = core.meta_text(relocated, self._links, root, source.platform, source.version)
        added = {path: (data, False) for path, data in self._bookkeeping.items()} | dict(extra)
        added[f"{META}/pack.json"] = (meta.encode(), False)
        added[f"{META}/fingerprint"] = (f"{root}\n".encode(), False)
        files |= {path: PackedFile(path, executable, data) for path, (data, executable) in added.items()}
        if self._relocated and not {"bin/python", "bin/python3"} & entries.keys():
            self._warnings.append("there is no Python in this environment, so that only `parity unpack` can unpack it")
        return Packed(tuple(files[path] for path in sorted(files)), relocated, self._links, root, source.platform,
                      tuple(self._warnings), self._saved)  # fmt: skip

    def _refuse_changed(self, wrong: Sequence[str]) -> None:
        what = [f"{path} ({'changed' if path in self._paths else 'missing'})" for path in sorted(wrong)]
        more = f" and {len(what) - _SHOWN} more" if len(what) > _SHOWN else ""
        raise RefusedError(
            f"files are not what their packages hold: {', '.join(what[:_SHOWN])}{more}",
            hints=["`parity verify --fix` puts them right", "--as-is packs what stands there"],
        )


def _record_names(top: Path) -> list[str]:
    return sorted(f"conda-meta/{path.name}" for path in (top / "conda-meta").glob("[!.]*.json"))


def _record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise IntegrityError(f"the record {path} is broken: {error}") from error
    if not isinstance(found, dict):
        raise IntegrityError(f"the record {path} is broken: an object was expected")
    return found


def _refuse_editable(source: Source) -> None:
    """Editable installs point at a directory of this machine (PEP 660); so do .egg-link files."""
    top, site = source.scan.prefix, source.site
    editable = {package.name for package in source.installed if package.editable}
    if site:
        for path in sorted((top / site).glob("*.egg-link")):
            editable.add(path.stem)
        for path in sorted((top / site).glob("*.pth")):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if os.path.isabs(line) and os.path.isdir(line) and not _is_inside(line, top):  # noqa: PTH112, PTH117
                    editable.add(f"{path.name} ({line})")
    if editable:
        raise RefusedError(
            f"installed so that they stay where their sources are, outside of the environment: "
            f"{', '.join(sorted(editable))}",
            hints=["install them without -e first: parity install --pypi ./PROJECT, which builds a wheel",
                   "or take them out: parity remove"],
        )  # fmt: skip


def _is_inside(path: str, top: Path) -> bool:
    real = os.path.realpath(path)
    return real.startswith(os.path.realpath(top) + os.sep)
