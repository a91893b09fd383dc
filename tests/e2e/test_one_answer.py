"""Conda and PyPI as one answer, from the command line: no project twice, no file twice, no requirement unmet."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from home import Home, Universe
from packaging.requirements import Requirement

from conftest import SUBDIR
from parity.core.names import normalise
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.wheels import make_index, make_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


def project(
    name: str, version: str, *, requires: Sequence[str] = (), depends: Sequence[str] = (), **extras: str
) -> TinyPackage:
    """A conda package that brings a Python project."""
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {text}" for text in requires)]
    for extra, need in extras.items():
        lines += [f"Provides-Extra: {extra}", f'Requires-Dist: {need} ; extra == "{extra}"']
    files = {
        f"{SITE}/{name}.py": f"WHO = 'conda {version}'\n",
        f"{SITE}/{name}-{version}.dist-info/METADATA": "\n".join(["Metadata-Version: 2.1", *lines, ""]),
        f"{SITE}/{name}-{version}.dist-info/RECORD": "",
    }
    return TinyPackage(name, version, subdir=SUBDIR, depends=("python", *depends), files=files)


@pytest.fixture(scope="session")
def both(universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """URLs of a conda channel and of an index that do not quite agree."""
    top = tmp_path_factory.mktemp("both")
    for archive in universe.interpreters.rglob("*.conda"):
        target = top / "channel" / archive.relative_to(universe.interpreters)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.hardlink_to(archive)
    conda = [
        *(project("num", version) for version in ("1.0", "2.0", "3.0")),
        project("frame", "1.0", requires=["num>=1"], depends=("num",)),
        project("frame", "2.0", requires=["num>=2"], depends=("num >=2",)),
        project("server", "1.0", requires=["tiny"], standard="loop>=2"),
        project("loop", "1.0"),
        project("loop", "2.0"),
        project("patched", "1.0", requires=["num<3"], depends=("num >=3",)),
        TinyPackage("twin", "1.0", subdir=SUBDIR, files={"share/same.txt": "twin\n"}),
        TinyPackage("other-twin", "1.0", subdir=SUBDIR, files={"share/same.txt": "other\n"}),
    ]
    wheels = [
        make_wheel(top / "wheels", "old", "1.0", requires=["num<2"]),
        make_wheel(top / "wheels", "tiny", "1.0"),
        make_wheel(top / "wheels", "num", "9.0"),
        make_wheel(top / "wheels", "loop", "3.0"),
        make_wheel(top / "wheels", "thief", "1.0", files={"num.py": "WHO = 'thief'\n"}),
        make_wheel(top / "wheels", "left", "1.0", files={"shared/__init__.py": ""}),
        make_wheel(top / "wheels", "right", "1.0", files={"shared/__init__.py": ""}),
    ]
    return make_channel(top / "channel", conda), make_index(top / "index", wheels).as_uri()


@pytest.fixture
def home(tmp_path: Path, universe: Universe, both: tuple[str, str]) -> Home:
    home = Home(tmp_path, universe)
    home.configure(index=both[1])
    return home


@pytest.fixture
def channel(both: tuple[str, str]) -> list[str]:
    return ["-c", both[0], "--override-channels"]


def unmet(prefix: Path) -> list[str]:
    """What `pip check` says, and projects that are there twice."""
    there = list(metadata.distributions(path=[str(prefix / SITE)]))
    versions = {normalise(one.metadata["Name"]): one.version for one in there}
    found = [] if len(versions) == len(there) else ["a project is there twice"]
    for one in there:
        for requirement in map(Requirement, one.requires or ()):
            version = versions.get(normalise(requirement.name))
            needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if needed and (version is None or not requirement.specifier.contains(version, prereleases=True)):
                found.append(f"{one.metadata['Name']} needs {requirement}, and {version} is there")
    return found


def make(home: Home, channel: list[str], *words: str, code: int = 0) -> str:
    done = home.parity("create", "-y", "-n", "work", *channel, "python", *words, code=code)
    if not code:
        assert unmet(home.prefix()) == []
    return done.stderr


def test_conda_chooses_anew_what_pypi_cannot_use(home: Home, channel: list[str]) -> None:
    make(home, channel, "frame", "--pypi", "old")
    assert home.versions() | {"python": ""} == {"python": "", "frame": "1.0", "num": "1.0", "pypi:old": "1.0"}
    assert home.python("import num; print(num.WHO)") == "conda 1.0"
    assert not (home.prefix() / SITE / "num-3.0.dist-info").exists()


def test_an_installed_conda_package_moves_for_a_new_wheel(home: Home, channel: list[str]) -> None:
    make(home, channel, "num")
    assert home.versions()["num"] == "3.0"
    home.parity("install", "-y", "-n", "work", "--pypi", "old")
    assert home.versions()["num"] == "1.0"
    assert unmet(home.prefix()) == []


def test_without_an_answer_both_chains_are_told(home: Home, channel: list[str]) -> None:
    said = make(home, channel, "frame=2", "--pypi", "old", code=3)
    assert "pip: `old` -> all versions of old need num<2" in said
    assert "conda: `frame=2` -> frame 2.0 needs num >=2 -> num 3.0" in said
    assert not home.prefix().exists()


def test_extras_of_what_conda_provides(home: Home, channel: list[str]) -> None:
    make(home, channel, "server", "--pypi", "server[standard]")
    assert {name: home.versions().get(name) for name in ("server", "pypi:loop", "pypi:tiny")} == {
        "server": "1.0", "pypi:loop": "3.0", "pypi:tiny": "1.0"
    }  # fmt: skip


def test_an_extra_moves_what_conda_provides(home: Home, channel: list[str]) -> None:
    make(home, channel, "server", "loop=1|2", "--pypi", "server[standard]")
    assert home.versions()["loop"] == "2.0"


def test_what_contradicts_its_own_metadata_is_told(home: Home, channel: list[str]) -> None:
    done = home.parity("create", "-y", "-n", "work", *channel, "python", "patched", "--pypi", "tiny")
    assert "patched 1.0 needs num<3, and num 3.0 is there" in done.stderr


def test_a_wheel_does_not_overwrite_a_conda_package(home: Home, channel: list[str]) -> None:
    said = make(home, channel, "num", "--pypi", "thief", code=2)
    assert f"thief would overwrite files of the conda package num: {SITE}/num.py" in said
    assert not home.prefix().exists()
    make(home, channel, "num")
    said = home.parity("install", "-y", "-n", "work", "--pypi", "thief", code=2).stderr
    assert "thief would overwrite" in said
    assert home.python("import num; print(num.WHO)") == "conda 3.0"


def test_the_plan_names_files_that_two_packages_bring(home: Home, channel: list[str]) -> None:
    plan = home.json("create", "-d", "-n", "work", *channel, "python", "twin", "other-twin",
                     "--pypi", "left", "--pypi", "right")  # fmt: skip
    assert [(one["path"], sorted(owner["name"] for owner in one["packages"])) for one in plan["collisions"]] == [
        (f"{SITE}/shared/__init__.py", ["left", "right"]),
        ("share/same.txt", ["other-twin", "twin"]),
    ]
    assert not home.prefix().exists()
    done = home.parity("create", "-y", "-n", "work", *channel, "twin", "other-twin")
    assert "bring the same files" in done.stderr
    home.configure("path_conflict: prevent")
    for dry in ((), ("-d",)):
        refused = home.parity("create", "-y", *dry, "-n", "strict", *channel, "twin", "other-twin", code=2)
        assert "`path_conflict` forbids: share/same.txt" in refused.stderr
        assert "Linking" not in refused.stderr
    home.parity("export", "-n", "work", "--format", "parity", "-o", "both.lock")
    for words in (("sync", "both.lock"), ("create", "--clone", "work")):
        refused = home.parity(*words, "-n", "strict", code=2)
        assert "`path_conflict` forbids" in refused.stderr
        assert "Linking" not in refused.stderr
    home.parity("create", "-y", "-n", "strict", *channel, "twin")
    home.parity("install", "-y", "-n", "strict", *channel, "other-twin", code=2)
    assert home.versions("strict") == {"twin": "1.0"}


@pytest.mark.network
def test_pip_itself_has_nothing_to_say(tmp_path: Path, universe: Universe) -> None:
    home = Home(tmp_path, universe)
    settings = tmp_path / "home" / ".condarc"
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("pypi_index_url")]
    settings.write_text("\n".join(lines))  # the index that this machine uses
    home.create("python", "numlib", "--pypi", "pip", "--pypi", "requests", "--pypi", "rich", channel="mixed")
    assert "No broken requirements" in home.parity("run", "-n", "work", "python", "-m", "pip", "check").stdout
