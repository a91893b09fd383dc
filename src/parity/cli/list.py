"""List the packages of an environment, conda's and those from PyPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.errors import InputError
from parity.ops import listing
from parity.store import prefixes
from parity.wiring import standing

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument("pattern", nargs="?", metavar="REGEX", help="only packages whose name matches")
    parser.add_argument("-f", "--full-name", action="store_true", help="the whole name, not an expression")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--explicit", action="store_true", help="URLs with `@EXPLICIT`, as conda writes and reads them")
    form.add_argument("-e", "--export", action="store_true", help="lines `name=version=build`")
    form.add_argument("-c", "--canonical", action="store_true", help="lines `channel/subdir::name-version-build`")
    form.add_argument("--revisions", action="store_true", help="what each change brought, for `install --revision`")
    parser.add_argument("--md5", action="store_true", help="show MD5 sums, or add them to the URLs of --explicit")
    parser.add_argument("--sha256", action="store_true", help="show SHA-256 sums, or add them to the URLs")
    parser.add_argument("--show-channel-urls", action="store_true", default=None, help="URLs instead of channel names")
    parser.add_argument("--no-pip", action="store_true", help="only conda packages")
    parser.add_argument("--source", choices=("conda", "pypi"), help="only packages from there")
    parser.add_argument("--reverse", action="store_true", help="last name first")


def run(args: argparse.Namespace, services: Services) -> int:
    prefix = services.target(args)
    output = services.output
    standing.warn_unfinished(services, prefix)
    if args.revisions:
        return revisions(prefix, services)
    packages = listing.select(
        prefixes.installed(prefix, services.platform),
        pattern=args.pattern,
        full_name=args.full_name,
        source="conda" if args.no_pip else args.source,
    )
    if args.reverse:
        packages = packages[::-1]
    channel = _channel_names(args, services)
    hashes: list[listing.Hash] = []
    if args.sha256:
        hashes.append("sha256")
    if args.md5:
        hashes.append("md5")
    lines: list[str] | None = None
    if args.explicit:
        lines = listing.explicit(packages, services.platform, hashes)
    elif args.export:
        lines = listing.export(packages, services.platform)
    elif args.canonical:
        lines = [listing.canonical(package, channel) for package in packages]
    if output.json:
        output.result(listing.as_json(packages, channel) if lines is None else _data(lines))
        return 0
    if lines is None:
        lines = listing.header(prefix)
        for line in lines:
            output.line(line)
        titles = ("# Name", "Version", "Build", "Channel", *(name.upper() for name in hashes))
        output.table(titles, listing.columns(packages, channel, hashes))
        return 0
    for line in lines:
        output.line(line)
    return 0


def revisions(prefix: Path, services: Services) -> int:
    """Print the history of an environment, as conda does.

    Raises:
        InputError: it has none.
    """
    from parity.formats import history, revisions

    entries = history.parse(services.store.history(prefix))
    if not entries:
        raise InputError(f"{prefix} has no history")
    for line in revisions.as_lines(entries):
        services.output.line(line)
    services.output.result(revisions.as_json(entries))
    return 0


def _data(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith(("#", "@"))]


def _channel_names(args: argparse.Namespace, services: Services) -> Callable[[str], str]:
    if args.show_channel_urls or services.settings.show_channel_urls:
        return str
    from functools import cache

    return cache(services.channel_name)
