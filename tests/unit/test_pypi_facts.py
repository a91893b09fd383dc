"""Metadata-only wheels that tell uv what conda provides."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from parity.engines import pypi_facts

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_two_threads_write_the_same_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pathlib

    both = threading.Barrier(2, timeout=10)
    rename = pathlib.Path.replace

    def replace(part: Path, target: Path) -> Path:
        both.wait()  # each has written its file, and neither has renamed it
        return rename(part, target)

    monkeypatch.setattr(pathlib.Path, "replace", replace)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: pypi_facts.write({"numpy": "2.0"}, {}, tmp_path), range(2)))
    assert done[0] == done[1]
    assert [file.name for file in tmp_path.iterdir()] == ["numpy-2.0-py3-none-any.whl"]
