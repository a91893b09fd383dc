"""Wheels as conda packages: what is in them, that rattler installs them, and that they run."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import posixpath
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from parity.core.platforms import subdir_of
from parity.core.ports import PypiRequest, SolveRequest
from parity.core.pypi_to_conda import Target, conda_range
from parity.engines import wheels
from parity.engines.conda_archive import read_index
from parity.errors import InputError, IntegrityError
from parity.model import Channel, MatchSpec, PipLine, PypiPackage
from parity.ops.channel_import import Imported, Workbench, channel_import
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LINUX = Target("3.11", "linux-64")
SCRIPT = "#!python\nimport demo\nprint('script', demo.VALUE)\n"
MAIN = "VALUE = 42\ndef main():\n    print('entry', VALUE)\n"


def make_wheel(
    directory: Path,
    tag: str = "py3-none-any",
    *,
    name: str = "demo",
    version: str = "1.0",
    headers: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    entry_points: str = "",
    record: Mapping[str, str] | None = None,
) -> Path:
    """A wheel of the given files; `record` replaces hashes in RECORD."""
    info = f"{name}-{version}.dist-info"
    content = dict({f"{name}/__init__.py": MAIN} if files is None else files)
    content[f"{info}/METADATA"] = "\n".join(
        ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers, "", "words"]
    )
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
    content[f"{info}/licenses/LICENSE"] = "free"
    if entry_points:
        content[f"{info}/entry_points.txt"] = entry_points
    rows = io.StringIO()
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        csv.writer(rows).writerow([path, f"sha256={(record or {}).get(path, digest)}", len(text.encode())])
    csv.writer(rows).writerow([f"{info}/RECORD", "", ""])
    content[f"{info}/RECORD"] = rows.getvalue()
    directory.mkdir(parents=True, exist_ok=True)
    wheel = directory / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path, (2024, 2, 3, 4, 5, 6)), text)
    return wheel


def contents(package: Path) -> dict[str, bytes]:
    """Every file of a conda package, with those of info/."""
    from conda_package_streaming import package_streaming  # type: ignore[import-untyped]

    found = {}
    for component in ("pkg", "info"):
        with package.open("rb") as stream:
            for tar, member in package_streaming.stream_conda_component(package.name, stream, component=component):
                file = tar.extractfile(member)
                found[member.name] = file.read() if file is not None else b""
    return found


def document(package: Path, name: str) -> Any:
    return json.loads(contents(package)[f"info/{name}"])


def test_a_pure_wheel_is_for_every_platform(tmp_path: Path) -> None:
    wheel = make_wheel(
        tmp_path,
        name="msgpack",
        headers=["Requires-Python: >=3.9", "License-Expression: MIT", "Requires-Dist: torch>=2", "Summary: a thing"],
        entry_points="[console_scripts]\nmsg = msgpack:main\n",
    )
    made = wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)
    assert (made.name, made.version, made.subdir, made.new) == ("msgpack-python", "1.0", "noarch", True)
    index = read_index(made.path)
    assert index["noarch"] == "python"
    assert index["depends"] == ["python >=3.9", "pytorch >=2"]
    assert index["purls"] == ["pkg:pypi/msgpack@1.0"]
    assert index["license"] == "MIT"
    assert index["timestamp"] == 1706933106000
    files = contents(made.path)
    assert "site-packages/msgpack/__init__.py" in files
    assert files["site-packages/msgpack-1.0.dist-info/INSTALLER"] == b"conda\n"
    assert files["info/licenses/LICENSE"] == b"free"
    assert document(made.path, "link.json")["noarch"]["entry_points"] == ["msg = msgpack:main"]
    assert document(made.path, "about.json")["summary"] == "a thing"


def test_the_same_wheel_gives_the_same_bytes(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "cp311-cp311-manylinux_2_28_x86_64")
    first = wheels.wheel_to_conda(wheel, tmp_path / "a", LINUX)
    second = wheels.wheel_to_conda(wheel, tmp_path / "b", LINUX)
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_package_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    first = wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)
    before = first.path.stat()
    second = wheels.wheel_to_conda(wheel, tmp_path / "channel", Target("3.12", "osx-arm64"))
    assert second == replace(first, new=False)
    assert second.path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_binary_wheel_has_the_paths_of_its_target(tmp_path: Path) -> None:
    wheel = make_wheel(
        tmp_path,
        "cp311-cp311-manylinux_2_28_x86_64",
        files={
            "demo/core.so": "binary",
            "demo-1.0.data/scripts/tool": SCRIPT,
            "demo-1.0.data/scripts/program": "\x7fELF",
            "demo-1.0.data/data/share/demo.txt": "data",
            "demo-1.0.data/headers/demo.h": "header",
            "demo-1.0.data/platlib/extra.py": "pass",
        },
        entry_points="[console_scripts]\nrun = demo.core:main.now\n",
    )
    made = wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)
    assert made.subdir == "linux-64"
    assert read_index(made.path)["depends"] == ["__glibc >=2.28", "python >=3.11,<3.12a0"]
    site = "lib/python3.11/site-packages"
    files = contents(made.path)
    entries = {entry["_path"]: entry for entry in document(made.path, "paths.json")["paths"]}
    expected = {f"{site}/demo/core.so", "bin/tool", "bin/program", "bin/run", "share/demo.txt", f"{site}/extra.py"}
    assert expected | {"include/python3.11/demo/demo.h"} <= entries.keys()
    assert entries["bin/tool"]["prefix_placeholder"] == entries["bin/run"]["prefix_placeholder"] == wheels.PLACEHOLDER
    assert "prefix_placeholder" not in entries["bin/program"]
    assert files["bin/tool"].startswith(f"#!{wheels.PLACEHOLDER}/bin/python\nimport demo".encode())
    assert b"sys.exit(main.now())" in files["bin/run"]
    assert "info/link.json" not in files
    record = {row[0]: row[1:] for row in csv.reader(files[f"{site}/demo-1.0.dist-info/RECORD"].decode().splitlines())}
    assert record["../../../bin/tool"] == record["../../../bin/run"] == ["", ""]
    assert record["../../../share/demo.txt"][1] == "4"
    paths = {posixpath.normpath(posixpath.join(site, path)) for path in record}
    assert paths == entries.keys()


def test_a_stable_abi_serves_every_later_python(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "cp38-abi3-manylinux_2_17_x86_64")
    made = wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)
    index = read_index(made.path)
    assert (index["subdir"], index["noarch"]) == ("linux-64", "python")
    assert index["depends"] == ["__glibc >=2.17", "python >=3.8"]


def test_on_windows_the_installer_makes_the_launchers(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "cp311-cp311-win_amd64", entry_points="[console_scripts]\nrun = demo:main\n")
    made = wheels.wheel_to_conda(wheel, tmp_path / "channel", Target("3.11", "win-64"))
    index = read_index(made.path)
    assert (index["subdir"], index["noarch"], index["platform"]) == ("win-64", "python", "win")
    assert index["depends"] == ["__win", "python >=3.11,<3.12a0"]
    assert document(made.path, "link.json")["noarch"]["entry_points"] == ["run = demo:main"]


def test_dependencies_that_differ_between_platforms_make_two_packages(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, headers=['Requires-Dist: colorama; sys_platform == "win32"'])
    unix = wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)
    windows = wheels.wheel_to_conda(wheel, tmp_path / "channel", Target("3.11", "win-64"))
    assert unix.path != windows.path
    assert read_index(unix.path)["depends"] == ["__unix", "python"]
    assert read_index(windows.path)["depends"] == ["__win", "colorama", "python"]


@pytest.mark.parametrize("path", ["../evil.py", "/evil.py", "a\\..\\evil.py", "c:/evil.py", "a//b.py"])
def test_paths_that_leave_the_wheel_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(IntegrityError, match="does not stay inside"):
        wheels.wheel_to_conda(make_wheel(tmp_path, files={path: "x"}), tmp_path / "channel", LINUX)


@pytest.mark.parametrize("path", ["demo-1.0.data/data/../../../evil", "demo-1.0.data/data//evil"])
def test_paths_that_leave_the_prefix_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(IntegrityError):
        wheels.wheel_to_conda(make_wheel(tmp_path, files={path: "x"}), tmp_path / "channel", LINUX)


def test_content_that_is_not_what_record_says_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, record={"demo/__init__.py": "A" * 43})
    with pytest.raises(IntegrityError, match="not what RECORD says"):
        wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)
    assert not list(tmp_path.glob("channel/*/*"))


def test_a_file_without_a_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="no hash"):
        wheels.wheel_to_conda(make_wheel(tmp_path, record={"demo/__init__.py": ""}), tmp_path / "channel", LINUX)


@pytest.mark.parametrize("damage", [b"", b"no zip at all", None])
def test_a_broken_file_is_refused(tmp_path: Path, damage: bytes | None) -> None:
    wheel = make_wheel(tmp_path)
    wheel.write_bytes(wheel.read_bytes()[:-60] if damage is None else damage)
    with pytest.raises(IntegrityError, match="not a complete wheel"):
        wheels.wheel_to_conda(wheel, tmp_path / "channel", LINUX)


def test_an_extra_is_a_package_of_its_own(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, headers=["Provides-Extra: fast", 'Requires-Dist: numpy>=1; extra == "fast"'])
    made = wheels.extra_to_conda(wheels.read_metadata(wheel), "fast", tmp_path / "channel", LINUX)
    assert (made.name, made.subdir) == ("demo-with-fast", "noarch")
    assert read_index(made.path)["depends"] == ["demo ==1.0", "numpy >=1", "python"]


RELEASES = st.lists(st.integers(0, 12), min_size=2, max_size=3).map(lambda parts: ".".join(map(str, parts)))
VERSIONS = st.builds(str.__add__, RELEASES, st.sampled_from(["", "a1", "rc1", ".post1", ".dev1"]))
CLAUSES = st.builds(str.__add__, st.sampled_from(["==", "!=", ">=", "<=", "<", "~="]), RELEASES)


@given(st.lists(CLAUSES, min_size=1, max_size=3).map(",".join), VERSIONS)
def test_rattler_reads_a_translated_range_as_pep_440_does(specifiers: str, version: str) -> None:
    import rattler

    expected = SpecifierSet(specifiers, prereleases=True).contains(version)
    assert rattler.VersionSpec(conda_range(specifiers)).matches(rattler.Version(version)) == expected


# -- the whole import, against wheels in a directory ------------------------------------------------


class Shelf:
    """A PyPI engine that knows the wheels of one directory and takes all of them."""

    def __init__(self, wheels: Sequence[Path]) -> None:
        self.wheels = wheels
        self.requests: list[PypiRequest] = []

    def resolve(self, request: PypiRequest) -> tuple[PypiPackage, ...]:
        self.requests.append(request)
        names = [wheel.name.split("-") for wheel in self.wheels]
        return tuple(
            PypiPackage(parts[0], parts[1], wheel.as_uri()) for parts, wheel in zip(names, self.wheels, strict=True)
        )

    def download(self, packages: Sequence[PypiPackage], directory: Path) -> tuple[Path, ...]:
        assert len(packages) == len(self.wheels)
        return tuple(self.wheels)


def run_import(
    found: Sequence[Path], requirement: str, to: Path, *, platforms: Sequence[str] = ("linux-64",), dry: bool = False
) -> tuple[Imported, ...]:
    from parity.engines.conda_index import index_directory

    shelf = Shelf(found)
    bench = Workbench(shelf, shelf.download, wheels, index_directory, to / "cache", RecordedProgress())
    line = PipLine("requirement", requirement, requirement)
    return channel_import([line], to=to, python="3.11", platforms=platforms, bench=bench, dry_run=dry)


def test_an_import_makes_a_channel_and_adds_to_it(tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    one = make_wheel(tmp_path / "1", headers=["Provides-Extra: x", 'Requires-Dist: numpy; extra == "x"'])
    first = run_import([one], "demo[x]", channel)
    assert [(item.project, item.name, item.new) for item in first] == [
        ("demo", "demo", True),
        ("demo[x]", "demo-with-x", True),
    ]
    two = make_wheel(tmp_path / "2", version="2.0")
    second = run_import([one, two], "demo", channel)
    assert [(item.version, item.new) for item in second] == [("1.0", False), ("2.0", True)]
    repodata = json.loads((channel / "noarch" / "repodata.json").read_text(encoding="utf-8"))
    versions = {(record["name"], record["version"]) for record in repodata["packages.conda"].values()}
    assert versions == {("demo", "1.0"), ("demo", "2.0"), ("demo-with-x", "1.0")}


def test_an_import_for_two_platforms_shares_what_fits_both(tmp_path: Path) -> None:
    found = run_import([make_wheel(tmp_path)], "demo", tmp_path / "channel", platforms=["linux-64", "osx-arm64"])
    assert [item.subdir for item in found] == ["noarch"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    found = run_import([make_wheel(tmp_path)], "demo", tmp_path / "channel", dry=True)
    assert [(item.name, item.version, item.file) for item in found] == [("demo", "1.0", "")]
    assert not (tmp_path / "channel").exists()


def test_what_is_built_from_source_is_told(tmp_path: Path) -> None:
    class Builder(Shelf):
        def resolve(self, request: PypiRequest) -> tuple[PypiPackage, ...]:
            return (PypiPackage("demo", "1.0", "https://example.org/demo-1.0.tar.gz"),)

    shelf = Builder([make_wheel(tmp_path)])
    progress = RecordedProgress()
    bench = Workbench(shelf, shelf.download, wheels, lambda channel: None, tmp_path, progress)
    line = PipLine("requirement", "demo", "demo")
    channel_import([line], to=tmp_path / "channel", python="3.11", platforms=["linux-64"], bench=bench)
    assert progress.notes == ["demo 1.0 has no wheel for this target and is built from source"]


def test_a_path_is_no_requirement_of_a_project(tmp_path: Path) -> None:
    shelf = Shelf([])
    bench = Workbench(shelf, shelf.download, wheels, lambda channel: None, tmp_path, RecordedProgress())
    with pytest.raises(InputError, match="cannot be imported"):
        channel_import([PipLine("path", "./x", "./x")], to=tmp_path, python="3.11", platforms=["linux-64"], bench=bench)


# -- installed by rattler, run by a real Python ----------------------------------------------------


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of a pure, a stable-ABI and a version-bound package with an interpreter."""
    import platform

    from parity.engines.conda import RattlerEngine
    from parity.engines.interpreter_package import package_interpreter

    root = tmp_path_factory.mktemp("wheels")
    subdir = subdir_of(sys.platform, platform.machine())
    if not subdir.startswith("linux-"):
        pytest.skip("the wheels of this test are for Linux")
    machine = platform.machine()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    tag = f"cp{version.replace('.', '')}"
    channel = root / "channel"
    package_interpreter(Path(sys.executable), channel)
    points = "[console_scripts]\n{0}-entry = {0}:main\n"
    made = [
        make_wheel(root, name="pure", files={"pure/__init__.py": MAIN}, entry_points=points.format("pure")),
        make_wheel(
            root,
            f"cp38-abi3-linux_{machine}",
            name="stable",
            files={"stable/__init__.py": MAIN},
            entry_points=points.format("stable"),
        ),
        make_wheel(
            root,
            f"{tag}-{tag}-linux_{machine}",
            entry_points=points.format("demo"),
            files={"demo/__init__.py": MAIN, "demo-1.0.data/scripts/demo-script": SCRIPT},
            headers=["Requires-Dist: pure", "Requires-Dist: stable"],
        ),
    ]
    for wheel in made:
        wheels.wheel_to_conda(wheel, channel, Target(version, subdir))
    engine = RattlerEngine(root / "pkgs", root / "repodata", progress=RecordedProgress())
    engine.index(channel)
    where = Channel("test", (channel.as_uri(),))
    request = SolveRequest((MatchSpec("demo"),), (where,), subdir, virtual=engine.detect_virtual(subdir, {}))
    prefix = root / "env"
    engine.link(prefix, engine.solve(request), platform=subdir)
    return prefix


@pytest.mark.parametrize("command", ["pure-entry", "stable-entry", "demo-entry", "demo-script"])
def test_scripts_run(environment: Path, command: str) -> None:
    done = subprocess.run([environment / "bin" / command], capture_output=True, text=True, check=True, env={})
    assert done.stdout.split() == [command.rpartition("-")[2], "42"]


def test_metadata_is_as_pip_left_it(environment: Path) -> None:
    code = (
        "from importlib.metadata import distribution as d\n"
        "for name in ('pure', 'stable', 'demo'):\n"
        "    one = d(name)\n"
        "    missing = [str(f) for f in one.files if not f.locate().exists()]\n"
        "    print(one.version, one.read_text('INSTALLER').strip(), missing)\n"
    )
    done = subprocess.run([environment / "bin/python", "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.splitlines() == ["1.0 conda []"] * 3
