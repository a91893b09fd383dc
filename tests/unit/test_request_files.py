"""What is handed to `-f` and is no environment.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parity.errors import FaultsError, InputError
from parity.model import MatchSpec
from parity.store.request_files import read

if TYPE_CHECKING:
    from pathlib import Path


def test_a_list_of_specs_with_what_came_from_pypi(tmp_path: Path) -> None:
    file = tmp_path / "specs.txt"
    file.write_text("# from `list --export`\npython=3.11.7=h1_0\nsix=1.17.0=pypi_0\n\nnumpy<2  # soon\n")
    request = read([file], environ={}, platform="linux-64")
    assert request.specs == (MatchSpec("python", "==3.11.7", "h1_0"), MatchSpec("numpy", "<2"))
    assert [line.text for line in request.pip] == ["six==1.17.0"]


def test_all_faults_of_a_list_have_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "specs.txt"
    file.write_text("numpy==\npython\nnum*\n")
    with pytest.raises(FaultsError) as caught:
        read([file], environ={}, platform="linux-64")
    assert [fault.line for fault in caught.value.faults] == [1, 3]


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory") as caught:
        read([tmp_path], environ={}, platform="linux-64")
    assert "environment.yml" in caught.value.hints[0]
