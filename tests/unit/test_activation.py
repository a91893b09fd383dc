"""Activation as data: conda's variables, PATH, stacking, and variables of environments."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.core.activation import UNSET, EnvironmentFacts, activate, deactivate, path_dirs
from parity.core.shells.posix import quote
from parity.core.shells.posix import script as posix_script

ENVS = {
    "/e/a": EnvironmentFacts("/e/a", "a", {"SHARED": "a", "ONLY_A": "1"}, ("/e/a/on.sh",), ("/e/a/off.sh",)),
    "/e/b": EnvironmentFacts("/e/b", "b", {"SHARED": "b", "GONE": UNSET}),
    "/root": EnvironmentFacts("/root", "base"),
}
OUTSIDE = {"PATH": "/usr/bin:/bin", "SHARED": "outside", "GONE": "x", "HOME": "/h"}


def enter(environ: dict[str, str], prefix: str, *, stack: bool = False) -> dict[str, str]:
    change = activate(environ, ENVS[prefix], platform="linux-64", describe=ENVS.__getitem__, stack=stack)
    return change.apply(environ)


def leave(environ: dict[str, str]) -> dict[str, str]:
    return deactivate(environ, platform="linux-64", describe=ENVS.__getitem__).apply(environ)


def test_first_activation_sets_what_conda_sets() -> None:
    inside = enter(OUTSIDE, "/e/a")
    assert inside["PATH"] == "/e/a/bin:/usr/bin:/bin"
    assert inside["CONDA_PREFIX"] == "/e/a"
    assert inside["CONDA_DEFAULT_ENV"] == "a"
    assert inside["CONDA_SHLVL"] == "1"
    assert inside["CONDA_PROMPT_MODIFIER"] == "(a) "
    assert inside["SHARED"] == "a"
    assert inside["__CONDA_SHLVL_0_SHARED"] == "outside"


def test_another_environment_replaces_the_active_one_and_its_variables() -> None:
    inside = enter(enter(OUTSIDE, "/e/a"), "/e/b")
    assert inside["PATH"] == "/e/b/bin:/usr/bin:/bin"
    assert inside["CONDA_PREFIX_1"] == "/e/a"
    assert inside["CONDA_SHLVL"] == "2"
    assert inside["SHARED"] == "b"
    assert "ONLY_A" not in inside
    assert "GONE" not in inside


def test_scripts_of_the_left_and_the_entered_environment() -> None:
    change = activate(enter(OUTSIDE, "/e/a"), ENVS["/e/b"], platform="linux-64", describe=ENVS.__getitem__)
    assert change.before == ("/e/a/off.sh",)
    assert change.after == ()


def test_stacking_keeps_the_programs_of_the_environment_below() -> None:
    inside = enter(enter(OUTSIDE, "/e/a"), "/e/b", stack=True)
    assert inside["PATH"] == "/e/b/bin:/e/a/bin:/usr/bin:/bin"
    assert inside["CONDA_STACKED_2"] == "true"
    assert inside["ONLY_A"] == "1"
    assert leave(inside)["PATH"] == "/e/a/bin:/usr/bin:/bin"


def test_entering_the_active_environment_again_changes_nothing_but_refreshes() -> None:
    once = enter(OUTSIDE, "/e/a")
    assert enter(once, "/e/a") == once


def test_entering_the_environment_below_steps_back() -> None:
    first = enter(OUTSIDE, "/e/a")
    assert enter(enter(first, "/e/b"), "/e/a")["CONDA_SHLVL"] == "1"


def test_deactivation_without_an_active_environment_does_nothing() -> None:
    assert leave(OUTSIDE) == OUTSIDE


@given(st.lists(st.tuples(st.sampled_from(sorted(ENVS)), st.booleans()), max_size=6))
def test_leaving_everything_restores_the_environment(steps: list[tuple[str, bool]]) -> None:
    environ = dict(OUTSIDE)
    for prefix, stack in steps:
        environ = enter(environ, prefix, stack=stack)
    while int(environ.get("CONDA_SHLVL", "0")):
        environ = leave(environ)
    environ.pop("CONDA_SHLVL", None)
    assert environ == OUTSIDE


def test_environments_that_conda_activated_are_left_by_its_rules() -> None:
    inside = {name: value for name, value in enter(OUTSIDE, "/e/a").items() if not name.startswith("__PARITY")}
    assert leave(inside) == {**OUTSIDE, "CONDA_SHLVL": "0"}
    stale = {**inside, "__PARITY_SHLVL_0": "HOME=/e/other"}
    assert leave(stale) == {**OUTSIDE, "CONDA_SHLVL": "0"}


def test_stacked_prompt() -> None:
    def prompt(environ: dict[str, str], prefix: str, *, stack: bool) -> str:
        return activate(
            environ, ENVS[prefix], platform="linux-64", describe=ENVS.__getitem__, stack=stack,
            env_prompt="[{stacked_env}|{name}] ",
        ).assign["CONDA_PROMPT_MODIFIER"]  # fmt: skip

    first = enter(OUTSIDE, "/root")
    assert prompt(OUTSIDE, "/root", stack=False) == "[base|root] "
    assert prompt(first, "/e/a", stack=True) == "[a,base|a] "
    assert prompt(first, "/e/a", stack=False) == "[a|a] "


def test_no_prompt_where_it_is_switched_off() -> None:
    change = activate({}, ENVS["/e/a"], platform="linux-64", describe=ENVS.__getitem__, changeps1=False)
    assert change.assign["CONDA_PROMPT_MODIFIER"] == ""


def test_a_process_without_path_still_finds_the_system() -> None:
    assert enter({}, "/e/a")["PATH"] == "/e/a/bin:/usr/local/bin:/usr/bin:/bin"


def test_windows_directories_and_case() -> None:
    env = EnvironmentFacts("C:\\envs\\a", "a")
    known = {"C:\\envs\\a": env, "C:\\envs\\b": EnvironmentFacts("C:\\envs\\b", "b")}
    inside = activate({"Path": "C:\\Windows"}, env, platform="win-64", describe=known.__getitem__)
    assert "PATH" not in inside.assign
    dirs = inside.assign["Path"].split(";")
    assert dirs[0] == "C:\\envs\\a"
    assert "C:\\envs\\a\\Library\\bin" in dirs
    assert dirs[-1] == "C:\\Windows"
    shouted = {**inside.apply({}), "Path": inside.assign["Path"].upper()}
    after = activate(shouted, known["C:\\envs\\b"], platform="win-64", describe=known.__getitem__)
    assert after.assign["Path"].split(";") == [*path_dirs("C:\\envs\\b", "win-64"), "C:\\WINDOWS"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_quoting_is_read_back_by_a_shell(text: str) -> None:
    assert quote(text).count("'") >= 2
    assert _sh_word(quote(text)) == text


def _sh_word(word: str) -> str:
    # What a POSIX shell makes of single-quoted parts joined by escaped quotes.
    return word[1:-1].replace("'\\''", "'")


def test_script_can_be_run_by_a_shell() -> None:
    hard = 'it\'s $HOME `x` "y"\n\\z'
    env = EnvironmentFacts("/e/x", "x", {"HARD": hard, "not-a-name": "1", "GONE": UNSET})
    change = activate({"PATH": "/usr/bin:/bin"}, env, platform="linux-64", describe=ENVS.__getitem__)
    script = posix_script(change, {}) + 'printf "%s|%s" "$HARD" "${GONE-none}"'
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True, env={"GONE": "x"})
    assert done.stdout == f"{hard}|none"


@pytest.mark.parametrize("level", ["", "x", "-1", " "])
def test_a_broken_shell_level_counts_as_none(level: str) -> None:
    assert enter({**OUTSIDE, "CONDA_SHLVL": level, "CONDA_PREFIX": "/e/b"}, "/e/a")["CONDA_SHLVL"] == "1"
