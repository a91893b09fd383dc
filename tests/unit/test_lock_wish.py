"""What the command line asks of a lock, kept in it."""

from __future__ import annotations

import pytest

from parity.core import moments
from parity.core.lock_wish import Wish, platforms_of
from parity.errors import InputError


def test_a_wish_comes_back_from_its_text_without_credentials() -> None:
    wish = Wish(
        specs=("numpy>=1", "https://u:pw@example.org/c::x"),
        pypi=("a @ https://u:pw@example.org/a-1.whl",),
        channels=("https://u:pw@example.org/t/tk-123/c", "conda-forge"),
    )
    text = wish.text()
    assert "pw" not in text
    assert "tk-123" not in text
    again = Wish.parse(text)
    assert again.specs[0] == "numpy>=1"
    assert again.pypi == ("a @ https://example.org/a-1.whl",)
    assert again.channels == ("https://example.org/c", "conda-forge")
    assert Wish().text() == ""
    assert Wish.parse("") == Wish()


def test_what_is_asked_now_takes_the_place_of_what_was_asked_before() -> None:
    now = Wish(specs=("b",)).over(Wish(specs=("a",), virtual=("cuda=12",)))
    assert now == Wish(specs=("b",), virtual=("cuda=12",))


def test_platforms_and_variants_of_the_command_line_and_the_file() -> None:
    file = (("cpu", ()), ("gpu", (("cuda", "12.4"),)))
    names = [each.name for each in platforms_of(("osx-arm64", "linux-64"), (), file, Wish())]
    assert names == ["linux-64-cpu", "linux-64-gpu", "osx-arm64-cpu"]
    names = [each.name for each in platforms_of(("linux-64", "osx-arm64"), (), file, Wish(variants=("x:cuda=11",)))]
    assert names == ["linux-64-x", "osx-arm64"]
    (one,) = platforms_of(("linux-64",), (("cuda", "11.8"),), (("v", (("cuda", "12.4"),)),), Wish(virtual=("cuda=12",)))
    assert ("__cuda", "12.4", "0") in one.virtual
    (one,) = platforms_of(("linux-64",), (("cuda", "11.8"),), (), Wish(virtual=("__cuda=12", "odd=7")))
    assert {("__cuda", "12", "0"), ("__odd", "7", "0")} <= set(one.virtual)
    with pytest.raises(InputError):
        platforms_of(("linux-64",), (), (), Wish(virtual=("cuda",)))


def test_a_date_means_until_its_end_wherever_it_is_written() -> None:
    assert moments.text_of(moments.milliseconds("2024-05-01")) == "2024-05-02T00:00:00Z"
    assert moments.text_of(moments.milliseconds("2024-05-01T12:00:00+02:00")) == "2024-05-01T10:00:00Z"
    assert moments.milliseconds(moments.text_of(1_700_000_000_000)) == 1_700_000_000_000
    with pytest.raises(InputError):
        moments.milliseconds("yesterday")
