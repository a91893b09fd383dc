"""What goes wrong while images and packs are shipped: said clearly, nothing half done, and the next try succeeds."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import registries
from test_storage_faults import mounted, remount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from home import Home

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="containers of Linux")


@pytest.fixture
def lock(home: Home) -> Path:
    """A lock of small packages and one of some size."""
    home.create("big=1.0", "solo", "app")
    path = home.path / "parity.lock"
    path.write_text(home.parity("export", "-n", "work", "--format", "parity").stdout)
    return path


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[registries.Wire]:
    place = tmp_path / "registry"
    place.mkdir()
    with registries.running(place) as host, registries.wire(host) as wire:
        yield wire


def test_a_push_that_breaks_half_way_goes_on_where_it_was(home: Home, lock: Path, registry: registries.Wire) -> None:
    built = home.json("image", "build", str(lock), "-o", "oci:img")
    registry.sent = built["size"] // 2
    broken = home.parity("image", "push", "oci:img", f"{registry.host}/team/x:1", code=5)
    assert "cannot be reached" in broken.stderr
    registry.sent = None
    home.parity("image", "inspect", f"{registry.host}/team/x:1", code=4)
    pushed = home.json("image", "push", "oci:img", f"{registry.host}/team/x:1")
    assert pushed["digest"] == home.json("image", "inspect", f"{registry.host}/team/x:1")["digest"]
    assert home.json("verify", "--image", f"{registry.host}/team/x:1", "--lock", str(lock))["same"]


def test_a_base_that_breaks_off_is_not_used(home: Home, lock: Path, registry: registries.Wire) -> None:
    name = f"{registry.host}/team/base:1"
    built = home.json("image", "build", str(lock), "-o", "oci:base", "--path", "/opt/base")
    home.parity("image", "push", "oci:base", name)
    registry.received = built["size"] // 2
    home.parity("image", "build", str(lock), "-o", "oci:img", "--base", name, code=5)
    assert "has no image" in home.parity("image", "inspect", "oci:img", code=4).stderr
    registry.received = None
    first = home.json("image", "build", str(lock), "-o", "oci:img", "--base", name)
    fresh = home.json("image", "build", str(lock), "-o", "oci:fresh", "--base", name)
    assert first["digest"] == fresh["digest"]
    # One bit in the registry's store, and nothing of the layer is used.
    largest = max((each for each in first["layers"] if each["state"] == "base"), key=lambda each: each["size"])
    digest = largest["digest"].removeprefix("sha256:")
    store = home.path / "registry/data"
    victim = next(store.rglob(f"{digest}/data"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    refused = home.parity("image", "build", str(lock), "-o", "oci:other", "--base", name, code=6)
    assert "something else" in refused.stderr
    other = home.parity(
        "image", "build", str(lock), "-o", "oci:no", "--base", name, "--platform", "linux-s390x", code=4
    )
    assert "s390x" in other.stderr


def test_a_full_disk_below_an_image(home: Home, lock: Path) -> None:
    place = home.path / "disk"
    with mounted(place, "size=20k"):
        for output in (f"oci:{place}/img", f"oci-archive:{place}/a.tar", f"docker-archive:{place}/a.tar"):
            refused = home.json("image", "build", str(lock), "-o", output, "--compression", "none", code=7)
            assert "disk is full" in refused["error"]
            shutil.rmtree(place / "img", ignore_errors=True)
            assert not list(place.iterdir())
        remount(place, "size=50m")
        first = home.json("image", "build", str(lock), "-o", f"oci:{place}/img")
        used = shutil.disk_usage(place).used
        remount(place, f"size={used + 8192}")
        home.parity("image", "build", str(lock), "-o", f"oci:{place}/img", "--compression", "none", code=7)
        # What stood there before is whole.
        assert home.json("verify", "--image", f"oci:{place}/img", "--lock", str(lock))["same"]
        assert home.json("image", "inspect", f"oci:{place}/img")["digest"] == first["digest"]


def test_a_full_disk_below_a_pack(home: Home, lock: Path) -> None:
    place = home.path / "disk"
    whole = home.json("pack", str(lock), "-o", "whole.zip")
    with mounted(place, "size=16k"):
        for name in ("a.zip", "a.tar.gz", "a.tar.zst"):
            refused = home.json("pack", str(lock), "-o", f"{place}/{name}", code=7)
            assert "disk is full" in refused["error"]
            assert not list(place.iterdir())
        remount(place, f"size={whole['size'] + (64 << 10)}")
        assert (
            "disk is full" in home.json("pack", str(lock), "-o", f"{place}/a.zip", "--split", "20kB", code=7)["error"]
        )
        assert not list(place.glob("*.0*"))
    with mounted(place, "size=100k"):
        refused = home.json("unpack", "whole.zip", "-p", f"{place}/env", code=7)
        assert "disk is full" in refused["error"]
        assert not (place / "env").exists()
        remount(place, "size=50m")
        home.parity("unpack", "whole.zip", "-p", f"{place}/env")


@pytest.mark.skipif(not shutil.which("mksquashfs"), reason="squashfs-tools are not installed")
def test_a_cut_image_of_a_pack(home: Home, lock: Path) -> None:
    home.parity("pack", str(lock), "-o", "a.squashfs")
    data = (home.path / "a.squashfs").read_bytes()
    (home.path / "cut.squashfs").write_bytes(data[: len(data) // 2])
    assert home.parity("unpack", "cut.squashfs", "-n", "two", code=6).stderr
    assert home.parity("mount", "cut.squashfs", "there", code=6).stderr
    assert not home.prefix("two").exists()
