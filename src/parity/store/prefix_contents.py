"""The packages of a prefix with their files, as conda-meta and dist-info directories tell; damage is no error here.

Works on what conda, mamba, pixi, pip and uv made, and on plain virtual environments, which have no conda-meta.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from parity.core.names import normalise
from parity.core.platforms import layout
from parity.core.records import Broken, CondaPart, Contents, Owner, PypiPart
from parity.errors import IntegrityError
from parity.formats.prefix_files import decode_head, decode_paths, decode_record, decode_wheel_record
from parity.formats.prefix_record import decode_metadata, owned_metadata, site_packages_path
from parity.store.files import translated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path


def read(prefix: Path, platform: str) -> Contents:
    """Read the records of a prefix.

    Args:
        prefix: absolute path.
        platform: its subdir, for the layout.

    Raises:
        StorageError: the prefix cannot be read.
    """
    from parity.formats.prefix_record import decode

    places = layout(platform)
    conda, broken, installed = [], [], []
    owned: set[str] = set()
    sites = _sites(prefix, windows=places.windows)
    version = ""
    for name, data in _records(prefix):
        where = f"conda-meta/{name}"
        metadata = set(owned_metadata(data))
        owned |= metadata
        try:
            package, files = decode_record(data, where)
            installed.append(decode(data, prefix / where))
        except IntegrityError as error:
            reason = error.message.removeprefix(f"{where}: ")
            broken.append(Broken(where, name.removesuffix(".json"), reason, decode_head(data)))
            continue
        conda.append(CondaPart(package, where, files, dict(map(_project, metadata))))
        if package.name == "python":
            sites = [site_packages_path(data) or places.site_packages(package.version)]
            version = package.version
    pypi = list(_distributions(prefix, sites, owned, places.scripts))
    installed += [part.package for part in pypi]
    settings = _venv(prefix)
    return Contents(
        prefix,
        conda,
        pypi,
        broken,
        settings is not None and not conda,
        places.scripts,
        sites,
        version or _version(settings or ""),
        sorted(installed, key=lambda package: (package.name, package.source)),
    )


def owners(prefix: Path, platform: str, *, without: Collection[str] = (), pypi: bool = True) -> Iterator[Owner]:
    """Installed packages with nothing but the paths of their files.

    Args:
        prefix: of the environment.
        platform: its subdir.
        without: conda packages to leave out, by `records.key`.
        pypi: look for Python projects that no conda package owns, too.
    """
    places = layout(platform)
    owned: set[str] = set()
    sites = _sites(prefix, windows=places.windows) if pypi else []
    for name, data in _records(prefix, () if pypi else without):
        if _key(name) not in without:
            yield Owner("conda", *decode_paths(data, name))
        if pypi:
            owned.update(owned_metadata(data))
            if name.startswith("python-3"):
                sites = [site_packages_path(data) or places.site_packages(name.split("-")[1])]
    for part in _distributions(prefix, sites, owned, places.scripts):
        yield Owner("pypi", part.package.name, part.package.version, "", tuple(part.files))


def wheel_files(prefix: Path, platform: str, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each of these PyPI packages that is there, by normalised name, the paths that its RECORD lists."""
    places = layout(platform)
    found: dict[str, tuple[str, ...]] = {}
    for site in _sites(prefix, windows=places.windows):
        for entry in sorted(os.listdir(prefix / site)):  # noqa: PTH208
            name = _project(entry)[0] if entry.endswith(".dist-info") else ""
            record = _text(prefix / site / entry / "RECORD") if name in names else None
            if record is not None:
                found[name] = tuple(path for path, _ in decode_wheel_record(record, name, site, places.scripts))
    return found


def _records(prefix: Path, without: Collection[str] = ()) -> Iterator[tuple[str, bytes]]:
    meta = prefix / "conda-meta"
    try:
        names = sorted(name for name in os.listdir(meta) if name.endswith(".json") and not name.startswith("."))  # noqa: PTH208
    except FileNotFoundError:
        return
    for name in names:
        path = meta / name
        if _key(name) not in without and path.is_file():
            with translated(path, "read"):
                yield name, path.read_bytes()


def _key(name: str) -> str:
    """Under which key the package of a record stands, by the record's file name."""
    return f"conda:{name.removesuffix('.json')}"


def _sites(prefix: Path, *, windows: bool) -> list[str]:
    found = [prefix / "Lib" / "site-packages"] if windows else sorted(prefix.glob("lib/python3*/site-packages"))
    return [path.relative_to(prefix).as_posix() for path in found if path.is_dir()]


def _distributions(prefix: Path, sites: Sequence[str], owned: set[str], scripts: str) -> Iterator[PypiPart]:
    for site in sites:
        try:
            names = sorted(os.listdir(prefix / site))  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")) or name in owned:
                continue
            info = prefix / site / name
            package = decode_metadata(
                _text(info / ("METADATA" if name.endswith(".dist-info") else "PKG-INFO")) or _text(info) or "",
                info,
                direct_url=_text(info / "direct_url.json") or "",
                requested=(info / "REQUESTED").exists(),
            )
            if package is None:
                continue
            record = _text(info / "RECORD")
            files = dict(decode_wheel_record(record or "", package.name, site, scripts))
            digest = hashlib.sha256(record.encode(errors="surrogateescape")).hexdigest() if record is not None else ""
            yield PypiPart(package, f"{site}/{name}", files, record is not None, digest)


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="surrogateescape")
    except OSError:
        return None


def _project(directory: str) -> tuple[str, str]:
    """Name and version of a dist-info or egg-info directory, by its name."""
    stem = directory.removesuffix(".dist-info").removesuffix(".egg-info")
    name, _, version = stem.partition("-")
    return normalise(name), version.partition("-py")[0]


def _venv(prefix: Path) -> str | None:
    """The text of `pyvenv.cfg`; None where there is none."""
    return _text(prefix / "pyvenv.cfg")


def _version(settings: str) -> str:
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", settings, re.MULTILINE)
    return found[1] if found else ""
