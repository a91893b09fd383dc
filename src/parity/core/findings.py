"""What can be wrong with an environment: the kinds of findings, and the comparisons that find them. Pure.

A kind is a stable code: scripts may compare it, and its meaning does not change.
"""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING, Literal, NamedTuple

from parity.core.commits import commit_of
from parity.core.rules import is_cached_bytecode
from parity.model import CondaPackage, PypiPackage
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from parity.core.fingerprint import Entry
    from parity.core.fingerprint import Kind as FileKind
    from parity.model import InstalledPackage, Package

Kind = Literal[
    "environment-moved",
    "history-missing",
    "package-missing",
    "package-extra",
    "package-version",
    "package-build",
    "package-channel",
    "package-hash",
    "package-source",
    "pypi-over-conda",
    "duplicate-metadata",
    "record-broken",
    "record-missing",
    "record-changed",
    "requirement-unmet",
    "virtual-missing",
    "file-missing",
    "file-changed",
    "file-type",
    "file-permission",
    "file-untracked",
    "file-shared",
    "link-outside",
]

KINDS: Mapping[Kind, str] = {
    "environment-moved": "its files name another directory than the one where it stands",
    "history-missing": "`conda-meta/history` is not there, by which tools know a complete environment",
    "package-missing": "a package should be there and is not",
    "package-extra": "a package is there and should not be",
    "package-version": "another version than expected",
    "package-build": "another build of the same version",
    "package-channel": "the same version and build from another channel, with other bytes",
    "package-hash": "another artifact under the same name, version and build",
    "package-source": "from PyPI where conda's is expected, or the other way round",
    "pypi-over-conda": "a PyPI package was installed over one that conda installed",
    "duplicate-metadata": "two dist-info directories of one project stand side by side",
    "record-broken": "a record of an installed package cannot be read",
    "record-missing": "a package was installed here and its record is gone",
    "record-changed": "a record says something else than the package that it is about (`--full`)",
    "requirement-unmet": "what a package requires is not there, or not in that version",
    "virtual-missing": "a package, or a request, needs of the machine what it does not have (a driver, a C library)",
    "file-missing": "a file of a package is not there",
    "file-changed": "a file has other bytes than its package brought",
    "file-type": "a directory, link or file stands where another kind should",
    "file-permission": "a file cannot be read, or its executable bit is wrong",
    "file-untracked": "no package brought this file",
    "file-shared": "two packages claim the same file with different content",
    "link-outside": "a symbolic link leads out of the environment",
}

BEYOND_MENDING: frozenset[Kind] = frozenset({"requirement-unmet", "virtual-missing", "file-shared"})
"""Kinds that nothing in the environment can be put right about."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between what an environment should be and what it is.

    Attributes:
        kind: what is wrong, one of `KINDS`.
        package: the package it is about; "" where it is about none.
        path: file in question, relative to the prefix with `/`; "" where it is about no file.
        expected: what should be there, in words or as a value; "" for nothing.
        found: what is there; "" for nothing.
        hint: what a person can do about it; "" where `--fix` says it all.
    """

    kind: Kind
    package: str = ""
    path: str = ""
    expected: str = ""
    found: str = ""
    hint: str = ""


class Wanted(NamedTuple):
    """A file as the records of a prefix expect it. (A named tuple, because there are tens of thousands.)

    Attributes:
        owner: name of the package.
        kind: a regular file or a link; None where either will do.
        digest: SHA-256 (hex) of its bytes, or of a link's target; "" where the record does not say.
        origin: SHA-256 of its bytes in the package, before the prefix was written into it; "" where unknown.
        executable: whether its owner may execute it; None where nothing says so.
        target: of a link; None where nothing says so.
        holds_prefix: the prefix was written into it.
    """

    owner: str
    kind: FileKind | None = "file"
    digest: str = ""
    origin: str = ""
    executable: bool | None = None
    target: str | None = None
    holds_prefix: bool = False


class Seen(NamedTuple):
    """The files of a prefix, as a look at it gives them.

    Attributes:
        entries: every file that counts, by path.
        links: targets of symbolic links.
        raw: SHA-256 of the bytes on disk, where it is not the entry's digest.
        modes: permission bits of regular files.
        unreadable: why a file could not be read.
        others: sockets, pipes, devices.
    """

    entries: Mapping[str, Entry]
    links: Mapping[str, str]
    raw: Mapping[str, str]
    modes: Mapping[str, int]
    unreadable: Mapping[str, str]
    others: Container[str]

    def digest(self, path: str) -> str:
        """SHA-256 of the bytes of a file."""
        return self.raw.get(path) or self.entries[path].digest


def compare_files(
    wanted: Mapping[str, Wanted],
    seen: Seen,
    *,
    covers: Callable[[str], bool],
    is_directory: Callable[[str], bool],
) -> Iterator[Finding]:
    """Files of packages that are missing, changed, or of the wrong type or permission.

    Args:
        wanted: by path.
        seen: what stands there.
        covers: whether a path is looked at at all.
        is_directory: whether a directory stands at a path; asked only where no file does.
    """
    entries, modes, unreadable = seen.entries, seen.modes, seen.unreadable
    for path, want in wanted.items():
        if is_cached_bytecode(path):
            continue  # Python writes and removes it as it likes
        if path in unreadable:
            yield Finding("file-permission", want.owner, path, "readable", unreadable[path])
            continue
        entry = entries.get(path)
        if entry is None:
            if path in seen.others:
                yield Finding("file-type", want.owner, path, want.kind or "file", "socket, pipe or device")
            elif is_directory(path):
                yield Finding("file-type", want.owner, path, want.kind or "file", "directory")
            elif covers(path):
                yield Finding("file-missing", want.owner, path, want.kind or "file")
            continue
        if want.kind is None:
            continue
        if entry.kind != want.kind:
            yield Finding("file-type", want.owner, path, want.kind, _shown(entry.kind, seen.links.get(path)))
        elif entry.kind == "link":
            if not _link_fits(path, want, wanted, seen):
                yield Finding("file-changed", want.owner, path, want.target or "another target", seen.links[path])
        elif want.digest and (digest := seen.raw.get(path) or entry.digest) != want.digest:
            yield Finding("file-changed", want.owner, path, want.digest, digest)
        elif not modes.get(path, 0o400) & 0o400:
            yield Finding("file-permission", want.owner, path, "readable", f"mode {modes[path] & 0o7777:04o}")
        elif want.executable is not None and want.executable != entry.executable:
            words = ("executable", "not executable")
            yield Finding("file-permission", want.owner, path, words[not want.executable], words[want.executable])


def _shown(kind: str, target: str | None) -> str:
    return f"link to {target}" if target is not None else kind


def _link_fits(path: str, want: Wanted, wanted: Mapping[str, Wanted], seen: Seen) -> bool:
    """Whether a link leads where it should.

    Rattler notes the hash of the target's name; conda that of the content, and then a link whose content cannot be
    looked up here (a directory) is not doubted.
    """
    target = seen.links[path]
    if want.target is not None:
        return target == want.target
    name = hashlib.sha256(target.encode("utf-8", "surrogateescape")).hexdigest()
    if not want.digest or name in {want.digest, want.origin}:
        return True
    if want.digest != want.origin and want.origin:
        return False
    end = resolve(path, seen.links)
    if end is None or end not in seen.entries or seen.entries[end].kind == "link":
        return True
    return want.digest in {seen.digest(end), wanted[end].origin if end in wanted else ""}


def resolve(path: str, links: Mapping[str, str]) -> str | None:
    """Where a link inside a prefix ends; None where it leaves the prefix or goes round in circles."""
    for _ in range(40):
        target = links.get(path)
        if target is None:
            return path
        if target.startswith("/"):
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if path == ".." or path.startswith("../"):
            return None
    return None


def leaves(path: str, target: str, prefix: str) -> bool:
    """Whether a link leads out of the prefix, as its text says (links on the way are not followed)."""
    if target.startswith("/"):
        clean = posixpath.normpath(target)
        return clean != prefix and not clean.startswith(prefix.rstrip("/") + "/")
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return end == ".." or end.startswith("../")


def strangers(
    wanted: Container[str], seen: Seen, *, prefix: str, expected: Mapping[str, str], own: Callable[[str], bool]
) -> Iterator[Finding]:
    """Files that no package brought, and links among them that lead outside.

    Args:
        wanted: paths that packages own.
        seen: what stands there.
        prefix: absolute path of the environment.
        expected: files that are known otherwise (what link scripts made), with the SHA-256 of their content.
        own: whether a path belongs to the environment itself (those of a venv).
    """
    for path, entry in seen.entries.items():
        if path in wanted or is_cached_bytecode(path) or own(path):
            continue
        if path in expected:
            digest = entry.digest if entry.kind == "link" else seen.digest(path)
            if digest != expected[path]:
                yield Finding(
                    "file-changed", "", path, expected[path], digest, "a link script made it; reinstall the package"
                )
        elif entry.kind == "link" and leaves(path, seen.links[path], prefix):
            yield Finding("link-outside", "", path, "", f"link to {seen.links[path]}")
        else:
            yield Finding("file-untracked", "", path, "", _shown(entry.kind, seen.links.get(path)))
    for path in seen.unreadable:
        if path not in wanted:
            yield Finding("file-permission", "", path, "readable", seen.unreadable[path])


def compare_packages(
    wanted: Iterable[Package],
    installed: Sequence[InstalledPackage],
    pins: Mapping[str, PypiPackage],
    *,
    provided: Container[str] = frozenset(),
) -> Iterator[Finding]:
    """Differences between the packages of a lock and those of a prefix.

    Args:
        wanted: what the lock says.
        installed: what the prefix holds; a name may stand there twice.
        pins: the exact PyPI packages that Parity installed, by name: a dist-info does not tell its wheel's hash.
        provided: names of Python projects that conda packages bring.
    """
    there = {(package.source, package.name): package for package in installed}
    expected = {(package.source, package.name): package for package in wanted}
    other = {"conda": "pypi", "pypi": "conda"}
    for (source, name), want in expected.items():
        found = there.get((source, name))
        if found is None:
            away = there.get((other[source], name))  # type: ignore[arg-type]
            if away is not None and (away.source, name) not in expected:
                yield Finding("package-source", name, "", f"{want.version} ({source})", _named(away))
            else:
                yield Finding("package-missing", name, "", _named(want))
        elif isinstance(want, CondaPackage):
            yield from _compare_conda(want, found)
        else:
            yield from _compare_pypi(want, found, pins.get(name))
    for (source, name), found in there.items():
        if (source, name) in expected or (source == "pypi" and name in provided):
            continue  # one over conda's has a finding of its own
        if (other[source], name) not in expected or (other[source], name) in there:
            yield Finding("package-extra", name, "", "", _named(found))


def _compare_conda(want: CondaPackage, found: InstalledPackage) -> Iterator[Finding]:
    if want.version != found.version:
        yield Finding("package-version", want.name, "", want.version, found.version)
    elif want.build != found.build:
        yield Finding("package-build", want.name, "", want.build, found.build)
    elif want.sha256 and found.sha256:
        if want.sha256 != found.sha256:
            if want.channel.rstrip("/") != found.channel.rstrip("/"):
                yield Finding("package-channel", want.name, "", want.channel, found.channel)
            else:
                yield Finding("package-hash", want.name, "", want.sha256, found.sha256)
    elif want.md5 and found.md5:
        if want.md5 != found.md5:
            yield Finding("package-hash", want.name, "", want.md5, found.md5)
    elif found.url and want.url != found.url:
        yield Finding("package-channel", want.name, "", want.url, found.url)


def _compare_pypi(want: PypiPackage, found: InstalledPackage, pin: PypiPackage | None) -> Iterator[Finding]:
    if want.version and not same_version(want.version, found.version):
        yield Finding("package-version", want.name, "", want.version, found.version)
    elif want.sha256 and pin is not None and pin.sha256 and pin.version == want.version and pin.sha256 != want.sha256:
        yield Finding("package-hash", want.name, "", want.sha256, pin.sha256)
    elif (commit := commit_of(want.url)) != (there := commit_of(found.url)) and commit:
        yield Finding("package-hash", want.name, "", f"commit {commit}", f"commit {there}" if there else "no commit")
    elif want.editable and not found.editable:
        yield Finding("package-source", want.name, "", "editable", "not editable")


def same_version(one: str, other: str) -> bool:
    """Whether two PEP 440 versions are the same (`1.0` and `1.0.0`)."""
    if one == other:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False


def _named(package: Package | InstalledPackage) -> str:
    return f"{package.version} ({package.source})"
