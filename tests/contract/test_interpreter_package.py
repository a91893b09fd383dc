from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rattler
from rattler.index import index_fs

from parity.engines.conda_archive import PackageFile, read_index, write_conda
from parity.engines.interpreter_package import package_interpreter

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at ELF files and /proc")

SHORT = f"{sys.version_info[0]}.{sys.version_info[1]}"
DEBIAN = Path("/usr/bin/python3")

MODULES = (
    *("ssl", "sqlite3", "ctypes", "lzma", "bz2", "zlib", "readline", "curses", "hashlib", "uuid", "dbm", "decimal"),
    *("multiprocessing.synchronize", "xml.parsers.expat", "venv", "ensurepip", "asyncio", "zoneinfo"),
)

QUESTION = """
import importlib, json, os, site, sys, sysconfig
missing = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        missing.append(name)
maps = {line.split(None, 5)[5].strip() for line in open("/proc/self/maps") if "/" in line}
print(json.dumps({
    "version": sys.version, "prefix": sys.prefix, "base": sys.base_prefix, "path": sys.path, "missing": missing,
    "maps": sorted(path for path in maps if ".so" in path), "paths": sysconfig.get_paths(),
    "site": site.getsitepackages(),
    "vars": {key: sysconfig.get_config_var(key) for key in ("LIBDIR", "BINDIR", "INCLUDEPY", "LIBPL", "prefix")},
    "makefile": sysconfig.get_makefile_filename(), "config_h": sysconfig.get_config_h_filename(),
}))
"""

SYSTEM_LIBRARIES = ("ld-", "libc.", "libm.", "libdl.", "libpthread.", "librt.", "libutil.", "libgcc_s.", "libresolv.")


def clean_environ(home: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}


def install(channel: Path, prefix: Path, *specs: str) -> None:
    async def steps() -> None:
        await index_fs(channel)
        records = await rattler.solve(
            [channel.as_uri()],
            list(specs),
            gateway=rattler.Gateway(cache_dir=channel.parent / "gateway"),
            virtual_packages=rattler.VirtualPackage.detect(),
        )
        await rattler.install(records, prefix, cache_dir=channel.parent / "pkgs", show_progress=False)

    asyncio.run(steps())


def ask(prefix: Path, home: Path, *modules: str) -> dict[str, Any]:
    done = subprocess.run(
        [prefix / "bin/python", "-c", QUESTION, *modules], env=clean_environ(home), capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module", params=["running", "debian"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The Python it was made from, the package, and an environment that it is installed in."""
    python = Path(sys.executable)
    if request.param == "debian":
        if not (DEBIAN.exists() and Path("/usr/lib/python3/dist-packages").is_dir()):
            pytest.skip("no Python of Debian here")
        python = DEBIAN
    root = tmp_path_factory.mktemp(request.param)
    package = package_interpreter(python, root / "channel", environ=dict(os.environ))
    site = {"name": "pure", "version": "1.0", "build": "py_0", "build_number": 0, "subdir": "noarch"}
    write_conda(
        root / "channel/noarch",
        site | {"noarch": "python", "depends": ["python", "python_abi"]},
        [PackageFile("site-packages/pure.py", data=b"def main(): print('pure')\n")],
        link={"noarch": {"type": "python", "entry_points": ["pure = pure:main"]}, "package_metadata_version": 1},
    )
    prefix = root / "environment with space"
    install(root / "channel", prefix, "python", "pure")
    return python, package, prefix


def test_record(made: tuple[Path, Path, Path]) -> None:
    python, package, _ = made
    done = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"], capture_output=True, check=True
    )
    version = done.stdout.decode().strip()
    index = read_index(package)
    short = ".".join(version.split(".")[:2])
    assert (index["name"], index["version"]) == ("python", version)
    assert index["build"].endswith("_0_cpython")
    assert index["python_site_packages_path"] == f"lib/python{short}/site-packages"
    assert any(depend.startswith("__glibc >=2.") for depend in index["depends"])
    assert package.name == f"python-{version}-{index['build']}.conda"


def test_same_interpreter_gives_same_bytes(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    python, package, _ = made
    again = package_interpreter(python, tmp_path / "channel", environ={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert again.name == package.name
    assert again.read_bytes() == package.read_bytes()


def test_an_environment_gives_the_bytes_that_its_interpreter_came_from(
    made: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    origin, package, _ = made
    if origin == DEBIAN:
        pytest.skip("what Debian patched was taken back, and is not found again")
    install(package.parents[1], tmp_path / "plain", "python")
    python = tmp_path / "plain/bin/python"
    again = package_interpreter(python, tmp_path / "channel", environ=clean_environ(tmp_path))
    assert again.name == package.name
    assert again.read_bytes() == package.read_bytes()


def test_interpreter_stands_alone(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _python, package, prefix = made
    answer = ask(prefix, tmp_path, *MODULES)
    short = ".".join(read_index(package)["version"].split(".")[:2])
    assert answer["version"].startswith(read_index(package)["version"])
    assert answer["prefix"] == answer["base"] == str(prefix)
    assert answer["missing"] == []
    assert all(not path or path.startswith(str(prefix)) for path in answer["path"])
    foreign = [path for path in answer["maps"] if not path.startswith(str(prefix))]
    assert all(Path(path).name.startswith(SYSTEM_LIBRARIES) for path in foreign), foreign
    assert any("lib-bundled" in path for path in answer["maps"])
    library = f"{prefix}/lib/python{short}"
    assert f"{library}/site-packages" in answer["path"]
    assert not any("dist-packages" in path for path in answer["path"])
    assert answer["site"] == [f"{library}/site-packages"]
    assert answer["paths"]["purelib"] == answer["paths"]["platlib"] == f"{library}/site-packages"
    assert answer["paths"]["include"] == f"{prefix}/include/python{short}"
    assert answer["paths"]["scripts"] == f"{prefix}/bin"
    assert all(str(value).startswith(str(prefix)) for value in answer["vars"].values()), answer["vars"]
    assert Path(answer["makefile"]).is_file()


def test_names_and_what_is_left_out(made: tuple[Path, Path, Path]) -> None:
    _, package, prefix = made
    short = ".".join(read_index(package)["version"].split(".")[:2])
    assert (prefix / "bin/python").readlink() == Path(f"python{short}")
    assert (prefix / "bin/python3").readlink() == Path(f"python{short}")
    assert not (prefix / "bin/pip").exists()
    assert not list(prefix.rglob("*.a"))
    assert not list(prefix.rglob("EXTERNALLY-MANAGED"))
    assert not (prefix / f"lib/python{short}/test").exists()


def test_noarch_package_finds_its_place(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _, _, prefix = made
    done = subprocess.run([prefix / "bin/pure"], env=clean_environ(tmp_path), capture_output=True, check=True)
    assert done.stdout == b"pure\n"


def test_virtual_environment_with_pip(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _, _, prefix = made
    environ = clean_environ(tmp_path)
    subprocess.run([prefix / "bin/python", "-m", "venv", tmp_path / "venv"], env=environ, check=True)
    done = subprocess.run([tmp_path / "venv/bin/pip", "--version"], env=environ, capture_output=True, check=True)
    assert str(tmp_path / "venv").encode() in done.stdout


def test_ensurepip_into_the_environment(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    python, package, _ = made
    prefix = tmp_path / "own"
    install(package.parents[1], prefix, "python")
    environ = clean_environ(tmp_path)
    subprocess.run([prefix / "bin/python", "-m", "ensurepip"], env=environ, capture_output=True, check=True)
    done = subprocess.run([prefix / "bin/pip3", "--version"], env=environ, capture_output=True, check=True)
    assert str(prefix).encode() in done.stdout
    assert str(python).encode() not in done.stdout
    headers = prefix / f"include/python{'.'.join(read_index(package)['version'].split('.')[:2])}"
    if (headers / "Python.h").is_file():
        assert "include <x86_64-linux-gnu" not in (headers / "pyconfig.h").read_text()


def test_uv_takes_it_for_a_plain_interpreter(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    from uv import find_uv_bin

    _, package, prefix = made
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    write_wheel(wheel)
    environ = clean_environ(tmp_path) | {"UV_CACHE_DIR": str(tmp_path / "cache")}
    arguments = ["--no-config", "--offline", "--python", str(prefix / "bin/python"), str(wheel)]
    subprocess.run([find_uv_bin(), "pip", "install", *arguments], env=environ, capture_output=True, check=True)
    short = ".".join(read_index(package)["version"].split(".")[:2])
    assert (prefix / f"lib/python{short}/site-packages/tiny.py").is_file()


def write_wheel(path: Path) -> None:
    import zipfile

    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
