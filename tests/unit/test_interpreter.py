from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parity.core.platforms import subdir_of
from parity.engines import interpreter, interpreter_host, interpreter_package
from parity.engines.conda_archive import read_index, write_conda
from parity.engines.interpreter import Interpreters, preference, request_of, satisfies
from parity.engines.interpreter_host import HostPython, find_host_interpreters, identify
from parity.engines.interpreter_package import content_hash
from parity.engines.interpreter_tree import PLACEHOLDER, collect, with_placeholder
from parity.errors import NotFoundError, RefusedError
from parity.model import MatchSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = "linux-64"


@pytest.mark.parametrize(
    ("wanted", "fits", "does_not"),
    [
        ("", "3.14.0rc1", None),
        ("3.11.*", "3.11.7", "3.12.0"),
        ("=3.11", "3.11.7", "3.1.1"),
        (">=3.9,<3.12", "3.11.9", "3.12.0"),
        ("==3.11.7", "3.11.7", "3.11.8"),
        ("3.11.7", "3.11.7", "3.11.8"),
        ("3.10.*|3.12.*", "3.12.1", "3.11.7"),
        (">3.8,!=3.11.3", "3.11.4", "3.11.3"),
    ],
)
def test_satisfies(wanted: str, fits: str, does_not: str | None) -> None:
    assert satisfies(fits, wanted)
    assert does_not is None or not satisfies(does_not, wanted)


def test_request_of() -> None:
    assert request_of("3.11.*") == "3.11"
    assert request_of("==3.11.7") == "3.11.7"
    assert request_of(">=3.9,<3.12") == ">=3.9,<3.12"
    assert request_of("3.12.*|3.10.*") == "3.12"
    assert request_of("") == f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_prefers_what_is_not_newer_than_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "_RUNNING", (3, 11))
    versions = ["3.13.0", "3.10.2", "3.12.1", "3.11.9", "3.11.0rc1", "3.11.2"]
    assert sorted(versions, key=preference) == ["3.11.9", "3.11.2", "3.10.2", "3.12.1", "3.13.0", "3.11.0rc1"]


class Host:
    """Interpreters without any interpreter: what is there, and what was packaged and indexed."""

    def __init__(self, *versions: str) -> None:
        self.pythons = tuple(
            HostPython(version, Path(f"/opt/{version}"), Path(f"/opt/{version}/bin/python3"), HERE)
            for version in versions
        )
        self.made: list[str] = []
        self.indexed = 0

    def package(self, python: Path, channel: Path, *, environ: Mapping[str, str]) -> Path:
        version = python.parts[2]
        self.made.append(version)
        index = {"name": "python", "version": version, "build": "h1_0_cpython", "build_number": 0, "subdir": HERE}
        return write_conda(channel / HERE, index, [])

    def index(self, channel: Path) -> None:
        self.indexed += 1
        repodata = channel / HERE / "repodata.json"
        repodata.write_text("{}")
        newest = max(path.stat().st_mtime_ns for path in repodata.parent.iterdir())
        os.utime(repodata, ns=(newest, newest))

    @contextmanager
    def patched(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(interpreter, "_RUNNING", (3, 11))
            patch.setattr(Interpreters, "_here", staticmethod(lambda: HERE))
            patch.setattr(interpreter_host, "find_host_interpreters", lambda _: self.pythons)
            patch.setattr(interpreter_host, "identify", self.identify)
            patch.setattr(interpreter_package, "package_interpreter", self.package)
            yield

    @staticmethod
    def identify(python: Path, environ: Mapping[str, str]) -> HostPython:
        return HostPython(python.parts[2], python.parents[1], python, HERE)


def test_makes_once_and_serves_from_the_cache(tmp_path: Path) -> None:
    host = Host("3.13.0", "3.11.7", "3.10.1")
    with host.patched():
        source = Interpreters(tmp_path / "cache", index=host.index, fetch=None, environ={})
        first = source.provide(MatchSpec("python", "3.11.*"), HERE)
        second = source.provide(MatchSpec("python", ">=3.9"), HERE)
        assert first == second
        assert first.urls == ((tmp_path / "cache").as_uri(),)
        assert host.made == ["3.11.7"]
        assert host.indexed == 1
        source.provide(MatchSpec("python", ">=3.12"), HERE)
        assert host.made == ["3.11.7", "3.13.0"]
        assert source.available() == ("3.10.1", "3.11.7", "3.13.0")


def test_open_request_takes_the_version_of_parity(tmp_path: Path) -> None:
    host = Host("3.13.0", "3.11.7", "3.10.1")
    with host.patched():
        Interpreters(tmp_path, index=host.index, fetch=None, environ={}).provide(MatchSpec("python"), HERE)
    assert host.made == ["3.11.7"]


def test_fetches_before_it_looks_at_the_host(tmp_path: Path) -> None:
    host = Host("3.11.7")
    asked: list[str] = []

    def fetch(request: str) -> Path | None:
        asked.append(request)
        return Path("/opt/3.11.9/bin/python3") if request == "3.11" else None

    with host.patched():
        source = Interpreters(tmp_path / "a", index=host.index, fetch=fetch, environ={})
        source.provide(MatchSpec("python", "3.11.*"), HERE)
        assert host.made == ["3.11.9"]
        source.provide(MatchSpec("python", "==3.11.7"), HERE)
        assert host.made == ["3.11.9", "3.11.7"]
        assert asked == ["3.11", "3.11.7"]
        Interpreters(tmp_path / "b", index=host.index, fetch=fetch, environ={}, offline=True).provide(
            MatchSpec("python", "3.11.*"), HERE
        )
        assert asked == ["3.11", "3.11.7"]


def test_missing_version_names_those_there_are(tmp_path: Path) -> None:
    host = Host("3.13.0", "3.11.7")
    with host.patched():
        source = Interpreters(tmp_path, index=host.index, fetch=lambda _: None, environ={})
        source.provide(MatchSpec("python", "3.11.*"), HERE)
        with pytest.raises(NotFoundError) as caught:
            source.provide(MatchSpec("python", "3.4.*"), HERE)
    assert "python 3.4.*" in caught.value.message
    assert "3.13.0 (/opt/3.13.0), 3.11.7 (packaged before)" in caught.value.hints[0]
    assert any("parity channel import" in hint for hint in caught.value.hints)


def test_other_platforms_cannot_be_made_here(tmp_path: Path) -> None:
    host = Host("3.11.7")
    with host.patched():
        source = Interpreters(tmp_path, index=host.index, fetch=None, environ={})
        with pytest.raises(NotFoundError, match="osx-arm64"):
            source.provide(MatchSpec("python"), "osx-arm64")
        with pytest.raises(NotFoundError, match="pypy"):
            source.provide(MatchSpec("python", "3.11.*", "*_pypy"), HERE)


def test_a_lost_index_is_written_again(tmp_path: Path) -> None:
    host = Host("3.11.7")
    with host.patched():
        source = Interpreters(tmp_path, index=host.index, fetch=None, environ={})
        source.provide(MatchSpec("python"), HERE)
        (tmp_path / HERE / "repodata.json").unlink()
        source.provide(MatchSpec("python"), HERE)
    assert host.made == ["3.11.7"]
    assert host.indexed == 2


def test_two_at_once_make_one_package(tmp_path: Path) -> None:
    host = Host("3.11.7")
    with host.patched():
        sources = [Interpreters(tmp_path, index=host.index, fetch=None, environ={}) for _ in range(4)]
        threads = [threading.Thread(target=source.provide, args=(MatchSpec("python"), HERE)) for source in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert host.made == ["3.11.7"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes links and shell scripts")
def test_finds_each_installation_once_behind_links_and_virtual_environments(tmp_path: Path) -> None:
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "python3").symlink_to(sys.executable)
    (bin_dir / "python3.4").write_text("#!/bin/sh\nexit 1\n")
    (bin_dir / "python3.5").write_text("#!/bin/sh\necho nonsense\n")
    for name in ("python3.4", "python3.5"):
        (bin_dir / name).chmod(0o755)
    environ = {"PATH": str(bin_dir), "HOME": str(tmp_path), "PYTHONHOME": "/nowhere"}
    found = find_host_interpreters(environ)
    prefixes = [python.prefix for python in found]
    assert prefixes.count(Path(sys.base_prefix).resolve()) == 1
    assert len(set(prefixes)) == len(prefixes) or all(prefix == Path("/usr") for prefix in set(prefixes))
    numbers = [tuple(map(int, python.version.split(".")[:2])) for python in found]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is a shell script")
def test_of_one_version_the_python_of_an_environment_comes_last(tmp_path: Path) -> None:
    for place in ("env", "usual"):
        answer = {"implementation": "cpython", "version": "9.9.9", "version_info": [9, 9, 9],
                  "base_prefix": str(tmp_path / place), "executable": str(tmp_path / place / "bin" / "python3"),
                  "system": sys.platform, "machine": "x86_64", "platlibdir": "lib", "multiarch": "", "debian": False,
                  "framework": "", "abiflags": ""}  # fmt: skip
        script = tmp_path / place / "bin" / "python3"
        script.parent.mkdir(parents=True)
        script.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
        script.chmod(0o755)
    (tmp_path / "env" / "conda-meta").mkdir()
    path = os.pathsep.join(str(tmp_path / place / "bin") for place in ("env", "usual"))
    found = find_host_interpreters({"PATH": path, "HOME": str(tmp_path)})
    assert [python.prefix.name for python in found if python.version == "9.9.9"] == ["usual", "env"]


def test_identify_by_directory_and_refusals(tmp_path: Path) -> None:
    own = identify(Path(sys.executable), os.environ)
    assert own.prefix == Path(sys.base_prefix).resolve()
    assert own.subdir == subdir_of(sys.platform, os.uname().machine if hasattr(os, "uname") else "amd64")
    assert identify(own.prefix, os.environ).version == own.version
    with pytest.raises(RefusedError, match="does not run"):
        identify(tmp_path / "missing", {})


ANSWER = {
    "implementation": "cpython", "version": "3.11.7", "version_info": [3, 11, 7], "base_prefix": "/opt/py",
    "executable": "/opt/py/bin/python3.11", "system": "linux", "machine": "x86_64", "platlibdir": "lib",
    "multiarch": "", "debian": False, "framework": "", "abiflags": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"abiflags": "t"}, "free-threaded"),
        ({"framework": "Python"}, "framework"),
        ({"platlibdir": "lib64"}, "lib64"),
        ({"debian": True, "version_info": [3, 9, 2]}, "Debian"),
    ],
)
def test_says_why_an_installation_is_unfit(change: dict[str, object], reason: str) -> None:
    assert reason in interpreter_host._from_answer(ANSWER | change).unfit


@pytest.mark.parametrize("change", [{"implementation": "pypy"}, {"version_info": [3, 7, 1], "version": "3.7.1"}])
def test_refuses_what_is_no_supported_cpython(change: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        interpreter_host._from_answer(ANSWER | change)


def test_placeholder_replaces_whole_prefixes_in_text_only() -> None:
    prefix = Path("/home/me/py/3.11.7")
    text = b"prefix=/home/me/py/3.11.7\n-I/home/me/py/3.11.7/include /home/me/py/3.11.70/x"
    ph = PLACEHOLDER.encode()
    assert with_placeholder(text, prefix) == b"prefix=" + ph + b"\n-I" + ph + b"/include /home/me/py/3.11.70/x"
    assert with_placeholder(b"\0" + text, prefix) is None
    assert with_placeholder(b"nothing", prefix) is None


def test_placeholder_spares_the_system_around_usr() -> None:
    head, tail = b'#!/usr/bin/env sh\nprefix="/usr"\n', b" /usr/bin/install /usr/lib/ssl"
    text = head + b"LIBDIR='/usr/lib/x86-linux' '/usr/include/python3.11'" + tail
    replaced = with_placeholder(text, Path("/usr"), "x86-linux")
    assert replaced is not None
    assert replaced.decode().replace(PLACEHOLDER, "@") == (
        "#!/usr/bin/env sh\nprefix=\"@\"\nLIBDIR='@/lib' '@/include/python3.11' /usr/bin/install /usr/lib/ssl"
    )


def tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} of {root}\n")


def test_collects_a_macos_tree(tmp_path: Path) -> None:
    tree(tmp_path, "bin/python3.12", "bin/pip3.12", "bin/python3.12-config", "lib/libpython3.12.dylib",
         "lib/python3.12/os.py", "lib/python3.12/EXTERNALLY-MANAGED", "lib/python3.12/test/test_os.py",
         "lib/python3.12/site-packages/pip.py", "lib/python3.12/__pycache__/os.pyc", "lib/python3.12/config-3/x.a",
         "lib/python3.12/lib-dynload/_ssl.so", "lib/python3.12/lib-dynload/_testcapi.so",
         "include/python3.12/Python.h", "include/other.h")  # fmt: skip
    host = HostPython("3.12.1", tmp_path, tmp_path / "bin/python3.12", "osx-arm64")
    files = {file.path: file for file in collect(host)}
    assert sorted(files) == [
        "bin/python", "bin/python3", "bin/python3.12", "bin/python3.12-config", "include/python3.12/Python.h",
        "lib/libpython3.12.dylib", "lib/python3.12/lib-dynload/_ssl.so", "lib/python3.12/os.py",
        "lib/python3.12/site-packages/README.txt",
    ]  # fmt: skip
    assert files["bin/python"].symlink == "python3.12"
    assert files["lib/python3.12/os.py"].placeholder == PLACEHOLDER


def test_collects_a_windows_tree_and_packages_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "Python312"
    tree(root, "python.exe", "pythonw.exe", "python312.dll", "vcruntime140.dll", "LICENSE.txt", "unins.dat",
         "DLLs/_ssl.pyd", "DLLs/_testcapi.pyd", "Lib/os.py", "Lib/site-packages/pip.py", "Lib/test/test_os.py",
         "include/Python.h", "libs/python312.lib", "Scripts/pip.exe", "Doc/python.chm")  # fmt: skip
    host = HostPython("3.12.1", root, root / "python.exe", "win-64")
    monkeypatch.setattr(interpreter_package, "identify", lambda *_: host)
    package = interpreter_package.package_interpreter(root / "python.exe", tmp_path / "channel", environ={})
    assert [file.path for file in collect(host)] == [
        "DLLs/_ssl.pyd", "LICENSE.txt", "Lib/os.py", "Lib/site-packages/README.txt", "include/Python.h",
        "libs/python312.lib", "python.exe", "python312.dll", "pythonw.exe", "vcruntime140.dll",
    ]  # fmt: skip
    index = read_index(package)
    assert (index["subdir"], index["python_site_packages_path"]) == ("win-64", "Lib/site-packages")
    assert index["constrains"] == ["python_abi 3.12.* *_cp312"]
    assert [path.name for path in (tmp_path / "channel/noarch").iterdir()] == ["python_abi-3.12-0_cp312.conda"]


def test_unfit_and_incomplete_installations_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfit = HostPython("3.12.1", tmp_path, tmp_path / "python", "osx-64", unfit="it is a macOS framework")
    monkeypatch.setattr(interpreter_package, "identify", lambda *_: unfit)
    with pytest.raises(RefusedError, match="framework"):
        interpreter_package.package_interpreter(tmp_path, tmp_path, environ={})
    with pytest.raises(RefusedError, match=r"os\.py"):
        collect(HostPython("3.12.1", tmp_path, tmp_path / "python", "osx-64"))


def test_content_hash_sees_paths_modes_and_content(tmp_path: Path) -> None:
    from parity.engines.conda_archive import PackageFile

    base = [PackageFile("a", data=b"1"), PackageFile("b", symlink="a")]
    variants = [
        base,
        [PackageFile("a", data=b"2"), base[1]],
        [PackageFile("a", data=b"1", executable=True), base[1]],
        [base[0], PackageFile("b", symlink="c")],
        [base[0]],
    ]
    assert len({content_hash(files, []) for files in variants}) == len(variants)
    assert content_hash(base, []) == content_hash(base[::-1], [])
    assert content_hash(base, []) != content_hash(base, ["x"])
