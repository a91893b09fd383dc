"""The PyPI engine against a real index."""

from __future__ import annotations

import os
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from parity.core.ports import PypiRequest, PypiSettings
from parity.engines.pypi import UvEngine
from parity.engines.pypi_request import host_platform
from parity.errors import IntegrityError, NotFoundError, UnsatisfiableError
from parity.formats.pylock import parse as parse_lock
from parity.formats.pylock import render
from parity.formats.requirements import parse
from parity.model import PypiPackage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

VERSION = ".".join(map(str, sys.version_info[:3]))


@pytest.fixture
def engine(tmp_path: Path) -> UvEngine:
    return UvEngine(None, tmp_path / "cache", PypiSettings(), dict(os.environ), scratch=tmp_path / "scratch")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    venv.create(tmp_path / "env", with_pip=False, symlinks=os.name != "nt")
    return tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ask(text: str, provided: dict[str, str] | None = None, **more: str) -> PypiRequest:
    return PypiRequest(parse(text), more.pop("python_version", VERSION), more.pop("platform", host_platform()),
                       provided or {}, {}, **more)  # type: ignore[arg-type]  # fmt: skip


def test_resolve_install_and_the_same_from_a_lock(engine: UvEngine, python: Path, tmp_path: Path) -> None:
    packages = engine.resolve(ask("requests\nsix==1.16.0"))
    assert {"requests", "six", "urllib3", "idna"} <= {package.name for package in packages}
    assert all(package.sha256 and package.url.endswith(".whl") for package in packages)
    assert parse_lock(render(packages)) == packages
    engine.prefetch(tmp_path / "not" / "there" / "python", packages)
    offline = UvEngine(None, tmp_path / "cache", PypiSettings(offline=True), dict(os.environ))
    offline.install(python, packages)
    assert len(list((tmp_path / "env").rglob("*.dist-info"))) == len(packages)


def test_a_wrong_hash(engine: UvEngine, python: Path) -> None:
    (six,) = engine.resolve(ask("six==1.16.0"))
    assert six.sha256 is not None
    wrong = PypiPackage(six.name, six.version, six.url, pin=six.pin.replace(six.sha256, "0" * 64))
    with pytest.raises(IntegrityError, match=r"six==1\.16\.0"):
        engine.install(python, [wrong])
    with pytest.raises(IntegrityError, match="six"):
        engine.resolve(ask(f"six==1.16.0 --hash=sha256:{'0' * 64}"))


def test_another_platform(engine: UvEngine) -> None:
    (numpy,) = engine.resolve(ask("numpy==2.0.0", python_version="3.12.1", platform="osx-arm64"))
    assert "cp312" in numpy.url
    assert "macosx" in numpy.url


def test_conda_facts_and_unknown_names(engine: UvEngine) -> None:
    names = {package.name for package in engine.resolve(ask("pandas", {"numpy": "2.1.0"}))}
    assert "pandas" in names
    assert "numpy" not in names
    with pytest.raises(UnsatisfiableError, match=r"conda provides numpy 1\.26\.4"):
        engine.resolve(ask("numpy>=2", {"numpy": "1.26.4"}))
    with pytest.raises(NotFoundError, match="no-such-package-of-anyone"):
        engine.resolve(ask("no-such-package-of-anyone"))


def test_downloaded_wheels_are_the_files_of_the_lock(engine: UvEngine, tmp_path: Path) -> None:
    packages = engine.resolve(ask("six==1.16.0"))
    (wheel,) = engine.download(packages, tmp_path / "wheels")
    assert wheel.name == "six-1.16.0-py2.py3-none-any.whl"
    assert wheel.stat().st_size == packages[0].size
