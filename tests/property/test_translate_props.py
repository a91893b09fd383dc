"""Translation holds for every version, not only those thought of."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from parity.core.names import to_conda, to_pypi
from parity.core.translate import to_requirement, translate_version
from parity.errors import SpecError
from parity.model import MatchSpec

releases = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
operators = st.sampled_from(["==", "!=", ">=", "<=", ">", "<"])
clauses = st.builds(lambda operator, version: operator + version, operators, releases)
names = st.from_regex(r"[a-z][a-z0-9]{0,12}([-_.][a-z0-9]{1,8}){0,2}", fullmatch=True)


@given(st.lists(clauses, min_size=1, max_size=3), releases)
def test_a_range_of_plain_releases_holds_the_same_releases(parts: list[str], candidate: str) -> None:
    """Conda's syntax for plain comparisons is that of PEP 440, which `packaging` evaluates."""
    text = ",".join(parts)
    assert SpecifierSet(translate_version(text)).contains(candidate) == SpecifierSet(text).contains(candidate)


@given(releases, releases)
def test_a_fuzzy_version_matches_its_series(stem: str, more: str) -> None:
    specifier = SpecifierSet(translate_version(f"={stem}"))
    assert specifier.contains(stem)
    assert specifier.contains(f"{stem}.{more}")


@given(st.integers(0, 50), st.integers(0, 50), st.integers(2, 5), st.integers(0, 60))
def test_neighbouring_series_become_one_range(major: int, minor: int, count: int, probe: int) -> None:
    text = "|".join(f"{major}.{minor + step}.*" for step in range(count))
    expected = minor <= probe < minor + count
    assert SpecifierSet(translate_version(text)).contains(f"{major}.{probe}.1") == expected


@given(names, st.text(max_size=20))
def test_the_result_is_a_requirement_or_an_error_with_words(name: str, version: str) -> None:
    with contextlib.suppress(SpecError):
        line = to_requirement(MatchSpec(name, version))
        assert Requirement(line.text).name == line.name


@given(names)
def test_names_survive_the_way_to_conda_and_back(name: str) -> None:
    pypi = to_pypi(name)
    if pypi is not None and to_pypi(pypi) is not None:
        assert to_pypi(to_conda(pypi)) == pypi
