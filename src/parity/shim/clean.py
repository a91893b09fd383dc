"""`clean`: conda's parts of what can be freed, by Parity's rule that nothing in use is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli import clean
from parity.shim.errors import CondaError

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def run(args: argparse.Namespace, services: Services) -> int:
    if args.force_pkgs_dirs:
        services.output.note("note: packages that environments use stay: they are links to the same files")
    args.packages = args.packages or args.force_pkgs_dirs
    args.leftovers = args.logfiles or args.trash
    args.pypi = False
    if not any((args.all, args.index_cache, args.packages, args.tarballs, args.leftovers, args.tempfiles, args.locks)):
        raise CondaError("ArgumentError", "At least one removal target must be given. See 'conda clean --help'.")
    if args.locks and not (args.all or args.packages or args.tarballs or args.index_cache):
        services.output.note("locks of processes that have ended hold nobody up: there is nothing to do")
        services.output.result({"success": True})
        return 0
    return clean.run(args, services)
