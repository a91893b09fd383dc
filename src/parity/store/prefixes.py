"""What a prefix says about itself, read without any engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import IntegrityError
from parity.store.files import atomic_write, storage_error, translated

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from parity.core.activation import EnvironmentFacts
    from parity.model import InstalledPackage

TRANSACTION = "conda-meta/.parity-transaction"
"""The journal of a change in progress; when nobody holds the lock, of one that was interrupted."""


BUILDING = "conda-meta/.parity-building"
"""Stands in an environment that is made in its place, until it is complete."""


def exists(prefix: Path | str) -> bool:
    """Whether a complete environment is here: it has a history, which is conda's test, and is not being made."""
    meta = os.path.join(prefix, "conda-meta")  # noqa: PTH118
    building = os.path.join(prefix, *BUILDING.split("/"))  # noqa: PTH118
    return os.path.isfile(os.path.join(meta, "history")) and not os.path.exists(building)  # noqa: PTH110, PTH113, PTH118


def has_pending(prefix: Path | str) -> bool:
    """Whether a change of this prefix was begun and not finished."""
    return os.path.exists(os.path.join(prefix, *TRANSACTION.split("/")))  # noqa: PTH110, PTH118


def installed(prefix: Path, platform: str) -> tuple[InstalledPackage, ...]:
    """Every package of a prefix, conda's and those that came from PyPI, sorted by name.

    A name stands twice where pip replaced what conda installed: both records are there.

    Args:
        prefix: the environment.
        platform: its subdir, for the layout.

    Raises:
        IntegrityError: a record is broken.
        StorageError: the prefix cannot be read.
    """
    return survey(prefix, platform)[0]


def survey(prefix: Path, platform: str) -> tuple[tuple[InstalledPackage, ...], frozenset[str]]:
    """As `installed`, and the names of conda packages whose Python metadata is gone: something uninstalled them.

    Raises:
        IntegrityError: a record is broken.
        StorageError: the prefix cannot be read.
    """
    from parity.core.platforms import layout
    from parity.formats.prefix_record import decode, owned_metadata, site_packages_path

    places = layout(platform)
    packages = []
    owned: dict[str, str] = {}
    # A Python that no record tells of, as one that a venv made inside: take every one there is.
    sites = [prefix / "Lib" / "site-packages"] if places.windows else sorted(prefix.glob("lib/python3*/site-packages"))
    for path, data in _records(prefix):
        package = decode(data, path)
        packages.append(package)
        # Metadata of what a package brings inside of itself (`setuptools/_vendor`) does not stand in site-packages.
        owned.update(
            (name, package.name if f"site-packages/{name}".encode() in data else "") for name in owned_metadata(data)
        )
        if package.name == "python":
            sites = [prefix / (site_packages_path(data) or places.site_packages(package.version))]
    listed = {site: _names(site) for site in sites}
    packages.extend(_python_packages(listed, owned))
    packages.sort(key=lambda package: (package.name, package.source))
    there = {name for names in listed.values() for name in names}
    lost = (package for name, package in owned.items() if package and name not in there)
    return tuple(packages), frozenset(lost)


def _names(directory: Path) -> list[str]:
    try:
        return sorted(os.listdir(directory))  # noqa: PTH208  (thousands of names, few of them of interest)
    except FileNotFoundError:
        return []


def _records(prefix: Path) -> Iterator[tuple[Path, bytes]]:
    meta = prefix / "conda-meta"
    with translated(meta, "read"):
        names = sorted(entry.name for entry in os.scandir(meta) if entry.name.endswith(".json"))
    for name in names:
        if name.startswith("."):
            continue
        path = meta / name
        with translated(path, "read"):
            yield path, path.read_bytes()


def _python_packages(sites: Mapping[Path, list[str]], owned: Container[str]) -> Iterator[InstalledPackage]:
    from parity.formats.prefix_record import decode_metadata

    for site, names in sites.items():
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")) or name in owned:
                continue
            path = site / name
            text = _read(path / ("METADATA" if name.endswith(".dist-info") else "PKG-INFO"))
            if text is None and name.endswith(".egg-info"):
                text = _read(path)
            if text is None:
                continue
            package = decode_metadata(
                text,
                path,
                direct_url=_read(path / "direct_url.json") or "",
                requested=(path / "REQUESTED").exists(),
            )
            if package is not None:
                yield package


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def variables(prefix: Path) -> dict[str, str]:
    """The environment variables that activation sets, packages' first, the person's over them.

    Packages bring theirs in `etc/conda/env_vars.d/*.json`; `env config vars set` writes `conda-meta/state`. A
    variable that was taken back has the value `UNSET`.

    Raises:
        IntegrityError: one of the files is broken.
    """
    found: dict[str, str] = {}
    directory = os.path.join(prefix, "etc", "conda", "env_vars.d")  # noqa: PTH118
    try:
        names = sorted(os.listdir(directory))  # noqa: PTH208
    except OSError:
        names = []
    for name in names:
        if name.endswith(".json"):
            found.update(_mapping(Path(directory, name)))
    return found | own_variables(prefix)


def own_variables(prefix: Path) -> dict[str, str]:
    """The variables that a person gave this environment (`conda-meta/state`).

    Raises:
        IntegrityError: the file is broken.
    """
    return _mapping(prefix / "conda-meta" / "state", "env_vars")


def set_variables(prefix: Path, changes: Mapping[str, str | None]) -> None:
    """Set variables, or take them back (None), in `conda-meta/state` as conda does.

    Raises:
        IntegrityError: the file is broken.
        StorageError: it cannot be written.
    """
    import json

    from parity.core.activation import UNSET

    path = prefix / "conda-meta" / "state"
    state = _json(path)
    known = own_variables(prefix)
    for name, value in changes.items():
        if value is not None:
            known[name] = value
        elif name in known:
            known[name] = UNSET
    atomic_write(path, json.dumps({"version": 1, **state, "env_vars": known}, indent=2, ensure_ascii=False) + "\n")


def _mapping(path: Path, key: str = "") -> dict[str, str]:
    data = _json(path)
    inner = data.get(key, {}) if key else data
    if not isinstance(inner, dict):
        raise IntegrityError(
            f"{path} is broken: an object with variables was expected", hints=[f"correct or delete {path}"]
        )
    return {str(name): str(value) for name, value in inner.items()}


def _json(path: Path) -> dict[str, object]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise storage_error(error, path, "read") from error
    import json

    try:
        data = json.loads(text)
    except ValueError as error:
        raise IntegrityError(f"{path} is broken: {error}", hints=[f"correct or delete {path}"]) from error
    if not isinstance(data, dict):
        raise IntegrityError(f"{path} is broken: an object was expected", hints=[f"correct or delete {path}"])
    return data


def frozen(prefix: Path) -> str | None:
    """Why the environment is not to be changed (`conda-meta/frozen`, CEP-22); None where it may be.

    The text is the marker's own message, or a sentence that says the same.
    """
    path = prefix / "conda-meta" / "frozen"
    if not path.exists():
        return None
    try:
        message = _json(path).get("message")
    except IntegrityError:
        # The marker protects by being there, whatever it holds.
        message = None
    return str(message) if message else f"the environment at {prefix} is marked as frozen"


def shell_scripts(prefix: Path | str, kind: str, suffix: str) -> tuple[str, ...]:
    """Scripts that packages want run on activation or deactivation, in the order to run them.

    Args:
        prefix: the environment.
        kind: `activate` or `deactivate`.
        suffix: of the shell's scripts, as `.sh`.
    """
    directory = os.path.join(prefix, "etc", "conda", f"{kind}.d")  # noqa: PTH118
    try:
        names = os.listdir(directory)  # noqa: PTH208
    except OSError:
        return ()
    found = sorted(os.path.join(directory, name) for name in names if name.endswith(suffix))  # noqa: PTH118
    return tuple(reversed(found) if kind == "deactivate" else found)


def facts(prefix: Path, name: str, suffix: str = ".sh") -> EnvironmentFacts:
    """What activation needs to know of a prefix.

    Args:
        prefix: the environment; one that is gone has no variables and scripts.
        name: what prompts show for it.
        suffix: of the shell's scripts.

    Raises:
        IntegrityError: a file with its variables is broken.
    """
    from parity.core.activation import EnvironmentFacts

    return EnvironmentFacts(
        str(prefix),
        name,
        variables(prefix),
        shell_scripts(prefix, "activate", suffix),
        shell_scripts(prefix, "deactivate", suffix),
    )
