"""Text for shells that do not run everywhere, names of shells, and where their files are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from parity.core import shell_init
from parity.core.activation import Activation, EnvironmentFacts, activate, reactivate, stacks
from parity.core.shells import CHANGING, SHELLS, Hook, cmd, default_shell, dialect, nushell, posix, powershell, xonsh
from parity.core.shells import shell_named as named
from parity.errors import InputError
from parity.store import hooks, shell_settings

if TYPE_CHECKING:
    from pathlib import Path

CHANGE = Activation(
    {
        "PATH": "C:\\envs\\a;C:\\Windows",
        "NAME": "it's 100% $x\nnext",
        "not a name": "x",
        "CONDA_PROMPT_MODIFIER": "(a) ",
    },
    ("GONE", "not one"),
    ("C:\\off 'x.ps1",),
    ("C:\\on.ps1",),
)


def test_powershell() -> None:
    assert powershell.script(CHANGE, {}).splitlines() == [
        ". 'C:\\off ''x.ps1'",
        "Remove-Item -LiteralPath 'Env:GONE' -ErrorAction SilentlyContinue",
        "[Environment]::SetEnvironmentVariable('PATH', 'C:\\envs\\a;C:\\Windows')",
        "[Environment]::SetEnvironmentVariable('NAME', 'it''s 100% $x",
        "next')",
        "[Environment]::SetEnvironmentVariable('CONDA_PROMPT_MODIFIER', '(a) ')",
        ". 'C:\\on.ps1'",
    ]
    assert powershell.quote("\u2019; rm x \u201b") == "'\u2019\u2019; rm x \u201b\u201b'"


def test_cmd() -> None:
    text = cmd.script(CHANGE, {"PROMPT": "(b) $P$G", "CONDA_PROMPT_MODIFIER": "(b) "})
    assert text.split("\r\n") == [
        '@CALL "C:\\off \'x.ps1"',
        '@SET "GONE="',
        '@SET "PATH=C:\\envs\\a;C:\\Windows"',
        '@SET "NAME=it\'s 100%% $x next"',
        '@SET "CONDA_PROMPT_MODIFIER=(a) "',
        '@SET "PROMPT=(a) $P$G"',
        '@CALL "C:\\on.ps1"',
        "",
    ]
    start = cmd.autorun("C:\\root\\hooks\\cmd", "base").split("\r\n")
    assert '@SET "PATH=C:\\root\\hooks\\cmd;%PATH%"' in start
    assert '@CALL parity.bat activate "base"' in start


def test_nushell_and_xonsh() -> None:
    data = json.loads(nushell.script(Activation({"PATH": "/a:/b", "X": "1\n"}, ("GONE", "ABSENT")), {"GONE": "x"}))
    assert data == {"set": {"PATH": ["/a", "/b"], "X": "1\n"}, "unset": ["GONE"]}
    compile(xonsh.script(CHANGE, {}), "script", "exec")
    compile(xonsh.hook(Hook("xonsh", ("/it's/parity",), activate="a'b", variables={"X": "'"})), "hook", "exec")


@pytest.mark.parametrize("shell", SHELLS)
def test_hooks_have_another_name_for_another_program(shell: str) -> None:
    asked = Hook(shell, ("/opt/my tools/conda", "-x"), "conda", activate="it's", variables={"CONDA_EXE": "/o'o/conda"})
    text = dialect(shell).hook(asked)
    assert re.findall(r"@[A-Z]+@", text) == []
    assert "__parity_exe" not in text
    for word in ("/opt/my tools/conda", "CONDA_EXE", *CHANGING):
        assert word in text
    assert f"shell.{'posix' if SHELLS[shell] == 'posix' else shell}" in text


@pytest.mark.parametrize(
    ("name", "shell"),
    [("/bin/bash", "bash"), ("-zsh", "zsh"), ("C:\\Windows\\System32\\cmd.exe", "cmd.exe"), ("pwsh.exe", "powershell"),
     ("sh", "posix"), ("nushell", "nu"), ("NU", "nu"), ("powershell", "powershell"), ("cmd", "cmd.exe")],
)  # fmt: skip
def test_names_of_shells(name: str, shell: str) -> None:
    assert named(name) == shell


def test_an_unknown_shell() -> None:
    with pytest.raises(InputError, match="`tcsh` is not a shell that Parity knows"):
        named("tcsh")
    assert default_shell({"SHELL": "/bin/tcsh"}, windows=False) == "bash"
    assert default_shell({"SHELL": "/usr/bin/fish"}, windows=False) == "fish"
    assert default_shell({}, windows=True) == "powershell"


@pytest.mark.parametrize(
    ("shell", "system", "there", "expected"),
    [
        ("bash", "linux", set(), (".bashrc", ".profile")),
        ("bash", "darwin", set(), (".bashrc", ".bash_profile")),
        ("bash", "linux", {".bash_login", ".profile"}, (".bashrc", ".bash_login")),
        ("zsh", "linux", set(), (".zshrc",)),
        ("dash", "linux", {".bash_profile"}, (".profile",)),
        ("fish", "linux", set(), (".config/fish/config.fish",)),
        ("xonsh", "linux", set(), (".xonshrc",)),
        ("nu", "linux", set(), (".config/nushell/config.nu",)),
        ("nu", "darwin", set(), ("Library/Application Support/nushell/config.nu",)),
        ("nu", "win32", set(), ("AppData/Roaming/nushell/config.nu",)),
        ("powershell", "linux", set(), (".config/powershell/profile.ps1",)),
        ("powershell", "win32", set(), ("Documents/PowerShell/profile.ps1", "Documents/WindowsPowerShell/profile.ps1")),
    ],
)
def test_where_files_are(shell: str, system: str, there: set[str], expected: tuple[str, ...]) -> None:
    found = shell_init.places(shell, {}, "/h", system, lambda path: path.removeprefix("/h/") in there)
    assert found == tuple(f"/h/{name}" for name in expected)


def test_places_that_variables_name() -> None:
    assert shell_init.places("zsh", {"ZDOTDIR": "/z"}, "/h", "linux", bool) == ("/z/.zshrc",)
    assert shell_init.places("fish", {"XDG_CONFIG_HOME": "/c"}, "/h", "linux", bool) == ("/c/fish/config.fish",)


def test_a_block_of_another_name_is_left_alone() -> None:
    conda = shell_init.with_block("a=1\n", "conda's\n", "conda")
    both = shell_init.with_block(conda, "ours\n")
    assert shell_init.without_block(both) == conda
    assert shell_init.without_block(both, "conda") == shell_init.with_block("a=1\n", "ours\n")


def test_several_blocks_become_one() -> None:
    one = shell_init.with_block("", "x\n")
    assert shell_init.with_block(one + "between\n" + one, "x\n") == one + "between\n"


def test_stacking_up_to_a_level() -> None:
    assert [stacks({"CONDA_SHLVL": str(level)}, 1) for level in range(3)] == [False, True, False]
    assert not stacks({"CONDA_SHLVL": "1"}, 0)


def test_activating_anew_knows_what_came_and_what_went() -> None:
    known = {"A": "a"}
    outside = {"PATH": "/bin", "B": "outside", "A": "before"}

    def describe(prefix: str) -> EnvironmentFacts:
        return EnvironmentFacts(prefix, "x", known)

    inside = activate(outside, describe("/x"), platform="linux-64", describe=describe).apply(outside)
    assert inside["__PARITY_SHLVL_0"] == "A=/x"
    known.pop("A")
    known["B"] = "b"
    again = reactivate(inside, platform="linux-64", describe=describe).apply(inside)
    assert (again["A"], again["B"]) == ("before", "b")
    assert reactivate(outside, platform="linux-64", describe=describe) == Activation()


def test_a_prompt_executes_nothing() -> None:
    facts = EnvironmentFacts("/e/$(id)`id`\\", "/e/$(id)`id`\\")
    change = activate({}, facts, platform="linux-64", describe=lambda _: facts)
    assert change.assign["CONDA_PROMPT_MODIFIER"] == "(/e/_(id)_id__) "
    assert change.assign["CONDA_PREFIX"] == facts.prefix


def test_the_prompt_of_a_program_is_left_to_it() -> None:
    change = Activation({"CONDA_PROMPT_MODIFIER": "(a) "})
    assert "PS1" in posix.script(change, {"PS1": "$ "})
    assert "PS1" not in posix.script(change, {"PS1": "$(POWERLINE_COMMAND)"})


def test_settings_of_activation_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".condarc"
    root = tmp_path / "root"

    def load(**environ: str) -> tuple[bool, tuple[str, ...]]:
        found = shell_settings.load(environ, tmp_path, root, "linux")
        return found.changeps1, found.envs_dirs

    file.write_text("channels: [x\n")
    assert load() == (True, ())  # nothing in it concerns a shell: whatever is wrong, the next command tells
    file.write_text("changeps1: false\nenvs_dirs: [/e]\n")
    assert load() == (False, ("/e",))
    assert load(CONDA_CHANGEPS1="true") == (True, ("/e",))
    with monkeypatch.context() as patch:
        patch.setattr("parity.store.config_files.load", None)
        assert load() == (False, ("/e",))
    file.write_text("changeps1: true\nenvs_dirs: [$WHERE]\n")
    assert load(WHERE="/one") == (True, ("/one",))
    assert load(WHERE="/two") == (True, ("/two",))


def test_a_kept_text_is_made_anew_for_another_key(tmp_path: Path) -> None:
    made = iter("abc")
    assert hooks.cached(tmp_path, ["bash"], ["1"], lambda: next(made)) == "a"
    assert hooks.cached(tmp_path, ["bash"], ["1"], lambda: next(made)) == "a"
    assert hooks.cached(tmp_path, ["bash"], ["2"], lambda: next(made)) == "b"
    assert len(list((tmp_path / "hooks").iterdir())) == 1
