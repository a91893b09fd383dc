"""pylock.toml (PEP 751): exact PyPI packages, read for one target and written the same way every time.

A package carries its `[[packages]]` table as JSON text (`PypiPackage.pin`), cut down to what installing needs:
one wheel or another source, no upload times (they would make locks differ), no credentials.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parity.core.markers import environment
from parity.core.names import normalise
from parity.core.urls import is_url, path_to_url, strip_credentials, url_to_path
from parity.errors import Fault, FaultsError
from parity.formats.wheel_tags import tags_of
from parity.model import PypiPackage
from parity.patterns import regex
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from parity.formats.wheel_tags import Target

_BARE_KEY = regex(r"[A-Za-z0-9_-]+")
_ABSOLUTE = regex(r"/|[A-Za-z]:[\\/]|\\\\")
_REPOSITORY = regex(r"(git|hg|svn|bzr)\+")
_COMMIT = regex(r"(?P<url>.+[^/])@(?P<commit>[^@/?]+)")
_HASH_OF_GIT = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FILES = (".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_SOURCES = ("wheels", "sdist", "archive", "directory", "vcs")


def parse(
    text: str, *, target: Target | None = None, fits: bool = False, base: str = "", file: str = ""
) -> tuple[PypiPackage, ...]:
    """Read a pylock.toml.

    Args:
        text: its content.
        target: whom to choose wheels and evaluate markers for; None takes every package and its first wheel.
        fits: the lock was made for this target: markers hold and wheels fit, only the best of several is chosen.
        base: absolute path of the directory that relative paths in it start from.
        file: its name, for messages.

    Returns:
        The packages, sorted by name.

    Raises:
        FaultsError: it is no TOML, no lock, or a package in it cannot be installed on the target.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultsError([Fault(f"not valid TOML: {error}", file=file)]) from None
    version = document.get("lock-version")
    faults: list[Fault] = []
    if not isinstance(version, str):
        faults.append(Fault("this is no pylock.toml: it has no lock-version", "lock-version", file=file))
    elif version.split(".")[0] != "1":
        faults.append(Fault(f"version {version} of the format is not known", "lock-version", file=file, hint="1.0 is"))
    tables = document.get("packages", [])
    if not isinstance(tables, list):
        faults.append(Fault("a list of tables was expected", "packages", file=file))
    if faults:
        raise FaultsError(faults)
    chooser = _Chooser(target, fits)
    found: list[PypiPackage] = []
    for number, table in enumerate(tables):
        try:
            package = _package(table, chooser, base)
        except _UnfitError as error:
            faults.append(Fault(str(error), f"packages[{number}]", file=file))
        else:
            if package is not None:
                found.append(package)
    if faults:
        raise FaultsError(faults)
    return tuple(sorted(found, key=lambda package: (package.name, package.version)))


def render(packages: Iterable[PypiPackage], *, index: str = "") -> str:
    """Write a pylock.toml.

    Args:
        packages: with their pins.
        index: URL to write as the index of every wheel; "" for none.

    Returns:
        Text that is the same for the same packages in any order.
    """
    lines = ['lock-version = "1.0"', 'created-by = "parity"']
    tables = [json.loads(package.pin) for package in packages]
    for table in sorted(tables, key=lambda table: (table["name"], table.get("version", ""))):
        if index and "wheels" in table:
            table["index"] = index
        lines += ["", "[[packages]]"]
        # The name comes first because people look for it; everything else is sorted.
        lines += [f"{_key(key)} = {_value(table[key])}" for key in ("name", *sorted(table.keys() - {"name"}))]
    if not tables:
        lines.append("packages = []")
    return "\n".join(lines) + "\n"


def artifacts(package: PypiPackage) -> tuple[Mapping[str, Any], ...]:
    """The file tables of a pin (one wheel, sdist or archive), each with `url` or `path` and `hashes`."""
    return tuple(_files(json.loads(package.pin)))


def with_artifacts(package: PypiPackage, change: Callable[[dict[str, Any]], None]) -> PypiPackage:
    """The package with each file table of its pin changed; see `artifacts`."""
    if not package.pin:
        return package
    table = json.loads(package.pin)
    for file in _files(table):
        change(file)
    return replace(package, pin=_dump(table))


def _files(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*table.get("wheels", ()), *(table[key] for key in ("sdist", "archive") if key in table)]


def has_hashes(package: PypiPackage) -> bool:
    """Whether every file of a pin has a hash, without which a pylock.toml is none (PEP 751)."""
    return all(file.get("hashes") for file in artifacts(package))


def from_table(table: Mapping[str, Any]) -> PypiPackage:
    """The package of a `[[packages]]` table that names exactly one source, as pins do."""
    package = _package(table, _Chooser(None, fits=True), "")
    assert package is not None  # noqa: S101 - without a target no marker is evaluated
    return package


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the one source of a pin is, as other lock formats write it.

    Attributes:
        kind: `wheels`, `sdist`, `archive` (a file asked for by its URL), `directory` or `vcs`.
        url: URL, `git+URL@commit#subdirectory=x`, or an absolute path where the pin holds a path.
        hashes: algorithm to digest, for files.
        filename: where it differs from what the URL ends with.
    """

    kind: str
    url: str
    hashes: Mapping[str, str]
    filename: str = ""


def origin_of(package: PypiPackage) -> Origin:
    """The one source of a package's pin."""
    table = json.loads(package.pin)
    kind = next(key for key in _SOURCES if key in table)
    source = table["wheels"][0] if kind == "wheels" else table[kind]
    if kind == "vcs":
        return Origin(kind, package.url, {})
    place = str(source.get("url") or source["path"])
    if source.get("subdirectory"):
        place += f"#subdirectory={source['subdirectory']}"
    return Origin(kind, place, source.get("hashes", {}), source.get("name", ""))


def of_url(
    name: str,
    version: str,
    url: str,
    *,
    hashes: Mapping[str, str] | None = None,
    size: int | None = None,
    editable: bool = False,
    archive: bool = False,
    filename: str = "",
    base: str = "",
) -> PypiPackage:
    """A package with its pin, from what other lock formats tell of it; the inverse of `origin_of`.

    Args:
        name: normalised.
        version: "" where a source tree tells it only when it is built.
        url: URL or path of a file, or of a directory; `git+URL@commit` for a repository.
        hashes: algorithm to digest, for files.
        size: bytes of the file.
        editable: a directory that is installed with `-e`.
        archive: the file was asked for by its URL, which PEP 610 makes an installer note.
        filename: where the URL does not tell it.
        base: absolute directory that relative paths start from; "" leaves them relative.

    Raises:
        ValueError: a repository without a commit.
    """
    pin: dict[str, Any] = {"name": name}
    if version:
        pin["version"] = version
    place, _, fragment = url.partition("#")
    subdirectory = next((part[13:] for part in fragment.split("&") if part.startswith("subdirectory=")), "")
    repository = _REPOSITORY.match(place)
    if repository:
        found = _COMMIT.fullmatch(place[repository.end() :])
        commit = found["commit"] if found else fragment if _HASH_OF_GIT.fullmatch(fragment) else ""
        if not commit:
            raise ValueError(f"`{url}` names no commit")
        where = found["url"] if found else place[repository.end() :].partition("?")[0]
        vcs = {"type": repository[1], "commit-id": commit, "url": where, "subdirectory": subdirectory}
        return _of_repository(pin, vcs, base)
    name_of_file = filename or _basename(place)
    if not name_of_file.lower().endswith(_FILES):
        path = _absolute(place, base)
        return _of_directory(pin, {"path": path, "editable": editable, "subdirectory": subdirectory}, base)
    table: dict[str, Any] = {"url": place} if is_url(place) else {"path": _absolute(place, base)}
    table["hashes"] = dict(hashes or {})
    if size is not None:
        table["size"] = size
    if filename:
        table["name"] = filename
    if subdirectory:
        table["subdirectory"] = subdirectory
    if archive:
        pin["archive"] = table
    elif name_of_file.endswith(".whl"):
        pin["wheels"] = [table]
    else:
        pin["sdist"] = table
    return _of_file(pin, table)


class _UnfitError(Exception):
    """What is wrong with one table."""


def _package(table: Any, chooser: _Chooser, base: str) -> PypiPackage | None:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise _UnfitError("a package without a name")
    name, version = normalise(table["name"]), table.get("version", "")
    if not isinstance(version, str):
        raise _UnfitError(f"{name}: version is not text")
    if not chooser.wanted(table.get("marker"), table.get("requires-python"), name):
        return None
    pin: dict[str, Any] = {"name": name}
    if version:
        pin["version"] = version
    kind = next((key for key in _SOURCES if table.get(key)), None)
    if kind is None:
        raise _UnfitError(f"{name}: no wheel, sdist, archive, directory or repository is given for it")
    if kind == "wheels":
        wheels = table["wheels"]
        if not isinstance(wheels, list) or not all(isinstance(wheel, dict) for wheel in wheels):
            raise _UnfitError(f"{name}: wheels is not a list of tables")
        wheel = chooser.best(wheels)
        if wheel is not None:
            pin["wheels"] = [_file(wheel, base, name)]
            return _of_file(pin, pin["wheels"][0])
        if not table.get("sdist"):
            raise _UnfitError(f"{name} {version}: none of its wheels fits {chooser}, and it has no source distribution")
        kind = "sdist"
    source = table[kind]
    if not isinstance(source, dict):
        raise _UnfitError(f"{name}: {kind} is not a table")
    if kind == "directory":
        return _of_directory(pin, source, base)
    if kind == "vcs":
        return _of_repository(pin, source, base)
    pin[kind] = _file(source, base, name)
    return _of_file(pin, pin[kind])


def _of_file(pin: dict[str, Any], source: Mapping[str, Any]) -> PypiPackage:
    return PypiPackage(pin["name"], pin.get("version", ""), _url(source), source["hashes"].get("sha256"),
                       source.get("size"), pin=_dump(pin))  # fmt: skip


def _of_directory(pin: dict[str, Any], source: Mapping[str, Any], base: str) -> PypiPackage:
    if not isinstance(source.get("path"), str):
        raise _UnfitError(f"{pin['name']}: directory has no path")
    editable = source.get("editable") is True
    pin["directory"] = {"path": _absolute(source["path"], base)}
    if editable:
        pin["directory"]["editable"] = True
    if source.get("subdirectory"):
        pin["directory"]["subdirectory"] = source["subdirectory"]
    url = _url(pin["directory"])
    return PypiPackage(pin["name"], pin.get("version", ""), url, editable=editable, pin=_dump(pin))


def _of_repository(pin: dict[str, Any], source: Mapping[str, Any], base: str) -> PypiPackage:
    kind, commit = source.get("type"), source.get("commit-id")
    if not isinstance(kind, str) or not isinstance(commit, str) or not (source.get("url") or source.get("path")):
        raise _UnfitError(f"{pin['name']}: a repository needs type, commit-id and url or path")
    pin["vcs"] = {"type": kind, "commit-id": commit, **_place(source, base)}
    if source.get("subdirectory"):
        pin["vcs"]["subdirectory"] = source["subdirectory"]
    url = f"{kind}+{_url(pin['vcs'])}@{commit}"
    if source.get("subdirectory"):
        url += f"#subdirectory={source['subdirectory']}"
    return PypiPackage(pin["name"], pin.get("version", ""), url, pin=_dump(pin))


def _file(source: Mapping[str, Any], base: str, name: str) -> dict[str, Any]:
    hashes = source.get("hashes")
    if not isinstance(hashes, dict) or not hashes or not all(isinstance(value, str) for value in hashes.values()):
        raise _UnfitError(f"{name}: a file without hashes, which PEP 751 demands")
    place = _place(source, base)
    if not place:
        raise _UnfitError(f"{name}: a file without url or path")
    table: dict[str, Any] = {**place, "hashes": dict(hashes)}
    if isinstance(source.get("size"), int):
        table["size"] = source["size"]
    for key in ("name", "subdirectory"):
        if isinstance(source.get(key), str):
            table[key] = source[key]
    return table


def _place(source: Mapping[str, Any], base: str) -> dict[str, str]:
    """`url` without credentials, or an absolute `path`; wheels of local indexes come as file URLs and stay so."""
    if isinstance(source.get("url"), str):
        return {"url": strip_credentials(source["url"])}
    if isinstance(source.get("path"), str):
        return {"path": _absolute(source["path"], base)}
    return {}


def _url(source: Mapping[str, Any]) -> str:
    if "url" in source:
        return str(source["url"])
    path = str(source["path"])
    # a relative path that nobody has said the start of stays one
    return path_to_url(path, windows=_windows(path)) if _ABSOLUTE.match(path) else path


def _absolute(path: str, base: str) -> str:
    if path.startswith("file://"):
        return url_to_path(path)
    if is_url(path) or not base or _ABSOLUTE.match(path):
        return path
    import posixpath

    return posixpath.normpath(posixpath.join(base.replace("\\", "/"), path.replace("\\", "/")))


def _windows(path: str) -> bool:
    return not path.startswith("/")


def _dump(pin: Mapping[str, Any]) -> str:
    return json.dumps(pin, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # JSON's escapes are those of a TOML basic string, but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(value[key])}" for key in sorted(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _text(value) if isinstance(value, str) else str(value)


class _Chooser:
    """Chooses for one target: markers by PEP 508, wheels by the order of tags of PEP 425 and PEP 600."""

    def __init__(self, target: Target | None, fits: bool) -> None:
        self._target = target
        self._fits = fits
        self._ranks: dict[Any, int] = {}

    def __str__(self) -> str:
        return f"Python {self._target.python_version} on {self._target.platform}" if self._target else "this target"

    def wanted(self, marker: object, requires: object, name: str) -> bool:
        if self._target is None or self._fits:
            return True
        if isinstance(marker, str):
            from packaging.markers import InvalidMarker, Marker

            try:
                if not Marker(marker).evaluate(environment(self._target.python_version, self._target.platform)):
                    return False
            except InvalidMarker as error:
                raise _UnfitError(f"{name}: {error}") from None
        if isinstance(requires, str):
            from packaging.specifiers import InvalidSpecifier, SpecifierSet

            try:
                if not SpecifierSet(requires).contains(self._target.python_version, prereleases=True):
                    raise _UnfitError(f"{name} needs Python {requires}, and the target is {self}")
            except InvalidSpecifier as error:
                raise _UnfitError(f"{name}: {error}") from None
        return True

    def best(self, wheels: list[dict[str, Any]]) -> dict[str, Any] | None:
        if self._target is None or (self._fits and len(wheels) == 1):
            return wheels[0]
        from packaging.utils import InvalidWheelFilename, parse_wheel_filename

        ranks = self._ranks = self._ranks or {tag: rank for rank, tag in enumerate(tags_of(self._target))}
        fitting: list[tuple[int, tuple[int, str], str, dict[str, Any]]] = []
        for wheel in wheels:
            filename = wheel.get("name") or _basename(str(wheel.get("url") or wheel.get("path") or ""))
            try:
                _, _, build, tags = parse_wheel_filename(filename)
            except InvalidWheelFilename:
                continue
            rank = min((ranks[tag] for tag in tags if tag in ranks), default=None)
            if rank is not None:
                # the higher build number wins among equals
                number, suffix = build or (0, "")
                fitting.append((rank, (-number, suffix), filename, wheel))
        return min(fitting, key=lambda found: found[:3])[3] if fitting else None


def _basename(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url.partition("#")[0].partition("?")[0].replace("\\", "/").rpartition("/")[2])
