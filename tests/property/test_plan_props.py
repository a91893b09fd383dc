"""A plan says what has to be done, whatever was there."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from parity.core.graph import dependents, reachable
from parity.core.plan import make_plan, version_key
from parity.model import InstalledPackage, Solution
from parity.testing.engines import conda_package, pypi_package

names = st.sampled_from("abcdef")
versions = st.sampled_from(["1.0", "1.0rc1", "2.0", "10.0"])
holdings = st.dictionaries(st.tuples(st.sampled_from(["conda", "pypi"]), names), versions, max_size=8)
graphs = st.dictionaries(names, st.lists(names, max_size=4), max_size=6)


def installed(held: dict[tuple[str, str], str]) -> list[InstalledPackage]:
    found = []
    for (source, name), version in held.items():
        package = conda_package(name, version) if source == "conda" else pypi_package(name, version)
        url = package.url if source == "conda" else ""
        found.append(
            InstalledPackage(name, version, package.build, package.channel, package.source, Path(name), url=url)
        )
    return found


def solution(held: dict[tuple[str, str], str]) -> Solution:
    return Solution(
        "linux-64",
        tuple(conda_package(name, version) for (source, name), version in held.items() if source == "conda"),
        tuple(pypi_package(name, version) for (source, name), version in held.items() if source == "pypi"),
    )


@given(holdings, holdings)
def test_a_plan_turns_what_is_there_into_the_solution(
    before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]
) -> None:
    plan = make_plan(Path("/p"), installed(before), solution(after), owned=set("abcdef"))
    held = dict(before)
    for operation in plan.operations:
        key = (operation.source, operation.name)
        assert (operation.old is None) == (key not in before)
        if operation.new is None:
            del held[key]
        else:
            held[key] = operation.new.version
    assert held == after
    assert {name for _, name in before.keys() & after.keys()} >= set(plan.unchanged)


@given(holdings)
def test_a_solution_that_is_there_needs_nothing(held: dict[tuple[str, str], str]) -> None:
    assert not make_plan(Path("/p"), installed(held), solution(held))


@given(holdings, holdings)
def test_what_others_put_there_is_never_removed(
    before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]
) -> None:
    plan = make_plan(Path("/p"), installed(before), solution(after))
    assert not [each for each in plan.operations if each.action == "remove" and each.source == "pypi"]


@given(versions, versions, versions)
def test_the_order_of_versions_is_one(one: str, two: str, three: str) -> None:
    if version_key(one) <= version_key(two) <= version_key(three):
        assert version_key(one) <= version_key(three)


@given(graphs, st.lists(names, max_size=3))
def test_what_is_left_when_dependents_go_needs_nothing_that_went(graph: dict[str, list[str]], gone: list[str]) -> None:
    going = dependents(graph, [name for name in gone if name in graph])
    for name in graph.keys() - going:
        assert not set(graph[name]) & going


@given(graphs, st.lists(names, max_size=3))
def test_what_is_reachable_is_closed(graph: dict[str, list[str]], roots: list[str]) -> None:
    found = reachable(graph, roots)
    assert found >= set(roots) & graph.keys()
    assert all(need in found for name in found for need in graph[name] if need in graph)
