"""`parity.toml` is read by its types, and every fault is told with its line."""

from __future__ import annotations

import pytest

from parity.core.image import Wish
from parity.errors import FaultsError
from parity.formats.project_toml import ImageTable, parse

WHOLE = """
[image]
base = "debian:12-slim"
path = "/srv/env"
entrypoint = ["python", "a b.py"]
cmd = "--epochs '3 4'"
user = "1000:1000"
workdir = "/app"
env = { OMP_NUM_THREADS = 1 }

[image.labels]
"org.opencontainers.image.source" = "https://example.org/x"
"""


def test_all_of_it() -> None:
    assert parse(WHOLE) == ImageTable(
        "debian:12-slim",
        "/srv/env",
        Wish(
            ("python", "a b.py"),
            ("--epochs", "3 4"),
            "1000:1000",
            "/app",
            {"org.opencontainers.image.source": "https://example.org/x"},
            {"OMP_NUM_THREADS": "1"},
        ),
    )


def test_nothing_is_fine() -> None:
    assert parse("") == ImageTable()
    assert parse("[image]\nentrypoint = []\n").wish.entrypoint == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[image\n", [("", 1)]),
        ("[image]\nuser = 'x'\nuser = 'y'\n", [("", 3)]),
        ("<<<<<<< HEAD\n[image]\n=======\n>>>>>>> b\n", [("", 1)]),
        ("\n[images]\nuser = 'x'\n", [("images", 2)]),
        ("image = 3\n", [("image", 1)]),
        ("[image]\nbase = 'x'\nusr = 'x'\n", [("image.usr", 3)]),
        ("[image]\n\nuser = ['x']\n", [("image.user", 3)]),
        ("[image]\nworkdir = 'app'\npath = 'opt/env'\n", [("image.path", 3), ("image.workdir", 2)]),
        ('[image]\nentrypoint = "a \'b"\n', [("image.entrypoint", 2)]),
        ("[image]\ncmd = ['a', ['b']]\n", [("image.cmd[1]", 2)]),
        ("[image]\n[image.labels]\na = 'x'\nb = ['y']\n", [("image.labels.b", 4)]),
        ("image.user = ['x']\n", [("image.user", 1)]),
        ("[image]\nenv = 3\nlabels.x = [1]\n", [("image.labels.x", 3), ("image.env", 2)]),
    ],
)
def test_faults_have_a_line(text: str, places: list[tuple[str, int]]) -> None:
    with pytest.raises(FaultsError) as caught:
        parse(text, file="p/parity.toml")
    assert [(fault.place, fault.line) for fault in caught.value.faults] == places
    assert {fault.file for fault in caught.value.faults} == {"p/parity.toml"}
