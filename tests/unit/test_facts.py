"""What conda packages mean for PyPI."""

from __future__ import annotations

from parity.core.facts import complaints, facts
from parity.core.ports import Distribution
from parity.core.pypi_to_conda import Target

MARKERS = Target("3.11.7", "linux-64").markers()
NUMPY = Distribution("numpy", "2.4.6", "numpy")


def one(*requires: str, name: str = "app", version: str = "1.0") -> Distribution:
    return Distribution(name, version, name, requires)


def test_what_conda_provides_and_what_it_lacks() -> None:
    found = facts([NUMPY, one("numpy>=2", "six>=1", "colorama; sys_platform == 'win32'")], MARKERS)
    assert found.provided == {"app": "1.0", "numpy": "2.4.6"}
    assert found.metadata["app"].requires == ("numpy>=2", "six>=1")
    assert found.lacking == ("app",)


def test_what_conda_contradicts_is_no_fact() -> None:
    found = facts([NUMPY, one("numpy<2")], MARKERS)
    assert (found.metadata["app"].requires, found.lacking) == ((), ())
    assert complaints([NUMPY, one("numpy<2")], {}, MARKERS) == ("app 1.0 needs numpy<2, and numpy 2.4.6 is there",)


def test_extras_stay_as_they_are() -> None:
    text = 'numpy<2 ; extra == "old"'
    found = facts([NUMPY, one(text, "numpy[fast]>=1")], MARKERS)
    assert found.metadata["app"].requires == (text, "numpy>=1")
    assert found.without_needs().metadata["app"].requires == (text,)


def test_what_cannot_be_compared_is_passed_over() -> None:
    odd = Distribution("tool", "2024b-1x", "tool", ("absent",))
    found = facts([odd, one("tool>=1", "not a requirement!", "far @ https://example.invalid/far.whl")], MARKERS)
    assert (found.metadata["app"].requires, found.lacking) == (("tool>=1",), ())


def test_complaints_see_what_pypi_brings() -> None:
    there = [one("six>=2", "absent")]
    assert complaints(there, {"six": "1.0"}, MARKERS) == (
        "app 1.0 needs absent, which is not there",
        "app 1.0 needs six>=2, and six 1.0 is there",
    )
    assert complaints(there, {"six": "2.0", "absent": "1"}, MARKERS) == ()
