"""What `parity search` prints, with channels and an index in memory."""

from __future__ import annotations

import io
from argparse import Namespace
from types import SimpleNamespace
from typing import Any

from parity.cli.output import Output
from parity.cli.search import run
from parity.model import Channel
from parity.testing.engines import MemoryCondaEngine


def test_info_shows_what_the_pypi_index_has() -> None:
    out = io.StringIO()
    services: Any = SimpleNamespace(
        output=Output(out=out),
        channels=lambda _names: (Channel("pypi", ()),),
        channel_names=("pypi",),
        platform="linux-64",
        conda=MemoryCondaEngine(),
        pypi=SimpleNamespace(versions=lambda _name: ("1.0", "2.0")),
    )
    assert run(Namespace(spec="tabulate>=2", info=True), services) == 0
    assert [line.split() for line in out.getvalue().splitlines() if line] == [
        ["name", "tabulate"],
        ["version", "2.0"],
        ["channel", "pypi"],
    ]
