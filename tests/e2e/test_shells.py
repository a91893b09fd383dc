"""Activation in real shells: values arrive, everything comes back, strict shells live on."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from place import Place
from shell_drivers import POSIX, SHELLS, Shell

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these shells are POSIX ones")

HARD = 'it\'s "quoted" $HOME `id` $(id) \\n \\ %PATH% !x & | ; # * ~ é 中 \u2019\n\nlast\n '
SCRIPTS = {
    ".sh": ('export FROM_SCRIPT="in $CONDA_DEFAULT_ENV$never_set"\nfalse\n', "unset FROM_SCRIPT\nfalse\n"),
    ".fish": ('set -gx FROM_SCRIPT "in $CONDA_DEFAULT_ENV"\nfalse\n', "set -e FROM_SCRIPT\nfalse\n"),
}


def have(names: tuple[str, ...]) -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"))
        for name in names
    ]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    for name in ("one", "two", "three"):
        made.make_env(made.root / "envs" / name)
    state(made, "one", {"SHARED": "one", "HARD": HARD, "ONLY_ONE": "1", "not a name": "x", "PATH": "/bad"})
    state(made, "two", {"SHARED": "two", "GONE": "***unset***"})
    return made


@pytest.fixture(params=have(SHELLS))
def shell(request: pytest.FixtureRequest, place: Place) -> Shell:
    return Shell(request.param, place)


@pytest.fixture(params=have(POSIX))
def posix(request: pytest.FixtureRequest, place: Place) -> Shell:
    return Shell(request.param, place)


def state(place: Place, name: str, variables: dict[str, str]) -> None:
    text = json.dumps({"version": 1, "env_vars": variables})
    (place.root / "envs" / name / "conda-meta" / "state").write_text(text)


def scripts(place: Place, name: str) -> None:
    for suffix, texts in SCRIPTS.items():
        for kind, text in zip(("activate.d", "deactivate.d"), texts, strict=True):
            folder = place.root / "envs" / name / "etc" / "conda" / kind
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"it's a $script{suffix}").write_text(text)


def test_values_arrive_and_everything_comes_back(shell: Shell, place: Place) -> None:
    scripts(place, "one")
    outside = {"SHARED": "out'side $x\n", "GONE": "here", "HARD": "before"}
    steps = ["activate one", "activate two", "activate --stack three", "deactivate; parity deactivate", "deactivate"]
    seen = shell.run(["show", *(line for step in steps for line in (f"parity {step}", "show"))], **outside)
    assert seen.err == ""
    before, one, two, stacked, again, after = seen.variables
    envs = place.root / "envs"
    assert one["CONDA_PREFIX"] == f"{envs}/one"
    assert one["PATH"] == f"{envs}/one/bin:{before['PATH']}"
    assert (one["CONDA_DEFAULT_ENV"], one["CONDA_SHLVL"], one["CONDA_PROMPT_MODIFIER"]) == ("one", "1", "(one) ")
    assert one["HARD"] == HARD
    assert one["FROM_SCRIPT"] == "in one"
    assert (two["SHARED"], two["HARD"]) == ("two", "before")
    assert {"GONE", "ONLY_ONE", "FROM_SCRIPT"} & two.keys() == set()
    assert stacked["PATH"] == f"{envs}/three/bin:{envs}/two/bin:{before['PATH']}"
    assert (stacked["CONDA_STACKED_3"], stacked["SHARED"]) == ("true", "two")
    assert again == one
    assert after == before


def test_an_unknown_environment_changes_nothing_and_fails(shell: Shell) -> None:
    attempt = {
        "fish": ["parity activate none", "or echo refused"],
        "xonsh": ["done = !(parity activate none)", "print('refused' if done.returncode else '')"],
        "nu": ["try { parity activate none } catch { print refused }"],
    }.get(shell.name, ["parity activate none || echo refused"])
    seen = shell.run(["show", *attempt, "show"])
    assert "there is no environment named `none`" in seen.err
    assert "refused" in seen.out
    assert seen.variables[0] == seen.variables[1]


@pytest.mark.parametrize("flags", [("-eu",), ("-e",), ()], ids=["eu", "e", "none"])
def test_a_strict_shell_lives_through_scripts_that_are_not(posix: Shell, place: Place, flags: tuple[str, ...]) -> None:
    scripts(place, "one")
    steps = ["parity activate one", "parity activate two", *["parity deactivate"] * 3]
    show = 'echo "$-"'
    seen = posix.run([show, *(part for step in steps for part in (step, show))], flags=flags)
    assert seen.code == 0
    shown = seen.out.splitlines()
    assert len(shown) == 1 + len(steps)
    assert len(set(shown)) == 1
    assert posix.run(["set -eu", "parity activate none", "echo lived"]).out == ""


def test_a_trap_is_not_sprung(place: Place) -> None:
    scripts(place, "one")
    shell = Shell("bash", place)
    lines = ["set -Eeu", "trap 'echo sprung' ERR", "parity activate one", "parity deactivate", "echo lived"]
    assert shell.run(lines).out == "lived\n"


def test_variables_that_shells_take_for_lists(shell: Shell, place: Place) -> None:
    state(place, "one", {"SOME_PATH": "/x y:/z", "MANPATH": "/m:/n", "SOME_DIRS": "/a:/b"})
    outside = {"SOME_PATH": "/before:/it's", "MANPATH": "/man:", "LANG": "C"}
    seen = shell.run(["show", "parity activate one", "show", "parity deactivate", "show"], **outside)
    before, inside, after = seen.variables
    assert (inside["SOME_PATH"], inside["MANPATH"], inside["SOME_DIRS"]) == ("/x y:/z", "/m:/n", "/a:/b")
    assert after == before


def test_an_odd_search_path_comes_back(posix: Shell) -> None:
    odd = f":{posix.environ['PATH']}::/x y/$HOME:/it's:"
    seen = posix.run(["show", "parity activate one", "parity activate --stack two", "parity deactivate",
                      "parity deactivate", "show"], PATH=odd)  # fmt: skip
    assert [variables["PATH"] for variables in seen.variables] == [odd, odd]


def test_an_interrupted_change_that_cannot_be_mended_is_told(place: Place) -> None:
    (place.prefix / "conda-meta" / ".parity-transaction").write_text("{}")
    done = place.parity("shell.bash", "activate", "work")
    assert (done.returncode, done.stdout) == (6, "")
    assert "the journal of an interrupted change" in done.stderr


def test_a_script_that_is_left_may_change_path(shell: Shell, place: Place) -> None:
    if shell.name in {"xonsh", "nu"}:
        pytest.skip("its scripts are run by a POSIX shell")
    for suffix, on, off in (
        (".sh", 'export PATH="/extra:$PATH:/more"\n', 'PATH="${PATH#/extra:}"; PATH="${PATH%:/more}"\n'),
        (".fish", "set -gx PATH /extra $PATH /more\n", "set -e PATH[1]; set -e PATH[-1]\n"),
    ):
        for kind, text in (("activate.d", on), ("deactivate.d", off)):
            folder = place.root / "envs" / "one" / "etc" / "conda" / kind
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"x{suffix}").write_text(text)
    seen = shell.run(["show", "parity activate one", "show", "parity activate two", "show", "parity deactivate",
                      "parity deactivate", "show"])  # fmt: skip
    before, one, two, after = (variables["PATH"] for variables in seen.variables)
    assert one == f"/extra:{place.root}/envs/one/bin:{before}:/more"
    assert two == f"{place.root}/envs/two/bin:{before}"
    assert after == before


@pytest.mark.parametrize("name", ["plain", "two words", "it's $HOME `id`", 'a "b" é 中', "back\\slash", "new\nline"])
def test_environments_at_any_path(posix: Shell, place: Place, name: str) -> None:
    prefix = place.make_env(place.path / name)
    (prefix / "bin" / "mine").write_text("#!/bin/sh\necho mine\n")
    (prefix / "bin" / "mine").chmod(0o755)
    seen = posix.run(
        ["show", 'parity activate "$WHERE"', "mine", "show", "parity deactivate", "show"], WHERE=str(prefix)
    )
    before, inside, after = seen.variables
    assert seen.out == "mine\n"
    assert inside["CONDA_PREFIX"] == inside["CONDA_DEFAULT_ENV"] == str(prefix)
    assert not {"$", "`", "\\", "\n"} & set(inside["CONDA_PROMPT_MODIFIER"])
    assert after == before


@pytest.mark.parametrize("name", have(("fish",)))
def test_fish_reads_its_text_through_eval_as_well(place: Place, name: str) -> None:
    shell = Shell(name, place)
    seen = shell.run(
        [f"eval ({sys.executable} -m parity shell.fish hook)", "parity activate one", "show",
         f"eval ({sys.executable} -m parity shell.fish deactivate)", "show"], hook="",
    )  # fmt: skip
    assert seen.variables[0]["HARD"] == HARD
    assert "CONDA_PREFIX" not in seen.variables[1]


def test_the_prompt_shows_the_environment(posix: Shell, place: Place) -> None:
    lines = ["PS1='(one) it'\\''s \\w $ '", 'echo "$PS1"', "parity activate one", 'echo "$PS1"', "parity activate two",
             'echo "$PS1"', "parity deactivate", "parity deactivate", 'echo "$PS1"']  # fmt: skip
    own = "(one) it's \\w $ "
    dash = ["printf '%s\\n' \"$PS1\"" if line.startswith("echo") else line for line in lines]
    assert posix.run(dash).out.splitlines() == [own, f"(one) {own}", f"(two) {own}", own]
    place.home.mkdir(exist_ok=True)
    (place.home / ".condarc").write_text("changeps1: false\n")
    assert posix.run(dash).out.splitlines() == [own] * 4
    (place.home / ".condarc").write_text("env_prompt: '<{stacked_env}|{name}> '\nauto_stack: 1\n")
    assert posix.run(dash).out.splitlines() == [own, f"<one|one> {own}", f"<two,one|two> {own}", own]


def test_a_script_without_a_prompt_gets_none(posix: Shell) -> None:
    seen = posix.run(["unset PS1", "parity activate one", 'echo "${PS1-none}"'])
    assert seen.out == "none\n"


def test_activation_follows_a_change_of_packages(shell: Shell, place: Place) -> None:
    """The function runs the program, and activates anew when it has changed something."""
    program = shell.folder / "program"
    new = json.dumps({"version": 1, "env_vars": {"NEW": "from install", "SHARED": "one"}})
    program.write_text(
        f"#!/bin/sh\nif [ \"$1\" = install ]; then printf '%s' '{new}' > '{place.root}/envs/one/conda-meta/state'\n"
        f'else exec {sys.executable} -m parity "$@"; fi\n'
    )
    program.chmod(0o755)
    from parity.core.shells import Hook, dialect

    text = dialect(shell.name if shell.name != "nu" else "nu").hook(Hook(shell.name, (str(program),)))
    file = shell.folder / ("hook.nu" if shell.name == "nu" else "hook.xsh")
    file.write_text(text)
    load = {"xonsh": f"source {file}", "fish": f"source {file}", "nu": f"source {file}"}.get(shell.name, f". {file}")
    seen = shell.run(
        ["show", "parity activate one", "parity install something", "show", "parity deactivate", "show"],
        hook=load, NEW="from outside",
    )  # fmt: skip
    before, inside, after = seen.variables
    assert inside["NEW"] == "from install"
    assert "ONLY_ONE" not in inside
    assert after == before


def test_variables_of_a_dockerfile_come_back(posix: Shell, place: Place) -> None:
    prefix = f"{place.root}/envs/two"
    image = {"CONDA_PREFIX": prefix, "CONDA_DEFAULT_ENV": "two"}
    seen = posix.run(["show", "parity activate one", "parity deactivate", "show"], **image)
    assert seen.variables[0] == seen.variables[1]
    assert seen.variables[1]["CONDA_PREFIX"] == prefix


def test_new_shells_activate_where_a_setting_says_so(shell: Shell, place: Place) -> None:
    place.home.mkdir(exist_ok=True)
    (place.home / ".condarc").write_text("auto_activate_base: true\ndefault_activation_env: one\n")
    assert shell.run(["show"]).variables[0]["CONDA_DEFAULT_ENV"] == "one"
    (place.home / ".condarc").write_text("auto_activate_base: yes and no: what\n")
    assert shell.run(["show"]).variables[0]["CONDA_SHLVL"] == "0"


def test_every_shell_gets_its_text(place: Place) -> None:
    for name in ("powershell", "cmd.exe", "pwsh", "cmd", "sh", "ksh", "nushell"):
        assert place.parity("hook", name).stdout
    for words in (["activate", "one"], ["deactivate"], ["reactivate"]):
        done = place.parity("shell.powershell", *words)
        assert (done.returncode, done.stderr) == (0, "")
    batch = Path(place.parity("shell.cmd.exe", "activate", "one").stdout.strip())
    assert b'@SET "CONDA_DEFAULT_ENV=one"\r\n' in batch.read_bytes()
    batch.unlink()


def test_an_activation_as_data(place: Place) -> None:
    scripts(place, "one")
    data = json.loads(place.parity("shell.posix+json", "activate", "one").stdout)
    prefix = place.root / "envs" / "one"
    assert data["path"]["PATH"][0] == f"{prefix}/bin"
    assert data["vars"]["export"]["CONDA_PREFIX"] == str(prefix)
    assert data["scripts"]["activate"] == [f"{prefix}/etc/conda/activate.d/it's a $script.sh"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shell.bash+xml", "activate", "one"], "there is no form `xml`"),
        (["shell.nosuch", "hook"], "`nosuch` is not a shell that Parity knows"),
        (["shell.bash", "enter"], "there is no command `enter`"),
        (["shell.bash"], "there is no command ``"),
        (["shell.bash", "activate", "one", "two"], "only one environment"),
        (["shell.bash", "activate", "--no"], "there is no option --no"),
        (["shell.bash", "activate", "-n"], "-n takes the one environment"),
        (["shell.bash", "deactivate", "one"], "takes no arguments"),
        (["hook", "nosuch"], "not a shell that Parity knows"),
        (["activate", "one"], "this shell does not know Parity yet"),
        (["deactivate"], "this shell does not know Parity yet"),
        (["shell", "one", "-n", "two"], "only one environment"),
    ],
)
def test_what_is_said_to_a_mistake(place: Place, words: list[str], message: str) -> None:
    done = place.parity(*words)
    assert message in done.stderr
    assert done.stdout == ""
    assert done.returncode == 2


def test_help_of_the_function_is_not_evaluated(posix: Shell) -> None:
    seen = posix.run(["parity activate --help", "parity deactivate -h"])
    assert (seen.code, seen.out) == (0, "")
    assert "usage: parity activate" in seen.err


def test_hook_and_activation_import_nothing_heavy(place: Place) -> None:
    heavy = {"rattler", "asyncio", "rich", "ruamel.yaml", "yaml", "msgspec", "importlib.metadata", "subprocess",
             "filelock", "argparse", "parity.model"}  # fmt: skip
    import subprocess

    for words in (["hook", "bash"], ["shell.bash", "activate", "one"], ["shell.fish", "deactivate"]):
        program = (
            "import sys, json\nfrom parity.cli import main\n"
            f"assert main({words!r}) == 0\nsys.stderr.write(json.dumps(sorted(sys.modules)))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=place.environ
        )
        assert set(json.loads(done.stderr)) & heavy == set()


def test_the_hook_is_kept_and_made_where_it_cannot_be_kept(place: Place) -> None:
    first = place.parity("hook", "bash").stdout
    (kept,) = (place.root / "cache" / "hooks").iterdir()
    assert first in kept.read_text()
    assert place.parity("hook", "bash").stdout == first
    kept.write_text("something else")
    assert place.parity("hook", "bash").stdout == first
    if os.getuid():
        (place.root / "cache").chmod(0o500)
    shutil.rmtree(place.root / "cache")
    (place.root / "cache").write_text("not a directory")
    assert place.parity("hook", "bash").stdout == first
