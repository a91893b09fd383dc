"""Which Python projects a conda package brings, by the metadata inside it.

A `.conda` archive holds its list of files apart from the files (CEP-34), so that the list costs one range request. The
metadata lies among the files: a remote archive is read as far as that, and one above `LARGEST` is not read at all,
whether a copy of it is at hand or not, so that the answer does not hang on what a cache holds. A project then counts
with its name and version only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parity.core.names import normalise
from parity.core.ports import Distribution
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from parity.model import CondaPackage

    Read = Callable[[CondaPackage, Sequence[str]], Awaitable[dict[str, bytes]]]
    """Some files of a package; those that it does not have are left out."""

LARGEST = 64 << 20
"""Bytes of a remote archive above which its projects' requirements are not read."""

# `lib/python3.11/site-packages/numpy-1.26.4.dist-info/METADATA`; noarch packages begin with `site-packages/`.
_INFO = regex(
    r"(?:^|/)site-packages/(?P<name>[^/]+?)-(?P<version>[^/-]+?)(?:-py\d[\d.]*)?"
    r"\.(?:dist-info/.*|egg-info(?:/.*)?)$"
)


async def distributions(package: CondaPackage, files: Iterable[str], read: Read) -> tuple[Distribution, ...]:
    """The projects that a package brings, sorted by name.

    Args:
        package: to look into.
        files: relative paths of what it installs.
        read: gives files of it.
    """
    found = _infos(files)
    texts: dict[str, bytes] = {}
    if found and (package.url.startswith("file:") or (package.size or 0) <= LARGEST):
        texts = await read(package, [path for *_, path in found if path])
    result = {}
    for name, version, path in found:
        one = _distribution(package.name, name, version, texts.get(path, b""))
        result[one.name] = one
    return tuple(result[name] for name in sorted(result))


def dump(found: Iterable[Distribution]) -> str:
    """A note of projects."""
    return json.dumps([[one.name, one.version, one.requires, one.extras] for one in found])


def load(text: str, package: str) -> tuple[Distribution, ...] | None:
    """The projects of a note; None where it is damaged."""
    try:
        rows: list[list[Any]] = json.loads(text)
        return tuple(
            Distribution(name, version, package, tuple(requires), tuple(extras))
            for name, version, requires, extras in rows
        )
    except (ValueError, TypeError):
        return None


def _infos(files: Iterable[str]) -> list[tuple[str, str, str]]:
    """Name, version and the path of the metadata ("" where there is none) of each project."""
    found: dict[tuple[str, str], str] = {}
    for path in files:
        if "-info" not in path:
            continue
        match = _INFO.search(path)
        if match:
            key = (match["name"], match["version"])
            is_metadata = path.endswith((".dist-info/METADATA", ".egg-info/PKG-INFO", ".egg-info"))
            found[key] = path if is_metadata else found.get(key, "")
    return [(name, version, path) for (name, version), path in found.items()]


def _distribution(package: str, name: str, version: str, metadata: bytes) -> Distribution:
    from email.parser import HeaderParser

    headers = HeaderParser().parsestr(metadata.decode("utf-8", errors="replace"))

    def values(key: str) -> tuple[str, ...]:
        return tuple(" ".join(str(value).split()) for value in headers.get_all(key, ()))

    return Distribution(
        name=normalise(name),
        version=str(headers.get("Version") or version).strip(),
        package=package,
        requires=values("Requires-Dist"),
        extras=values("Provides-Extra"),
    )
