"""`parity.lock` and `pixi.lock`: rattler-lock, read in versions 4 to 7 and written in version 7.

The schema is rattler-lock's (its documentation of the lock file, and what its `LockFile` reads); what Parity adds
stands under the top-level key `parity`, which rattler passes over. docs/reference/lock.md describes every key.
Same lock, same text: everything is sorted, nothing is written that depends on the time or on the machine, but paths
that a person named by their absolute path.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from parity.core.lock import DEFAULT, Lock, LockedEnvironment, LockPlatform
from parity.core.pip_lines import start_of, without_credentials
from parity.core.urls import is_url, strip_credentials, url_to_path
from parity.errors import InputError
from parity.formats import lock_packages, yaml_text
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.core.lock import Locked, VirtualPackage
    from parity.model import PipLine

RATTLER_VERSION = 7
OLDER_VERSION = 6
VERSION = 1
"""Of what stands under `parity:`."""

_DRIVE = regex(r"[A-Za-z]:[\\/]")


def render(lock: Lock, *, base: str = "", own: bool = True, version: int = RATTLER_VERSION) -> str:
    """Write a lock.

    Args:
        lock: what to write; packages without a hash or size are written without.
        base: absolute directory that the file will stand in: paths in it are written relative to it.
        own: with what only Parity reads; False for a `pixi.lock`.
        version: 7, or 6 for a pixi that knows no later one.

    Raises:
        InputError: version 6 cannot hold it.
    """
    if version == OLDER_VERSION:
        _check_older(lock)
    paths = _Paths(lock, base)
    entries: dict[tuple[int, str], dict[str, Any]] = {}
    environments = {
        environment.name: _environment(environment, paths, entries)
        for environment in sorted(lock.environments, key=lambda item: _rank(item.name))
    }
    document: dict[str, Any] = {
        "version": version,
        "platforms": [_platform(platform) for platform in sorted(lock.platforms, key=lambda item: item.name)],
        "environments": environments,
        "packages": [entries[key] for key in sorted(entries)],
    }
    if version == OLDER_VERSION:
        del document["platforms"]
    document |= dict(sorted(lock_packages.extra_of(lock.extra).items()))
    if own:
        document["parity"] = _own(lock, base)
    return yaml_text.dump(document)


def _check_older(lock: Lock) -> None:
    parts = [locked for environment in lock.environments for locked in environment.locked]
    faults = {
        "variants of a platform": any(platform.variant for platform in lock.platforms),
        "packages that pixi builds": any(locked.other for locked in parts),
        "source trees without a version": any(not wheel.version for locked in parts for wheel in locked.solution.pypi),
    }
    found = [what for what, there in faults.items() if there]
    if found:
        raise InputError(f"a pixi.lock of version {OLDER_VERSION} cannot hold {', '.join(found)}",
                         hints=[f"write version {RATTLER_VERSION}"])  # fmt: skip


def virtual_text(package: VirtualPackage) -> str:
    """`__glibc=2.28=0`; a build or version that is not known is left out."""
    name, version, build = package
    if build:
        return f"{name}={version}={build}"
    return f"{name} {version}" if version[:1] in tuple("<>=!~") else f"{name}={version}" if version else name


def _rank(name: str) -> tuple[bool, str]:
    return name != DEFAULT, name


def _platform(platform: LockPlatform) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": platform.name}
    if platform.subdir != platform.name:
        entry["subdir"] = platform.subdir
    if platform.virtual:
        entry["virtual-packages"] = [virtual_text(package) for package in platform.virtual]
    return entry


def _environment(
    environment: LockedEnvironment, paths: _Paths, entries: dict[tuple[int, str], dict[str, Any]]
) -> dict[str, Any]:
    extra = lock_packages.extra_of(environment.extra)
    details = extra.pop("channels", {})
    table: dict[str, Any] = {
        "channels": [
            {"url": _with_slash(strip_credentials(url)), **details.get(url, {})} for url in environment.channels
        ]
    }
    if environment.indexes:
        table["indexes"] = [strip_credentials(url) for url in environment.indexes]
    if "find-links" in extra:
        table["find-links"] = extra.pop("find-links")
    options = dict(environment.options) | extra.pop("options", {})
    if options:
        table["options"] = dict(sorted(options.items()))
    table |= dict(sorted(extra.items()))
    table["packages"] = {
        locked.platform: _packages(locked, paths, entries)
        for locked in sorted(environment.locked, key=lambda item: item.platform)
    }
    return table


def _packages(locked: Locked, paths: _Paths, entries: dict[tuple[int, str], dict[str, Any]]) -> list[dict[str, str]]:
    found: list[tuple[int, str]] = []

    def add(kind: int, entry: dict[str, Any]) -> None:
        key = (kind, entry[_KINDS[kind]])
        found.append(key)
        # Two environments may know one file differently well: all that is known is written.
        entries[key] = entry | entries.get(key, {})

    for package in locked.solution.conda:
        add(0, lock_packages.conda_entry(package))
    for text in locked.other:
        add(1, lock_packages.extra_of(text))
    for wheel in locked.solution.pypi:
        add(2, lock_packages.pypi_entry(wheel, paths.written))
    return [{_KINDS[kind]: place} for kind, place in sorted(found)]


_KINDS = ("conda", "conda_source", "pypi")


def _own(lock: Lock, base: str) -> dict[str, Any]:
    """What stands under `parity:`."""
    environments: dict[str, Any] = {}
    for environment in sorted(lock.environments, key=lambda item: _rank(item.name)):
        table: dict[str, Any] = {}
        if environment.variables:
            table["variables"] = dict(sorted(environment.variables))
        asked: dict[str, Any] = {}
        for locked in sorted(environment.locked, key=lambda item: item.platform):
            request: dict[str, Any] = {}
            if locked.specs:
                request["specs"] = [str(spec) for spec in locked.specs]
            if locked.pip:
                request["pip"] = [_line(line, base) for line in locked.pip]
            if request:
                asked[locked.platform] = request
        if asked:
            table["requested"] = asked
        if table:
            environments[environment.name] = table
    own: dict[str, Any] = {"version": VERSION}
    if lock.sources:
        own["sources"] = list(lock.sources)
    if environments:
        own["environments"] = environments
    return own


def _line(line: PipLine, base: str) -> str | dict[str, str]:
    text = without_credentials(line).text
    start = start_of(line)
    return text if start in {"", base} else {"line": text, "base": relative(start, base)}


def relative(path: str, base: str) -> str:
    """A path as seen from a directory, with `/`; as it is where there is no way, as between Windows drives."""
    there, here = path.replace("\\", "/") if _DRIVE.match(path) else path, base.replace("\\", "/")
    drives = [found.group().lower() if (found := _DRIVE.match(text)) else "" for text in (there, here)]
    if not here or drives[0] != drives[1] or not (there.startswith("/") or drives[0]):
        return path
    way = (
        posixpath.relpath(there[len(drives[0]) - 1 :], here[len(drives[0]) - 1 :])
        if drives[0]
        else posixpath.relpath(there, here)
    )
    return way if way.startswith("..") else "./" if way == "." else f"./{way}"


def local_path(url: str) -> str:
    """The path of a file URL; one with a drive is of Windows, whatever machine this is."""
    return url_to_path(url, windows=_DRIVE.match(url.removeprefix("file:///")) is not None)


def _with_slash(url: str) -> str:
    return url.rstrip("/") + "/" if is_url(url) else url


class _Paths:
    """How local files and directories are written: relative, unless a person named them by their absolute path."""

    def __init__(self, lock: Lock, base: str) -> None:
        self._base = base
        lines = [line for environment in lock.environments for locked in environment.locked for line in locked.pip]
        self._absolute, self._relative = _named(lines)

    def written(self, place: str, directory: bool) -> str:
        """A URL as it is; a path or file URL under the lock's directory, or named relatively, as a relative path."""
        place, hash_, fragment = place.partition("#")
        local = place.startswith("file:")
        if is_url(place) and not local:
            return place + hash_ + fragment
        path = local_path(place) if local else place
        near = relative(path, self._base)
        if _within(path, self._relative):
            place = near
        elif not _within(path, self._absolute) and (directory or not near.startswith("..")):
            place = near if near != path else place
        return place + hash_ + fragment


def _named(lines: Iterable[PipLine]) -> tuple[frozenset[str], frozenset[str]]:
    """Paths that lines name absolutely, and those they name relatively, both made absolute."""
    from parity.formats.requirements import absolute

    absolutes: set[str] = set()
    relatives: set[str] = set()
    for line in lines:
        value = line.value.partition(" @ ")[2] if line.kind == "requirement" else line.value
        value = value.partition(";")[0].partition("[")[0].strip()
        if not value or (is_url(value) and not value.startswith("file:")):
            continue
        path = absolute(value, line.base)
        if path.startswith("file://"):
            path = local_path(path)
        kind = absolutes if path == value or value.startswith("file://") else relatives
        kind.add(path.replace("\\", "/").rstrip("/"))
    return frozenset(absolutes), frozenset(relatives)


def _within(path: str, places: Iterable[str]) -> bool:
    path = path.replace("\\", "/")
    return any(path == place or path.startswith(f"{place}/") for place in places)
