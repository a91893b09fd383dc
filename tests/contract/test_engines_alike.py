"""The in-memory engines keep the same contract as the real ones: a use case cannot tell them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from parity.core.ports import CondaEngine, Distribution, PypiEngine, PypiRequest, PypiSettings, SolveRequest
from parity.engines.conda import RattlerEngine
from parity.engines.pypi import UvEngine
from parity.errors import ConflictError, UnsatisfiableError
from parity.formats.requirements import parse
from parity.model import Channel, CondaPackage, MatchSpec
from parity.store import prefixes
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.engines import MemoryCondaEngine, MemoryPypiEngine, conda_package, pypi_package
from parity.testing.progress import RecordedProgress
from parity.testing.wheels import make_index, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

PLATFORM = "linux-64"
METADATA = "Metadata-Version: 2.1\nName: Lib\nVersion: 2.0\nRequires-Dist: app>=1\n"
PROJECT = {
    "lib/python3.11/site-packages/Lib-2.0.dist-info/METADATA": METADATA,
    "lib/python3.11/site-packages/lib.py": "",
}
UNIVERSE = {
    ("app", "1.0"): ("lib",),
    ("app", "2.0"): ("lib >=2",),
    ("lib", "1.0"): (),
    ("lib", "2.0"): (),
    ("old", "1.0"): ("lib <2",),
}
WHEELS = {("alpha", "1.0"): ("beta",), ("alpha", "2.0"): ("beta>=1",), ("beta", "1.0"): ()}


@dataclass
class Conda:
    """An engine and the channel that it finds its packages in."""

    engine: CondaEngine
    channel: Channel

    def solve(self, *specs: str, installed: tuple[CondaPackage, ...] = (), limit: str = "") -> tuple[CondaPackage, ...]:
        constraints = (spec(limit),) if limit else ()
        return self.engine.solve(
            SolveRequest(
                tuple(map(spec, specs)), (self.channel,), PLATFORM, installed=installed, constraints=constraints
            )
        )


def spec(text: str) -> MatchSpec:
    name, _, version = text.partition(" ")
    return MatchSpec(name, version)


def versions(packages: tuple[CondaPackage, ...]) -> dict[str, str]:
    return {package.name: package.version for package in packages}


@pytest.fixture(params=["memory", "rattler"])
def conda(request: pytest.FixtureRequest, tmp_path: Path) -> Conda:
    base = (tmp_path / "channel").as_uri()
    if request.param == "memory":
        packages = [conda_package(*key, depends=needs, channel=base) for key, needs in UNIVERSE.items()]
        packages.append(conda_package("bring", channel=base))
        return Conda(MemoryCondaEngine(packages, {"bring-1.0-0": PROJECT}), Channel("local", (base,)))
    tiny = [
        TinyPackage(name, version, depends=needs, files={f"share/{name}/{version}.txt": f"{name} {version}\n"})
        for (name, version), needs in UNIVERSE.items()
    ]
    make_channel(tmp_path / "channel", [*tiny, TinyPackage("bring", files=PROJECT)])
    engine = RattlerEngine(tmp_path / "pkgs", tmp_path / "repodata", progress=RecordedProgress())
    return Conda(engine, Channel("local", (base,)))


def test_the_newest_that_fits(conda: Conda) -> None:
    assert versions(conda.solve("app")) == {"app": "2.0", "lib": "2.0"}
    assert versions(conda.solve("app", "old")) == {"app": "1.0", "lib": "1.0", "old": "1.0"}
    assert versions(conda.solve("app", limit="lib <2")) == {"app": "1.0", "lib": "1.0"}


def test_what_is_installed_is_kept(conda: Conda) -> None:
    there = conda.solve("app 1.0", "lib 1.0")
    assert versions(conda.solve("app", installed=there)) == {"app": "1.0", "lib": "1.0"}


@pytest.mark.parametrize("specs", [("absent",), ("app 3.*",), ("app >=2", "old")])
def test_no_answer(conda: Conda, specs: tuple[str, ...]) -> None:
    with pytest.raises(UnsatisfiableError):
        conda.solve(*specs)


def test_search_and_names(conda: Conda) -> None:
    found = conda.engine.search(spec("app"), (conda.channel,), PLATFORM)
    assert [package.version for package in found] == ["1.0", "2.0"]
    assert conda.engine.names((conda.channel,), PLATFORM) == {"app", "lib", "old", "bring"}


def test_the_projects_that_packages_bring(conda: Conda) -> None:
    bring, lib = conda.solve("bring", "lib")
    known = conda.engine.distributions([bring, lib])
    assert known == {"bring-1.0-0": (Distribution("lib", "2.0", "bring", ("app>=1",)),), "lib-2.0-0": ()}
    assert conda.engine.distributions([bring, lib]) == known


@pytest.mark.parametrize(("text", "fits"), [("app", True), ("app >=2", True), ("app <2", False), ("lib", False)])
def test_whether_a_package_satisfies_a_spec(conda: Conda, text: str, fits: bool) -> None:
    (app,) = (package for package in conda.solve("app") if package.name == "app")
    assert conda.engine.matches(spec(text), app) is fits


def test_link_makes_a_prefix_hold_exactly_the_packages(conda: Conda, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    old, new = conda.solve("app 1.0", "lib 1.0"), conda.solve("lib")
    conda.engine.prefetch(old, platform=PLATFORM)
    conda.engine.link(prefix, old, platform=PLATFORM, requested=[spec("app")])
    assert prefixes.exists(prefix)
    assert conda.engine.installed(prefix) == old
    installed = {package.name: package for package in prefixes.installed(prefix, PLATFORM)}
    assert (installed["app"].requested, installed["lib"].requested) == (("app",), ())
    assert installed["app"].depends == ("lib",)
    conda.engine.link(prefix, new, platform=PLATFORM)
    assert [path.name for path in sorted(prefix.rglob("*.txt"))] == ["2.0.txt"]
    assert not (prefix / "share" / "app").exists()
    assert conda.engine.installed(prefix) == new
    assert conda.engine.files(new) == {"lib-2.0-0": ("share/lib/2.0.txt",)}


def test_link_again_replaces_what_was_damaged(conda: Conda, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    packages = conda.solve("lib")
    conda.engine.link(prefix, packages, platform=PLATFORM)
    (prefix / "share" / "lib" / "2.0.txt").unlink()
    conda.engine.link(prefix, packages, platform=PLATFORM)
    assert not (prefix / "share" / "lib" / "2.0.txt").exists()
    conda.engine.link(prefix, packages, platform=PLATFORM, reinstall=["lib"])
    assert (prefix / "share" / "lib" / "2.0.txt").read_text() == "lib 2.0\n"


def test_files_without_a_record_are_scrubbed(conda: Conda, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    packages = conda.solve("app")
    conda.engine.link(prefix, packages, platform=PLATFORM)
    (prefix / "conda-meta" / "app-2.0-0.json").unlink()
    conda.engine.scrub(prefix, packages, platform=PLATFORM)
    assert not (prefix / "share" / "app" / "2.0.txt").exists()
    assert (prefix / "share" / "lib" / "2.0.txt").exists()


# -- PyPI ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "uv"])
def pypi(request: pytest.FixtureRequest, tmp_path: Path) -> PypiEngine:
    if request.param == "memory":
        return MemoryPypiEngine([pypi_package(*key, requires=needs) for key, needs in WHEELS.items()])
    wheels = [make_wheel(tmp_path / "wheels", *key, requires=needs) for key, needs in WHEELS.items()]
    index = make_index(tmp_path / "index", wheels)
    return UvEngine(None, tmp_path / "uv", PypiSettings(index_url=index.as_uri()), {})


def resolve(engine: PypiEngine, text: str, **more: object) -> dict[str, str]:
    values: dict[str, object] = {"provided": {}, "preferred": {}, **more}
    lines = tuple(parse(text))
    found = engine.resolve(PypiRequest(lines, "3.11.7", PLATFORM, glibc="2.28", **values))  # type: ignore[arg-type]
    return {package.name: package.version for package in found}


def test_requirements_and_what_they_need(pypi: PypiEngine) -> None:
    assert resolve(pypi, "alpha") == {"alpha": "2.0", "beta": "1.0"}
    assert resolve(pypi, "alpha<2") == {"alpha": "1.0", "beta": "1.0"}


def test_what_conda_provides_is_left_out(pypi: PypiEngine) -> None:
    assert resolve(pypi, "alpha", provided={"beta": "1.0"}) == {"alpha": "2.0"}


def test_what_is_preferred_is_kept_unless_it_is_to_move(pypi: PypiEngine) -> None:
    assert resolve(pypi, "alpha", preferred={"alpha": "1.0"})["alpha"] == "1.0"
    assert resolve(pypi, "alpha", preferred={"alpha": "1.0"}, upgrade=("alpha",))["alpha"] == "2.0"
    assert resolve(pypi, "alpha", preferred={"alpha": "1.0"}, upgrade=None)["alpha"] == "2.0"


def test_a_fact_that_stands_in_the_way_is_named(pypi: PypiEngine) -> None:
    with pytest.raises(ConflictError) as caught:
        resolve(pypi, "alpha>=2", provided={"beta": "0.5", "other": "1.0"})
    assert set(caught.value.wanted) == {"beta"}
    with pytest.raises(UnsatisfiableError) as pure:
        resolve(pypi, "alpha>=3", provided={"other": "1.0"})
    assert not isinstance(pure.value, ConflictError)


def test_what_facts_need_themselves(pypi: PypiEngine) -> None:
    app = Distribution("app", "1.0", "app", ("beta",), ())
    more = Distribution("app", "1.0", "app", ('alpha<2 ; extra == "more"',), ("more",))
    assert resolve(pypi, "app", provided={"app": "1.0"}, metadata={"app": app}) == {"beta": "1.0"}
    assert resolve(pypi, "app", provided={"app": "1.0"}, metadata={"app": more}) == {}
    found = resolve(pypi, "app[more]", provided={"app": "1.0"}, metadata={"app": more})
    assert found == {"alpha": "1.0", "beta": "1.0"}


def test_versions_are_tried_until_all_fit(pypi: PypiEngine) -> None:
    assert resolve(pypi, "alpha", provided={"beta": "0.5"}) == {"alpha": "1.0"}


def test_nothing_fits(pypi: PypiEngine) -> None:
    with pytest.raises(UnsatisfiableError):
        resolve(pypi, "alpha>=3")
