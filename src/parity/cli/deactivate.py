"""Leave the active environment of this shell for the one that was active before; see `parity activate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.activate import without_hook

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def run(args: argparse.Namespace, services: Services) -> int:
    raise without_hook(services)
