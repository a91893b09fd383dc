from __future__ import annotations

import pytest

from parity.core.graph import dependency_name, dependents, python_requirements, reachable
from parity.core.pypi_to_conda import Target

LINUX = Target("3.11.7", "linux-64").markers()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("numpy", "numpy"),
        ("numpy >=1.21,<3", "numpy"),
        ("NumPy>=1", "numpy"),
        ("python_abi 3.11.* *_cp311", "python_abi"),
        ("foo[version='>=1']", "foo"),
        ("torch~=2.0", "torch"),
        ("requests!=2", "requests"),
        ("conda-forge::gamma >=1", "gamma"),
        ("rich; extra == 'jupyter::x'", "rich"),
        ("attrs(>=20)", "attrs"),
    ],
)
def test_a_dependency_begins_with_a_name(text: str, name: str) -> None:
    assert dependency_name(text) == name


def test_what_roots_need() -> None:
    graph = {"a": ["b"], "b": ["c", "a", "outside"], "c": [], "d": ["c"]}
    assert reachable(graph, ["a"]) == {"a", "b", "c"}
    assert reachable(graph, ["outside"]) == frozenset()


def test_who_needs_a_name() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b"], "d": []}
    assert dependents(graph, ["c"]) == {"a", "b", "c"}
    assert dependents(graph, ["d"]) == {"d"}


def needs(extras: dict[str, list[str]] | None = None, **requires: list[str]) -> dict[str, tuple[str, ...]]:
    found = python_requirements(requires, LINUX, extras or {})
    return {name: tuple(sorted(others)) for name, others in found.items()}


def test_requirements_of_other_platforms_and_pythons_do_not_count() -> None:
    found = needs(app=["win32api; sys_platform == 'win32'", "tomli; python_version < '3.11'", "Typing_Extensions>=4"])
    assert found == {"app": ("typing-extensions",)}


def test_requirements_of_an_extra_count_when_a_person_asked_for_it() -> None:
    app = ["base", "requests; extra == 'Http'", "docs-lib; extra == 'docs'"]
    assert needs(app=app) == {"app": ("base",)}
    assert needs({"app": ["http"]}, app=app) == {"app": ("base", "requests")}


def test_requirements_of_an_extra_count_when_a_package_asks_for_it() -> None:
    found = needs(
        top=["middle[fast]"],
        middle=["core", "speed; extra == 'fast'", "low[c]; extra == 'fast'", "never; extra == 'other'"],
        low=["cython; extra == 'c'"],
    )
    assert found == {"top": ("middle",), "middle": ("core", "low", "speed"), "low": ("cython",)}


def test_extras_that_ask_for_each_other_come_to_an_end() -> None:
    found = needs({"a": ["all"]}, a=["a[one,two]; extra == 'all'", "x; extra == 'one'", "y; extra == 'two'"])
    assert found == {"a": ("a", "x", "y")}


def test_metadata_that_cannot_be_read_counts_by_name_unless_it_is_of_an_extra() -> None:
    assert needs(old=["requests (>=2.*.1)", "docs (>=1.*.1) ; extra == 'docs'"]) == {"old": ("requests",)}
