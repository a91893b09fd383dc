"""List the packages of an environment, in the forms that conda has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from parity.core.graph import needed_first
from parity.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from parity.model import InstalledPackage, Source

Hash = Literal["md5", "sha256"]


def select(
    packages: Iterable[InstalledPackage],
    *,
    pattern: str | None = None,
    full_name: bool = False,
    source: Source | None = None,
) -> tuple[InstalledPackage, ...]:
    """The packages that a person asked to see, in their order.

    Args:
        packages: all of an environment.
        pattern: regular expression found anywhere in the name; None for all.
        full_name: the pattern has to match the whole name, and is no expression.
        source: only those from `conda` or from `pypi`.

    Raises:
        InputError: the pattern is no regular expression.
    """
    try:
        expression = re.compile(f"^{re.escape(pattern)}$" if pattern and full_name else pattern or "", re.IGNORECASE)
    except re.error as error:
        raise InputError(
            f"`{pattern}` is no regular expression: {error}", hints=["`--full-name` takes the text as it is"]
        ) from error
    return tuple(
        package
        for package in packages
        if (source is None or package.source == source) and expression.search(package.name)
    )


def dist_name(package: InstalledPackage) -> str:
    """`name-version-build`."""
    return f"{package.name}-{package.version}-{package.build}"


def canonical(package: InstalledPackage, channel: Callable[[str], str]) -> str:
    """`channel/subdir::name-version-build`.

    Args:
        package: one that is installed.
        channel: turns a channel URL into the channel's name.
    """
    place = "/".join(dict.fromkeys([channel(package.channel), package.subdir or "noarch"]))
    return f"{place}::{dist_name(package)}"


def columns(
    packages: Iterable[InstalledPackage], channel: Callable[[str], str], hashes: Sequence[Hash] = ()
) -> list[tuple[str, ...]]:
    """Rows of name, version, build, channel, and the hashes asked for."""
    return [
        (package.name, package.version, package.build, channel(package.channel), *_hashes(package, hashes))
        for package in packages
    ]


def as_json(packages: Iterable[InstalledPackage], channel: Callable[[str], str]) -> list[dict[str, object]]:
    """Conda's keys, with what Parity adds (`source`, `url`, hashes, `requested`, `editable`)."""
    return [
        {
            "base_url": package.channel if "://" in package.channel else None,
            "build_number": package.build_number,
            "build_string": package.build,
            "channel": channel(package.channel),
            "dist_name": dist_name(package),
            "name": package.name,
            "platform": package.subdir,
            "version": package.version,
            "source": package.source,
            "url": package.url or None,
            "md5": package.md5,
            "sha256": package.sha256,
            "size": package.size,
            "requested": list(package.requested),
            "editable": package.editable,
        }
        for package in packages
    ]


def header(prefix: Path) -> list[str]:
    """The comment above a list for people."""
    return [f"# packages in environment at {prefix}:", "#"]


def explicit(packages: Iterable[InstalledPackage], platform: str, hashes: Sequence[Hash] = ()) -> list[str]:
    """Lines of an `@EXPLICIT` file: URLs, dependencies before what needs them, as conda sorts them.

    PyPI packages and records without URL cannot stand in one; a comment names them.

    Args:
        packages: what is installed.
        platform: subdir, for the comment on top.
        hashes: put behind the URL, the first that a record has.
    """
    lines = [*_export_header(platform), "@EXPLICIT"]
    for package in needed_first(packages):
        if package.source != "conda" or not package.url:
            lines.append(f"# not a conda package with a URL: {package.name}=={package.version}")
            continue
        fragment = next((text for text in _hashes(package, hashes, marked=True) if text), "")
        lines.append(package.url + (f"#{fragment}" if fragment else ""))
    return lines


def export(packages: Iterable[InstalledPackage], platform: str) -> list[str]:
    """Lines `name=version=build`, as `conda list --export` prints them."""
    return [*_export_header(platform), *(f"{each.name}={each.version}={each.build}" for each in packages)]


def _export_header(platform: str) -> list[str]:
    return [
        "# This file may be used to create an environment using:",
        "# $ parity create --name <env> --file <this file>",
        f"# platform: {platform}",
    ]


def _hashes(package: InstalledPackage, hashes: Sequence[Hash], *, marked: bool = False) -> tuple[str, ...]:
    values: dict[Hash, str | None] = {"md5": package.md5, "sha256": package.sha256}
    mark = {"md5": "", "sha256": "sha256:"} if marked else {"md5": "", "sha256": ""}
    return tuple(mark[name] + (value or "") if (value := values[name]) else "" for name in hashes)
