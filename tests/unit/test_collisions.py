"""Paths that two packages bring."""

from __future__ import annotations

from dataclasses import replace

from parity.core.collisions import find
from parity.core.noarch import installed_paths, site_packages
from parity.model import Collision, CondaPackage
from parity.testing.engines import conda_package

PATH = "lib/python3.11/site-packages/a.py"


def test_each_path_has_one_owner() -> None:
    assert find({"a": ["x", "y"]}, {"b": ["z"]}) == ()


def test_owners_of_one_path_are_named() -> None:
    found = find({"a": [PATH, "x"], "b": ["x"]}, {"c": [PATH]})
    assert found == (
        Collision(PATH, (("conda", "a"), ("pypi", "c"))),
        Collision("x", (("conda", "a"), ("conda", "b"))),
    )
    assert find({"a": ["x"], "b": ["x"]}, {"c": []}, fresh={("pypi", "c")}) == ()
    assert len(find({"a": ["x"], "b": ["x"]}, {}, fresh={("conda", "b")})) == 1


def test_cached_bytecode_belongs_to_nobody() -> None:
    assert find({"a": ["__pycache__/x.pyc"]}, {"b": ["__pycache__/x.pyc"]}) == ()


def test_case_does_not_count_everywhere() -> None:
    assert find({"a": ["X"]}, {"b": ["x"]}) == ()
    assert find({"a": ["X"]}, {"b": ["x"]}, ignore_case=True)[0].packages == (("conda", "a"), ("pypi", "b"))


def test_where_platform_independent_packages_are_installed() -> None:
    package = replace(conda_package("a"), noarch="python")
    python = conda_package("python", "3.11.7")
    files = ["site-packages/a.py", "python-scripts/a", "share/a"]

    def placed(platform: str, *others: CondaPackage) -> list[str]:
        return list(installed_paths(package, files, platform, site_packages(others, platform)))

    assert placed("linux-64", python) == [PATH, "bin/a", "share/a"]
    assert placed("win-64", python)[:2] == ["Lib/site-packages/a.py", "Scripts/a"]
    free = replace(python, python_site_packages_path="lib/python3.13t/site-packages")
    assert placed("linux-64", free)[0] == "lib/python3.13t/site-packages/a.py"
    assert placed("linux-64") == files
    assert list(installed_paths(conda_package("a"), files, "linux-64", "lib/python3.11/site-packages")) == files
