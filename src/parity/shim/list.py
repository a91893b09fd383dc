"""`list`, byte for byte as conda prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.ops import listing
from parity.shim.errors import CondaError
from parity.shim.order import parents_first
from parity.shim.places import canonical_channel, target
from parity.shim.plans import fields
from parity.store import prefixes

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from parity.model import InstalledPackage
    from parity.wiring import Services

FIELDS = {
    "auth": "Auth", "arch": "Arch", "build": "Build", "build_number": "Build number", "channel": "Channel URL",
    "channel_name": "Channel", "constrains": "Constraints", "depends": "Dependencies", "dist_str": "Dist",
    "features": "Features", "fn": "Filename", "license": "License", "license_family": "License family", "md5": "MD5",
    "name": "Name", "noarch": "Noarch", "package_type": "Package type", "platform": "Platform",
    "requested_spec": "Requested", "requested_specs": "Requested", "sha256": "SHA256", "size": "Size",
    "subdir": "Subdir", "timestamp": "Timestamp", "track_features": "Track features", "url": "URL",
    "version": "Version",
}  # fmt: skip
"""Columns of `--fields` and their titles."""

_USUAL = ("name", "version", "build", "channel_name")
_WIDTHS = (23, 15, 15, 1)


def run(args: argparse.Namespace, services: Services) -> int:
    prefix = target(args, services)
    if args.md5 and args.sha256:
        raise CondaError("ArgumentError", "Only one of --md5 and --sha256 can be specified at the same time")
    if args.revisions:
        from parity.cli.list import revisions

        return revisions(prefix, services)
    packages = prefixes.installed(prefix, services.platform)
    lines: Sequence[str]
    if args.explicit:
        lines = explicit(packages, services, md5=args.md5, sha256=args.sha256)
        for line in lines:
            services.output.line(line)
        services.output.result([line for line in lines if not line.startswith(("#", "@"))])
        return 0
    packages = listing.select(
        packages, pattern=args.pattern, full_name=args.full_name, source="conda" if args.no_pip else None
    )
    if args.pattern and not packages:
        raise CondaError("CondaValueError", f"No packages match '{args.pattern}'.")
    if args.reverse:
        packages = packages[::-1]
    if services.output.json:
        rows = [fields(package, services) for package in packages]
        if args.dialect != "conda":
            more = ({"url": package.url or "", "md5": package.md5 or ""} for package in packages)
            rows = [{**row, **its} for row, its in zip(rows, more, strict=True)]
        services.output.result(rows)
        return 0
    if args.canonical:
        lines = [dist_str(package, services) for package in packages]
    elif args.export:
        lines = [*header(services), *(f"{each.name}={each.version}={each.build}" for each in packages)]
    else:
        lines = table(packages, prefix, args, services)
    for line in lines:
        services.output.line(line.rstrip())
    return 0


def header(services: Services) -> list[str]:
    """The comment above what `create --file` reads."""
    from parity.shim import CONDA_VERSION

    return [
        "# This file may be used to create an environment using:",
        "# $ conda create --name <env> --file <this file>",
        f"# platform: {services.platform}",
        f"# created-by: conda {CONDA_VERSION}",
    ]


def explicit(packages: Sequence[InstalledPackage], services: Services, *, md5: bool, sha256: bool) -> list[str]:
    """An `@EXPLICIT` file: the URLs of conda packages, what others need first."""
    lines = [*header(services), "@EXPLICIT"]
    for package in parents_first([each for each in packages if each.source == "conda"]):
        if not package.url:
            lines.append(f"# no URL for: {listing.dist_name(package)}")
            continue
        digest = package.md5 if md5 else package.sha256 if sha256 else None
        lines.append(package.url + (f"#{digest}" if digest else ""))
    return lines


def dist_str(package: InstalledPackage, services: Services) -> str:
    """`channel/subdir::name-version-build`."""
    shown = fields(package, services)
    return f"{shown['channel']}/{shown['platform']}::{shown['dist_name']}"


def table(
    packages: Sequence[InstalledPackage], prefix: Path, args: argparse.Namespace, services: Services
) -> list[str]:
    """The list for people, and for the scripts that read its columns."""
    names = tuple(word.strip() for word in args.fields.split(",")) if args.fields else services.settings.list_fields
    unknown = sorted(set(names) - FIELDS.keys())
    if unknown:
        raise CondaError("CondaValueError", f"Invalid fields passed: {unknown}. Valid options are {sorted(FIELDS)}.")
    always = services.settings.show_channel_urls if args.show_channel_urls is None else args.show_channel_urls
    rows = [[_cell(package, name, always, services) for name in names] for package in packages]
    titles = [FIELDS[name] for name in names]
    widths = list(_WIDTHS) if names == _USUAL else [len(title) for title in titles]
    widths = [max(width, *(len(row[i]) for row in rows)) if rows else width for i, width in enumerate(widths)]
    head = "# " + _aligned(titles, widths)
    widths[0] += 2  # the mark in front of the titles
    return [f"# packages in environment at {prefix}:", "#", head, *(_aligned(row, widths) for row in rows)]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))


def _cell(package: InstalledPackage, name: str, always: bool | None, services: Services) -> str:
    if name == "channel_name":
        channel = canonical_channel(package, services)
        return channel if always or (always is None and channel != "defaults") else ""
    if name == "dist_str":
        return dist_str(package, services)
    if name == "platform":
        return str(fields(package, services)["platform"])
    found = getattr(package, {"requested_spec": "requested", "requested_specs": "requested"}.get(name, name), None)
    if found is None:
        found = _record(package).get(name)
    if isinstance(found, (tuple, list)):
        return ",".join(map(str, found))
    return str(found) if found is not None else ""


def _record(package: InstalledPackage) -> dict[str, object]:
    import json

    if package.source != "conda":
        return {}
    data: dict[str, object] = json.loads(package.record.read_bytes())
    return data
