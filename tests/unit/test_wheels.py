"""What a wheel becomes in conda's terms, decided for a target."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.tags import parse_tag

from parity.core.pypi_to_conda import Target, active, conda_dependencies, conda_range, fit, reach, requested_extras
from parity.errors import FaultsError, InputError
from parity.formats.wheel_metadata import parse_entry_points, parse_metadata

LINUX = Target("3.11.7", "linux-64")
WINDOWS = Target("3.11", "win-64")
MAC = Target("3.11", "osx-arm64")


@pytest.mark.parametrize(
    ("pypi", "conda"),
    [
        ("", ""),
        (">=1.2", ">=1.2"),
        (">=1.2,<2", ">=1.2,<2a0"),
        ("<2.0.0", "<2a0"),
        ("<2.0rc1", "<2.0rc1"),
        ("==1.4.*", "1.4.*"),
        ("!=1.4.*", "!=1.4.*"),
        ("==1.4", "==1.4"),
        ("===1.4", "==1.4"),
        ("~=1.4", ">=1.4,1.*"),
        ("~=1.4.2", ">=1.4.2,1.4.*"),
        ("~=1!2.3", ">=1!2.3,1!2.*"),
        ("<1,!=0.5,>=0.1", ">=0.1,!=0.5,<1a0"),
    ],
)
def test_ranges(pypi: str, conda: str) -> None:
    assert conda_range(pypi) == conda


def test_an_exact_version_also_means_the_local_build_that_was_chosen() -> None:
    assert conda_range("==2.1.0", resolved="2.1.0+cu118") == "==2.1.0|==2.1.0+cu118"
    assert conda_range("==2.1.0", resolved="2.1.0") == "==2.1.0"
    assert conda_range("==2.0.0", resolved="2.1.0+cu118") == "==2.0.0"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (LINUX, ("linux", "Linux", "posix", "x86_64", "3.11.7")),
        (WINDOWS, ("win32", "Windows", "nt", "AMD64", "3.11.0")),
        (MAC, ("darwin", "Darwin", "posix", "arm64", "3.11.0")),
        (Target("3.12", "linux-aarch64"), ("linux", "Linux", "posix", "aarch64", "3.12.0")),
    ],
)
def test_markers_are_those_of_the_target(target: Target, expected: tuple[str, ...]) -> None:
    markers = target.markers()
    keys = ("sys_platform", "platform_system", "os_name", "platform_machine", "python_full_version")
    assert tuple(markers[key] for key in keys) == expected


REQUIRES = (
    "numpy>=1.26",
    'colorama; sys_platform == "win32"',
    'tomli; python_version < "3.11"',
    'pytest; extra == "test"',
    'pywin32; sys_platform == "win32" and extra == "test"',
    'demo[fast,test]; extra == "all"',
)


def test_requirements_that_hold() -> None:
    assert [one.name for one in active(REQUIRES, LINUX)] == ["numpy"]
    assert [one.name for one in active(REQUIRES, WINDOWS)] == ["numpy", "colorama"]
    assert [one.name for one in active(REQUIRES, Target("3.10", "linux-64"))] == ["numpy", "tomli"]
    assert [one.name for one in active(REQUIRES, LINUX, extra="test")] == ["pytest"]
    assert [one.name for one in active(REQUIRES, WINDOWS, extra="test")] == ["pytest", "pywin32"]


def test_dependencies_have_conda_names_and_extras_their_own_packages() -> None:
    requirements = [Requirement(text) for text in ("torch==2.1.0", "uvicorn[standard]>=0.20", "typing-extensions")]
    assert conda_dependencies(requirements, {"torch": "2.1.0+cpu"}) == (
        "pytorch ==2.1.0|==2.1.0+cpu",
        "typing_extensions",
        "uvicorn >=0.20",
        "uvicorn-with-standard >=0.20",
    )


def test_extras_are_followed_through_extras_and_dependencies() -> None:
    requires = {"demo": REQUIRES, "other": ("demo[Fast]", "absent[x]"), "numpy": ()}
    assert requested_extras([Requirement("other")], requires, LINUX) == {("demo", "fast")}
    assert requested_extras([Requirement("demo[all]")], {"demo": REQUIRES}, LINUX) == {
        ("demo", "all"),
        ("demo", "fast"),
        ("demo", "test"),
    }


def test_reach_is_everywhere_where_no_marker_speaks() -> None:
    found = reach(["numpy"], ">=3.9", LINUX)
    assert (found.python, found.platforms, found.any_machine) == (("python >=3.9",), (), True)
    assert reach(["numpy"], "", LINUX).python == ("python",)


def test_reach_ends_where_a_marker_gives_another_answer() -> None:
    old = 'tomli; python_version < "3.11"'
    assert reach([old], ">=3.8", LINUX).python == ("python >=3.8,>=3.11",)
    assert reach([old], ">=3.8", Target("3.10", "linux-64")).python == ("python >=3.8,<3.11a0",)
    windows_only = 'colorama; sys_platform == "win32"'
    assert reach([windows_only], "", LINUX).platforms == ("__unix",)
    assert reach([windows_only], "", WINDOWS).platforms == ("__win",)
    assert reach(['appnope; sys_platform == "darwin"'], "", LINUX).platforms == ("__linux",)
    assert reach(['fast; platform_machine == "x86_64"'], "", LINUX).any_machine is False


@pytest.mark.parametrize(
    ("tag", "target", "python", "platform"),
    [
        ("py3-none-any", LINUX, "", ""),
        ("py2.py3-none-any", WINDOWS, "", ""),
        ("py38-none-any", LINUX, "python >=3.8", ""),
        ("cp311-cp311-manylinux_2_28_x86_64", LINUX, "python >=3.11,<3.12a0", "__glibc >=2.28"),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", LINUX, "python >=3.11,<3.12a0", "__glibc >=2.17"),
        ("cp311-cp311-manylinux2010_x86_64", LINUX, "python >=3.11,<3.12a0", "__glibc >=2.12"),
        ("cp311-cp311-manylinux1_x86_64", LINUX, "python >=3.11,<3.12a0", "__glibc >=2.5"),
        ("cp311-cp311-linux_x86_64", LINUX, "python >=3.11,<3.12a0", "__linux"),
        ("cp38-abi3-manylinux_2_17_x86_64", LINUX, "python >=3.8", "__glibc >=2.17"),
        ("py3-none-manylinux_2_17_x86_64.musllinux_1_1_x86_64", LINUX, "", "__glibc >=2.17"),
        ("cp311-cp311-macosx_11_0_arm64", MAC, "python >=3.11,<3.12a0", "__osx >=11.0"),
        ("cp311-cp311-macosx_10_9_universal2", MAC, "python >=3.11,<3.12a0", "__osx >=10.9"),
        ("cp311-cp311-win_amd64", WINDOWS, "python >=3.11,<3.12a0", "__win"),
    ],
)
def test_tags(tag: str, target: Target, python: str, platform: str) -> None:
    found = fit(parse_tag(tag), target, "demo.whl")
    assert (found.python, found.platform) == (python, platform)


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-cp311-musllinux_1_1_x86_64",
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp311-cp311-win_amd64",
        "cp312-abi3-manylinux_2_17_x86_64",
        "cp311-cp311t-manylinux_2_17_x86_64",
        "py2-none-any",
        "pp311-pypy311_pp73-manylinux_2_17_x86_64",
    ],
)
def test_wheels_that_do_not_run_on_the_target_are_refused(tag: str) -> None:
    with pytest.raises(InputError, match="does not run on linux-64"):
        fit(parse_tag(tag), LINUX, "demo.whl")


def metadata(*lines: str) -> str:
    return "\n".join(["Metadata-Version: 2.1", "Name: Demo_Project", "Version: 1.0", *lines, "", "Text: of the readme"])


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT OR Apache-2.0", "License: whatever"], "MIT OR Apache-2.0"),
        (["License: BSD-3-Clause"], "BSD-3-Clause"),
        (["License: UNKNOWN", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (
            ["License: long", " and over several lines", "Classifier: License :: OSI Approved :: ISC License (ISCL)"],
            "ISC",
        ),
        ([], ""),
    ],
)
def test_licence(lines: list[str], licence: str) -> None:
    assert parse_metadata(metadata(*lines), "demo.whl").license == licence


def test_all_faults_of_the_metadata_are_told() -> None:
    with pytest.raises(FaultsError) as caught:
        parse_metadata("Version: one\nRequires-Dist: numpy >>> 1\nRequires-Python: three\n", "demo.whl")
    assert [fault.place for fault in caught.value.faults] == ["Name", "Version", "Requires-Python", "Requires-Dist"]


def test_entry_points_without_their_extras() -> None:
    text = "[console_scripts]\nb = demo.cli:main\na=demo:App.run [fast]\nbroken\n[gui_scripts]\nw = demo:gui\n"
    text += "[others]\ny = z:z\n"
    assert parse_entry_points(text) == ("a = demo:App.run", "b = demo.cli:main", "w = demo:gui")
