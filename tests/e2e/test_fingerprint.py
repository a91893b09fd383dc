"""The same lock gives the same fingerprint wherever and however it is installed, and it is known beforehand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from home import Home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fingerprint(home: Home, *words: object) -> str:
    found = home.parity("fingerprint", *words).stdout.strip()
    assert found.startswith("parity1:sha256:")
    assert len(found) == len("parity1:sha256:") + 64
    return found


def by_links(home: Home, lock: Path, prefix: Path) -> None:
    home.parity("sync", str(lock), "-y", "-p", prefix)


def by_copies(home: Home, lock: Path, prefix: Path) -> None:
    home.parity("sync", str(lock), "-p", prefix, "--copy")


def closed_to_others(home: Home, lock: Path, prefix: Path) -> None:
    command = home.command("sync", str(lock), "-p", prefix)
    environ = {**home.environ, "TZ": "Pacific/Chatham", "LANG": "C"}
    subprocess.run(command, check=True, capture_output=True, cwd=home.path, env=environ, umask=0o077)


def in_steps(home: Home, lock: Path, prefix: Path) -> None:
    """Something else first, and then what the lock says."""
    home.parity("create", "-y", "-q", "-p", prefix, *home.channel("mixed"), "python", "--pypi", "gamma")
    home.parity("sync", str(lock), "-y", "-p", prefix)


def on_another_machine(home: Home, lock: Path, prefix: Path) -> None:
    """As another person, with caches of their own."""
    other = Home(home.path / "other", home.universe, home.path / "other" / "pkgs")
    other.parity("sync", str(lock), "-p", prefix)


@pytest.mark.parametrize(
    ("install", "place"),
    [
        (by_links, "envs/work"),
        (by_copies, "elsewhere"),
        (by_links, "deep/" + "x" * 140),
        (by_links, "with a blank"),
        (closed_to_others, "private"),
        (in_steps, "steps"),
        (on_another_machine, "theirs"),
    ],
)
def test_what_a_lock_predicts_is_what_is_measured(
    home: Home, lock: Path, install: Callable[[Home, Path, Path], None], place: str
) -> None:
    predicted = fingerprint(home, lock)
    prefix = home.path / place
    install(home, lock, prefix)
    same = home.parity("fingerprint", "--compare", lock, prefix)
    assert "The same." in same.stdout
    assert fingerprint(home, "-p", prefix) == predicted
    assert fingerprint(home, "-p", prefix, "--full") == predicted


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change a file without touching what it may be linked to."""
    content = change(path.read_bytes())
    path.unlink()
    path.write_bytes(content)


def test_whatever_changes_is_seen_and_named(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work", "--copy")
    before = fingerprint(home, "-n", "work")
    prefix = home.prefix()
    greet = prefix / "bin" / "greet"
    data = next(prefix.glob("lib/python*/site-packages/alpha/__init__.py"))
    inside = data.relative_to(prefix).as_posix()
    old = data.read_bytes()
    for change, undo, expected in (
        (lambda: edit(data, lambda text: text[:-1] + b" "), lambda: edit(data, lambda _: old), (inside, "content")),
        (lambda: data.chmod(0o755), lambda: data.chmod(0o644), (inside, "executable")),
        (lambda: (prefix / "share/x").write_text(""), (prefix / "share/x").unlink, ("share/x", "added")),
        (lambda: greet.rename(prefix / "kept"), lambda: (prefix / "kept").rename(greet), ("bin/greet", "removed")),
    ):
        (prefix / "share").mkdir(exist_ok=True)
        change()
        assert fingerprint(home, "-n", "work") != before
        found = home.json("fingerprint", "--compare", lock, "work", code=1)
        assert expected in {(one["path"], one["change"]) for one in found["files"]}
        owners = {one["path"]: one["package"] for one in found["files"]}
        assert owners[expected[0]] == {inside: "alpha", "bin/greet": "greeter"}.get(expected[0])
        undo()
        assert fingerprint(home, "-n", "work") == before


def test_running_it_and_looking_at_it_changes_nothing(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work")
    before = fingerprint(home, "-n", "work")
    home.python("import alpha, numlib, json, greeter.cli")
    assert list(home.prefix().rglob("alpha/__pycache__/*.pyc"))
    (home.prefix() / "empty").mkdir()
    os.utime(home.prefix() / "bin" / "greet")
    home.parity("verify", "-n", "work")
    assert fingerprint(home, "-n", "work") == before


def test_compiled_bytecode_counts_and_is_told_apart(home: Home, lock: Path) -> None:
    predicted = fingerprint(home, lock)
    home.parity("sync", str(lock), "-n", "work", "--compile")
    found = home.parity("fingerprint", "-n", "work")
    assert found.stdout.strip() != predicted
    assert predicted in found.stderr
    assert home.json("fingerprint", "-n", "work")["without_bytecode"] == predicted


def test_compiled_bytecode_is_the_same_wherever_and_whenever_it_is_compiled(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work", "--compile")
    home.parity("sync", str(lock), "-n", "later")
    subprocess.run([home.prefix("later") / "bin/python", "-c", "import json, numlib, greeter"], check=True,
                   env={"HOME": str(home.path)})  # fmt: skip
    assert list(home.prefix("later").rglob("json/__pycache__/decoder.*.pyc"))
    home.environ |= {"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2"}
    home.parity("sync", str(lock), "-n", "later", "--compile")
    assert "The same." in home.parity("fingerprint", "--compare", "work", "later").stdout
    # What is compiled is let be; what has another source by now is not.
    module = next(home.prefix("later").rglob("json/decoder.py"))
    code = next(home.prefix("later").rglob("json/__pycache__/decoder.*.pyc"))
    before = code.stat().st_mtime_ns
    home.parity("sync", str(lock), "-n", "later", "--compile")
    assert code.stat().st_mtime_ns == before
    edit(module, lambda text: text + b"\nX = 1\n")
    home.parity("sync", str(lock), "-n", "later", "--compile")
    assert code.stat().st_mtime_ns != before


def test_variables_count_and_their_values_are_nowhere_to_be_read(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work")
    before = fingerprint(home, "-n", "work")
    home.parity("env", "config", "vars", "set", "-n", "work", "COLOUR=secret-red")
    assert fingerprint(home, "-n", "work") != before
    assert "secret-red" not in home.parity("fingerprint", "-n", "work", "--json").stdout
    assert home.json("fingerprint", "--compare", lock, "work", code=1)["variables"] == ["COLOUR"]


def test_another_machine_is_compared_by_what_it_saved(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work")
    there = home.path / "there.json"
    there.write_text(home.parity("fingerprint", "-n", "work", "--json").stdout)
    assert home.json("fingerprint", "--compare", there, lock)["same"]
    home.parity("remove", "-y", "-n", "work", "greeter")
    text = home.parity("fingerprint", "--compare", there, "work", code=1).stdout
    assert "greeter: " in text
    assert "bin/greet: only in the first" in text
    assert json.loads(there.read_text())["fingerprint"] == fingerprint(home, lock)


def test_what_cannot_be_told_is_said(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work")
    assert "there is no" in home.parity("fingerprint", "nowhere.lock", code=4).stderr
    assert "there is no" in home.parity("fingerprint", "--compare", "nowhere.lock", "work", code=2).stderr
    record = next((home.prefix() / "conda-meta").glob("numlib-*.json"))
    edit(record, lambda text: text[:40])
    assert "numlib" in home.parity("fingerprint", "-n", "work", code=6).stderr
    assert "parity verify" in home.parity("fingerprint", "--compare", lock, "work", code=2).stderr


def test_the_second_look_at_an_environment_imports_no_engine(home: Home, lock: Path) -> None:
    home.parity("sync", str(lock), "-n", "work")
    code = (
        "import sys; from parity.cli.main import run; run(['fingerprint', '-n', 'work']); "
        "print(sorted({'rattler', 'asyncio', 'rich', 'uv', 'subprocess'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home.path, env=home.environ
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_as_a_library(home: Home, lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import parity

    home.parity("sync", str(lock), "-n", "work")
    environ = home.environ
    there = parity.fingerprint("work", environ=environ)
    predicted = parity.fingerprint(lock, environ=environ)
    assert str(there) == str(predicted) == fingerprint(home, "-n", "work")
    assert predicted.predicted
    assert not parity.compare_fingerprints(there, predicted)
