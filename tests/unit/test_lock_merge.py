"""Merging what two locks ask for."""

from __future__ import annotations

import json

import pytest

from parity.core import specs
from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.lock_merge import COMMAND_LINE, merge
from parity.errors import ParityError, RefusedError
from parity.formats import requirements
from parity.model import Solution
from parity.testing.engines import conda_package


def lock(
    *texts: str,
    pip: tuple[str, ...] = (),
    held: tuple[str, ...] = (),
    channels: tuple[str, ...] = ("https://a.invalid/c",),
    platforms: tuple[str, ...] = ("linux-64",),
    variables: tuple[tuple[str, str], ...] = (),
    command: dict[str, list[str]] | None = None,
) -> Lock:
    packages = tuple(conda_package(*text.split("=")) for text in sorted(held))
    asked = tuple(specs.parse(text) for text in texts)
    lines = tuple(requirements.parse_line(text) for text in pip)
    parts = tuple(Locked(name, Solution("linux-64", packages), asked, lines) for name in platforms)
    options = ((COMMAND_LINE, json.dumps(command)),) if command else ()
    environment = LockedEnvironment("default", channels, parts, options=options, variables=variables)
    return Lock(tuple(LockPlatform(name, "linux-64") for name in platforms), (environment,), ("environment.yml",))


def asked(merged: Lock, platform: str = "linux-64") -> list[str]:
    part = next(part for part in merged.environments[0].locked if part.platform == platform)
    return [*map(str, part.specs), *(line.text for line in part.pip)]


def test_what_either_side_added_or_took_away_or_changed_is_done() -> None:
    record, _ = merge(
        lock("a", "b", "c", pip=("x",)),
        lock("a", "c>=2", "d", pip=("x", "y")),
        lock("a<3", "b", "c", "e", pip=()),
    )
    assert asked(record) == ["a <3", "c >=2", "d", "e", "y"]


def test_pip_lines_of_both_sides_stand_in_one_order_whoever_merges() -> None:
    sides = lock("a", pip=("m", "z")), lock("a", pip=("m", "b"))
    found = [asked(merge(lock("a", pip=("m",)), *each)[0]) for each in (sides, sides[::-1])]
    assert found == [["a", "b", "m", "z"]] * 2


def test_a_contradiction_is_told_in_words_and_all_at_once() -> None:
    with pytest.raises(ParityError) as caught:
        merge(
            lock("a", variables=(("V", "1"),)),
            lock("a>=2", variables=(("V", "2"),)),
            lock("a<2", variables=(("V", "3"),)),
        )
    assert "package a: one side has `a>=2`, the other `a<2`" in caught.value.message
    assert "variable V: one side has 2, the other 3" in caught.value.message
    assert caught.value.exit_code == 1


def test_the_same_change_on_both_sides_is_none_against_each_other() -> None:
    record, _ = merge(lock("a"), lock("a>=2", "b"), lock("a>=2", "b"))
    assert asked(record) == ["a >=2", "b"]


def test_channels_keep_their_order_and_take_what_is_added() -> None:
    def with_(*names: str) -> Lock:
        return lock("a", channels=names)

    record, _ = merge(with_("x", "y"), with_("new", "x", "y"), with_("x", "more", "y"))
    assert record.environments[0].channels == ("new", "x", "more", "y")
    with pytest.raises(ParityError, match="channels: one side has"):
        merge(with_("x", "y", "z"), with_("y", "x", "z"), with_("x", "z", "y"))


def test_a_platform_that_one_side_added_gets_what_the_other_asks_for() -> None:
    record, _ = merge(lock("a"), lock("a", "b"), lock("a", platforms=("linux-64", "linux-64-gpu")))
    assert asked(record, "linux-64-gpu") == ["a", "b"]


def test_what_the_command_line_asked_for_is_merged_too() -> None:
    record, _ = merge(
        lock("a", command={"specs": ["a"]}),
        lock("a", "b", command={"specs": ["a", "b"]}),
        lock("a", "c", command={"specs": ["a", "c"], "virtual": ["cuda=12"]}),
    )
    assert json.loads(dict(record.environments[0].options)[COMMAND_LINE]) == {
        "specs": ["a", "c", "b"],  # theirs stands behind what stands before it there
        "virtual": ["cuda=12"],
    }


def test_without_an_ancestor_everything_of_both_is_asked_for() -> None:
    record, _ = merge(None, lock("a"), lock("b"))
    assert asked(record) == ["a", "b"]


def test_packages_are_kept_from_the_side_that_changed_them() -> None:
    _, kept = merge(
        lock("a", held=("a=1", "b=1", "gone=1")),
        lock("a", "x", held=("a=1", "b=2", "x=1")),
        lock("a", "y", held=("a=2", "b=3", "y=1", "gone=1")),
    )
    part = kept.environments[0].locked[0]
    assert [package.dist for package in part.solution.conda if package.name != "gone"] == [
        "a-2-0", "b-2-0", "x-1-0", "y-1-0",
    ]  # fmt: skip
    assert part.specs == ()  # they answer no request yet


def test_where_one_side_did_nothing_the_other_is_the_answer() -> None:
    theirs = lock("a", "b", held=("a=2", "b=1"))
    record, kept = merge(lock("a", held=("a=1",)), lock("a", held=("a=1",)), theirs)
    assert kept == theirs
    assert asked(record) == ["a", "b"]


def test_locks_with_several_environments_are_refused() -> None:
    one = lock("a")
    several = Lock(one.platforms, (*one.environments, LockedEnvironment("test", (), ())))
    with pytest.raises(RefusedError):
        merge(None, one, several)
