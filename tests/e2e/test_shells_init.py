"""`parity init`, `parity shell` and completion, in real shells."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from place import Place
from shell_drivers import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these shells are POSIX ones")

START = {
    "bash": ["-i", "-c"],
    "bash login": ["--login", "-c"],
    "zsh": ["-i", "-c"],
    "dash": ["-l", "-c"],
    "fish": ["-c"],
    "xonsh": ["--rc", "~/.xonshrc", "-c"],
    "nu": ["--login", "-c"],
}
SHELL_PROGRAMS = ("bash", "zsh", "fish")


def have(names: tuple[str, ...]) -> list[Any]:
    return [
        pytest.param(
            name, marks=pytest.mark.skipif(shutil.which(name.split()[0]) is None, reason=f"{name} is not installed")
        )
        for name in names
    ]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.home.mkdir()
    made.make_env(made.root / "envs" / "one")
    made.environ |= {"PATH": os.environ["PATH"], "TERM": "dumb"}
    return made


@pytest.fixture
def terminals() -> Iterator[list[Any]]:
    open_ones: list[Any] = []
    yield open_ones
    for terminal in open_ones:
        terminal.close(force=True)


def files_of(home: Path) -> dict[str, bytes]:
    """What shells read at their start, without caches and histories."""
    skip = re.compile(r"\.local|\.cache|fish_variables|history|\.before-|completions|vendor|\.zcompdump|xonsh")
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and (path.name == ".xonshrc" or not skip.search(path.relative_to(home).as_posix()))
    }


@pytest.mark.parametrize("start", have(tuple(START)))
def test_new_shells_know_parity_in_a_fresh_home_and_forget_it_again(place: Place, start: str) -> None:
    shell = start.split(maxsplit=1)[0]
    assert "would change" in place.parity("init", shell, "--dry-run").stdout
    assert files_of(place.home) == {}
    assert "changed" in place.parity("init", shell).stdout
    written = files_of(place.home)
    assert all(entry["changed"] is False for entry in place.json("init", shell)["files"])
    assert files_of(place.home) == written
    show = "print $env.CONDA_PREFIX" if shell == "nu" else 'echo "$CONDA_PREFIX"'
    if shell == "xonsh":
        show = "print(${'CONDA_PREFIX'})"
    program = shutil.which(shell) or shell
    done = subprocess.run(
        [program, *(word.replace("~", str(place.home)) for word in START[start]), f"parity activate one; {show}"],
        capture_output=True, text=True, check=False, env=place.environ, cwd=place.path, stdin=subprocess.DEVNULL,
        timeout=60,
    )  # fmt: skip
    assert str(place.root / "envs" / "one") in done.stdout.split(), done.stderr
    place.parity("init", shell, "--reverse")
    assert files_of(place.home) == {}


def test_files_come_back_byte_by_byte(place: Place) -> None:
    before = {".bashrc": b"# no end", ".profile": b"a=1\r\n\xff\n", ".zshrc": b"", ".bash_login": b". ~/.bashrc\n"}
    for name, data in before.items():
        (place.home / name).write_bytes(data)
    (place.home / ".bashrc").chmod(0o600)
    place.parity("init", "bash", "zsh", "dash")
    assert (place.home / ".bashrc.before-parity-init").read_bytes() == before[".bashrc"]
    assert (place.home / ".bashrc").stat().st_mode & 0o777 == 0o600
    assert b"parity initialize" in (place.home / ".bash_login").read_bytes()
    assert not (place.home / ".bash_profile").exists()
    place.parity("init", "--all", "--reverse")
    assert {name: data for name, data in files_of(place.home).items() if name in before} == before


def test_a_link_stays_a_link(place: Place) -> None:
    (place.path / "dotfiles").mkdir()
    real = place.path / "dotfiles" / "zshrc"
    real.write_text("x=1\n")
    (place.home / ".zshrc").symlink_to(real)
    place.parity("init", "zsh")
    assert (place.home / ".zshrc").is_symlink()
    assert "parity initialize" in real.read_text()


def test_shells_start_where_parity_is_gone(place: Place) -> None:
    place.parity("init", "bash")
    file = place.home / ".bashrc"
    file.write_text(file.read_text().replace(sys.executable, "/gone/python"))
    done = subprocess.run(
        ["bash", "--norc", "-euc", ". ~/.bashrc; echo fine"],
        capture_output=True, text=True, check=True, env=place.environ,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_the_function_is_read_once(place: Place) -> None:
    (place.home / ".profile").write_text(". ~/.bashrc\n")
    place.parity("init", "bash")
    done = subprocess.run(
        ["bash", "--login", "-xc", "true"], capture_output=True, text=True, check=True, env=place.environ
    )
    assert len(re.findall(r"^\++ .* shell\.bash hook$", done.stderr, re.MULTILINE)) == 1


@pytest.mark.parametrize("name", have(SHELL_PROGRAMS))
def test_a_shell_inside_the_environment(place: Place, terminals: list[Any], name: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    folder = place.root / "envs" / "one" / "etc" / "conda" / "activate.d"
    folder.mkdir(parents=True)
    (folder / "x.sh").write_text("export FROM_SCRIPT=yes\n")
    (folder / "x.fish").write_text("set -gx FROM_SCRIPT yes\n")
    (place.home / ".bashrc").write_text("PS1='own> '; PATH=/usr/bin:/bin\n")
    (place.home / ".zshrc").write_text("PS1='own> '; PATH=/usr/bin:/bin\n")
    fish = place.home / ".config" / "fish" / "config.fish"
    fish.parent.mkdir(parents=True)
    fish.write_text("function fish_prompt; echo -n 'own> '; end\n")
    terminal = pexpect.spawn(
        sys.executable, ["-m", "parity", "shell", "-n", "one", "--shell", shutil.which(name) or name],
        env=place.environ, encoding="utf-8", timeout=30, dimensions=(24, 200),
    )  # fmt: skip
    terminals.append(terminal)
    terminal.expect(r"\(one\).*own> ")
    terminal.sendline('echo "[$CONDA_PREFIX|$FROM_SCRIPT|$CONDA_SHLVL]"')
    terminal.expect_exact(f"[{place.root}/envs/one|yes|1]")
    terminal.sendline("parity deactivate")
    terminal.sendline('echo "[$CONDA_SHLVL]"')
    terminal.expect_exact("[0]")
    terminal.sendline("exit 7")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 7


def test_a_shell_that_reads_commands_from_a_pipe(place: Place) -> None:
    done = place.parity("shell", "one", stdin='echo "$CONDA_DEFAULT_ENV"; exit 3\n', SHELL="/bin/sh")
    assert (done.returncode, done.stdout) == (3, "one\n")
    assert place.parity("shell", "-n", "none").returncode == 4


def complete(place: Place, *words: str) -> list[str]:
    done = place.parity("complete", "--", "parity", *words)
    assert done.stderr == ""
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


def test_what_is_completed(place: Place) -> None:
    place.conda_package("numpy")
    place.conda_package("scikit-learn")
    place.wheel("my_wheel")
    (place.root / "pkgs" / "pandas-2.0-py311_0").mkdir(parents=True)
    assert {"activate", "install", "create"} <= set(complete(place, ""))
    assert complete(place, "inst") == ["install", "installer"]
    assert complete(place, "activate", "") == ["one", "work"]
    assert complete(place, "install", "-n", "w") == ["work"]
    assert complete(place, "install", "--name=w") == ["--name=work"]
    assert complete(place, "install", "--name", "=", "w") == ["work"]
    assert complete(place, "remove", "-n", "work", "") == ["my-wheel", "numpy", "scikit-learn"]
    assert complete(place, "install", "pan") == ["pandas"]
    assert complete(place, "create", "--platform", "osx") == ["osx-64", "osx-arm64"]
    assert complete(place, "env", "exp") == ["export"]
    assert complete(place, "env", "remove", "-n", "o") == ["one"]
    assert complete(place, "init", "f") == ["fish"]
    assert "--strict-channel-priority" in complete(place, "create", "--")
    assert complete(place, "create", "-f", "") == []
    assert complete(place, "nosuch", "") == []
    assert place.parity("complete", "--", "parity", "remove", "-n", "none", "").returncode == 1


def test_completion_imports_no_engine(place: Place) -> None:
    program = (
        "import sys, json; from parity.cli import main\n"
        "main(['complete', '--', 'parity', 'install', '-n', ''])\n"
        "sys.stderr.write(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=place.environ
    )
    assert {"rattler", "asyncio", "rich", "ruamel.yaml", "yaml", "msgspec"} & set(
        re.findall(r"[\w.]+", done.stderr)
    ) == set()


@pytest.mark.parametrize("name", have(("bash",)))
def test_bash_completes(place: Place, name: str) -> None:
    shell = Shell(name, place)
    asked = [
        "COMP_WORDS=(parity activate w); COMP_CWORD=2; __parity_complete; printf '%s\\n' \"${COMPREPLY[@]}\"",
        "complete -p parity",
    ]
    done = subprocess.run(
        ["bash", "--norc", "-ic", "\n".join([shell.load(), *asked])],
        capture_output=True, text=True, check=True, env=shell.environ, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["work", "complete -o bashdefault -o default -F __parity_complete parity"]


@pytest.mark.parametrize("name", have(("fish",)))
def test_fish_completes(place: Place, name: str) -> None:
    shell = Shell(name, place)
    (shell.folder / "a-file").touch()
    seen = shell.run(["complete -C 'parity activate w'", "complete -C 'parity create -f a-f'"])
    assert seen.out.splitlines() == ["work", "a-file"]


@pytest.mark.parametrize("name", have(("zsh",)))
def test_zsh_completes(place: Place, terminals: list[Any], name: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    shell = Shell(name, place)
    terminal = pexpect.spawn(
        shell.program, ["-f", "-i"], env=shell.environ, encoding="utf-8", timeout=30, dimensions=(24, 200)
    )
    terminals.append(terminal)
    terminal.sendline("PS1='ready> '; autoload -Uz compinit; compinit -u -D")
    terminal.sendline(shell.load())
    terminal.sendline("echo loa''ded")
    terminal.expect_exact("loaded")
    terminal.expect_exact("ready> ")
    terminal.send("echo $CONDA_SHLVL; parity activate wo\t")
    terminal.expect_exact("activate work")
    terminal.sendline("; echo [$CONDA_DEFAULT_ENV]")
    terminal.expect_exact("[work]")
