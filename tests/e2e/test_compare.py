"""diff, why, tree and export, from the command line and as functions."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

import parity

if TYPE_CHECKING:
    from home import Home


@pytest.fixture
def two(home: Home) -> Home:
    """Two environments, and the lock of the first."""
    home.create("app=1", "tool", name="one")
    home.create("app=2", "solo", name="two")
    home.parity("export", "-n", "one", "-o", "parity.lock")
    return home


def git(home: Home, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    subprocess.run(["git", *who, *words], cwd=home.path, env=home.environ, check=True, capture_output=True)


def test_equal_things_do_not_differ(two: Home) -> None:
    assert two.parity("diff", "one", "one").stdout == "No difference.\n"
    assert two.parity("diff", "one", "parity.lock").stdout == "No difference.\n"
    assert two.json("diff", two.prefix("one"), "parity.lock")["same"] is True


def test_packages_that_differ_are_shown_with_their_reason(two: Home) -> None:
    text = two.parity("diff", "one", "two", code=1).stdout
    rows = {line.split()[1]: line.split() for line in text.splitlines() if line.startswith(("+", "-", "~"))}
    assert rows["solo"][:3] == ["+", "solo", "1.0"]
    assert rows["app"][:4] == ["~", "app", "1.0", "2.0"]
    assert rows["helper"][0] == "-"
    assert rows["helper"][-1] == "tool"
    assert "asked for: + solo" in text
    data = two.json("diff", "parity.lock", "two", code=1)
    assert {change["name"]: change["kind"] for change in data["changes"]} == {
        "app": "changed", "helper": "removed", "solo": "added", "tool": "removed",
    }  # fmt: skip


def test_markdown_is_a_table(two: Home) -> None:
    lines = two.parity("diff", "one", "two", "--markdown", code=1).stdout.splitlines()
    assert lines[0] == "### `one` → `two`"
    assert any(line.startswith("| + | **solo** |") for line in lines)
    width = {line.count("|") for line in lines if line.startswith("|")}
    assert len(width) == 1


def test_a_lock_is_compared_with_itself_in_a_git_revision(two: Home) -> None:
    git(two, "init", "-q")
    assert "no revision" in two.parity("diff", code=4).stderr
    git(two, "add", "parity.lock")
    git(two, "commit", "-q", "-m", "lock")
    assert two.parity("diff").stdout == "No difference.\n"
    two.parity("export", "-n", "two", "-o", "parity.lock")
    assert "solo" in two.parity("diff", "HEAD:parity.lock", "parity.lock", code=1).stdout
    assert "no parity.loc in" in two.parity("diff", "HEAD:parity.loc", "parity.lock", code=4).stderr
    assert "knows no revision" in two.parity("diff", "nowhere:parity.lock", "parity.lock", code=4).stderr


def test_outside_of_a_repository_that_is_said(two: Home) -> None:
    assert "no git repository" in two.parity("diff", code=4).stderr


def test_a_file_is_compared_by_what_is_asked_for(two: Home) -> None:
    (two.path / "environment.yml").write_text(f"channels: ['{two.universe.tiny}']\ndependencies: [app=1, solo]\n")
    text = two.parity("diff", "parity.lock", "environment.yml", code=1).stdout
    assert "asked for: + solo" in text
    assert "asked for: - tool" in text
    assert "app" not in text


def test_a_pylock_is_compared_by_its_pypi_packages(home: Home) -> None:
    home.create("numlib", "--pypi", "delta", "--pypi", "alpha[fancy]", channel="mixed")
    home.parity("export", "-n", "work", "-o", "parity.lock")
    home.parity("export", "-n", "work", "-o", "pylock.toml")
    for other in ("parity.lock", "work"):
        for pair in ((other, "pylock.toml"), ("pylock.toml", other)):
            done = home.parity("diff", *pair)
            assert done.stdout == "No difference.\n"
            assert "conda's are not compared" in done.stderr
    lines = (home.path / "pylock.toml").read_text().split("[[packages]]")
    (home.path / "pylock.toml").write_text("[[packages]]".join(part for part in lines if 'name = "gamma"' not in part))
    (change,) = home.json("diff", "parity.lock", "pylock.toml", code=1)["changes"]
    assert (change["name"], change["kind"]) == ("gamma", "removed")


def test_what_does_not_exist_is_named(two: Home) -> None:
    assert "`three`" in two.parity("diff", "one", "three", code=4).stderr
    assert "no.lock" in two.parity("diff", "one", "no.lock", code=4).stderr


def test_why_shows_chains_from_what_was_asked_for(two: Home) -> None:
    assert "`tool` -> tool 1.0 -> helper 1.0 [helper]" in two.parity("why", "helper", "-n", "one").stdout
    assert "helper" in two.parity("why", "helper", "parity.lock").stdout
    data = two.json("why", "lib", "-n", "one")
    assert [[step["name"] for step in chain["steps"]] for chain in data["chains"]] == [["app", "lib"], ["tool", "lib"]]
    assert "did you mean `helper`" in two.parity("why", "helpr", "-n", "one", code=4).stderr


def test_why_follows_python_packages_into_conda_and_extras(home: Home) -> None:
    home.create("numlib", "--pypi", "delta", "--pypi", "alpha[fancy]", channel="mixed")
    home.parity("export", "-n", "work", "-o", "parity.lock")
    for where in (["-n", "work"], ["parity.lock"]):
        chains = home.json("why", "numlib", *where)["chains"]
        assert [[step["name"] for step in chain["steps"]] for chain in chains] == [["numlib"], ["delta", "numlib"]]
        assert chains[1]["steps"][1]["requirement"] == "numlib>=1"
        (gamma,) = home.json("why", "gamma", *where)["chains"]
        assert gamma["line"] == "alpha[fancy]"


def test_tree_shows_what_needs_what(two: Home) -> None:
    lines = two.parity("tree", "-n", "one").stdout.splitlines()
    assert lines[0].startswith("app 1.0")
    assert [line.strip("│├└─ ").split()[0] for line in lines] == ["app", "lib", "tool", "helper", "lib"]
    inverted = two.parity("tree", "parity.lock", "lib", "--invert").stdout.splitlines()
    assert [line.strip("│├└─ ").split()[0] for line in inverted] == ["lib", "app", "tool"]
    assert len(two.parity("tree", "-n", "one", "--depth", "0").stdout.splitlines()) == 2
    assert two.json("tree", "-n", "one", "tool")["tree"][0]["children"][0]["name"] == "helper"


@pytest.mark.parametrize(
    ("kind", "file"),
    [("parity", "laptop.lock"), ("pixi", "pixi.lock"), ("conda-lock", "conda-lock.yml"), ("explicit", "list.txt")],
)
def test_an_environment_becomes_a_lock_that_gives_it_again(two: Home, kind: str, file: str) -> None:
    two.parity("export", "-n", "one", "-o", file)
    assert two.parity("export", "-n", "one", "--format", kind).stdout == (two.path / file).read_text()
    two.parity("create", "-n", "again", "-f", file)
    assert two.versions("again") == two.versions("one")
    assert not two.json("diff", "one", "again", code=1 if kind != "parity" else 0)["changes"]


def test_an_environment_becomes_a_file_in_conda_s_words(two: Home) -> None:
    builds = two.parity("env", "export", "-n", "one").stdout
    assert "name: one" in builds
    assert f"prefix: {two.prefix('one')}" in builds
    plain = two.parity("export", "one", "--no-builds").stdout
    assert "- app=1.0\n" in plain
    assert "prefix" not in plain
    asked = two.parity("export", "-n", "one", "--from-history").stdout
    assert "helper" not in asked
    two.parity("env", "export", "-n", "one", "-f", "out.yml")
    assert (two.path / "out.yml").read_text() == builds
    two.parity("create", "-n", "again", "-f", "out.yml")
    assert two.versions("again") == two.versions("one")


def test_what_pip_brought_from_nowhere_is_named_and_left_out_of_a_lock(home: Home) -> None:
    home.create("python", channel="mixed")
    site = next((home.prefix() / "lib").glob("python3*/site-packages"))
    (site / "found-1.0.dist-info").mkdir()
    (site / "found-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: found\nVersion: 1.0\n")
    done = home.parity("export", "-n", "work", "--format", "parity")
    assert "found" in done.stderr
    assert "found" not in done.stdout
    assert "found==1.0" in home.parity("export", "-n", "work").stdout


def test_it_is_said_that_other_programs_cannot_get_the_python_of_a_lock(home: Home) -> None:
    home.parity("create", "-y", "-q", "-n", "work", "-c", "pypi", "--override-channels", "python")
    for kind, warned in (("explicit", True), ("conda-lock", True), ("parity", False)):
        done = home.parity("export", "-n", "work", "--format", kind)
        assert ("other programs cannot make" in done.stderr) is warned, kind


def test_the_base_that_is_not_there_is_named_without_options_that_a_command_does_not_have(home: Home) -> None:
    said = home.parity("diff", "base", "base", code=4).stderr
    assert "no base environment" in said
    assert "-n" not in said.replace(str(home.path), "")


def test_a_file_name_that_tells_no_format_needs_the_option(two: Home) -> None:
    assert "--format" in two.parity("export", "-n", "one", "-o", "thing.json", code=2).stderr


def test_the_same_as_functions(two: Home) -> None:
    environ = two.environ
    lock = two.path / "parity.lock"
    assert not parity.diff("one", lock, environ=environ)
    assert {change.name for change in parity.diff("one", "two", environ=environ).changes} >= {"app", "solo"}
    assert parity.why("helper", lock, environ=environ)[0].line == "tool"
    assert [branch.key for branch in parity.tree("one", environ=environ)] == ["conda:app", "conda:tool"]
    assert parity.export(lock, "parity", environ=environ) == parity.export("one", "parity", environ=environ)
    plan = parity.sync("three", lock, environ=environ)
    assert {operation.name for operation in plan.operations} == {"app", "lib", "tool", "helper"}
    assert not parity.sync("three", lock, environ=environ)
    assert parity.sync("two", lock, dry_run=True, environ=environ)
