"""What Parity reads in packages is what the engines make of them: real linking by rattler, real installing by uv."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parity.core.contents import Places, place
from parity.core.ports import PypiSettings
from parity.core.prints import compare, make
from parity.core.progress import NoProgress
from parity.core.rules import Rules, is_installer_note
from parity.engines import conda_contents, wheel_contents
from parity.engines.conda import RattlerEngine
from parity.engines.conda_archive import PackageFile, read_index, write_conda
from parity.engines.conda_order import link_order
from parity.engines.contents import PackageReader
from parity.engines.pypi import UvEngine
from parity.errors import IntegrityError, OfflineError, ParityError, RefusedError
from parity.formats import pylock
from parity.model import CondaPackage, PypiPackage, Solution
from parity.ops.fingerprint import predict
from parity.store.scan import scan
from parity.testing.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.contents import ArchiveContents
    from parity.core.prints import Comparison
    from parity.model import Package

HOLDER = "/opt/placehold_" + "placehold_" * 20
LINUX = pytest.mark.skipif(sys.platform == "win32", reason="first lines are of Unix")


def package_of(archive: Path) -> CondaPackage:
    index = read_index(archive)
    return CondaPackage(
        name=index["name"],
        version=str(index["version"]),
        build=index["build"],
        build_number=index.get("build_number", 0),
        subdir=index.get("subdir") or "noarch",
        url=archive.as_uri(),
        channel=archive.parent.parent.as_uri(),
        fn=archive.name,
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
        depends=tuple(index.get("depends", ())),
        noarch=index.get("noarch"),
    )


def write(directory: Path, name: str, *files: PackageFile, version: str = "1", **more: object) -> CondaPackage:
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "subdir": "linux-64", "depends": []}
    link = more.pop("link", None)
    return package_of(write_conda(directory, {**index, **more}, files, link=link))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[CondaPackage, ...]:
    """Everything that linking treats in a way of its own."""
    top = tmp_path_factory.mktemp("packages")

    def text(path: str, content: str) -> PackageFile:
        return PackageFile(path, data=content.encode(), executable=path.startswith("bin/"), placeholder=HOLDER)

    return (
        write(
            top / "linux-64",
            "features",
            text("bin/python-tool", f"#!{HOLDER}/bin/python3.11 -E\nprint(1) # {HOLDER}\n"),
            text("bin/blank", f"#! {HOLDER}/bin/python\nprint(1)\n"),
            text("bin/perl-tool", f"#!{HOLDER}/bin/perl -w\nprint 1; # {HOLDER}\n"),
            text("bin/env-tool", f"#!/usr/bin/env perl\nprint 1; # {HOLDER}\n"),
            text("etc/features.conf", f"home={HOLDER}\nagain={HOLDER}/x\n"),
            PackageFile(
                "lib/libx.so",
                data=b"\x7fELF" + f"{HOLDER}/lib:{HOLDER}/lib64\0abc\0y{HOLDER}".encode() + b"\0\0\0end",
                placeholder=HOLDER,
                file_mode="binary",
            ),
            PackageFile("lib/libx.so.1", symlink="libx.so"),
            PackageFile("share/plain", data=b"plain"),
            PackageFile("share/__pycache__/a.cpython-311.pyc", data=b"\xa7\r\r\n\1\0\0\0hash-based"),
            PackageFile("share/__pycache__/b.cpython-311.pyc", data=b"\xa7\r\r\n\0\0\0\0time-based"),
        ),
        write(
            top / "noarch",
            "pure",
            PackageFile("site-packages/pure/__init__.py", data=b"def main(): pass\n"),
            text("python-scripts/helper", f"#!{HOLDER}/bin/python\nprint(1)\n"),
            subdir="noarch",
            noarch="python",
            depends=["python"],
            link={
                "noarch": {"type": "python", "entry_points": ["pure = pure:main", "pure-b = pure.x:A.b"]},
                "package_metadata_version": 1,
            },
        ),
        write(
            top / "linux-64",
            "python",
            PackageFile("bin/python3.11", data=b"#!/bin/sh\n", executable=True),
            PackageFile("bin/python", symlink="python3.11"),
            version="3.11.4",
        ),
        write(top / "linux-64", "first", PackageFile("share/both", data=b"1"), PackageFile("share/same", data=b"=")),
        write(
            top / "linux-64",
            "a-second",
            PackageFile("share/both", data=b"2"),
            PackageFile("share/same", data=b"="),
            depends=["first"],
        ),
        write(top / "linux-64", "z-third", PackageFile("share/both", data=b"3")),
    )


def link(tmp_path: Path, prefix: Path, packages: Sequence[CondaPackage], *, copy: bool = False) -> None:
    engine = RattlerEngine(tmp_path / "pkgs", tmp_path / "repodata", progress=NoProgress(), allow_links=not copy)
    engine.link(prefix, packages, platform="linux-64")


def difference(prefix: Path, solution: Solution, contents: dict[str, ArchiveContents]) -> Comparison:
    """Between what was predicted and what stands there."""

    def read(asked: Sequence[Package], _: str) -> list[ArchiveContents]:
        return [contents[package.name] for package in asked]

    found = scan(prefix)
    measured = make("env", found.entries, [(p.name, p.version, p.build) for p in found.packages], {}, owners={})
    return compare(predict("lock", solution, {}, read, Rules(), link_order), measured)


def from_archive(package: CondaPackage) -> ArchiveContents:
    return conda_contents.read_archive(Path(package.url.removeprefix("file://")), package.sha256)


def from_cache(tmp_path: Path, package: CondaPackage) -> ArchiveContents:
    directory = conda_contents.extracted(tmp_path / "pkgs", package.dist, package.sha256)
    assert directory is not None
    return conda_contents.read_directory(directory)


@LINUX
@pytest.mark.parametrize("copy", [False, True], ids=["links", "copies"])
@pytest.mark.parametrize("place_", ["env", "long/" + "l" * 130, "with a blank"])
def test_linked_packages_are_what_was_predicted(
    packages: tuple[CondaPackage, ...], tmp_path: Path, place_: str, copy: bool
) -> None:
    prefix = tmp_path / place_
    if len(str(prefix)) > len(HOLDER):
        pytest.skip("the path of temporary files is too long for a binary")
    link(tmp_path, prefix, packages[::-1] if copy else packages, copy=copy)
    solution = Solution("linux-64", packages)
    assert not difference(prefix, solution, {one.name: from_archive(one) for one in packages})
    assert not difference(prefix, solution, {one.name: from_cache(tmp_path, one) for one in packages})


@LINUX
def test_every_real_package_is_what_was_predicted(
    packages: tuple[CondaPackage, ...], shared_data: Path, tmp_path: Path
) -> None:
    looked_at = 0
    for number, archive in enumerate(sorted(shared_data.glob("packages/**/*-*-*.*"))):
        try:
            package = package_of(archive)
        except ParityError:
            continue
        more = [one for one in packages if one.name == "python"] if package.noarch == "python" else []
        here = tmp_path / str(number)
        try:
            link(here, here / "env", [package, *more])
        except ParityError:
            continue  # the collection has packages that are broken on purpose
        contents = {one.name: from_archive(one) for one in (package, *more)}
        assert not difference(here / "env", Solution("linux-64", (package, *more)), contents), archive.name
        looked_at += 1
    assert looked_at > 90


@LINUX
@pytest.mark.parametrize("subdir", ["win-64", "osx-arm64"])
def test_an_environment_for_another_platform_is_what_was_predicted(
    packages: tuple[CondaPackage, ...], tmp_path: Path, subdir: str
) -> None:
    python = write(tmp_path / subdir, "python", PackageFile("python.exe", data=b"MZ"), version="3.11.4", subdir=subdir)
    both = (python, next(one for one in packages if one.name == "pure"))
    engine = RattlerEngine(tmp_path / "pkgs", tmp_path / "repodata", progress=NoProgress())
    engine.link(tmp_path / "env", both, platform=subdir)
    found = difference(tmp_path / "env", Solution(subdir, both), {one.name: from_archive(one) for one in both})
    # Linux made this, and has executable files where Windows has none.
    assert [one for one in found.files if not (subdir == "win-64" and one.change == "executable")] == []


def test_an_archive_that_is_another_is_refused(packages: tuple[CondaPackage, ...]) -> None:
    with pytest.raises(IntegrityError, match="not the file that was locked"):
        conda_contents.read_archive(Path(packages[0].url.removeprefix("file://")), "0" * 64)


# -- wheels --------------------------------------------------------------------------------------------

DATA = "odd-1.0.data"
LAUNCHER = "#!python\nimport sys\nfrom odd import main\nif __name__ == '__main__':\n    sys.exit(main())\n"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheel(
        tmp_path_factory.mktemp("wheels"),
        "odd",
        files={
            "odd/__pycache__/a.cpython-311.pyc": b"\xa7\r\r\n\1\0\0\0hash-based",
            "odd/__pycache__/b.cpython-311.pyc": b"\xa7\r\r\n\0\0\0\0time-based",
            f"{DATA}/scripts/plain": "#!python\nprint(1)\n",
            f"{DATA}/scripts/options": "#!python3.9 -u\nprint(1)\n",
            f"{DATA}/scripts/gui": "#!pythonw\r\nprint(1)\n",
            f"{DATA}/scripts/launcher": LAUNCHER,
            f"{DATA}/scripts/shell": "#!/bin/sh\necho\n",
            f"{DATA}/scripts/settled": f"#!{sys.executable}\nprint(1)\n",
            f"{DATA}/scripts/binary": b"\x7fELF" + b"0" * 5000,
            f"{DATA}/scripts/greet": "#!python\nprint('uv makes its own')\n",
            f"{DATA}/data/share/odd.txt": "data",
            f"{DATA}/data/bin/as-data": "#!python\n",
            f"{DATA}/headers/odd.h": "int odd;",
            f"{DATA}/purelib/odd_extra.py": "",
            f"{DATA}/platlib/odd_more.py": "",
        },
        scripts={"greet": "odd:main", "greet-b": "odd.x:A.b", "pip3": "odd:main", "pip3.9": "odd:main"},
    )


@LINUX
@pytest.mark.parametrize("place_", ["env", "l" * 130, "with a blank"])
def test_what_uv_installs_is_what_was_predicted(wheel: Path, tmp_path: Path, place_: str) -> None:
    from uv import find_uv_bin

    prefix = tmp_path / place_
    uv = [find_uv_bin(), "--no-config", "--offline", "--cache-dir", str(tmp_path / "uv")]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(prefix)], check=True, env=environ)
    before = scan(prefix).entries
    python = str(prefix / "bin" / "python")
    subprocess.run([*uv, "pip", "install", "-q", "--no-deps", "--python", python, str(wheel)], check=True, env=environ)
    added = {path: entry for path, entry in scan(prefix).entries.items() if before.get(path) != entry}
    with wheel.open("rb") as stream:
        contents = wheel_contents.read(stream, wheel.name)
    series = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    # In a virtual environment headers stand elsewhere than in a Python of its own.
    where = Places(False, "bin", f"lib/{series}/site-packages", f"include/site/{series}", sys.version_info[1])
    placed = place(contents, "odd", "1.0", "", "pypi", where, Rules())
    assert added == {file.path: file.entry for file in placed.files if file.counts}


def pinned(wheel: Path) -> PypiPackage:
    hashes = {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    table = {"name": "odd", "version": "1.0", "wheels": [{"url": wheel.as_uri(), "hashes": hashes}]}
    return pylock.from_table(table)


def engine(tmp_path: Path) -> UvEngine:
    return UvEngine(None, tmp_path / "cache", PypiSettings(offline=True), {"PATH": os.environ["PATH"]})


def files_of(prefix: Path) -> set[str]:
    return {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file()}


@LINUX
@pytest.mark.parametrize("place_", ["env", "l" * 130, "with a blank"])
def test_without_its_python_a_prefix_gets_the_files_that_it_would_have_with_it(
    wheel: Path, tmp_path: Path, place_: str
) -> None:
    tmp_path = tmp_path / place_
    tmp_path.mkdir()
    series = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = f"lib/{series}/site-packages"
    mine, other, written = tmp_path / "mine", tmp_path / "other", Path("/opt/env")
    venv.create(mine, with_pip=False)
    engine(tmp_path).install(mine / "bin" / "python", [pinned(wheel)], written_prefix=written)
    # In a virtual environment headers stand elsewhere than in a Python of its own.
    where = Places(False, "bin", site, f"include/site/{series}", sys.version_info[1])
    engine(tmp_path).lay_out(other, [pinned(wheel)], where, platform="linux-64", prefix=written)
    paths = files_of(other)
    record = f"{site}/odd-1.0.dist-info/RECORD"
    for path in paths - {record, f"{site}/odd-1.0.dist-info/uv_cache.json"}:  # that one holds times
        assert (mine / path).read_bytes() == (other / path).read_bytes()
        assert (mine / path).stat().st_mode == (other / path).stat().st_mode
    lines = (other / record).read_text().splitlines()
    mine_lines = (mine / record).read_text().splitlines()
    assert {line for line in lines if "uv_cache" not in line} == {line for line in mine_lines if "uv_cache" not in line}
    named = {os.path.normpath(f"{site}/{line.split(',')[0]}") for line in lines}
    assert {path for path in named if ".data/" not in path} == paths


@LINUX
def test_for_another_python_the_files_are_where_they_were_predicted(wheel: Path, tmp_path: Path) -> None:
    with wheel.open("rb") as stream:
        contents = wheel_contents.read(stream, wheel.name)
    where = Places(False, "bin", "lib/python3.99t/site-packages", "include/python3.99t", 99)
    prefix = tmp_path / "env"
    engine(tmp_path).lay_out(prefix, [pinned(wheel)], where, platform="linux-aarch64", prefix=prefix)
    predicted = {file.path: file.entry for file in place(contents, "odd", "1.0", "", "pypi", where, Rules()).files
                 if file.counts}  # fmt: skip
    assert {path: entry for path, entry in scan(prefix).entries.items() if not is_installer_note(path)} == predicted


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "a-1-py3-none-any.whl"
    broken.write_bytes(b"PK")
    with broken.open("rb") as stream, pytest.raises(IntegrityError, match="no complete wheel"):
        wheel_contents.read(stream, broken.name)


# -- reading once --------------------------------------------------------------------------------------


def reader(tmp_path: Path, *, offline: bool = False) -> PackageReader:
    def prefetch(*_: object) -> None:
        raise AssertionError("everything is at hand")

    def opener() -> object:
        raise AssertionError("everything is at hand")

    return PackageReader(
        tmp_path / "contents",
        [tmp_path / "pkgs"],
        prefetch=prefetch,
        opener=opener,  # type: ignore[arg-type]
        offline=offline,
    )


def test_what_was_read_is_remembered_by_its_hash(
    packages: tuple[CondaPackage, ...], wheel: Path, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    every: tuple[Package, ...] = (*packages, PypiPackage("odd", "1.0", wheel.as_uri(), sha256))
    first = reader(tmp_path).read(every, "linux-64")
    gone = tuple(
        PypiPackage("odd", "1.0", "https://example.invalid/odd-1.0-py3-none-any.whl", sha256)
        if isinstance(one, PypiPackage)
        else CondaPackage(one.name, one.version, one.build, 0, one.subdir, "https://example.invalid/x", "", one.fn,
                          sha256=one.sha256)
        for one in every
    )  # fmt: skip
    assert reader(tmp_path).read(gone, "linux-64") == first
    unknown = PypiPackage("other", "1.0", "https://example.invalid/other-1.0-py3-none-any.whl", "0" * 64)
    with pytest.raises(OfflineError, match=r"other-1\.0"):
        reader(tmp_path, offline=True).read([unknown], "linux-64")


def test_what_has_to_be_built_cannot_be_told(tmp_path: Path) -> None:
    sources = [
        PypiPackage("sdist", "1.0", "https://example.invalid/sdist-1.0.tar.gz", "0" * 64),
        PypiPackage("repo", "1.0", "git+https://example.invalid/repo@0123"),
        PypiPackage("tree", "", "file:///src/tree", editable=True),
    ]
    with pytest.raises(RefusedError, match=r"sdist.*repo.*tree"):
        reader(tmp_path).read(sources, "linux-64")
