from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

import pytest
from client_home import ClientHome, Clients, make_clients
from home import SERIES, Home, Universe, put_python

from parity.core.platforms import subdir_of
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.wheels import make_index, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

SUBDIR = subdir_of(sys.platform, platform.machine())


def _big(version: str) -> TinyPackage:
    """Many files, so that linking them takes long enough to be caught in the middle."""
    files = {f"share/big/{version}/{number:04}.txt": f"{version} {number}\n" for number in range(700)}
    files |= {f"share/big/common/{number:04}.txt": f"{version} {number}\n" for number in range(200)}
    return TinyPackage("big", version, subdir=SUBDIR, depends=("lib",), files=files)


def _script(name: str, version: str) -> dict[str, str]:
    return {f"bin/{name}": f"#!/bin/sh\necho {name} {version} @PREFIX-PLACEHOLDER@\n"}


@pytest.fixture(scope="session")
def universe(tmp_path_factory: pytest.TempPathFactory) -> Universe:
    """Packages for conda, a Python, and wheels; nothing of it comes from a network."""
    from pathlib import Path

    from parity.engines.conda_index import index_directory
    from parity.engines.interpreter_package import package_interpreter

    if sys.platform == "win32":
        pytest.skip("the packages of these tests hold shell scripts")
    top = tmp_path_factory.mktemp("universe")
    mark = "@PREFIX-PLACEHOLDER@"
    tiny = [
        TinyPackage("lib", "1.0", subdir=SUBDIR),
        TinyPackage("lib", "2.0", subdir=SUBDIR),
        TinyPackage("app", "1.0", subdir=SUBDIR, depends=("lib",), files=_script("app", "1.0"), placeholder=mark),
        TinyPackage("app", "2.0", subdir=SUBDIR, depends=("lib >=2",), files=_script("app", "2.0"), placeholder=mark),
        TinyPackage("tool", "1.0", subdir=SUBDIR, depends=("lib", "helper")),
        TinyPackage("helper", "1.0", noarch="generic"),
        TinyPackage("solo", "1.0", subdir=SUBDIR),
        _big("1.0"),
        _big("2.0"),
    ]
    interpreters = top / "interpreters"
    package_interpreter(Path(sys.executable), interpreters)
    index_directory(interpreters)
    mixed = top / "mixed"
    put_python(interpreters, mixed)
    site = f"lib/python{SERIES}/site-packages"
    numlib = {
        f"{site}/numlib.py": "WHO = 'conda'\n",
        f"{site}/numlib-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: numlib\nVersion: 1.5\n",
        f"{site}/numlib-1.5.dist-info/INSTALLER": "conda\n",
        f"{site}/numlib-1.5.dist-info/RECORD": "numlib.py,,\n"
        + "".join(f"numlib-1.5.dist-info/{name},,\n" for name in ("METADATA", "INSTALLER", "RECORD")),
    }
    channel = make_channel(mixed, [TinyPackage("numlib", "1.5", subdir=SUBDIR, depends=("python",), files=numlib)])
    wheels = top / "wheels"
    many = {f"manyfiles/part_{number:04}.py": f"VALUE = {number}\n" for number in range(700)}
    made = [
        make_wheel(wheels, "beta", "1.0"),
        make_wheel(wheels, "alpha", "1.0", requires=["beta"], extras={"fancy": ["gamma"]}),
        make_wheel(wheels, "alpha", "2.0", requires=["beta>=1"], extras={"fancy": ["gamma"]}),
        make_wheel(wheels, "gamma", "1.0", extras={"all": ["alpha", "beta"]}),
        make_wheel(wheels, "delta", "1.0", requires=["numlib>=1", "beta; python_version < '3'"]),
        make_wheel(wheels, "numlib", "1.5", files={"numlib.py": "WHO = 'pypi'\n"}),
        make_wheel(wheels, "numlib", "9.0", files={"numlib.py": "WHO = 'pypi'\n"}),
        make_wheel(wheels, "greeter", "1.0", scripts={"greet": "greeter:main"},
                   files={"greeter/cli.py": "", "greeter/__main__.py": ""}),
        make_wheel(wheels, "manyfiles", "1.0", files=many),
        make_wheel(wheels, "manyfiles", "2.0", files={**many, "manyfiles/new.py": "VALUE = 2\n"}),
    ]  # fmt: skip
    index = make_index(top / "index", made)
    return Universe(
        tiny=make_channel(top / "tiny", tiny),
        mixed=channel,
        index=index.as_uri(),
        interpreters=interpreters,
        pkgs=top / "pkgs",
    )


@pytest.fixture
def home(tmp_path: Path, universe: Universe) -> Home:
    return Home(tmp_path, universe)


@pytest.fixture
def cold_home(tmp_path: Path, universe: Universe) -> Home:
    """A home with a package cache of its own."""
    return Home(tmp_path, universe, tmp_path / "pkgs")


@pytest.fixture(scope="session")
def locked(universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A lock of a Python, a conda package and wheels with scripts, as text."""
    home = Home(tmp_path_factory.mktemp("locked"), universe)
    home.create("numlib", "--pypi", "greeter", "--pypi", "alpha", channel="mixed", name="origin")
    home.parity("env", "config", "vars", "set", "-n", "origin", "COLOUR=blue")
    return home.parity("export", "-n", "origin", "--format", "parity").stdout


@pytest.fixture
def lock(home: Home, locked: str) -> Path:
    path = home.path / "parity.lock"
    path.write_text(locked)
    return path


@pytest.fixture(scope="session")
def clients(universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Programs from PyPI that drive conda."""
    return make_clients(tmp_path_factory.mktemp("clients"), universe.interpreters, SUBDIR)


@pytest.fixture
def client(tmp_path: Path, clients: Clients) -> ClientHome:
    return ClientHome(tmp_path, clients)
