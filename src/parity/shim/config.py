"""`config`: the options are conda's already, in Parity's own command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli import config
from parity.cli.common import add_common

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    config.configure(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    return config.run(args, services)
