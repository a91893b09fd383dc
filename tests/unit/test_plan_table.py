"""The table of a plan, as a person reads it."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from parity.cli.output import Output
from parity.cli.plans import show
from parity.model import InstalledPackage, Operation, Plan, PypiPackage, Solution

if TYPE_CHECKING:
    from collections.abc import Sequence


def shown(operations: Sequence[Operation]) -> list[str]:
    out = io.StringIO()
    services: Any = SimpleNamespace(output=Output(out=out), dry_run=False, channel_name=str)
    show(Plan(Path("/env"), tuple(operations), (), Solution("linux-64")), services)
    return out.getvalue().splitlines()


def test_a_directory_whose_version_is_not_known_yet_keeps_the_one_it_had() -> None:
    old = InstalledPackage("tool", "1.0", "pypi_0", "pypi", "pypi", Path("/env/tool.dist-info"))
    new = PypiPackage("tool", "", "file:///src/tool")
    assert shown([Operation("reinstall", "tool", old, new)])[2].split() == ["=", "tool", "1.0", "pypi_0", "pypi"]


def test_a_plan_without_operations_shows_nothing() -> None:
    assert shown([]) == []
