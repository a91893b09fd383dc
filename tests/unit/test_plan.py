from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from parity.core.plan import make_plan, version_key
from parity.model import CondaPackage, InstalledPackage, Package, Plan, PypiPackage, Solution
from parity.testing.engines import conda_package, pypi_package

PREFIX = Path("/envs/work")


def installed(package: Package) -> InstalledPackage:
    """How a prefix tells of a package that it holds."""
    return InstalledPackage(
        name=package.name,
        version=package.version,
        build=package.build,
        channel=package.channel,
        source=package.source,
        record=PREFIX / package.name,
        url=package.url if isinstance(package, CondaPackage) else "",
        sha256=package.sha256 if isinstance(package, CondaPackage) else None,
        editable=isinstance(package, PypiPackage) and package.editable,
    )


def plan(old: list[Package], new: list[Package], **more: object) -> Plan:
    solution = Solution(
        "linux-64",
        tuple(each for each in new if isinstance(each, CondaPackage)),
        tuple(each for each in new if isinstance(each, PypiPackage)),
    )
    return make_plan(PREFIX, [installed(each) for each in old], solution, **more)  # type: ignore[arg-type]


def actions(found: Plan) -> dict[str, str]:
    return {operation.name: operation.action for operation in found.operations}


def test_what_comes_goes_and_stays() -> None:
    a, b, c = conda_package("a"), conda_package("b"), conda_package("c")
    found = plan([a, b], [b, c])
    assert actions(found) == {"a": "remove", "c": "install"}
    assert found.unchanged == ("b",)
    assert found.solution.conda == (b, c)


def test_nothing_to_do_is_false() -> None:
    a = conda_package("a")
    assert not plan([a], [a])


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ("1.0", "1.1", "upgrade"),
        ("1.10", "1.9", "downgrade"),
        ("1.0", "1.0rc1", "downgrade"),
        ("1.0rc1", "1.0", "upgrade"),
        ("2023c", "2024a", "upgrade"),
        ("1.1.1w", "3.0.0", "upgrade"),
    ],
)
def test_a_move_is_called_by_its_direction(old: str, new: str, action: str) -> None:
    assert actions(plan([conda_package("a", old)], [conda_package("a", new)])) == {"a": action}


def test_another_build_or_file_of_a_version_is_a_change() -> None:
    a = conda_package("a")
    assert actions(plan([a], [conda_package("a", build="1")])) == {"a": "change"}
    assert actions(plan([a], [conda_package("a", channel="file:///other")])) == {"a": "change"}
    one, other = replace(a, sha256="1" * 64), replace(a, sha256="2" * 64)
    assert actions(plan([one], [other])) == {"a": "change"}
    assert not plan([one], [replace(one, url="https://mirror.invalid/a.conda")])


def test_packages_are_installed_anew_on_request() -> None:
    a, b, w = conda_package("a"), conda_package("b"), pypi_package("w")
    assert actions(plan([a, b, w], [a, b, w], reinstall={"a"})) == {"a": "reinstall"}
    assert actions(plan([a, b, w], [a, b, w], reinstall_pypi=True)) == {"w": "reinstall"}


def test_what_a_person_installed_with_pip_stays() -> None:
    mine, ours = pypi_package("mine"), pypi_package("ours")
    found = plan([mine, ours], [], owned={"ours"})
    assert actions(found) == {"ours": "remove"}
    assert found.unchanged == ("mine",)


def test_a_name_may_stand_in_both_worlds() -> None:
    conda, pypi = conda_package("a"), pypi_package("a")
    assert [(each.action, each.source) for each in plan([conda], [conda, pypi]).operations] == [("install", "pypi")]


def test_a_directory_is_built_anew_and_an_editable_is_not() -> None:
    tree = replace(pypi_package("t"), url="file:///home/me/t")
    assert actions(plan([tree], [tree])) == {"t": "reinstall"}
    editable = replace(tree, editable=True)
    assert not plan([editable], [editable])
    assert actions(plan([tree], [editable])) == {"t": "change"}


def test_another_commit_is_a_change() -> None:
    one = replace(pypi_package("g"), url="git+https://host.invalid/g@aaaa")
    other = replace(one, url="git+https://host.invalid/g@bbbb")
    assert actions(plan([one], [other], exact=[one])) == {"g": "change"}
    assert not plan([one], [one], exact=[one])


def test_conda_packages_stand_first() -> None:
    found = plan([], [pypi_package("a"), conda_package("z"), conda_package("b")])
    assert [(each.source, each.name) for each in found.operations] == [("conda", "b"), ("conda", "z"), ("pypi", "a")]


def test_sizes_of_what_is_to_be_fetched() -> None:
    known, unknown = replace(conda_package("a"), size=100), conda_package("b")
    assert plan([conda_package("c")], [known, unknown]).download_size == 100


def test_versions_are_ordered_well_enough() -> None:
    texts = ["0.9", "1.0a1", "1.0rc1", "1.0", "1.0.1", "1.2", "1.10", "2.0+cu118"]
    assert sorted(texts, key=version_key) == texts
