"""Two processes at once: one waits for the other and says so, and both come to a good end."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING

from home import PATIENCE, descendants

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from home import Home

JOURNAL = "conda-meta/.parity-transaction"


@contextmanager
def paused(home: Home, when: Callable[[], object], *words: object) -> Iterator[subprocess.Popen[str]]:
    """A Parity that stands still from a certain point until the body is done; it ends well."""
    with home.start(*words) as child:
        deadline = monotonic() + PATIENCE
        while not when():
            assert child.poll() is None, child.communicate()
            assert monotonic() < deadline
            sleep(0.0005)
        os.kill(child.pid, signal.SIGSTOP)
        try:
            yield child
        finally:
            os.kill(child.pid, signal.SIGCONT)
            out, err = child.communicate(timeout=PATIENCE)
        assert child.returncode == 0, out + err


def finish(child: subprocess.Popen[str], code: int = 0) -> str:
    """Wait for a child; what it wrote to standard error."""
    with child:
        out, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == code, out + err
    assert "Traceback" not in err
    return err


def waits(child: subprocess.Popen[str]) -> str:
    """The line by which a child says that it waits."""
    assert child.stderr is not None
    for line in child.stderr:
        if "Waiting for another Parity process" in line:
            return line
    raise AssertionError("it did not wait")


def staged(home: Home) -> Callable[[], bool]:
    return lambda: any(home.envs.glob(".work.parity-stage-*/share"))


def test_two_creations_of_one_name(home: Home) -> None:
    words = ("create", "-y", "-n", "work", *home.channel("tiny"), "big", "app")
    with paused(home, staged(home), *words) as first:
        second = home.start(*words)
        assert f"(pid {first.pid})" in waits(second)
    assert "an environment stands at" in finish(second, 7)
    assert home.versions() == {"app": "2.0", "big": "2.0", "lib": "2.0"}
    assert home.leftovers() == []


def test_two_changes_of_one_environment(home: Home) -> None:
    home.create("app=1", "lib=1")
    pending = home.prefix() / JOURNAL
    with paused(home, pending.exists, "install", "-y", "-n", "work", "big"):
        second = home.start("install", "-y", "-n", "work", "solo")
        third = home.start("remove", "-y", "-n", "work", "app")
        waits(second)
        waits(third)
    finish(second)
    finish(third)
    assert home.versions() == {"big": "2.0", "lib": "1.0", "solo": "1.0"}
    assert not pending.exists()


def test_a_program_waits_for_the_end_of_a_change(home: Home) -> None:
    home.create("app=1")
    pending = home.prefix() / JOURNAL
    with paused(home, pending.exists, "install", "-y", "-n", "work", "big", "app=2"):
        listed = home.parity("list", "-n", "work")
        assert "is not finished" in listed.stderr
        running = home.start("run", "-n", "work", "app")
        waits(running)
    with running:
        out, _ = running.communicate(timeout=PATIENCE)
    assert out == f"app 2.0 {home.prefix()}\n"


def test_who_does_not_want_to_wait_is_told_who_is_at_work(home: Home) -> None:
    home.create("app=1")
    home.configure("lock_timeout_secs: 1")
    with paused(home, (home.prefix() / JOURNAL).exists, "install", "-y", "-n", "work", "big") as first:
        refused = home.json("install", "-y", "-n", "work", "solo", code=7)
        assert refused["code"] == "busy"
        assert f"(pid {first.pid})" in refused["error"]
    assert "solo" not in home.versions()


def test_a_killed_process_frees_its_lock(home: Home) -> None:
    home.create("app=1")
    home.kill_when((home.prefix() / JOURNAL).exists, "install", "-y", "-n", "work", "big")
    assert "Waiting" not in home.parity("install", "-y", "-n", "work", "solo").stderr
    assert {"solo", "app"} <= home.versions().keys()


def test_two_environments_on_one_cold_cache(cold_home: Home) -> None:
    home = cold_home
    children = [home.start("create", "-y", "-n", name, *home.channel("tiny"), "big", "app") for name in ("one", "two")]
    for child in children:
        finish(child)
    for name in ("one", "two"):
        assert home.parity("run", "-n", name, "app").stdout == f"app 2.0 {home.prefix(name)}\n"
    files = [path.read_text() for path in sorted((home.prefix("two") / "share" / "big").rglob("*.txt"))]
    assert len(files) == 900
    assert all(files)


def test_two_processes_package_one_interpreter(cold_home: Home) -> None:
    home = cold_home
    shutil.rmtree(home.root / "interpreters")
    children = [
        home.start("create", "-y", "-n", name, *home.channel("pypi"), "python", "alpha") for name in ("one", "two")
    ]
    for child in children:
        finish(child)
    assert [home.python("import alpha; print(alpha.__version__)", name) for name in ("one", "two")] == ["2.0", "2.0"]
    assert len(list((home.root / "interpreters").rglob("python-3*.conda"))) == 1


def test_children_of_a_waiting_process_do_not_outlive_it(home: Home) -> None:
    with paused(home, staged(home), "create", "-y", "-n", "work", *home.channel("tiny"), "big"):
        second = home.start("create", "-y", "-n", "work", *home.channel("tiny"), "app")
        waits(second)
        os.kill(second.pid, signal.SIGINT)
        assert "interrupted" in finish(second, 130)
        assert descendants(second.pid) == []
    assert home.versions() == {"big": "2.0", "lib": "2.0"}
