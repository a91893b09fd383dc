"""What a cache remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parity.engines.notes import keep, recall

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("data", [b"", b"bin/a\nlib/b\n"])
def test_a_note_is_read_as_it_was_written(tmp_path: Path, data: bytes) -> None:
    keep(tmp_path / "new" / "note", data)
    assert recall(tmp_path / "new" / "note") == data


@pytest.mark.parametrize("damage", [b"", b"garbage\n", b"00000000\nbin/a\n"])
def test_a_note_that_is_damaged_is_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "note").write_bytes(damage)
    assert recall(tmp_path / "note") is None
    assert recall(tmp_path / "none") is None
