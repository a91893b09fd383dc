"""Images and the programs that others wrote for them: skopeo, umoci, crun, bubblewrap, Debian's docker-registry."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import containers
import pytest
import registries
from home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from home import Universe


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [name for name in programs if not shutil.which(name)]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def tool(home: Home, *words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=home.path)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def unpacked(home: Home, image: str) -> Path:
    tool(home, "umoci", "unpack", "--rootless", "--image", image, "bundle")
    return home.path / "bundle"


@pytest.fixture
def lock(home: Home) -> Path:
    """A lock of a Python, a conda package and a wheel with a script."""
    home.create("numlib", "--pypi", "greeter", channel="mixed", name="origin")
    path = home.path / "parity.lock"
    path.write_text(home.parity("export", "-n", "origin", "--format", "parity").stdout)
    return path


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registries.running(tmp_path_factory.mktemp("registry")) as host:
        yield host


@needs("skopeo", "umoci")
def test_an_image_is_copied_unpacked_and_run(home: Home, lock: Path) -> None:
    built = home.json("image", "build", str(lock), "-o", "oci:img", "-t", "team/demo:1.0")
    for target in ("docker-archive:copy.tar:team/demo:1.0", "oci:copy:1.0"):
        tool(home, "skopeo", "copy", "--insecure-policy", "oci:img:1.0", target)
    assert json.loads(tool(home, "skopeo", "inspect", "oci:copy:1.0"))["Digest"] == built["digest"]
    said = containers.run(unpacked(home, "img:1.0"), "/opt/env/bin/python", "-c",
                          "import greeter, numlib, os; print(numlib.WHO, os.environ['CONDA_PREFIX'])")  # fmt: skip
    assert said == "conda /opt/env\n"


@needs("skopeo", "umoci")
def test_a_registry_takes_an_image_and_gives_it_back(home: Home, lock: Path, registry: str) -> None:
    name = f"{registry}/team/demo:1"
    built = home.json("image", "build", str(lock), "-o", "oci:img", "--provenance")
    pushed = home.json("image", "push", "oci:img", name)
    assert {one["how"] for one in pushed["blobs"]} == {"sent"}
    assert pushed["digest"] == built["digest"]
    words = ("skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", f"docker://{name}", "oci:back:1")
    tool(home, *words)
    assert json.loads(tool(home, "skopeo", "inspect", "oci:back:1"))["Digest"] == built["digest"]
    assert containers.run(unpacked(home, "back:1"), "/opt/env/bin/python", "-c", "import greeter; print(1)") == "1\n"
    assert home.json("verify", "--image", name, "--lock", str(lock))["same"]
    assert home.json("image", "inspect", name)["digest"] == built["digest"]


def test_only_what_changed_is_sent(home: Home, registry: str) -> None:
    name = f"{registry}/team/changing"
    sent = []
    for version in ("1.0", "2.0"):
        home.create("big=1.0", "solo", "tool", f"app={version}", "lib=2", name=f"v{version[0]}")
        lock = home.path / f"v{version[0]}.lock"
        lock.write_text(home.parity("export", "-n", f"v{version[0]}", "--format", "parity").stdout)
        built = home.json("image", "build", str(lock), "-o", "oci:img")
        pushed = home.json("image", "push", "oci:img", f"{name}:{version}")
        sent.append(pushed)
    again = {one["title"] for one in sent[1]["blobs"] if one["how"] == "sent"}
    assert again == {layer["title"] for layer in built["layers"] if layer["state"] == "new"} | {"config"}
    # What the build had foretold is what the push has sent.
    assert sent[1]["uploaded"] == built["upload"]
    assert sent[1]["uploaded"] < sent[0]["uploaded"]


def test_a_base_in_the_same_registry_is_mounted(home: Home, lock: Path, registry: str) -> None:
    home.create("solo")
    (home.path / "base.lock").write_text(home.parity("export", "-n", "work", "--format", "parity").stdout)
    home.parity("image", "build", "base.lock", "-o", "oci:base", "--path", "/opt/base")
    home.parity("image", "push", "oci:base", f"{registry}/base/solo:1")
    built = home.json("image", "build", str(lock), "-o", "oci:img", "--base", f"{registry}/base/solo:1")
    pushed = home.json("image", "push", "oci:img", f"{registry}/team/based:1")
    base = {layer["digest"] for layer in built["layers"] if layer["state"] == "base"}
    assert {one["how"] for one in pushed["blobs"] if one["digest"] in base} == {"mounted"}
    missing = home.parity("image", "build", str(lock), "-o", "oci:no", "--base", f"{registry}/base/none:1", code=4)
    assert "base/none" in missing.stderr


@needs("umoci")
@pytest.mark.network
def test_numpy_and_scikit_learn_run_in_an_image(tmp_path: Path, universe: Universe) -> None:
    home = Home(tmp_path / "real", universe)
    settings = home.path / "home" / ".condarc"
    settings.write_text("".join(line for line in settings.read_text().splitlines(keepends=True)
                                if not line.startswith("pypi_index_url")))  # fmt: skip
    home.parity("lock", "-c", "pypi", "--override-channels", "python", "numpy", "scikit-learn")
    home.parity("image", "build", "-o", "oci:img", "-t", "1")
    code = "import numpy, sklearn; print(numpy.arange(4).sum(), sklearn.__name__)"
    assert containers.run(unpacked(home, "img:1"), "/opt/env/bin/python", "-c", code) == "6 sklearn\n"
