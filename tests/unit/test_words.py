from __future__ import annotations

from parity.core.words import some


def test_of_many_names_the_first_few_are_shown() -> None:
    assert some(["b", "a"]) == "a, b"
    assert some("edcba", shown=3) == "a, b, c and 2 more"
    assert some([]) == ""
