"""What `clean` may delete: caches that can be filled again, and what interrupted work left behind."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.patterns import regex
from parity.store.files import (
    TEMPORARY_MARK,
    TRASH_PREFIX,
    has_linked_files,
    is_writable,
    last_change,
    remove_tree,
    tree_size,
)
from parity.store.locks import attempt, is_free
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parity.store.root import Root

ARCHIVES = (".conda", ".tar.bz2")
HOUR = 3600.0
"""Seconds after which a temporary file belongs to nobody any more."""

_SOFT_LINK = 2
_STAGE = regex(r"^\.(?P<name>.+)\.parity-(?!tmp-).+$")
_EXTRACTING = regex(r"^\.(?P<dist>[^.].*-[^-]+-[^-]+)[A-Za-z0-9]{6}$")
"""Where rattler extracts a package before it gives it its name."""


@dataclass(frozen=True, slots=True)
class Removable:
    """Something that can be deleted without breaking an environment.

    Attributes:
        path: what to delete.
        size: bytes that this gives back.
        lock: the engine's lock of it, held while it is deleted; None where it needs none.
    """

    path: Path
    size: int
    lock: Path | None = None


def remove(path: Path, lock: Path | None = None) -> bool:
    """Delete a file or directory while its lock is held; False where somebody is using it, and it stays.

    Lock files are not deleted: somebody may be waiting for them.

    Raises:
        StorageError: it cannot be deleted.
    """
    if lock is None or not lock.exists():
        remove_tree(path)
        return True
    with attempt(lock) as held:
        if held:
            remove_tree(path)
        return held


def index_cache(root: Root) -> Iterator[Removable]:
    """Downloaded indexes: Parity's own, and those that conda and mamba keep in a package cache.

    With them goes what was noted of packages and of the files of environments, which is read again where it is asked.
    """
    for name in ("repodata", "contents", "stat"):
        yield from _children(root.cache / name)
    for directory in root.pkgs_dirs:
        yield from _children(directory / "cache")


def tarballs(root: Root) -> Iterator[Removable]:
    """Package archives; what was extracted from them stays."""
    for directory in _writable(root):
        for entry in _scan(directory):
            if entry.name.endswith(ARCHIVES) and entry.is_file(follow_symlinks=False):
                yield Removable(Path(entry.path), tree_size(Path(entry.path)))


def packages(root: Root, environments: Iterable[Path]) -> Iterator[Removable]:
    """Extracted packages that no environment uses.

    One whose files are hard-linked into an environment would give nothing back, and one that an environment
    soft-links to would break it: both stay.
    """
    linked = soft_linked(environments)
    for directory in _writable(root):
        for entry in _scan(directory):
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False) or not (path / "info" / "index.json").is_file():
                continue
            if os.path.realpath(path) in linked or has_linked_files(path):
                continue
            # rattler holds this lock while it extracts or links the package.
            yield Removable(path, tree_size(path), path.with_name(path.name + ".lock"))


def pypi_cache(root: Root) -> Iterator[Removable]:
    """Uv's cache: wheels and index pages; uv holds its `.lock` while it works. Wheels and Pythons fetched by it."""
    directory = root.cache / "uv"
    for item in _children(directory):
        if item.path.name != ".lock":
            yield Removable(item.path, item.size, directory / ".lock")
    for name in ("wheels", "pythons"):
        yield from _children(root.cache / name)


def leftovers(root: Root, environments: Iterable[Path]) -> Iterator[Removable]:
    """Half-made environments, half-extracted packages and half-deleted things that no running process works on."""
    for directory in _places(root, environments):
        for entry in _scan(directory):
            if not entry.is_dir(follow_symlinks=False):
                continue
            stage = _STAGE.match(entry.name)
            path = Path(entry.path)
            trash = entry.name.startswith(TRASH_PREFIX)
            if trash or (stage and is_free(root.lock_file(directory / stage["name"]))):
                yield Removable(path, tree_size(path))
    for directory in _writable(root):
        for entry in _scan(directory):
            half = _EXTRACTING.match(entry.name)
            if half and TEMPORARY_MARK not in entry.name and entry.is_dir(follow_symlinks=False):
                path = Path(entry.path)
                yield Removable(path, tree_size(path), directory / f"{half['dist']}.lock")


def temporary_files(root: Root, environments: Iterable[Path], now: float) -> Iterator[Removable]:
    """Files and scratch directories that were being written when a process ended; older than an hour.

    Args:
        root: where things are.
        environments: prefixes to look into.
        now: seconds since the epoch.
    """
    inside = [prefix / part for prefix in environments for part in ("", "conda-meta")]
    for directory in dict.fromkeys([*_places(root, ()), *inside]):
        for entry in _scan(directory):
            # `.c~` and `.trash` are conda's names for files that could not be replaced at once.
            ours = TEMPORARY_MARK in entry.name and entry.name.startswith(".")
            theirs = entry.name.endswith((".c~", ".trash")) and entry.is_file(follow_symlinks=False)
            path = Path(entry.path)
            if (ours or theirs) and now - last_change(path) > HOUR:
                yield Removable(path, tree_size(path))


def soft_linked(environments: Iterable[Path]) -> frozenset[str]:
    """Real paths of the extracted packages that environments soft-link to, as their records tell."""
    found = set()
    for prefix in environments:
        for entry in _scan(prefix / "conda-meta"):
            if not entry.name.endswith(".json"):
                continue
            try:
                source = _soft_link_source(Path(entry.path).read_bytes())
            except OSError:
                continue
            if source:
                found.add(os.path.realpath(source))
    return frozenset(found)


def _soft_link_source(record: bytes) -> str:
    import msgspec

    try:
        link = _linked_decoder().decode(record).link
    except msgspec.DecodeError:
        return ""
    return link.source if link is not None and link.type in {_SOFT_LINK, "softlink"} else ""


@cache
def _linked_decoder() -> Any:
    import msgspec

    link: Any = msgspec.defstruct("Link", [("source", str, ""), ("type", int | str | None, None)])
    return msgspec.json.Decoder(msgspec.defstruct("Linked", [("link", link | None, None)]))


def _children(directory: Path) -> Iterator[Removable]:
    for entry in _scan(directory):
        path = Path(entry.path)
        yield Removable(path, tree_size(path))


def _writable(root: Root) -> tuple[Path, ...]:
    return tuple(directory for directory in root.pkgs_dirs if directory.is_dir() and is_writable(directory))


def _places(root: Root, environments: Iterable[Path]) -> tuple[Path, ...]:
    parents = (prefix.parent for prefix in environments if prefix != root.path)
    return tuple(dict.fromkeys([*root.envs_dirs, *root.pkgs_dirs, root.path, root.cache, *parents]))


def _scan(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def sections(root: Root, environments: tuple[Path, ...], now: float) -> dict[str, Callable[[], Iterator[Removable]]]:
    """What can be cleaned, by the name of its option, looked for only when asked."""
    return {
        "index-cache": lambda: index_cache(root),
        "tarballs": lambda: tarballs(root),
        "packages": lambda: packages(root, environments),
        "pypi": lambda: pypi_cache(root),
        "leftovers": lambda: leftovers(root, environments),
        "tempfiles": lambda: temporary_files(root, environments, now),
    }
