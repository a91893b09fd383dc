"""The least that a program on py-rattler does: solve, and install where a prefix is given.

python bare_rattler.py CACHE [--prefix DIR] [--virtual NAME=VERSION] CHANNEL SPEC...
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

import rattler
from rattler.package.build_string import BuildString


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cache", type=Path)
    parser.add_argument("--prefix", type=Path)
    parser.add_argument("--virtual", action="append", default=[])
    parser.add_argument("channel")
    parser.add_argument("specs", nargs="+")
    args = parser.parse_args()
    virtual = [virtual.into_generic() for virtual in rattler.VirtualPackage.detect()]
    virtual += [
        rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), BuildString("0"))
        for name, _, version in (text.partition("=") for text in args.virtual)
    ]
    records = await rattler.solve(
        [rattler.Channel(args.channel)],
        args.specs,
        gateway=rattler.Gateway(cache_dir=args.cache / "repodata"),
        platforms=[rattler.Subdir.current(), rattler.Subdir("noarch")],
        virtual_packages=virtual,
    )
    if args.prefix:
        await rattler.install(records, args.prefix.absolute(), cache_dir=args.cache / "pkgs", show_progress=False)
    print(len(records), "packages", flush=True)
    os._exit(0)  # rattler's threads may abort a Python that shuts down


asyncio.run(main())
