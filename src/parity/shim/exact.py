"""Packages that a command line names exactly: nothing is solved, and what they need is not added.

So it is for `--no-deps`, for `--file` of an `@EXPLICIT` list, for `--revision`, and where only URLs or paths of package
files are named.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.shim.errors import CondaError
from parity.shim.places import is_lock

if TYPE_CHECKING:
    import argparse

    from parity.model import CondaPackage, Plan
    from parity.ops.sync import Wanted
    from parity.shim.plans import Presenter
    from parity.wiring import Services


def is_meant(args: argparse.Namespace, services: Services) -> bool:
    """Whether the command line names exact packages."""
    return bool(args.no_deps or is_lock(args.files) or _listed(args, services))


def make(args: argparse.Namespace, services: Services, show: Presenter, prefix: Path) -> Plan:
    """Make an environment of these packages and no others."""
    from parity.errors import StorageError
    from parity.ops import sync

    wanted = _wanted(args, services)
    plan = sync.make(prefix, wanted, services.workshop, confirm=show.confirmer(services), replace_existing=args.force)
    if plan is None:
        raise StorageError(f"an environment stands at {prefix} already", hints=["--yes puts a new one in its place"])
    return plan


def add(args: argparse.Namespace, services: Services, show: Presenter, prefix: Path) -> Plan:
    """These packages come into an environment, and all others stay."""
    from parity.ops.exact import add

    services.refuse_protected(prefix)
    wanted = _wanted(args, services)
    with services.changing(prefix) as now:
        return add(now, wanted, services.workshop, confirm=show.confirmer(services, silent=bool(args.files)))


def revert(args: argparse.Namespace, services: Services, show: Presenter, prefix: Path) -> Plan:
    """The conda packages of an earlier revision come back, and no others stay."""
    from parity.errors import NotFoundError
    from parity.ops.revert import number_of
    from parity.wiring import reverting

    if args.specs or args.files:
        raise CondaError("CondaValueError", "--revision says what is installed: nothing can stand beside it")
    services.refuse_protected(prefix)
    try:
        number = number_of(args.revision, services.store.history(prefix))
    except NotFoundError as error:
        raise CondaError("CondaIndexError", error.message, hints=error.hints) from error
    return reverting.revert(services, prefix, number, confirm=show.confirmer(services))


def _wanted(args: argparse.Namespace, services: Services) -> Wanted:
    from parity.wiring.syncing import Choice, read

    listed = _listed(args, services)
    if listed:
        return read(services, Choice(Path("packages.txt")), listed.encode())
    if not is_lock(args.files):
        return _best(args, services)
    if args.specs or len(args.files) > 1:
        message = f"{args.files[0]} says exactly what is installed: nothing can stand beside it"
        raise CondaError("CondaValueError", message)
    return read(services, Choice(Path(args.files[0]).expanduser()))


def _listed(args: argparse.Namespace, services: Services) -> str:
    """The package files that the command line names, as an `@EXPLICIT` list; "" where it names anything else."""
    if args.files or not any("/" in text or "\\" in text for text in args.specs):
        return ""
    found = [dict(spec.extra) for spec in services.request(args.specs).specs]
    if not all("url" in each for each in found):
        return ""
    digests = (each.get("sha256") or each.get("md5") for each in found)
    lines = (each["url"] + (f"#{digest}" if digest else "") for each, digest in zip(found, digests, strict=True))
    return "\n".join(["@EXPLICIT", *lines])


def _best(args: argparse.Namespace, services: Services) -> Wanted:
    """The newest package for each spec, of the first channel that has one."""
    from parity.model import Manifest, Solution
    from parity.ops.sync import Wanted
    from parity.shim.search import not_available

    request = services.request(args.specs, args.files)
    names = (*args.channels, *request.channels) if request.channels else services.channel_names
    channels = [channel for channel in services.channels(names) if channel.urls]
    chosen: list[CondaPackage] = []
    missing: list[str] = []
    for spec in request.specs:
        among = services.channels([spec.channel]) if spec.channel else channels
        found = next((found for each in among if (found := services.conda.search(spec, [each], services.platform))), ())
        chosen += found[-1:]
        if not found:
            missing.append(spec.text or str(spec))
    if missing:
        raise not_available(missing, services, channels)
    manifest = Manifest(request.specs, channels=tuple(channel.name for channel in channels))
    return Wanted(Solution(services.platform, tuple(chosen)), manifest, {})
