"""Parity is killed at many points: what it made is complete, mended by the next command, or not there."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from home import Home, difference, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from home import Universe

JOURNAL = "conda-meta/.parity-transaction"
KILLED = -signal.SIGKILL


def environment_file(home: Home, *dependencies: object, name: str = "env.yml") -> Path:
    path = home.path / name
    path.write_text(json.dumps({"channels": [home.universe.mixed], "dependencies": dependencies}))
    return path


def stage_of(home: Home, inside: str) -> Callable[[], bool]:
    return lambda: any(home.envs.glob(f".work.parity-stage-*/{inside}"))


def nobody_works_there(path: Path) -> bool:
    """No process has a path below `path` in its command line."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(path).encode() in words:
            return False
    return True


# -- making one ----------------------------------------------------------------------------------------

POINTS: dict[str, Callable[[Home], Callable[[], bool]]] = {
    "the stage is made": lambda home: stage_of(home, "."),
    "linking has begun": lambda home: stage_of(home, "share/big"),
    "a conda record stands": lambda home: stage_of(home, "conda-meta/lib-*.json"),
    "the last conda record stands": lambda home: stage_of(home, "conda-meta/big-*.json"),
    "wheels are being installed": lambda home: stage_of(home, "lib/python3*/site-packages/manyfiles"),
    "wheels are installed": lambda home: stage_of(home, "lib/python3*/site-packages/manyfiles-*/RECORD"),
    "the manifest stands": lambda home: stage_of(home, "conda-meta/parity"),
    "the history stands": lambda home: stage_of(home, "conda-meta/history"),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_creation_leaves_no_environment(home: Home, point: str) -> None:
    file = environment_file(home, "python", {"pip": ["manyfiles"]})
    words = ("create", "-y", "-n", "work", "-c", home.universe.tiny, "-f", file)
    file.write_text(file.read_text().replace('"python"', '"python", "big"'))
    code, _ = home.kill_when(POINTS[point](home), *words)
    if code == KILLED and not home.prefix().exists():
        assert home.json("env", "list")["envs"] == []
        assert "no environment named" in home.json("run", "-n", "work", "true", code=4)["error"]
        home.parity(*words)
    assert home.python("import manyfiles.part_0699 as part; print(part.VALUE)") == "699"
    assert home.leftovers() == []


def test_a_creation_killed_at_any_moment_leaves_no_environment(home: Home) -> None:
    words = ("create", "-y", "-n", "work", *home.channel("tiny"), "big", "app")
    began = monotonic()
    home.parity(*words)
    usual = monotonic() - began
    chance = random.Random(7)  # noqa: S311
    for _ in range(4):
        home.parity("env", "remove", "-y", "-n", "work")
        end = monotonic() + usual * chance.random()
        home.kill_when(lambda end=end: monotonic() > end, *words)  # type: ignore[misc]
        if home.prefix().exists():
            assert home.versions() == {"app": "2.0", "big": "2.0", "lib": "2.0"}
        else:
            home.parity(*words)
        assert home.parity("run", "-n", "work", "app").stdout.startswith("app 2.0")
        assert home.leftovers() == []


def test_a_replacement_killed_while_it_is_built_leaves_the_old_one(home: Home) -> None:
    home.create("app=1")
    before = snapshot(home.prefix())
    words = ("create", "-y", "-n", "work", "--force", *home.channel("tiny"), "big")
    assert home.kill_when(stage_of(home, "share/big"), *words)[0] == KILLED
    assert difference(before, snapshot(home.prefix())) == []
    assert home.json("env", "list")["envs"] == [str(home.prefix())]
    home.parity(*words)
    assert home.versions() == {"big": "2.0", "lib": "2.0"}
    assert home.leftovers() == []


def test_a_killed_creation_in_place_is_no_environment(home: Home) -> None:
    # With link scripts the environment is built where it will stand.
    words = ("create", "-y", "-n", "work", "--run-link-scripts", *home.channel("tiny"), "big", "app")
    code, _ = home.kill_when((home.prefix() / "share" / "big").is_dir, *words)
    assert code == KILLED
    assert home.json("env", "list")["envs"] == []
    home.parity("run", "-n", "work", "true", code=4)
    home.parity(*words)
    assert home.parity("run", "-n", "work", "app").stdout.startswith("app 2.0")
    assert home.leftovers() == []


def test_a_killed_removal_is_finished_by_the_next_creation(home: Home) -> None:
    home.create("big")
    words = ("env", "remove", "-y", "-n", "work")
    home.kill_when(lambda: not home.prefix().exists(), *words)
    assert home.json("env", "list")["envs"] == []
    home.create("solo")
    assert home.leftovers() == []


# -- changing one --------------------------------------------------------------------------------------


class Changed:
    """An environment before and after a change, to be put back and changed again.

    Args:
        home: where it is.
        words: the change, as arguments of Parity.
    """

    def __init__(self, home: Home, *words: object) -> None:
        self.home = home
        self.words = words
        self.saved = home.path / "saved"
        shutil.copytree(home.prefix(), self.saved, symlinks=True)
        self.before = snapshot(home.prefix())
        home.parity(*words)
        self.after = snapshot(home.prefix())
        assert difference(self.before, self.after)

    def restore(self) -> None:
        shutil.rmtree(self.home.prefix())
        shutil.copytree(self.saved, self.home.prefix(), symlinks=True, copy_function=os.link)

    def kill(self, point: Callable[[Path], bool]) -> bool:
        """Whether the change was killed with its journal written."""
        self.restore()
        prefix = self.home.prefix()
        self.home.kill_when(lambda: point(prefix), *self.words)
        return (prefix / JOURNAL).exists()

    def assert_one_or_the_other(self) -> None:
        now = snapshot(self.home.prefix())
        assert difference(now, self.after) == [] or difference(now, self.before) == []
        assert JOURNAL not in now


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, universe: Universe) -> Changed:
    """`install` of a change that touches conda packages and wheels alike."""
    home = Home(tmp_path_factory.mktemp("changed"), universe)
    file = environment_file(home, "python", "big=1", "app=1", {"pip": ["manyfiles==1.0", "alpha==1.0", "delta"]})
    home.parity("create", "-y", "-n", "work", "-c", universe.tiny, "-f", file)
    file = environment_file(home, "python", "big=2", "app=2", {"pip": ["manyfiles", "greeter"]})
    return Changed(home, "update", "-y", "-n", "work", "-c", universe.tiny, "-f", file, "--prune")


def site(prefix: Path, pattern: str) -> bool:
    return any(prefix.glob(f"lib/python3*/site-packages/{pattern}"))


STAGES: dict[str, Callable[[Path], bool]] = {
    "the journal is written": lambda prefix: (prefix / JOURNAL).exists(),
    "wheels are going": lambda prefix: not site(prefix, "alpha/__init__.py"),
    "the old package is going": lambda prefix: not (prefix / "share/big/1.0/0300.txt").exists(),
    "the old record is gone": lambda prefix: not (prefix / "conda-meta/big-1.0-0.json").exists(),
    "the new package is coming": lambda prefix: (prefix / "share/big/2.0").exists(),
    "the new record stands": lambda prefix: (prefix / "conda-meta/big-2.0-0.json").exists(),
    "the old wheel is gone": lambda prefix: (
        (prefix / "conda-meta/big-2.0-0.json").exists() and not site(prefix, "manyfiles/part_0000.py")
    ),
    "the new wheel is coming": lambda prefix: site(prefix, "manyfiles/new.py"),
    "the new wheel stands": lambda prefix: site(prefix, "manyfiles-2.0.dist-info/RECORD"),
    "the script stands": lambda prefix: (prefix / "bin/greet").exists(),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_change_is_finished_by_the_next_command(changed: Changed, stage: str) -> None:
    home = changed.home
    if changed.kill(STAGES[stage]):
        listed = home.parity("list", "-n", "work") if stage == "the journal is written" else None
        assert listed is None or "is not finished" in listed.stderr
        done = home.parity("run", "-n", "work", "app")
        assert "a change was interrupted; finishing it" in done.stderr or "app 2.0" in done.stdout
    changed.assert_one_or_the_other()
    assert home.python("import manyfiles.part_0699 as part; print(part.VALUE)") == "699"


def test_a_change_killed_at_any_moment_is_finished(changed: Changed) -> None:
    chance = random.Random(11)  # noqa: S311
    began = monotonic()
    changed.restore()
    changed.home.parity(*changed.words)
    usual = monotonic() - began
    mended = 0
    for _ in range(4):
        end = monotonic() + usual * chance.uniform(0.4, 1)
        mended += changed.kill(lambda _, end=end: monotonic() > end)  # type: ignore[misc]
        changed.home.parity("install", "-n", "work", code=0 if changed.home.prefix().joinpath(JOURNAL).exists() else 2)
        changed.assert_one_or_the_other()


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        (["install", "-y", "-c", "tiny", "solo"], {"solo": "1.0", "big": "2.0"}),
        (["update", "-y", "-c", "tiny", "app"], {"app": "2.0", "big": "2.0"}),
        (["remove", "-y", "app"], {"big": "2.0"}),
    ],
)
def test_commands_that_change_mend_first(changed: Changed, words: list[str], versions: dict[str, str]) -> None:
    home = changed.home
    if not changed.kill(STAGES["the new package is coming"]):
        pytest.skip("the change was quicker than the signal")
    given = [home.universe.tiny if word == "tiny" else word for word in words]
    assert "finishing it" in home.parity(*given, "-n", "work").stderr
    found = home.versions()
    assert versions.items() <= found.items()
    assert ("app" in found) == (words[0] != "remove")
    assert not (home.prefix() / JOURNAL).exists()


def test_a_dry_run_mends_nothing_and_says_so(changed: Changed) -> None:
    if not changed.kill(STAGES["the new package is coming"]):
        pytest.skip("the change was quicker than the signal")
    before = snapshot(changed.home.prefix())
    answer = changed.home.json("remove", "-n", "work", "--dry-run", "app", code=2)
    assert "interrupted" in answer["error"]
    assert "is not finished" in changed.home.parity("env", "show", "-n", "work").stderr
    assert difference(before, snapshot(changed.home.prefix())) == []


def test_mending_that_is_killed_is_mended(changed: Changed) -> None:
    home = changed.home
    prefix = home.prefix()
    if not changed.kill(STAGES["the old package is going"]):
        pytest.skip("the change was quicker than the signal")
    home.kill_when((prefix / "share/big/2.0/0300.txt").exists, "run", "-n", "work", "app")
    home.kill_when(lambda: site(prefix, "manyfiles/new.py"), "run", "-n", "work", "app")
    assert "app 2.0" in home.parity("run", "-n", "work", "app").stdout
    changed.assert_one_or_the_other()


def test_children_that_outlive_parity_do_no_harm(changed: Changed) -> None:
    home = changed.home
    changed.restore()
    prefix = home.prefix()
    home.kill_when(lambda: not site(prefix, "manyfiles/part_0000.py"), *changed.words, alone=True)
    assert "app 2.0" in home.parity("run", "-n", "work", "app").stdout
    changed.assert_one_or_the_other()
    home.parity("env", "remove", "-y", "-n", "work")
    file = environment_file(home, "python", {"pip": ["manyfiles"]}, name="other.yml")
    words = ("create", "-y", "-n", "work", "-f", file)
    home.kill_when(stage_of(home, "lib/python3*/site-packages/manyfiles"), *words, alone=True)
    home.parity(*words)
    assert home.python("import manyfiles.part_0699 as part; print(part.VALUE)") == "699"
    assert home.leftovers() == []


def test_a_change_that_cannot_be_finished_is_taken_back(tmp_path: Path, universe: Universe) -> None:
    channel = tmp_path / "channel"
    shutil.copytree(universe.tiny.removeprefix("file://"), channel)
    home = Home(tmp_path / "home", universe, tmp_path / "pkgs")
    home.parity("create", "-y", "-n", "work", "-c", channel, "--override-channels", "big=1", "app=1")
    before = snapshot(home.prefix())
    code, _ = home.kill_when(
        lambda: not (home.prefix() / "share/big/1.0/0699.txt").exists(), "install", "-y", "-n", "work", "big=2", "app=2"
    )
    assert code == KILLED
    # The new packages are nowhere to be had any more.
    for archive in channel.rglob("*-2.0-0.conda"):
        archive.unlink()
    for directory in home.pkgs.glob("*-2.0-0*"):
        shutil.rmtree(directory) if directory.is_dir() else directory.unlink()
    done = home.parity("run", "-n", "work", "app")
    assert "going back to what was there before" in done.stderr
    assert done.stdout.startswith("app 1.0")
    found = {name: value for name, value in snapshot(home.prefix()).items() if not name.startswith("share/big/2.0")}
    assert difference(before, found) == []


# -- Ctrl-C --------------------------------------------------------------------------------------------


def test_ctrl_c_during_a_creation_leaves_nothing(home: Home) -> None:
    file = environment_file(home, "python", {"pip": ["manyfiles"]})
    words = ("create", "-y", "-n", "work", "-f", file)
    points = [
        home.envs.is_dir,
        stage_of(home, "conda-meta"),
        stage_of(home, "lib/python3*/site-packages/manyfiles/part_0100.py"),
    ]
    for point in points:
        code, stderr = home.kill_when(point, *words, by=signal.SIGINT)
        assert code == 130, stderr
        assert "interrupted" in stderr
        assert not home.prefix().exists()
        assert home.leftovers() == []
        assert nobody_works_there(home.path)
    home.parity(*words)


def test_ctrl_c_during_a_change_leaves_it_whole(changed: Changed) -> None:
    home = changed.home
    for stage in ("the journal is written", "the new package is coming", "the new wheel is coming"):
        changed.restore()
        code, stderr = home.kill_when(partial(STAGES[stage], home.prefix()), *changed.words, by=signal.SIGINT)
        assert code in {0, 130}, stderr
        assert nobody_works_there(home.path)
        changed.assert_one_or_the_other()


def test_ctrl_c_while_packages_are_looked_for_changes_nothing(changed: Changed) -> None:
    changed.restore()
    home = changed.home
    shutil.rmtree(home.envs / ".parity-locks")
    code, _ = home.kill_when(lambda: any(home.envs.glob(".parity-locks/*.pid")), *changed.words, by=signal.SIGINT)
    assert code == 130
    assert difference(changed.before, snapshot(home.prefix())) == []
