"""Show what an environment is: packages by source, size, path, what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.cli.output import human_size
from parity.wiring import standing

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.store.files import disk_usage

    prefix = services.target(args)
    option = services.root.option_for(prefix)
    standing.warn_unfinished(services, prefix)
    packages = services.store.installed(prefix)
    manifest = services.store.manifest(prefix)
    python = next((package.version for package in packages if package.name == "python"), "none")
    counts = {source: sum(package.source == source for package in packages) for source in ("conda", "pypi")}
    size, files = disk_usage(prefix)
    services.output.result(
        {
            "prefix": str(prefix),
            "name": services.root.name_of(prefix),
            "python": python,
            "packages": counts,
            "size": size,
            "files": files,
            "channels": list(manifest.channels),
            "specs": [str(spec) for spec in manifest.specs],
            "pip": [line.text for line in manifest.pip],
            "variables": services.store.variables(prefix),
        }
    )
    rows = [
        ("environment", services.root.display_name(prefix)),
        ("path", str(prefix)),
        ("python", python),
        ("packages", f"{counts['conda']} from conda packages, {counts['pypi']} from PyPI"),
        ("size", f"{human_size(size)} in {files} files (hard links to the caches counted in full)"),
        ("asked for", ", ".join([*map(str, manifest.specs), *(line.text for line in manifest.pip)]) or "nothing"),
        ("channels", ", ".join(manifest.channels) or "as configured"),
    ]
    for key, value in rows:
        services.output.line(f"{key:<12} {value}")
    services.output.line()
    services.output.line("what to do next:")
    for command, meaning in (
        (f"parity run {option} python", "start its Python"),
        (f"parity list {option}", "see every package"),
        (f"parity install {option} NAME", "add a package"),
        (f"parity env remove {option}", "delete it"),
    ):
        services.output.line(f"  {command:<{len(option) + 28}} {meaning}")
    return 0
