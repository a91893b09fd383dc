"""`conda-meta/parity`: what was asked of an environment, and the exact PyPI packages it got. JSON, sorted.

It has no `.json` ending because conda takes every `conda-meta/*.json` for a package record.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from parity.errors import IntegrityError
from parity.model import CondaPackage, Manifest, MatchSpec, PipLine, PypiPackage, Solution
from parity.values import defaults

VERSION = 1
_T = TypeVar("_T")


def parse(text: str, *, file: str = "") -> Manifest:
    """Read a manifest.

    Raises:
        IntegrityError: it is not one, or of a later version.
    """
    try:
        data = json.loads(text)
        if data["version"] > VERSION:
            raise IntegrityError(
                f"{file} was written by a newer Parity (format {data['version']})", hints=["upgrade Parity"]
            )
        return Manifest(
            specs=tuple(from_dict(MatchSpec, item) for item in data["specs"]),
            pip=tuple(from_dict(PipLine, item) for item in data["pip"]),
            channels=tuple(data["channels"]),
            pypi=tuple(from_dict(PypiPackage, item) for item in data["pypi"]),
            platform=data["platform"],
            lock=data.get("lock", ""),
            state=data.get("state", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(
            f"{file} is damaged: {error}",
            hints=["remove the file: what was asked for is then read from conda's history"],
        ) from None


def dump(manifest: Manifest) -> str:
    """The text of a manifest; equal manifests give equal text."""
    data = {
        "version": VERSION,
        "specs": [as_dict(spec) for spec in manifest.specs],
        "pip": [as_dict(line) for line in manifest.pip],
        "channels": list(manifest.channels),
        "pypi": [as_dict(package) for package in manifest.pypi],
        "platform": manifest.platform,
    }
    if manifest.lock:
        data["lock"] = manifest.lock
    if manifest.state:
        data["state"] = manifest.state
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def solution_to_dict(solution: Solution) -> dict[str, Any]:
    """A solution as plain values for JSON."""
    return {
        "platform": solution.platform,
        "conda": [as_dict(package) for package in solution.conda],
        "pypi": [as_dict(package) for package in solution.pypi],
    }


def solution_from_dict(data: dict[str, Any]) -> Solution:
    """The inverse of `solution_to_dict`."""
    return Solution(
        platform=data["platform"],
        conda=tuple(from_dict(CondaPackage, item) for item in data["conda"]),
        pypi=tuple(from_dict(PypiPackage, item) for item in data["pypi"]),
    )


def as_dict(value: Any) -> dict[str, Any]:
    """Fields that differ from their default, as plain values."""
    items = ((name, getattr(value, name), default) for name, default in defaults(type(value)).items())
    return {name: item for name, item, default in items if item != default}


def from_dict(kind: type[_T], data: dict[str, Any]) -> _T:
    """The inverse of `as_dict`: lists become tuples again."""
    return kind(**{key: _frozen(item) for key, item in data.items()})


def _frozen(item: Any) -> Any:
    return tuple(_frozen(each) for each in item) if isinstance(item, list) else item
