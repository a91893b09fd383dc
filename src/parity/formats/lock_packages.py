"""Package entries of `pixi.lock` and `parity.lock` (rattler-lock, versions 4 to 7) as packages, and back.

An entry leaves out what its URL tells: name, version and build from the file name, the build number from the end of
the build, subdir and channel from the directories. The rules are rattler-lock's, since its readers apply them too.
Keys that have no field in `model` are kept in `extra`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from parity.core.names import normalise
from parity.core.urls import is_url, strip_credentials
from parity.formats import pylock
from parity.model import CondaPackage, PypiPackage
from parity.patterns import regex
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parity.formats.faults import Faults

_ARCHIVE = regex(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+?)(?:\.conda|\.tar\.bz2)")
_PLATFORM = regex(r"noarch|(?:linux|osx|win|freebsd|zos|emscripten|wasi)-[a-z0-9_]+")
_NUMBER = regex(r"[0-9]+\Z")
_CONDA_KEYS = frozenset(
    (
        *("conda", "kind", "url", "name", "version", "build", "build_number", "subdir", "noarch", "sha256", "md5"),
        *("depends", "constrains", "channel", "file_name", "license", "size", "timestamp", "purls", "track_features"),
        *("python_site_packages_path", "arch", "platform"),
    )
)
_PYPI_KEYS = frozenset(
    (
        *("pypi", "kind", "url", "path", "name", "version", "sha256", "md5", "hashes", "size", "file_name", "archive"),
        *("editable", "requires_dist", "requires_python"),
    )
)
# Nearly all requirements look like this, and packaging takes its time for each.
_SIMPLE = regex(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?: ?(?:>=|<=|==|!=|>|<)[0-9]+(?:\.[0-9]+)*(?:,|$))*")
_SECONDS_END = 253402300799  # 9999-12-31: larger timestamps are milliseconds


def derived(url: str) -> dict[str, Any]:
    """What the URL or path of a conda archive tells: fn, name, version, build, subdir, channel; {} for no archive."""
    head, _, fn = url.rpartition("/") if "/" in url else url.rpartition("\\")
    archive = _ARCHIVE.fullmatch(fn)
    if archive is None:
        return {}
    found: dict[str, Any] = {"fn": fn, **archive.groupdict()}
    if is_url(url):
        channel, _, subdir = head.rpartition("/")
        found["channel"] = f"{channel}/"
        if url.startswith(("https://", "http://", "file://")) and _PLATFORM.fullmatch(subdir):
            found["subdir"] = subdir
    return found


def build_number(build: str) -> int:
    """The number at the end of a build string, 0 where there is none."""
    found = _NUMBER.search(build)
    return int(found.group()) if found else 0


def noarch_of(subdir: str, build: str) -> str | None:
    """What kind of noarch a package is most likely, by its build string."""
    return ("python" if "py" in build else "generic") if subdir == "noarch" else None


def read_conda(entry: Mapping[str, Any], url: str, faults: Faults, place: str) -> CondaPackage | None:
    """A binary conda package.

    Args:
        entry: the table, its keys as in version 7.
        url: of the archive; credentials in it are dropped.
        faults: takes what is wrong.
        place: of the entry.

    Returns:
        None where it cannot be told what package this is; `faults` then says why.
    """
    url = strip_credentials(url)
    known = derived(url)
    text = faults.text
    name = text(entry, "name", place) or known.get("name", "")
    version = text(entry, "version", place) or known.get("version", "")
    build = text(entry, "build", place) or known.get("build", "")
    # Older locks write the platform that a noarch package was chosen for.
    subdir = text(entry, "subdir", place) or known.get("subdir", "")
    subdir = "noarch" if known.get("subdir") == "noarch" else subdir
    identity = {"name": name, "version": version, "build": build, "subdir": subdir}
    missing = [key for key, value in identity.items() if not value]
    if not known:
        faults.add(f"`{url}` is no conda package: `.conda` or `.tar.bz2` was expected", place)
        return None
    if missing:
        faults.add(f"`{'`, `'.join(missing)}` is missing, and the URL does not tell", place)
        return None
    channel = known.get("channel", "")
    if entry.get("channel"):
        channel = strip_credentials(text(entry, "channel", place)).rstrip("/") + "/"
    noarch: str | None = noarch_of(known.get("subdir", subdir), known["build"])
    if "noarch" in entry:
        written = text(entry, "noarch", place)
        noarch = {"true": "generic", "false": None, "": None}.get(written, written)
    number = faults.number(entry, "build_number", place)
    timestamp = faults.number(entry, "timestamp", place)
    if timestamp is not None and 0 < timestamp <= _SECONDS_END:
        timestamp *= 1000
    purls = faults.texts(entry, "purls", place)
    extra = {key: value for key, value in entry.items() if key not in _CONDA_KEYS and value is not None}
    if "purls" in entry and not purls:
        extra["purls"] = []  # known to have none, which is more than unknown
    return CondaPackage(
        name=name.lower(),
        version=version,
        build=build,
        build_number=build_number(build) if number is None else number,
        subdir=subdir,
        url=url,
        channel=channel,
        fn=text(entry, "file_name", place) or known["fn"],
        sha256=faults.digest(entry, "sha256", place),
        md5=faults.digest(entry, "md5", place),
        size=faults.number(entry, "size", place),
        depends=faults.texts(entry, "depends", place),
        constrains=faults.texts(entry, "constrains", place),
        noarch=noarch,
        license=text(entry, "license", place) or None,
        timestamp=timestamp,
        purls=purls,
        python_site_packages_path=text(entry, "python_site_packages_path", place) or None,
        track_features=_features(entry, faults, place),
        extra=_json(extra),
    )


def _features(entry: Mapping[str, Any], faults: Faults, place: str) -> tuple[str, ...]:
    if isinstance(entry.get("track_features"), str):
        return tuple(re.split(r"[,\s]+", entry["track_features"].strip())) if entry["track_features"].strip() else ()
    return faults.texts(entry, "track_features", place)


def conda_entry(package: CondaPackage) -> dict[str, Any]:
    """The entry of a conda package, keys in the order that rattler-lock writes them."""
    known = derived(package.url)
    if package.url.startswith("file:"):
        known = {key: value for key, value in known.items() if key not in {"subdir", "channel"}}  # a path to rattler
    extra = extra_of(package.extra)
    entry: dict[str, Any] = {"conda": strip_credentials(package.url)}
    identity = {"name": package.name, "version": package.version, "build": package.build}
    entry |= {key: value for key, value in identity.items() if value != known.get(key)}
    if package.build_number != build_number(package.build):
        entry["build_number"] = package.build_number
    if package.subdir != known.get("subdir"):
        entry["subdir"] = package.subdir
    if package.noarch != noarch_of(known.get("subdir", package.subdir), known.get("build", package.build)):
        entry["noarch"] = package.noarch or False
    entry |= {"sha256": package.sha256, "md5": package.md5, "legacy_bz2_md5": extra.pop("legacy_bz2_md5", None)}
    entry |= {"depends": package.depends, "constrains": package.constrains}
    entry["extra_depends"] = extra.pop("extra_depends", None)
    if package.channel.rstrip("/") != known.get("channel", "").rstrip("/"):
        entry["channel"] = strip_credentials(package.channel).rstrip("/")
    entry |= {"features": extra.pop("features", None), "flags": extra.pop("flags", None)}
    entry["track_features"] = package.track_features
    if package.fn != known.get("fn"):
        entry["file_name"] = package.fn
    entry |= {"license": package.license, "license_family": extra.pop("license_family", None)}
    no_purls = extra.pop("purls", None) is not None and not package.purls
    entry["purls"] = package.purls
    entry["run_exports"] = extra.pop("run_exports", None)
    entry |= {"size": package.size, "legacy_bz2_size": extra.pop("legacy_bz2_size", None)}
    entry |= {"timestamp": package.timestamp, "python_site_packages_path": package.python_site_packages_path}
    entry |= dict(sorted(extra.items()))
    return {
        key: value
        for key, value in entry.items()
        if (value is not None and value != ()) or (key == "purls" and no_purls)
    }


def read_pypi(entry: Mapping[str, Any], url: str, base: str, faults: Faults, place: str) -> PypiPackage | None:
    """A PyPI package: a file, a directory or a repository.

    Args:
        entry: the table, its keys as in version 7.
        url: URL or path; a relative path starts at `base`.
        base: absolute directory of the lock; "" leaves paths relative.
        faults: takes what is wrong.
        place: of the entry.
    """
    name = normalise(faults.text(entry, "name", place, required=True))
    if not name:
        return None
    hashes = {key: value for key in ("sha256", "md5") if (value := faults.digest(entry, key, place))}
    if entry.get("hashes"):
        table = faults.table(entry, "hashes", place)
        hashes |= {key: faults.text(table, key, f"{place}.hashes") for key in table}
    version, size = faults.text(entry, "version", place), faults.number(entry, "size", place)
    editable = faults.flag(entry, "editable", place)
    url = strip_credentials(url)
    try:
        package = pylock.of_url(name, version, url, hashes=hashes, size=size, editable=editable,
                                  archive=faults.flag(entry, "archive", place),
                                  filename=faults.text(entry, "file_name", place), base=base)  # fmt: skip
    except ValueError as error:
        faults.add(str(error), place)
        return None
    extra = {key: value for key, value in entry.items() if key not in _PYPI_KEYS and value is not None}
    if "+" in url.partition("://")[0] and package.url != url:
        extra["pypi"] = url  # pixi has its own way to write a repository
    told: Mapping[str, Any] = entry
    if isinstance(entry.get("metadata"), dict):
        told, place = extra.pop("metadata"), f"{place}.metadata"
    return replace(
        package,
        requires_dist=faults.texts(told, "requires_dist", place),
        requires_python=faults.text(told, "requires_python", place),
        extra=_json(extra),
    )


def pypi_entry(package: PypiPackage, relative: Callable[[str, bool], str]) -> dict[str, Any]:
    """The entry of a PyPI package.

    Args:
        package: with its pin.
        relative: how a path or file URL is written; told whether it is a directory.
    """
    extra = extra_of(package.extra)
    source = pylock.origin_of(package)
    place = extra.pop("pypi", None) or relative(strip_credentials(source.url), source.kind == "directory")
    entry: dict[str, Any] = {"pypi": place, "name": package.name}
    entry |= {"version": package.version or None, "sha256": package.sha256, "md5": source.hashes.get("md5")}
    entry["hashes"] = {key: value for key, value in sorted(source.hashes.items()) if key not in {"sha256", "md5"}}
    entry |= {"size": package.size, "file_name": source.filename or None, "editable": package.editable or None}
    entry["archive"] = True if source.kind == "archive" else None
    entry |= {"index": extra.pop("index", None), "index_url": extra.pop("index_url", None)}
    entry |= _requirements(package)
    entry |= dict(sorted(extra.items()))
    return {key: value for key, value in entry.items() if value not in (None, (), {})}


def _requirements(package: PypiPackage) -> dict[str, Any]:
    """`requires_dist` and `requires_python`; rattler refuses a lock where one breaks PEP 508, so those stand apart."""
    sound = tuple(text for text in package.requires_dist if _is_requirement(text))
    python = package.requires_python if _is_range(package.requires_python) else ""
    entry: dict[str, Any] = {"requires_dist": sound, "requires_python": python or None}
    if (sound, python) != (package.requires_dist, package.requires_python):
        metadata = {"requires_dist": package.requires_dist, "requires_python": package.requires_python}
        entry["metadata"] = {key: value for key, value in metadata.items() if value}
    return entry


@cache
def _is_requirement(text: str) -> bool:
    if _SIMPLE.fullmatch(text):
        return True
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


@cache
def _is_range(text: str) -> bool:
    if not text or _SIMPLE.fullmatch(f"name{text}"):
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def extra_of(text: str) -> dict[str, Any]:
    """What an `extra` holds, for writing: a new mapping, without credentials."""
    found: dict[str, Any] = clean(json.loads(text)) if text else {}
    return found


def clean(value: Any) -> Any:
    """Plain values with the credentials taken out of every URL among them."""
    if isinstance(value, str):
        return strip_credentials(value) if "://" in value else value
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list) else value


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(clean(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False) if value else ""
