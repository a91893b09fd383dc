from __future__ import annotations

import pytest

from parity.core.words import near, some


def test_of_many_names_the_first_few_are_shown() -> None:
    assert some(["b", "a"]) == "a, b"
    assert some("edcba", shown=3) == "a, b, c and 2 more"
    assert some([]) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [("numpi", ["numpy"]), ("nupmy", ["numpy"]), ("pyyml", ["pyyaml"]), ("lob", ["lib"]), ("torch", ["pytorch"]),
     ("cpuonly", []), ("cudnn", []), ("xyzzy", [])],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told_from_another_word(written: str, meant: list[str]) -> None:
    assert near(written, ["numpy", "plotly", "pyyaml", "lib", "pytorch", "conda", "scipy"], 3) == meant
