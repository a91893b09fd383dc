from __future__ import annotations

import pytest

from parity.errors import FaultsError
from parity.formats import yaml_text
from parity.formats.faults import Faults, as_text


@pytest.mark.parametrize(
    "text",
    ["numpy", "1.2.3", "python >=3.8,<3.12.0a0", "https://x.example/a b", "./", "../x", "/a",
     "git+https://x.example/a.git@ab#subdirectory=b", "7zip=19.00=h1_0", "e3" + "0" * 62, "MIT OR Apache-2.0"],
)  # fmt: skip
def test_common_texts_are_written_plain(text: str) -> None:
    assert yaml_text.scalar(text) == text


@pytest.mark.parametrize(
    "text", ["no", "1.10", "0" * 64, "12e" + "3" * 61, "> 1", "", "a: b", "a #b", "2001-01-01", "1:30"]
)
def test_what_a_reader_could_take_for_something_else_is_quoted(text: str) -> None:
    assert yaml_text.scalar(text) == f"'{text}'"


def test_what_cannot_be_seen_is_escaped() -> None:
    assert yaml_text.scalar("a\nb\x07\u2028\U000e0001") == '"a\\nb\\x07\\u2028\\U000e0001"'


def test_layout() -> None:
    value: dict[str, object] = {
        "a": [],
        "b": {},
        "c": [{"d": [1, True, None], "e": {"f": "g"}}, [], ["x", ["z"]]],
        "h": None,
    }
    assert yaml_text.dump(value) == (
        "a: []\nb: {}\nc:\n- d:\n  - 1\n  - true\n  - null\n  e:\n    f: g\n- []\n- - x\n  - - z\nh: null\n"
    )
    assert yaml_text.load(yaml_text.dump(value)) == value


def test_types_are_given_only_where_the_text_comes_back() -> None:
    text = (
        "a: 1.10\nb: 1.5\nc: 010\nd: 12\ne: no\nf: true\ng:\nh: ~\ni: 2001-01-01\nj: 1e3\nk: 0x1F\nl: 1_000\nm: True\n"
    )
    assert yaml_text.load(text) == {
        "a": "1.10", "b": 1.5, "c": "010", "d": 12, "e": "no", "f": True, "g": None, "h": None, "i": "2001-01-01",
        "j": "1e3", "k": "0x1F", "l": "1_000", "m": "True",
    }  # fmt: skip
    assert [as_text(value) for value in (1.5, 12, True, False, "x")] == ["1.5", "12", "true", "false", "x"]


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2\n", "a: !!python/object:os.system x\n", "? [a]\n: b\n", "\tx: 1\n", "a: &x [*x, *y]\n"]
)
def test_bad_yaml_names_its_line(text: str) -> None:
    with pytest.raises(FaultsError) as raised:
        yaml_text.load(text, file="x.lock")
    assert raised.value.faults[0].file == "x.lock"


def test_deep_nesting_is_refused_and_does_not_end_the_process() -> None:
    for text in ("[" * 200_000 + "]" * 200_000, "{a: " * 200_000, "- " * 200_000 + "x"):
        with pytest.raises(FaultsError, match="nested too deeply"):
            yaml_text.load(text)
        assert yaml_text.lines_of(text)("a") == 0


def test_the_line_of_a_place() -> None:
    text = "a:\n  b:\n  - c: 1\n    d: 2\n  - e\n"
    assert yaml_text.lines_of(text)("a.b[0].d") == 4
    assert yaml_text.lines_of(text)("a.b[1]") == 5
    assert yaml_text.lines_of(text)("a.b[0].missing") == 3
    assert yaml_text.lines_of(text)("zzz") == 1
    assert yaml_text.lines_of("[")("a") == 0


def test_every_wrong_value_is_noted() -> None:
    faults = Faults("f", len)
    table = {"a": [], "b": {}, "c": "x", "d": [{}], "e": -1, "f": "1", "sha256": "xyz", "g": True}
    assert faults.text(table, "a", "t") == ""
    assert faults.items(table, "b", "t") == []
    assert faults.table(table, "c", "t") == {}
    assert faults.texts(table, "d", "t") == ()
    assert faults.number(table, "e", "t") is None
    assert faults.number(table, "g", "t") is None
    assert faults.flag(table, "f", "t") is False
    assert faults.digest(table, "sha256", "t") is None
    faults.text(table, "missing", "t", required=True)
    with pytest.raises(FaultsError) as raised:
        faults.check()
    assert [fault.place for fault in raised.value.faults] == [
        "t.a", "t.b", "t.c", "t.d[0]", "t.e", "t.g", "t.f", "t.sha256", "t",
    ]  # fmt: skip
