"""Reading rattler-lock, versions 4 to 7: `pixi.lock`, and `parity.lock`, which is the same with one key more.

What differs between the versions (rattler-lock's own readers say so): until 5 a package has a `kind` and is found by
its `url` or `path`; from 6 on the kind is the key that holds the place; from 7 on platforms are listed with their
virtual packages, and packages that are built from source stand under `conda_source`. Those are kept as they are,
brought to the form of version 7.
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any

from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.urls import is_url, strip_credentials
from parity.errors import SpecError
from parity.formats import lock_packages, yaml_text
from parity.formats.faults import Faults, as_text
from parity.model import CondaPackage, PypiPackage, Solution
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.lock import VirtualPackage
    from parity.model import MatchSpec, PipLine

VERSIONS = range(4, 8)
OWN_VERSION = 1

_VIRTUAL = regex(r"(?P<name>[^\s=<>!~]+)(?:=(?P<version>[^=]*)(?:=(?P<build>.*))?|(?P<range>\s*[<>!~=].*))?")
_OLDER_KEYS = {"package_build_source": "source", "sources": "source_depends"}
_TOP = frozenset(("version", "platforms", "environments", "packages", "parity"))
_ENVIRONMENT = frozenset(("channels", "indexes", "options", "packages"))


def parse(text: str, *, file: str = "", base: str = "") -> Lock:
    """Read a `pixi.lock` or `parity.lock`.

    Args:
        text: its content.
        file: its name, for messages.
        base: absolute directory that it stands in, with `/`; "" leaves paths relative.

    Raises:
        FaultsError: every fault in it, each with line and place.
    """
    return _Reader(text, file, base).lock()


def virtual_package(text: str) -> VirtualPackage:
    """`__cuda=12.4=0` taken apart; what is no exact version stays with its operator as the version."""
    found = _VIRTUAL.fullmatch(text.strip())
    if found is None:
        return text.strip(), "", ""
    return found["name"], (found["version"] or found["range"] or "").strip(), found["build"] or ""


class _Reader:
    def __init__(self, text: str, file: str, base: str) -> None:
        self._faults = Faults(file, yaml_text.lines_of(text))
        self._base = base
        document = yaml_text.load(text, file=file)
        if not isinstance(document, dict):
            self._faults.fail("this is no lock: a mapping was expected", hint="a lock begins with `version: 7`")
        self._document: dict[str, Any] = document
        version = document.get("version")
        if not isinstance(version, int) or version not in VERSIONS:
            newer = isinstance(version, int) and version >= VERSIONS.stop
            hint = "upgrade Parity" if newer else f"versions {VERSIONS[0]} to {VERSIONS[-1]} are; lock again"
            self._faults.fail(f"version {version} of the format is not known", "version", hint=hint)
        self._version: int = version

    def lock(self) -> Lock:
        faults = self._faults
        packages = self._packages()
        tables = faults.table(self._document, "environments", required=True)
        platforms = self._platforms(tables)
        own, asked = self._own()
        environments = []
        for name in sorted(tables, key=lambda name: (name != DEFAULT, name)):
            table = faults.table(tables, name, "environments")
            environments.append(self._environment(name, table, platforms, packages, own.get(name, {}), asked))
        sources = faults.texts(faults.table(self._document, "parity"), "sources", "parity")
        faults.check()
        extra = {key: value for key, value in self._document.items() if key not in _TOP}
        return Lock(tuple(sorted(platforms.values(), key=lambda platform: platform.name)), tuple(environments), sources,
                    _json(extra))  # fmt: skip

    def _platforms(self, environments: Mapping[str, Any]) -> dict[str, LockPlatform]:
        found: dict[str, LockPlatform] = {}
        for number, entry in enumerate(self._faults.items(self._document, "platforms")):
            place = f"platforms[{number}]"
            if not isinstance(entry, dict):
                self._faults.add("a mapping was expected", place)
                continue
            name = self._faults.text(entry, "name", place, required=True)
            virtual = self._faults.texts(entry, "virtual-packages", place)
            if name in found:
                self._faults.add(f"the platform `{name}` stands here twice", place)
            found[name] = LockPlatform(name, self._faults.text(entry, "subdir", place) or name,
                                       tuple(sorted(virtual_package(text) for text in virtual)))  # fmt: skip
        if self._version < 7:
            for name in environments:
                table = self._faults.table(environments, name, "environments")
                for subdir in self._faults.table(table, "packages", f"environments.{name}"):
                    found[subdir] = LockPlatform(subdir, subdir)
        return found

    def _environment(
        self,
        name: str,
        table: Mapping[str, Any],
        platforms: Mapping[str, LockPlatform],
        packages: _Packages,
        own: Mapping[str, Any],
        asked: Mapping[tuple[str, str], tuple[tuple[MatchSpec, ...], tuple[PipLine, ...]]],
    ) -> LockedEnvironment:
        faults, place = self._faults, f"environments.{name}"
        channels, details = [], {}
        for number, entry in enumerate(faults.items(table, "channels", place)):
            channel = entry if isinstance(entry, dict) else {"url": entry}
            url = strip_credentials(faults.text(channel, "url", f"{place}.channels[{number}]", required=True))
            url = url.rstrip("/") if is_url(url) else url
            channels.append(url)
            if len(channel) > 1:
                details[url] = {key: value for key, value in channel.items() if key != "url"}
        options = faults.table(table, "options", place)
        plain = {key: value for key, value in options.items() if isinstance(value, str)}
        extra = {key: value for key, value in table.items() if key not in _ENVIRONMENT and value is not None}
        if len(plain) < len(options):
            extra["options"] = {key: value for key, value in options.items() if key not in plain}
        if details:
            extra["channels"] = details
        locked = []
        listed = faults.table(table, "packages", place)
        for platform in sorted(listed):
            if platform not in platforms:
                faults.add(f"`{platform}` is not among the platforms of this lock", f"{place}.packages.{platform}")
                continue
            chosen = packages.chosen(
                faults.items(listed, platform, f"{place}.packages"), f"{place}.packages.{platform}"
            )
            conda = tuple(sorted(chosen[0], key=lambda package: (package.name, package.url)))
            pypi = tuple(sorted(chosen[1], key=lambda package: (package.name, package.url)))
            specs, pip = asked.get((name, platform), ((), ()))
            locked.append(Locked(platform, Solution(platforms[platform].subdir, conda, pypi), specs, pip, chosen[2]))
        variables = faults.table(own, "variables", f"parity.{place}")
        return LockedEnvironment(
            name=name,
            channels=tuple(channels),
            locked=tuple(locked),
            indexes=tuple(strip_credentials(url) for url in faults.texts(table, "indexes", place)),
            options=tuple(sorted(plain.items())),
            variables=tuple(sorted((key, as_text(value)) for key, value in variables.items())),
            extra=_json(extra),
        )

    def _packages(self) -> _Packages:
        found = _Packages(self._faults, self._version)
        for number, entry in enumerate(self._faults.items(self._document, "packages", required=True)):
            place = f"packages[{number}]"
            if not isinstance(entry, dict):
                self._faults.add("a mapping was expected", place)
                continue
            kind, where = self._kind(entry)
            if not where:
                self._faults.add("no place of a package: `conda`, `conda_source` or `pypi` was expected", place)
            elif kind == "pypi":
                package = lock_packages.read_pypi(entry, where, self._base, self._faults, place)
                if package is not None and self._version < 7 and '"directory"' in package.pin:
                    # Older versions noted what a source tree said when it was locked, which may have changed.
                    entry = {key: value for key, value in entry.items() if key != "version"}
                    package = lock_packages.read_pypi(entry, where, self._base, self._faults, place)
                found.add_pypi(where, package)
            elif kind == "conda_source" or not lock_packages.derived(where):
                found.add_source(where, entry)
            else:
                found.add_conda(where, lock_packages.read_conda(entry, where, self._faults, place))
        return found

    def _kind(self, entry: Mapping[str, Any]) -> tuple[str, str]:
        if self._version <= 5:
            return as_text(entry.get("kind")), as_text(entry.get("url") or entry.get("path") or "")
        kind = next((kind for kind in ("conda", "conda_source", "pypi") if kind in entry), "")
        return kind, as_text(entry.get(kind) or "")

    def _own(
        self,
    ) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, str], tuple[tuple[MatchSpec, ...], tuple[PipLine, ...]]]]:
        """What stands under `parity:`: a table an environment, and what was asked for there on each platform."""
        from parity.core import specs
        from parity.formats import requirements

        faults = self._faults
        table = faults.table(self._document, "parity")
        version = faults.number(table, "version", "parity")
        if version is not None and version > OWN_VERSION:
            faults.fail("it was written by a newer Parity", "parity.version", hint="upgrade Parity")
        environments = faults.table(table, "environments", "parity")
        tables: dict[str, dict[str, Any]] = {}
        asked: dict[tuple[str, str], tuple[tuple[MatchSpec, ...], tuple[PipLine, ...]]] = {}
        known: dict[str, MatchSpec] = {}
        for name in environments:
            place = f"parity.environments.{name}"
            tables[name] = faults.table(environments, name, "parity.environments")
            requested = faults.table(tables[name], "requested", place)
            for platform in requested:
                request = faults.table(requested, platform, f"{place}.requested")
                there = f"{place}.requested.{platform}"
                found = []
                for number, text in enumerate(faults.texts(request, "specs", there)):
                    try:
                        found.append(known.get(text) or known.setdefault(text, specs.parse(text)))
                    except SpecError as error:
                        faults.add(error.message, f"{there}.specs[{number}]", hint="; ".join(error.hints))
                lines: list[PipLine] = []
                for number, item in enumerate(faults.items(request, "pip", there)):
                    line = item if isinstance(item, dict) else {"line": item, "base": ""}
                    start = faults.text(line, "base", f"{there}.pip[{number}]")
                    start = posixpath.normpath(posixpath.join(self._base, start)) if start else self._base
                    try:
                        text = faults.text(line, "line", f"{there}.pip[{number}]", required=True)
                        lines += requirements.parse_item(text, base=start)
                    except SpecError as error:
                        faults.add(error.message, f"{there}.pip[{number}]", hint="; ".join(error.hints))
                asked[name, platform] = tuple(found), tuple(lines)
        return tables, asked


class _Packages:
    """The packages of a lock, found by what an environment's list says of them."""

    def __init__(self, faults: Faults, version: int) -> None:
        self._faults = faults
        self._version = version
        self._conda: dict[str, CondaPackage | None] = {}
        self._pypi: dict[str, PypiPackage | None] = {}
        self._sources: dict[str, list[dict[str, Any]]] = {}

    def add_conda(self, where: str, package: CondaPackage | None) -> None:
        known = self._conda.get(where)
        # Of two entries for one file the one that knows its purls counts (they were added to the format later).
        if known is None or (package is not None and _knows_purls(package)):
            self._conda[where] = package

    def add_pypi(self, where: str, package: PypiPackage | None) -> None:
        self._pypi[where] = package

    def add_source(self, where: str, entry: dict[str, Any]) -> None:
        self._sources.setdefault(where, []).append(entry)

    def chosen(self, selectors: list[Any], place: str) -> tuple[list[CondaPackage], list[PypiPackage], tuple[str, ...]]:
        conda: list[CondaPackage] = []
        pypi: list[PypiPackage] = []
        sources: list[str] = []
        for number, selector in enumerate(selectors):
            kind = next(
                (key for key in ("conda", "conda_source", "pypi") if isinstance(selector, dict) and key in selector), ""
            )
            where = as_text(selector[kind]) if kind else ""
            if kind == "pypi" and where in self._pypi:
                wheel = self._pypi[where]
                if wheel is not None:
                    pypi.append(wheel)
            elif kind == "conda" and where in self._conda:
                package = self._conda[where]
                if package is not None:
                    conda.append(package)
            elif where in self._sources:
                sources.append(self._source(where, selector))
            else:
                message = (
                    f"`{where}` is not among the packages"
                    if where
                    else "`conda`, `conda_source` or `pypi` was expected"
                )
                self._faults.add(message, f"{place}[{number}]")
        return conda, pypi, tuple(sorted(sources))

    def _source(self, where: str, selector: Mapping[str, Any]) -> str:
        """The entry of a source package as version 7 writes it."""
        entries = self._sources[where]
        if self._version == 7:
            return _json(entries[0])
        wanted = {key: value for key, value in selector.items() if key != "conda"}
        entry = next((entry for entry in entries if wanted.items() <= entry.items()), entries[0])
        table = {
            _OLDER_KEYS.get(key, key): value for key, value in entry.items() if key not in {"conda", "name", "input"}
        }
        name = as_text(entry.get("name", ""))
        import hashlib

        # Any digest of its own will do: it only tells packages apart that are built from one place.
        digest = hashlib.sha256(_json(entry).encode()).hexdigest()[:8]
        return _json({"conda_source": f"{name}[{digest}] @ {where}", **table})


def _knows_purls(package: CondaPackage) -> bool:
    return bool(package.purls) or '"purls"' in package.extra


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(lock_packages.clean(value), ensure_ascii=False, separators=(",", ":")) if value else ""
