"""Make the environment of a pack appear in a directory, without unpacking it.

parity mount work.squashfs ./env
parity mount --unmount ./env

The kernel mounts it for root; for others squashfuse or erofsfuse does. `parity run --pack FILE` mounts for one command.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", nargs="?", metavar="FILE", help="a pack that is a .squashfs or .erofs image")
    parser.add_argument("directory", nargs="?", metavar="DIR", help="where it shall appear; made if need be")
    parser.add_argument("--unmount", metavar="DIR", help="take a pack out of a directory again")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.errors import InputError
    from parity.wiring import mounting

    _ = services.settings  # settles the form of the output
    if args.unmount:
        directory = Path(args.unmount).expanduser().absolute()
        if not services.dry_run:
            mounting.unmount(services, directory)
        services.output.result({"success": True, "directory": str(directory)})
        return 0
    if not args.pack or not args.directory:
        raise InputError("name a pack and a directory", hints=["as in `parity mount work.squashfs ./env`"])
    image, directory = Path(args.pack).expanduser(), Path(args.directory).expanduser().absolute()
    if services.dry_run:
        services.output.outcome(f"Would mount {image.name} at {directory}.")
        return 0
    how = mounting.mount(services, image, directory)
    services.output.result({"success": True, "directory": str(directory), "by": how})
    services.output.outcome(f"{image.name} is mounted at {directory} ({how}); enter it with `. {directory}/activate`, "
                            f"leave it with `parity mount --unmount {directory}`")  # fmt: skip
    return 0
