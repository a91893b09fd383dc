"""Expressions that are compiled when they are first used: every one of them can be."""

from __future__ import annotations

import importlib
import pkgutil
import re

import parity
from parity.patterns import regex


def test_it_does_what_a_compiled_expression_does() -> None:
    later = regex(r"(\d+)-(?P<x>[a-z])", re.IGNORECASE)
    found = later.fullmatch("12-B")
    assert found is not None
    assert found["x"] == "B"
    assert later.sub("_", "a1-bc") == "a_c"
    assert later.flags & re.IGNORECASE
    assert regex(rb"a+").findall(b"aab") == [b"aa"]


def test_all_expressions_can_be_compiled() -> None:
    kind = type(regex(""))
    found = 0
    for module in pkgutil.walk_packages(parity.__path__, "parity."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, kind):
                assert value.pattern
                found += 1
    assert found > 50
