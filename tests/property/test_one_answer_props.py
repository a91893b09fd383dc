"""Wherever conda and PyPI have an answer that respects both, it is found: held against trying everything."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from universe import Universe, universes

from parity.core.ports import PypiSettings
from parity.engines.pypi import UvEngine
from parity.errors import UnsatisfiableError
from parity.model import Solution
from parity.testing.wheels import make_index, make_wheel

if TYPE_CHECKING:
    from parity.ops.sides import Sides


def check(universe: Universe, sides: Sides) -> None:
    """The answer of both sides is one of those that there are; without one, there is none."""
    answers = list(universe.answers())
    if answers:
        pypi = sides.agree(rounds=500)
        assert {package.name: package.version for package in Solution("", sides.agreed, pypi)} in answers
    else:
        with pytest.raises(UnsatisfiableError) as caught:
            sides.agree(rounds=500)
        assert "given up" not in caught.value.message


@settings(max_examples=300)
@given(universes())
def test_an_answer_is_found_exactly_where_there_is_one(universe: Universe) -> None:
    check(universe, universe.sides())


@settings(max_examples=25)
@given(universes())
def test_the_explanations_of_uv_lead_there_as_well(universe: Universe) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        wheels = [
            make_wheel(place / "wheels", name, version, requires=requires, tag=tag)
            for name, version, requires, tag in universe.wheels()
        ]
        index = make_index(place / "index", wheels)
        check(universe, universe.sides(UvEngine(None, place / "uv", PypiSettings(index_url=index.as_uri()), {})))


@settings(max_examples=100)
@given(universes())
def test_the_same_question_has_the_same_answer(universe: Universe) -> None:
    def ask() -> object:
        sides = universe.sides()
        try:
            return sides.agree(), sides.agreed
        except UnsatisfiableError as error:
            return error.message

    assert ask() == ask()


@settings(max_examples=100)
@given(universes())
def test_what_is_given_up_is_said(universe: Universe) -> None:
    try:
        universe.sides().agree(rounds=2)
    except UnsatisfiableError as error:
        given_up = "given up after" in error.message
        assert given_up or not list(universe.answers())
