"""Prefixes read without an engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity.core.activation import UNSET
from parity.errors import IntegrityError, StorageError
from parity.store import prefixes

SITE = "lib/python3.11/site-packages"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    meta = tmp_path / "env" / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "history").touch()
    return tmp_path / "env"


def add_conda(prefix: Path, name: str, version: str = "1.0", files: tuple[str, ...] = (), **more: object) -> None:
    record = {"name": name, "version": version, "build": "0", "files": list(files), **more}
    (prefix / "conda-meta" / f"{name}-{version}-0.json").write_text(json.dumps(record, indent=2))
    for file in files:
        (prefix / file).parent.mkdir(parents=True, exist_ok=True)
        (prefix / file).write_text(f"Name: {name}\nVersion: {version}\n")


def add_wheel(prefix: Path, name: str, version: str, site: str = SITE) -> Path:
    info = prefix / site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    return info


def found(prefix: Path, platform: str = "linux-64") -> list[tuple[str, str, str]]:
    return [(each.name, each.version, each.source) for each in prefixes.installed(prefix, platform)]


def test_conda_and_pypi_packages_with_their_source(prefix: Path) -> None:
    add_conda(prefix, "python", "3.11.7")
    add_conda(prefix, "numpy", "1.26.4", (f"{SITE}/numpy-1.26.4.dist-info/METADATA",))
    add_wheel(prefix, "My_Tool", "2.0")
    (prefix / SITE / "broken-1.0.dist-info").mkdir()
    assert found(prefix) == [("my-tool", "2.0", "pypi"), ("numpy", "1.26.4", "conda"), ("python", "3.11.7", "conda")]


def test_what_pip_put_over_a_conda_package_shows_twice(prefix: Path) -> None:
    add_conda(prefix, "python", "3.11.7")
    add_conda(prefix, "numpy", "1.26.4", (f"{SITE}/numpy-1.26.4.dist-info/METADATA",))
    add_wheel(prefix, "numpy", "2.0")
    assert found(prefix)[:2] == [("numpy", "1.26.4", "conda"), ("numpy", "2.0", "pypi")]


def test_site_packages_where_python_says_they_are(prefix: Path) -> None:
    site = "lib/python3.13t/site-packages"
    add_conda(prefix, "python", "3.13.0", python_site_packages_path=site)
    add_wheel(prefix, "tool", "1", site)
    assert ("tool", "1", "pypi") in found(prefix)


def test_windows_layout(prefix: Path) -> None:
    add_conda(prefix, "python", "3.11.7")
    add_wheel(prefix, "tool", "1", "Lib/site-packages")
    assert ("tool", "1", "pypi") in found(prefix, "win-64")


def test_without_python_there_is_nothing_of_pypi(prefix: Path) -> None:
    add_conda(prefix, "zlib")
    assert found(prefix) == [("zlib", "1.0", "conda")]


def test_eggs(prefix: Path) -> None:
    add_conda(prefix, "python", "3.11.7")
    egg = prefix / SITE / "old_one-0.1-py3.11.egg-info"
    egg.parent.mkdir(parents=True)
    egg.write_text("Name: old-one\nVersion: 0.1\n")
    assert ("old-one", "0.1", "pypi") in found(prefix)


def test_a_broken_record_is_named(prefix: Path) -> None:
    (prefix / "conda-meta" / "x-1-0.json").write_text('{"name": "x", ')
    with pytest.raises(IntegrityError, match=r"x-1-0\.json"):
        prefixes.installed(prefix, "linux-64")


def test_what_is_no_prefix(tmp_path: Path) -> None:
    assert not prefixes.exists(tmp_path)
    with pytest.raises(StorageError, match="cannot read"):
        prefixes.installed(tmp_path / "none", "linux-64")


def test_variables_of_packages_and_of_the_person(prefix: Path) -> None:
    folder = prefix / "etc" / "conda" / "env_vars.d"
    folder.mkdir(parents=True)
    (folder / "pkg.json").write_text('{"A": "package", "B": "package"}')
    prefixes.set_variables(prefix, {"B": "mine", "C": "x"})
    assert prefixes.variables(prefix) == {"A": "package", "B": "mine", "C": "x"}
    prefixes.set_variables(prefix, {"C": None, "never": None})
    assert prefixes.own_variables(prefix) == {"B": "mine", "C": UNSET}
    assert json.loads((prefix / "conda-meta" / "state").read_text())["version"] == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"env_vars": []}', "\xff"])
def test_broken_variables(prefix: Path, text: str) -> None:
    (prefix / "conda-meta" / "state").write_text(text, encoding="latin-1")
    with pytest.raises(IntegrityError, match="state"):
        prefixes.variables(prefix)


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"message": "ask Ann"}', "ask Ann"), ("", "frozen"), ("{}", "frozen"), ("nonsense", "frozen")],
)
def test_frozen(prefix: Path, text: str, message: str) -> None:
    assert prefixes.frozen(prefix) is None
    (prefix / "conda-meta" / "frozen").write_text(text)
    assert message in (prefixes.frozen(prefix) or "")


def test_scripts_run_in_order_and_are_undone_backwards(prefix: Path) -> None:
    for kind in ("activate", "deactivate"):
        folder = prefix / "etc" / "conda" / f"{kind}.d"
        folder.mkdir(parents=True)
        for name in ("b.sh", "a.sh", "c.fish"):
            (folder / name).touch()
    facts = prefixes.facts(prefix, "env")
    assert [Path(path).name for path in facts.activate] == ["a.sh", "b.sh"]
    assert [Path(path).name for path in facts.deactivate] == ["b.sh", "a.sh"]


def test_pending_change(prefix: Path) -> None:
    assert not prefixes.has_pending(prefix)
    (prefix / prefixes.TRANSACTION).write_text("{}")
    assert prefixes.has_pending(prefix)
