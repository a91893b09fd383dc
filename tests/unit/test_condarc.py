from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.core.layers import Value, resolve
from parity.core.settings import table
from parity.errors import FaultsError, InputError
from parity.formats import condarc, condarc_edit
from parity.ops import config

TEXT = """\
# mine
channels: #!final
  - a   #!top
  - b   # second
  # about c
  - c

# speed
yes: no   # never
ssl_verify: 'false'
custom_channels:
  x: ${HOST}/y  #!final
  z: http://q
proxy_servers: {http: a, https: b}  # both
default_python: 3.10
offline:
"""


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that are gone and lines that are new, without regard to order."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_values_have_lines_marks_and_expanded_variables() -> None:
    values = condarc.read(TEXT, file="f", environ={"HOST": "https://h"}).values
    assert values["channels"] == Value(["a", "b", "c"], 2, final=True, marks={"a": "top"})
    assert values["yes"] == Value("no", 9)
    assert values["ssl_verify"] == Value("false", 10)
    assert values["custom_channels"] == Value({"x": "https://h/y", "z": "http://q"}, 11, marks={"x": "final"})
    assert values["proxy_servers"] == Value({"http": "a", "https": "b"}, 14)
    assert values["default_python"].raw == "3.10"
    assert values["offline"].raw is None


def test_variables_are_expanded_only_where_conda_does() -> None:
    text = "env_prompt: $X\nchannels: [$X, $UNKNOWN]\n"
    values = condarc.read(text, file="f", environ={"X": "1"}).values
    assert values["env_prompt"].raw == "$X"
    assert values["channels"].raw == ["1", "$UNKNOWN"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_files_without_content(text: str) -> None:
    assert condarc.read(text, file="f").values == {}


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("channels: [a\n", 2, "YAML"),
        ("a: 1\n\tb: 2\n", 2, "YAML"),
        ("- a\n", 1, "map of settings"),
        ("text", 1, "map of settings"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
    ],
)
def test_broken_files(text: str, line: int, word: str) -> None:
    with pytest.raises(FaultsError) as caught:
        condarc.read(text, file="/x/.condarc")
    fault = caught.value.faults[0]
    assert (fault.line, fault.file) == (line, "/x/.condarc")
    assert word in fault.message


def test_edits_change_only_their_lines() -> None:
    assert lines_changed(TEXT, condarc_edit.append(TEXT, "channels", "new")) == ([], ["  - new"])
    assert lines_changed(TEXT, condarc_edit.remove_value(TEXT, "channels", "c")) == (["  - c"], [])
    assert lines_changed(TEXT, condarc_edit.set_key(TEXT, "always_yes", "1")) == (
        ["yes: no   # never"],
        ["yes: true   # never"],
    )
    assert lines_changed(TEXT, condarc_edit.remove_key(TEXT, "custom_channels.z")) == (["  z: http://q"], [])
    assert lines_changed(TEXT, condarc_edit.set_key(TEXT, "custom_channels.n", "http://n")) == ([], ["  n: http://n"])
    assert lines_changed(TEXT, condarc_edit.set_key(TEXT, "offline", "on")) == (["offline:"], ["offline: true"])
    gone, new = lines_changed(TEXT, condarc_edit.set_key(TEXT, "proxy_servers.https", "c"))
    assert (len(gone), new) == (1, ["proxy_servers:  # both", "  http: a", "  https: c"])


def test_values_move_to_the_end_where_they_are_put() -> None:
    moved = condarc_edit.prepend(TEXT, "channels", "c")
    assert condarc.read(moved, file="f").values["channels"].raw == ["c", "a", "b"]
    assert condarc_edit.prepend(moved, "channels", "c") == moved
    moved = condarc_edit.append(TEXT, "channels", "a")
    assert condarc.read(moved, file="f").values["channels"].raw == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "channels:\n  - x\n"),
        ("# hi", "# hi\nchannels:\n  - x\n"),
        ("channels:\n- a\n", "channels:\n- a\n- x\n"),
        ("channels: [a]  #!final\n", "channels:  #!final\n  - a\n  - x\n"),
        ("channels:\noffline: true\n", "channels:\n  - x\noffline: true\n"),
        ("channels:\r\n  - a\r\n", "channels:\r\n  - a\r\n  - x\r\n"),
        ("{channels: [a], offline: yes}\n", "channels:\n  - a\n  - x\noffline: yes\n"),
        ("channel:\n  - a\n", "channel:\n  - a\n  - x\n"),
    ],
)
def test_append_in_every_style(before: str, after: str) -> None:
    changed = condarc_edit.append(before, "channels", "x")
    assert changed.replace("'", "") == after


def test_the_last_item_leaves_an_empty_list() -> None:
    assert condarc_edit.remove_value("channels:\n  - a\n", "channels", "a") == "channels: []\n"
    assert condarc_edit.remove_key("# top\noffline: true\n", "offline") == "# top\n"


def test_lists_inside_maps() -> None:
    text = condarc_edit.append("", "custom_multichannels.ours", "a")
    text = condarc_edit.append(text, "custom_multichannels.ours", "b")
    text = condarc_edit.prepend(text, "custom_multichannels.theirs", "c")
    assert condarc.read(text, file="f").values["custom_multichannels"].raw == {"ours": ["a", "b"], "theirs": ["c"]}
    text = condarc_edit.remove_value(text, "custom_multichannels.ours", "a")
    assert condarc.read(text, file="f").values["custom_multichannels"].raw == {"ours": ["b"], "theirs": ["c"]}


@pytest.mark.parametrize(
    ("verb", "key", "value", "words"),
    [
        ("set_key", "chanels", "a", "unknown setting 'chanels'"),
        ("set_key", "offline", "maybe", "true or false"),
        ("set_key", "channels", "a", "is a list"),
        ("set_key", "proxy_servers", "a", "is a map"),
        ("set_key", "offline.x", "a", "no entries"),
        ("append", "offline", "a", "not a list"),
        ("append", "proxy_servers.http", "a", "not a list"),
        ("append", "pinned_packages", "numpy >>2", "must be match specs"),
        ("prepend", "disallowed_packages", "", "must be match specs"),
        ("remove_value", "channels", "nope", "not in channels"),
    ],
)
def test_edits_that_are_refused(verb: str, key: str, value: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        getattr(condarc_edit, verb)(TEXT, key, value)
    assert verb == "remove_value" or caught.value.hints or key in {"offline", "pinned_packages", "disallowed_packages"}


def test_unknown_keys_can_be_removed_but_not_missing_ones() -> None:
    assert condarc_edit.remove_key("other_tool: [1]\noffline: true\n", "other_tool") == "offline: true\n"
    for key in ("other_tool", "offline", "proxy_servers.x"):
        with pytest.raises(InputError, match="is not set"):
            condarc_edit.remove_key("channels: [a]\n", key)


NAMES = st.sampled_from(["a", "b/c", "https://h.org/x", "~/d", "no", "1.0", "with space", "é", "#x", "a: b", "'q'"])
EDITS = st.lists(st.tuples(st.sampled_from(["append", "prepend", "remove_value"]), NAMES), max_size=12)
STYLES = st.sampled_from(
    ["", "# c\n", TEXT, "channels: [a, 'no']\n", "channels:\n- a\n- 'no'\nyes: y\n", "{channels: [a]}", "yes: y"]
)


@settings(max_examples=60)
@given(STYLES, EDITS)
def test_a_list_after_any_edits_is_what_a_list_would_be(text: str, edits: list[tuple[str, str]]) -> None:
    others = {key: value.raw for key, value in condarc.read(text, file="f").values.items() if key != "channels"}
    comments = [line for line in text.splitlines() if line.startswith("#")]
    found = condarc.read(text, file="f").values.get("channels")
    model: list[str] = list(found.raw) if found and isinstance(found.raw, list) else []
    for verb, name in edits:
        if verb == "remove_value" and name not in model:
            continue
        text = getattr(condarc_edit, verb)(text, "channels", name)
        model = [item for item in model if item != name]
        if verb != "remove_value":
            model.insert(0 if verb == "prepend" else len(model), name)
        values = condarc.read(text, file="f").values
        assert values["channels"].raw == model
        assert {key: value.raw for key, value in values.items() if key != "channels"} == others
    assert [line for line in text.splitlines() if line.startswith("#")] == comments


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.lists(NAMES, unique=True, min_size=1, max_size=3),
        "offline": st.sampled_from(["yes", "false"]),
        "proxy_servers": st.dictionaries(st.sampled_from(["http", "https"]), st.just("http://p:1"), min_size=1),
        "custom_multichannels": st.dictionaries(st.sampled_from(["m", "n"]), st.lists(NAMES, min_size=1), min_size=1),
    },
)


@settings(max_examples=60)
@given(STYLES, VALUES)
def test_what_comes_in_whole_is_there_and_the_rest_stays(text: str, values: dict[str, object]) -> None:
    def settled(content: str) -> dict[str, object]:
        found = resolve([condarc.read(content, file="f")])[0]
        return {name: getattr(found, name) for name in table()}

    after = settled(config.merge(text, json.dumps(values), file="f"))
    assert after == settled(text) | {name: after[name] for name in values}
    assert {name: after[name] for name in values} == {name: settled(json.dumps(values))[name] for name in values}
