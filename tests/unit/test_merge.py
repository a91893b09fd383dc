from __future__ import annotations

from parity.core.merge import merge_pip, merge_specs, without
from parity.model import MatchSpec, PipLine


def line(text: str, name: str = "", base: str = "") -> PipLine:
    return PipLine("requirement" if name else "option", text, text, name=name, base=base)


def test_a_new_spec_replaces_the_old_one_of_its_name() -> None:
    old = (MatchSpec("a", "1"), MatchSpec("b"), MatchSpec("a", "2"))
    assert merge_specs(old, [MatchSpec("a", "3")]) == (MatchSpec("b"), MatchSpec("a", "3"))
    assert merge_specs(old, []) == old


def test_a_request_may_name_a_package_twice() -> None:
    both = (MatchSpec("a", ">=1"), MatchSpec("a", "<3"))
    assert merge_specs([MatchSpec("a")], both) == both


def test_a_new_line_replaces_the_old_one_of_its_project() -> None:
    old = (line("a==1", "a"), line("--pre"), line("b", "b"))
    assert [one.text for one in merge_pip(old, [line("a==2", "a"), line("--pre")])] == ["b", "a==2", "--pre"]


def test_equal_lines_of_other_directories_are_others() -> None:
    old = (line("./x", base="/one"),)
    assert len(merge_pip(old, [line("./x", base="/two")])) == 2
    assert merge_pip(old, old) == old


def test_specs_of_other_names_stay() -> None:
    assert without([MatchSpec("a", "1"), MatchSpec("b")], {"a"}) == (MatchSpec("b"),)
