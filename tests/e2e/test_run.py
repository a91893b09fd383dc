"""`parity run` as a person uses it: a real process, its streams, signals and exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from place import Place

from parity.store.prefixes import TRANSACTION

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands run here are POSIX ones")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_command_of_the_environment_comes_first(place: Place) -> None:
    place.script("bin/ls", '#!/bin/sh\necho "mine $@"\n')
    done = place.in_work("ls", "--help", "-n", "other", "--no", "--json")
    assert done.stdout == "mine --help -n other --no --json\n"
    assert done.returncode == 0


def test_exit_code_and_standard_streams_are_the_commands_own(place: Place) -> None:
    done = place.in_work("sh", "-c", "cat; echo err >&2; exit 43", stdin="in\n")
    assert (done.returncode, done.stdout, done.stderr) == (43, "in\n", "err\n")


def test_variables(place: Place) -> None:
    (place.prefix / "conda-meta" / "state").write_text('{"version": 1, "env_vars": {"SEED": "it\'s 1"}}')
    done = place.in_work("sh", "-c", 'echo "$CONDA_PREFIX|$CONDA_DEFAULT_ENV|$CONDA_SHLVL|$SEED"')
    assert done.stdout == f"{place.prefix}|work|1|it's 1\n"


def test_activation_scripts_run_and_leave_the_arguments_alone(place: Place) -> None:
    place.script("etc/conda/activate.d/a.sh", 'set -- lost\nexport FROM_SCRIPT="in $CONDA_DEFAULT_ENV"\nX=1\n')
    done = place.in_work("sh", "-c", 'echo "$FROM_SCRIPT|$1|$2"', "name", "a b", "c'd")
    assert done.stdout == "in work|a b|c'd\n"
    assert place.in_work("sh", "-c", "exit 9").returncode == 9
    assert place.in_work("no-such-command").returncode == 127


def test_without_activation(place: Place) -> None:
    place.script("etc/conda/activate.d/a.sh", "export FROM_SCRIPT=1\n")
    place.script("bin/tool", '#!/bin/sh\necho "${CONDA_PREFIX-none}|${FROM_SCRIPT-none}"\n')
    assert place.in_work("--no-activate", "tool").stdout == "none|none\n"


def test_a_program_that_is_not_on_path_is_told_where_it_stands(place: Place) -> None:
    """As Python, which takes its prefix from there."""
    (place.prefix / "bin").mkdir(exist_ok=True)
    (place.prefix / "bin" / "tool").symlink_to("/bin/sh")
    assert place.in_work("--no-activate", "tool", "-c", 'echo "$0"').stdout == f"{place.prefix}/bin/tool\n"


def test_working_directory(place: Place) -> None:
    assert place.in_work("--cwd", str(place.prefix), "pwd").stdout == f"{place.prefix}\n"
    assert place.in_work("--cwd", "nowhere", "pwd").returncode == 4


def test_two_dashes_may_stand_before_the_command(place: Place) -> None:
    assert place.in_work("--", "echo", "--", "x").stdout == "-- x\n"


def test_a_script_without_interpreter_line_is_run_by_the_shell(place: Place) -> None:
    place.script("bin/plain", 'echo "plain $1"\n')
    assert place.in_work("plain", "x").stdout == "plain x\n"


def test_what_cannot_be_run(place: Place) -> None:
    missing = place.in_work("no-such-command")
    assert missing.returncode == 127
    assert "no command `no-such-command`" in missing.stderr
    (place.prefix / "bin" / "data").write_text("")
    assert place.in_work(str(place.prefix / "bin" / "data")).returncode == 126
    assert place.in_work().returncode == 2


def test_an_unknown_environment(place: Place) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parity", "run", "-n", "wrok", "true"],
        capture_output=True, text=True, check=False, env=place.environ,
    )  # fmt: skip
    assert done.returncode == 4
    assert "did you mean `work`?" in done.stderr


def test_nothing_runs_where_an_interrupted_change_cannot_be_mended(place: Place) -> None:
    (place.prefix / "conda-meta" / Path(TRANSACTION).name).write_text("{}")
    done = place.in_work("true")
    assert done.returncode == 6
    assert "the journal of an interrupted change" in done.stderr


def test_no_process_stays_between(place: Place) -> None:
    with subprocess.Popen(
        place.command(["run", "-n", "work", "sh", "-c", "echo $$; exec sleep 60"]),
        stdout=subprocess.PIPE,
        text=True,
        env=place.environ,
    ) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) == child.pid
        child.send_signal(signal.SIGTERM)
    assert child.returncode == -signal.SIGTERM


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what is ignored")
def test_the_command_does_not_inherit_that_python_ignores_closed_pipes(place: Place) -> None:
    ignored = int(place.in_work("grep", "SigIgn", "/proc/self/status").stdout.split()[1], 16)
    assert not ignored & (1 << (signal.SIGPIPE - 1))


def test_dry_run_shows_and_does_not_run(place: Place) -> None:
    done = place.in_work("--dry-run", "touch", "made")
    assert "export CONDA_PREFIX=" in done.stdout
    assert not (place.path / "made").exists()


def test_running_imports_nothing_heavy(place: Place) -> None:
    place.script("bin/show", "#!/bin/sh\nexit 0\n")
    program = (
        "import sys, os, json; from parity.cli import main\n"
        "os.execve = lambda *a: (print(json.dumps(sorted(sys.modules))), sys.exit(0))\n"
        "main(['run', '-n', 'work', 'show'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=place.environ
    )  # fmt: skip
    loaded = set(json.loads(done.stdout))
    heavy = {"rattler", "asyncio", "rich", "ruamel.yaml", "yaml", "msgspec", "importlib.metadata", "subprocess",
             "filelock", "hashlib", "parity.model"}  # fmt: skip
    assert loaded & heavy == set()
