"""`search`, in conda's table or JSON; mamba's asks as `repoquery search` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity.core.specs import parse
from parity.errors import NoChannelError, NotFoundError
from parity.shim.errors import CondaError
from parity.shim.places import channel_name
from parity.shim.plans import fields, record

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from parity.model import Channel, CondaPackage
    from parity.wiring import Services


def run(args: argparse.Namespace, services: Services) -> int:
    if args.all_channels:
        services.options = {**services.options, "channel_priority": "disabled"}
    if args.envs:
        return _environments(args.spec, services)
    if args.dialect != "conda":
        from parity.shim import repoquery

        args.query, args.specs, args.pretty = "search", [args.spec], args.info
        args.local = args.remote = args.tree = args.recursive = False
        return repoquery.run(args, services)
    output = services.output
    found = records(args.spec, services)
    spec = parse(args.spec, pattern=True)
    if not output.quiet:
        output.line("Loading channels: done")
    from_pypi = _on_pypi(args.spec, services)
    if "*" not in spec.name and found and not any(package.name == spec.name for package in found):
        if args.exactly and not from_pypi:
            raise not_available([args.spec], services, services.channels(services.channel_names))
        output.line(f"No match found for: {args.spec}. Search: *{spec.name}*")
    data: dict[str, list[dict[str, object]]] = {}
    for package in found:
        data.setdefault(package.name, []).append(record(package, services))
    for entry in from_pypi:
        data.setdefault(str(entry["name"]), []).append(entry)
    output.result(data)
    if args.info:
        for package in found:
            for line in in_full(package, services):
                output.line(line)
        return 0
    output.line(f"# {'Name':<18} {'Version':>15} {'Build':>15}  {'Channel':<20}")
    for package in found:
        channel = channel_name(package.channel, services)
        output.line(f"{package.name:<20} {package.version:>15} {package.build:>15}  {channel:<20}")
    for entry in from_pypi:
        output.line(f"{entry['name']:<20} {entry['version']:>15} {'pypi_0':>15}  {'pypi':<20}")
    return 0


def records(text: str, services: Services) -> Sequence[CondaPackage]:
    """What the channels have that matches, by name and version.

    Raises:
        CondaError: nothing does.
    """
    from parity.ops import search as ops
    from parity.values import replace

    spec = parse(text, pattern=True)
    channels = services.channels([spec.channel] if spec.channel else services.channel_names)
    try:
        return ops.search(replace(spec, channel=""), channels, services.platform, services.conda)
    except NoChannelError:
        raise
    except NotFoundError as error:
        raise not_available([text], services, channels, hints=error.hints) from error


def _on_pypi(text: str, services: Services) -> list[dict[str, object]]:
    from parity.ops import search as ops

    channels = services.channels(services.channel_names)
    if all(channel.name != "pypi" for channel in channels):
        return []
    found = ops.search_pypi(parse(text), channels, services.pypi.versions)
    name, versions = found or ("", ())
    return [
        {"name": name, "version": version, "channel": "pypi", "build": "pypi_0", "build_number": 0, "subdir": "pypi"}
        for version in versions
    ]


def not_available(
    texts: Iterable[str], services: Services, channels: Sequence[Channel], *, hints: Sequence[str] = ()
) -> CondaError:
    """Conda's error for packages that no channel has."""
    names = list(texts)
    urls = [
        f"{url}/{subdir}" for channel in channels for url in channel.urls for subdir in (services.platform, "noarch")
    ]
    message = "\n".join(
        ["The following packages are not available from current channels:", "", *(f"  - {name}" for name in names), "",
         "Current channels:", "", *(f"  - {url}" for url in urls), ""]
    )  # fmt: skip
    return CondaError("PackagesNotFoundError", message, hints=hints, packages=names, channel_urls=urls)


def in_full(package: CondaPackage, services: Services) -> list[str]:
    """A record as `search --info` prints it."""
    from datetime import UTC, datetime

    from parity.cli.output import human_size

    data: dict[str, Any] = record(package, services)
    title = f"{package.name} {package.version} {package.build}"
    rows = {
        "file name": package.fn, "name": package.name, "version": package.version, "build": package.build,
        "build number": package.build_number, "size": human_size(package.size), "license": package.license,
        "subdir": package.subdir, "url": package.url, "sha256": package.sha256, "md5": package.md5,
    }  # fmt: skip
    if package.timestamp:
        seconds = package.timestamp / 1000
        rows["timestamp"] = f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
    lines = [title, "-" * len(title), *(f"{key:<12}: {value}" for key, value in rows.items() if value is not None)]
    for key in ("constrains", "depends"):
        if data[key]:
            name = {"depends": "dependencies", "constrains": "constraints"}[key]
            lines += [f"{name:<12}:", *(f"  - {text}" for text in data[key])]
    return [*lines, "", ""]


def _environments(text: str, services: Services) -> int:
    """Installed packages that match, in every environment."""
    from fnmatch import fnmatchcase

    from parity.store.registry import all_environments

    spec = parse(text, pattern=True)
    rows = []
    data = []
    for prefix in all_environments(services.root):
        found = [package for package in services.store.installed(prefix) if fnmatchcase(package.name, spec.name)]
        if spec.version or spec.build:
            exact = {package.name: package for package in services.conda.installed(prefix)}
            found = [each for each in found if each.name in exact and services.conda.matches(spec, exact[each.name])]
        if found:
            data.append({"location": str(prefix), "package_records": [fields(each, services) for each in found]})
        place = services.root.display_name(prefix)
        rows += [(each.name, each.version, each.build, channel_name(each.channel, services), place) for each in found]
    services.output.result(data)
    services.output.line(f"# {'Name':<18} {'Version':>15} {'Build':>15}  {'Channel':<20} Location")
    for name, version, build, channel, place in rows:
        services.output.line(f"{name:<20} {version:>15} {build:>15}  {channel:<20} {place}")
    return 0
