"""The life of environments from the command line: conda packages, PyPI packages, and both."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from home import difference, snapshot

from parity.formats import history

if TYPE_CHECKING:
    from pathlib import Path

    from home import Home


def write_file(home: Home, file: str, **parts: object) -> Path:
    """An environment file; JSON is YAML."""
    path = home.path / file
    path.write_text(json.dumps(parts))
    return path


# -- conda packages ------------------------------------------------------------------------------------


def test_create_from_specs_runs_lists_and_shows(home: Home) -> None:
    home.create("app=1")
    assert home.versions() == {"app": "1.0", "lib": "2.0"}
    assert home.parity("run", "-n", "work", "app").stdout == f"app 1.0 {home.prefix()}\n"
    assert [one["name"] for one in home.json("list", "-n", "work", "^l")] == ["lib"]
    assert home.json("env", "list")["envs"] == [str(home.prefix())]
    shown = home.json("env", "show", "-n", "work")
    assert (shown["packages"], shown["specs"]) == ({"conda": 2, "pypi": 0}, ["app 1.*"])
    assert home.leftovers() == []


def test_create_from_one_file_and_from_several(home: Home) -> None:
    url = home.universe.tiny
    one = write_file(home, "one.yml", name="filed", channels=[url], dependencies=["app"], variables={"A": "1"})
    two = write_file(home, "two.yml", channels=[url], dependencies=["solo"])
    home.parity("create", "-f", one)
    assert home.versions("filed") == {"app": "2.0", "lib": "2.0"}
    assert home.parity("run", "-n", "filed", "sh", "-c", "echo $A").stdout == "1\n"
    home.parity("create", "-n", "both", "-f", one, "-f", two)
    assert home.versions("both") == {"app": "2.0", "lib": "2.0", "solo": "1.0"}


def test_an_environment_is_not_replaced_without_force(home: Home) -> None:
    home.create("solo")
    refused = home.json("create", "-n", "work", *home.channel("tiny"), "app", code=7)
    assert "stands at" in refused["error"]
    assert home.versions() == {"solo": "1.0"}
    home.create("app=1", "--force")
    assert home.versions() == {"app": "1.0", "lib": "2.0"}
    assert home.leftovers() == []


def test_a_failed_replacement_leaves_the_old_one(home: Home) -> None:
    home.create("solo")
    before = snapshot(home.prefix())
    for more in ([], ["--run-link-scripts"]):
        home.parity("create", "-y", "-n", "work", "--force", *more, *home.channel("tiny"), "absent", code=3)
        assert difference(before, snapshot(home.prefix())) == []
    home.create("app=1", "--force", "--run-link-scripts")
    assert home.versions() == {"app": "1.0", "lib": "2.0"}
    assert home.leftovers() == []


def test_a_clone_is_the_same(home: Home) -> None:
    home.create("app=1")
    home.parity("create", "-y", "-n", "copy", "--clone", "work")
    assert home.versions("copy") == home.versions()
    assert home.parity("run", "-n", "copy", "app").stdout == f"app 1.0 {home.prefix('copy')}\n"
    home.create("solo", name="other")
    home.parity("create", "-y", "-n", "copy", "--clone", "other", code=7)
    home.parity("create", "-y", "-n", "copy", "--clone", "other", "--force")
    assert home.versions("copy") == home.versions("other") != home.versions()
    home.parity("create", "-y", "-n", "copy", "--clone", "copy", "--force", code=7)


def test_a_dry_run_changes_nothing(home: Home) -> None:
    planned = home.json("create", "-n", "work", "--dry-run", *home.channel("tiny"), "app")
    assert {one["name"] for one in planned["actions"]["LINK"]} == {"app", "lib"}
    assert not home.prefix().exists()
    home.create("app=1", "lib=1", "tool")
    before = snapshot(home.prefix())
    for words in (["install", "solo"], ["update", "--all"], ["remove", "lib"]):
        assert home.json(*words[:1], "-n", "work", "--dry-run", *words[1:])["dry_run"] is True
    assert difference(before, snapshot(home.prefix())) == []


def test_what_nobody_noted_a_reason_for_stays(home: Home) -> None:
    """As in environments of other tools, and of packages that are installed without what asked for them."""
    home.create("tool")
    record = next((home.prefix() / "conda-meta").glob("tool-*.json"))
    data = json.loads(record.read_text())
    record.write_text(json.dumps(data | {"depends": [text for text in data["depends"] if text != "helper"]}))
    home.parity("install", "-y", "-n", "work", "solo")
    assert home.versions().keys() == {"tool", "lib", "helper", "solo"}
    home.parity("update", "-y", "-n", "work", "--all")
    assert "helper" in home.versions()
    # What stands in the way of a request goes, as before.
    home.create("app=1", name="other")
    home.parity("install", "-y", "-n", "other", "app=2")
    assert home.versions("other")["lib"] == "2.0"


def test_install_moves_only_what_it_must(home: Home) -> None:
    home.create("app=1", "lib=1")
    home.parity("install", "-y", "-n", "work", "solo")
    assert home.versions() == {"app": "1.0", "lib": "1.0", "solo": "1.0"}
    again = home.parity("install", "-y", "-n", "work", "solo")
    assert "already installed" in again.stdout
    home.parity("install", "-y", "-n", "work", "app=2", "lib")
    assert home.versions() == {"app": "2.0", "lib": "2.0", "solo": "1.0"}


def test_update_by_name_and_all(home: Home) -> None:
    home.create("app=1", "lib=1", "helper")
    home.parity("update", "-y", "-n", "work", "lib")
    assert home.versions() == {"app": "1.0", "lib": "2.0", "helper": "1.0"}
    home.parity("update", "-y", "-n", "work", "--all")
    assert home.versions() == {"app": "1.0", "lib": "2.0", "helper": "1.0"}  # app=1 was asked for
    home.parity("update", "-y", "-n", "work", "app")
    assert home.versions()["app"] == "2.0"
    absent = home.json("update", "-y", "-n", "work", "solo", code=4)
    assert "not installed" in absent["error"]


def test_update_with_a_file_adds_and_prunes(home: Home) -> None:
    home.create("tool", "solo")
    file = write_file(home, "env.yml", channels=[home.universe.tiny], dependencies=["app"], variables={"B": "2"})
    home.parity("update", "-y", "-n", "work", "-f", file)
    assert home.versions() == {"app": "2.0", "helper": "1.0", "lib": "2.0", "solo": "1.0", "tool": "1.0"}
    assert home.json("env", "show", "-n", "work")["variables"] == {"B": "2"}
    home.parity("update", "-y", "-n", "work", "-f", file, "--prune")
    assert home.versions() == {"app": "2.0", "lib": "2.0"}


def test_remove_takes_dependents_and_orphans(home: Home) -> None:
    home.create("app", "tool", "solo")
    home.parity("remove", "-y", "-n", "work", "tool")
    assert home.versions() == {"app": "2.0", "lib": "2.0", "solo": "1.0"}  # helper was there for tool only
    home.parity("remove", "-y", "-n", "work", "lib")
    assert home.versions() == {"solo": "1.0"}
    absent = home.json("remove", "-y", "-n", "work", "app", code=4)
    assert "not installed" in absent["error"]


def test_the_last_package_takes_its_dependencies_along(home: Home) -> None:
    home.create("tool")
    home.parity("remove", "-y", "-n", "work", "tool")
    assert home.versions() == {}
    home.parity("install", "-y", "-n", "work", "solo")
    assert home.versions() == {"solo": "1.0"}


@pytest.mark.parametrize("words", [["remove", "--all"], ["env", "remove"]])
def test_a_whole_environment_goes(home: Home, words: list[str]) -> None:
    home.create("solo")
    home.parity(*words, "-y", "-n", "work")
    assert not home.prefix().exists()
    assert home.json("env", "list")["envs"] == []
    assert home.leftovers() == []


def test_history_and_records_are_what_conda_reads(home: Home) -> None:
    import rattler

    home.create("app=1")
    home.parity("install", "-y", "-n", "work", "tool")
    home.parity("update", "-y", "-n", "work", "app")
    home.parity("remove", "-y", "-n", "work", "tool")
    meta = home.prefix() / "conda-meta"
    revisions = history.parse((meta / "history").read_text())
    names = [
        (sorted(dist.partition("::")[2] for dist in one.added), sorted(dist.partition("::")[2] for dist in one.removed))
        for one in revisions
    ]
    assert names == [
        (["app-1.0-0", "lib-2.0-0"], []),
        (["helper-1.0-0", "tool-1.0-0"], []),
        (["app-2.0-0"], ["app-1.0-0"]),
        ([], ["helper-1.0-0", "tool-1.0-0"]),
    ]
    assert [one.command.split()[1] for one in revisions] == ["create", "install", "update", "remove"]
    assert {str(spec) for spec in history.requested_specs(revisions)} == {"app"}
    records = [rattler.PrefixRecord.from_path(path) for path in meta.glob("*.json")]
    assert {record.name.normalized for record in records} == {"app", "lib"}
    for record in records:
        assert all((home.prefix() / path).is_file() for path in record.files)
    assert {str(record.name.normalized): record.requested_specs for record in records}["app"] == ["app"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_records_can_be_read_by_whom_the_umask_lets(home: Home, mask: int, mode: int) -> None:
    old = os.umask(mask)
    try:
        home.create("app=1")
        home.parity("install", "-y", "-n", "work", "solo")
    finally:
        os.umask(old)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (home.prefix() / "conda-meta").iterdir()}
    assert modes == dict.fromkeys(modes, mode)


def test_base_is_refused_unless_a_setting_allows_it(home: Home) -> None:
    (home.root / "conda-meta").mkdir(parents=True)
    (home.root / "conda-meta" / "history").touch()
    refused = home.json("install", "-y", "-n", "base", *home.channel("tiny"), "solo", code=2)
    assert (refused["code"], "parity create" in refused["hints"][0]) == ("refused", True)
    assert home.versions("base") == {}
    home.parity("create", "-y", "-n", "base", *home.channel("tiny"), "solo", code=2)
    home.configure("allow_base_changes: true")
    home.parity("install", "-y", "-n", "base", *home.channel("tiny"), "solo")
    assert home.versions("base") == {"solo": "1.0"}
    home.parity("remove", "-y", "-n", "base", "--all", code=2)


def test_a_frozen_environment_is_not_changed(home: Home) -> None:
    home.create("app=1")
    (home.prefix() / "conda-meta" / "frozen").write_text('{"message": "made by the administrators"}')
    before = snapshot(home.prefix())
    for words in (["install", "solo"], ["update", "app"], ["remove", "app"], ["remove", "--all"]):
        refused = home.json(words[0], "-y", "-n", "work", *words[1:], code=2)
        assert "made by the administrators" in refused["error"]
    home.parity("create", "-y", "-n", "work", "--force", *home.channel("tiny"), "solo", code=2)
    assert difference(before, snapshot(home.prefix())) == []


# -- PyPI packages -------------------------------------------------------------------------------------


def test_an_environment_from_nothing_but_an_index(home: Home) -> None:
    home.create("python", "alpha=1", "greeter", channel="pypi")
    found = home.versions()
    assert {name: found[name] for name in found if name.startswith("pypi:")} == {
        "pypi:alpha": "1.0",
        "pypi:beta": "1.0",
        "pypi:greeter": "1.0",
    }
    assert home.python("import alpha, sys; print(alpha.__version__, sys.prefix)") == f"1.0 {home.prefix()}"
    script = (home.prefix() / "bin" / "greet").read_text()
    assert str(home.prefix()) in script.splitlines()[0] + script.splitlines()[1]
    home.parity("update", "-y", "-n", "work", "alpha")
    assert home.versions()["pypi:alpha"] == "2.0"
    home.parity("install", "-y", "-n", "work", "alpha=1")
    assert home.versions()["pypi:alpha"] == "1.0"
    home.parity("create", "-y", "-n", "copy", "--clone", "work")
    assert home.versions("copy") == home.versions()
    assert home.python("import alpha; print(alpha.__version__)", "copy") == "1.0"


def test_what_is_needed_only_for_an_extra_does_not_go_along(home: Home) -> None:
    # gamma[all] would need alpha and beta, and nobody asked for that extra.
    home.create("python", "alpha", "gamma", channel="pypi")
    home.parity("remove", "-y", "-n", "work", "alpha")
    found = home.versions()
    assert {name for name in found if name.startswith("pypi:")} == {"pypi:gamma"}  # beta was there for alpha only


def test_what_an_extra_that_was_asked_for_needs_stays(home: Home) -> None:
    file = write_file(home, "env.yml", channels=["pypi"], dependencies=["python", {"pip": ["alpha[fancy]", "greeter"]}])
    home.parity("create", "-y", "-q", "-n", "work", "-f", file)
    home.parity("remove", "-y", "-n", "work", "greeter")
    assert {name for name in home.versions() if name.startswith("pypi:")} == {"pypi:alpha", "pypi:beta", "pypi:gamma"}
    home.parity("remove", "-y", "-n", "work", "gamma")
    assert {name for name in home.versions() if name.startswith("pypi:")} == set()


def test_a_file_with_prune_brings_a_pypi_environment_in_line(home: Home) -> None:
    home.create("python", "alpha", "greeter", channel="pypi")
    file = write_file(home, "env.yml", channels=["pypi"], dependencies=["python", "gamma"])
    home.parity("update", "-y", "-n", "work", "-f", file, "--prune")
    assert {name for name in home.versions() if name.startswith("pypi:")} == {"pypi:gamma"}
    assert not (home.prefix() / "bin" / "greet").exists()


# -- both ----------------------------------------------------------------------------------------------


def test_pypi_packages_never_overwrite_what_conda_installed(home: Home) -> None:
    file = write_file(
        home,
        "env.yml",
        channels=[home.universe.mixed],
        dependencies=["python", "numlib", {"pip": ["delta", "numlib>=1"]}],
    )
    home.parity("create", "-y", "-q", "-n", "work", "-f", file)
    found = home.versions()
    assert (found["numlib"], found["pypi:delta"], "pypi:numlib" in found) == ("1.5", "1.0", False)
    assert home.python("import numlib, delta; print(numlib.WHO)") == "conda"
    (info,) = home.prefix().rglob("numlib-*.dist-info")
    assert (info / "INSTALLER").read_text() == "conda\n"
    listed = {one["name"]: one["source"] for one in home.json("list", "-n", "work")}
    assert (listed["numlib"], listed["delta"]) == ("conda", "pypi")
    home.parity("install", "-y", "-n", "work", "pypi::alpha")
    assert home.python("import numlib, alpha; print(numlib.WHO)") == "conda"


def test_removing_a_conda_package_takes_pypi_packages_that_need_it(home: Home) -> None:
    file = write_file(
        home, "env.yml", channels=[home.universe.mixed], dependencies=["python", "numlib", {"pip": ["delta", "alpha"]}]
    )
    home.parity("create", "-y", "-q", "-n", "work", "-f", file)
    home.parity("remove", "-y", "-n", "work", "numlib")
    found = home.versions()
    assert {"pypi:alpha", "pypi:beta"} == {name for name in found if name.startswith("pypi:")}
    assert "numlib" not in found
    home.parity("remove", "-y", "-n", "work", "alpha")
    assert not [name for name in home.versions() if name.startswith("pypi:")]
    assert home.python("print(1)") == "1"


def test_packages_may_stand_on_both_sides_of_an_option(home: Home) -> None:
    home.parity("create", "-y", "app=1", *home.channel("tiny"), "solo", "-n", "work", "--", "helper")
    assert home.versions().keys() == {"app", "lib", "solo", "helper"}
    home.parity("remove", "-y", "app", "-n", "work", "solo")
    assert home.versions().keys() == {"helper"}
