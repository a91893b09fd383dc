"""Rows about images: a layer for each large package, beside one layer with all, as RUN in a Dockerfile makes it."""

from __future__ import annotations

import atexit
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING

from benchmarks.measure import Case, Command, Row
from benchmarks.place import PYTHON, Place, SkippedError
from parity.testing.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SPECS = ("numpy", "pandas", "scikit-learn")


def _lock(place: Place, version: str) -> str:
    """A lock of three large packages and one small one of the team's own, of which there are two versions."""
    path = place.root / f"image-{version}.lock"
    if not path.exists():
        own = make_wheel(place.root / "own", "own", version)
        words = ("-c", "pypi", "--override-channels", f"python={PYTHON}", *_SPECS, "--pypi", own.as_uri())
        place.do(place.parity("lock", "-q", *words, "-o", str(path)))
    return str(path)


def _build(place: Place, name: str, layout: str = "image") -> Command:
    return place.parity("image", "build", "-q", _lock(place, name), "-o", f"oci:{place.root / layout}", "-t", "bench")


def _installed(place: Place, name: str) -> Command:
    """What RUN does in a Dockerfile: the environment, complete."""
    return place.parity("sync", "-q", "-y", _lock(place, name), "-p", str(place.root / "opt-env"), "--copy")


def _one_layer(place: Place) -> Command:
    """An image of an installed environment, by umoci: one layer."""
    script = (
        "umoci init --layout flat && umoci new --image flat:bench && "
        "umoci insert --rootless --image flat:bench opt-env /opt/env"
    )
    return place.shell(script, place.root)


def _needs(*programs: str) -> None:
    for name in programs:
        if not shutil.which(name):
            raise SkippedError(f"{name} is not installed")


def build(place: Place) -> Row:
    """From a lock to an image, packages in the cache."""
    _needs("umoci", "zstd")

    def clean() -> None:
        place.remove("image", "flat", "opt-env")

    packed = place.shell("tar -c opt-env | zstd -q -T0 > opt-env.tar.zst", place.root)
    return Row(
        "image: numpy, pandas and scikit-learn from a lock",
        (
            Case("parity image build", (_build(place, "1.0"),), clean),
            Case("parity sync, then umoci insert: one layer", (_installed(place, "1.0"), _one_layer(place)), clean),
            Case("parity sync, then tar | zstd: one archive", (_installed(place, "1.0"), packed), clean),
        ),
    )


def rebuild(place: Place) -> Row:
    """The same after another version of one small package, where the former image stands."""
    _needs("umoci")

    def former() -> None:
        place.remove("image")
        place.do(_build(place, "1.0"))

    def clean() -> None:
        place.remove("flat", "opt-env")

    return Row(
        "image: again, with another version of one small package",
        (
            Case("parity image build", (_build(place, "2.0"),), former),
            Case("parity sync, then umoci insert: one layer", (_installed(place, "2.0"), _one_layer(place)), clean),
        ),
    )


def push(place: Place) -> Row:
    """Send that to a registry that has the former image."""
    _needs("umoci", "skopeo", "docker-registry")
    host, data = _registry(place.root / "registry")
    name = f"{host}/bench/image:1"
    mine = place.parity("image", "push", "-q", f"oci:{place.root / 'image'}:bench", name)
    theirs = place.shell(
        f"skopeo copy -q --insecure-policy --dest-tls-verify=false oci:flat:bench docker://{name}", place.root
    )

    def both(build: Callable[[str], tuple[Command, ...]], send: Command) -> Callable[[], None]:
        def prepare() -> None:
            shutil.rmtree(data, ignore_errors=True)
            place.remove("image", "flat", "opt-env")
            for command in (*build("1.0"), send):
                place.do(command)
            place.remove("flat", "opt-env")
            for command in build("2.0"):
                place.do(command)

        return prepare

    return Row(
        "image: push that to a registry with the former one",
        (
            Case("parity image push", (mine,), both(lambda name: (_build(place, name),), mine)),
            Case("skopeo copy: one layer", (theirs,),
                 both(lambda name: (_installed(place, name), _one_layer(place)), theirs)),
        ),
    )  # fmt: skip


def _registry(directory: Path) -> tuple[str, Path]:
    """Debian's docker-registry on this machine until the program ends: its address, and where it keeps what it has."""
    directory.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    data = directory / "data"
    settings = {"version": 0.1, "storage": {"filesystem": {"rootdirectory": str(data)}}, "http": {"addr": host}}
    (directory / "config.yml").write_text(json.dumps(settings), encoding="utf-8")
    nothing = subprocess.DEVNULL
    child = subprocess.Popen(
        ["docker-registry", "serve", str(directory / "config.yml")], stdout=nothing, stderr=nothing
    )
    atexit.register(child.terminate)
    for _ in range(100):
        with suppress(OSError), urllib.request.urlopen(f"http://{host}/v2/", timeout=1):
            return host, data
        time.sleep(0.1)
    raise SkippedError("docker-registry does not start")


ROWS: dict[str, Callable[[Place], Row]] = {"image": build, "image-rebuild": rebuild, "image-push": push}
"""What is measured: each function makes one row, in the order of the table."""
