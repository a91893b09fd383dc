"""Which questions to an index need not be asked again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from parity.engines.pypi_recent import FRESH, Recent, repeatable
from parity.formats import requirements

if TYPE_CHECKING:
    from pathlib import Path


def aged(mark: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(mark, (then, then))


def test_a_question_is_known_for_a_while_and_then_forgotten(tmp_path: Path) -> None:
    recent = Recent(tmp_path / "recent")
    question = ["pip", "compile", "numpy"]
    assert not recent.knows(question)
    recent.note(question)
    (mark,) = (tmp_path / "recent").iterdir()
    assert recent.knows(question)
    assert not recent.knows([*question, "--pre"])
    aged(mark, -60)
    assert not recent.knows(question), "a clock that was set back makes no answer eternal"
    aged(mark, FRESH)
    assert not recent.knows(question)

    recent.note(["other"])
    assert not mark.exists(), "old marks do not pile up"


def test_a_directory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    Recent(tmp_path / "file" / "recent").note(["question"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "numpy>=2\nrequests[socks]==2.32 ; python_version > '3'\n--extra-index-url https://index.example/simple",
            True,
        ),
        ("tool @ https://files.example/tool-1-py3-none-any.whl", False),
        ("git+https://git.example/tool@main", False),
        ("-e ./project", False),
        ("./project", False),
        ("-c constraints.txt", False),
    ],
)
def test_only_released_files_have_the_same_answer_twice(text: str, expected: bool) -> None:
    assert repeatable(requirements.parse(text)) is expected
