"""Look for packages in channels; `pypi` among them is asked too.

parity search 'numpy>=1.26'
parity search -c conda-forge 'pytorch=2.*=cuda*' --info
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_solving
from parity.cli.output import human_size
from parity.core.specs import parse

if TYPE_CHECKING:
    import argparse

    from parity.model import CondaPackage
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="name, glob or match spec")
    parser.add_argument("-i", "--info", action="store_true", help="show each match in full")
    add_solving(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.ops import search as ops

    spec = parse(args.spec, pattern=True)
    channels = services.channels(services.channel_names)
    found = ops.search(spec, channels, services.platform, services.conda)
    on_pypi = ops.search_pypi(spec, channels, services.pypi.versions)
    data: dict[str, list[dict[str, object]]] = {}
    for package in found:
        data.setdefault(package.name, []).append(_describe(package))
    if on_pypi is not None:
        name, versions = on_pypi
        data.setdefault(name, []).extend({"name": name, "version": v, "channel": "pypi"} for v in versions)
    services.output.result(data)
    if args.info:
        for entry in [each for entries in data.values() for each in entries]:
            for key, value in entry.items():
                text = ", ".join(value) if isinstance(value, tuple) else str(value)
                services.output.line(f"{key:<14} {text}")
            services.output.line()
    else:
        rows = [[p.name, p.version, p.build, services.channel_name(p.channel), human_size(p.size)] for p in found]
        if on_pypi is not None:
            rows += [[on_pypi[0], version, "pypi", "pypi", ""] for version in on_pypi[1]]
        services.output.table(["Name", "Version", "Build", "Channel", "Size"], rows)
    return 0


def _describe(package: CondaPackage) -> dict[str, object]:
    keys = ("name", "version", "build", "build_number", "channel", "subdir", "fn", "url", "size", "sha256", "md5",
            "license", "timestamp", "depends", "constrains")  # fmt: skip
    return {key: getattr(package, key) for key in keys}
