"""`parity add` and `parity drop`: the file, and the lock beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from home import Home

TEXT = """\
# of the team
channels:
  - {channel}
  - nodefaults
dependencies:
  - app=1   # not yet 2
  # the rest
  - solo
"""


@pytest.fixture
def file(home: Home) -> Path:
    path = home.path / "environment.yml"
    path.write_text(TEXT.format(channel=home.universe.tiny))
    return path


def test_what_is_added_stands_in_the_file_and_in_the_lock_and_what_is_dropped_in_neither(
    home: Home, file: Path
) -> None:
    home.parity("lock")
    before, lock = file.read_text(), (home.path / "parity.lock").read_bytes()
    added = home.json("add", "tool", "big=1")
    assert added["lines"] == ["+   - tool", "+   - big=1"]
    assert [package["name"] for package in added["platforms"][0]["added"]] == ["big", "helper", "tool"]
    assert file.read_text() == before + "  - tool\n  - big=1\n"
    assert home.parity("lock", "--check").returncode == 0
    assert home.parity("add", "big=2").stdout.splitlines()[:2] == ["-   - big=1", "+   - big=2"]
    home.parity("drop", "tool", "big")
    assert file.read_text() == before
    assert (home.path / "parity.lock").read_bytes() == lock


def test_where_there_is_no_answer_or_no_such_name_nothing_changes(home: Home, file: Path) -> None:
    home.parity("lock")
    before = file.read_text(), (home.path / "parity.lock").read_bytes()
    home.parity("add", "lib=1", "app=2", code=3)
    assert "did you mean solo" in home.parity("drop", "app", "sol", code=4).stderr
    home.parity("add", "x y z w", code=2)
    home.parity("add", code=2)
    home.parity("add", "tool", "--dry-run")
    assert (file.read_text(), (home.path / "parity.lock").read_bytes()) == before


def test_without_a_lock_only_the_file_is_edited(home: Home, file: Path) -> None:
    home.parity("add", "--pypi", "alpha[fancy]", "--pypi", "beta")
    home.parity("drop", "beta")
    assert file.read_text().endswith("  - solo\n  - pip:\n    - alpha[fancy]\n")
    assert not (home.path / "parity.lock").exists()
    home.parity("drop", "alpha")
    home.parity("lock")
    home.parity("add", "tool", "--no-lock")
    assert "tool" in home.parity("lock", "--check", code=1).stdout


def test_a_file_that_is_not_there(home: Home) -> None:
    assert "there is no file other.yml" in home.parity("add", "-f", "other.yml", "solo", code=4).stderr
