from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parity.errors import EngineError, InputError, NotFoundError
from parity.store import mounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from home import Home

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("mksquashfs"), reason="images are made and mounted on Linux"
)


@pytest.fixture
def image(home: Home) -> Path:
    home.create("app")
    home.parity("env", "config", "vars", "set", "-n", "work", "COLOUR=blue")
    home.parity("pack", "-n", "work", "-o", "work.squashfs")
    try:
        home.parity("mount", "work.squashfs", "probe")
    except AssertionError as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    home.parity("mount", "--unmount", "probe")
    return home.path / "work.squashfs"


def test_a_pack_appears_in_a_directory_and_goes_again(home: Home, image: Path) -> None:
    reply = home.json("mount", image, "place")
    place = home.path / "place"
    assert reply["directory"] == str(place)
    expected = home.parity("fingerprint", "-n", "work").stdout
    assert home.parity("fingerprint", "-p", place).stdout == expected
    assert "not empty" in home.parity("mount", image, "place", code=2).stderr
    done = subprocess.run(["env", "-i", "PATH=/usr/bin:/bin", place / "activate", "sh", "-c", "app; echo $COLOUR"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.startswith("app 2.0")
    assert done.stdout.endswith("blue\n")
    home.parity("mount", "--unmount", "place")
    assert not os.listdir(place)  # noqa: PTH208
    assert "nothing is mounted" in home.parity("mount", "--unmount", "place", code=2).stderr


def test_a_command_runs_in_a_pack(home: Home, image: Path) -> None:
    script = 'app && echo "$COLOUR $1" && echo "$CONDA_PREFIX" && exit 7'
    done = home.parity("run", "--pack", image, "sh", "-c", script, "sh", "a b", code=7)
    assert "blue a b" in done.stdout
    place = done.stdout.splitlines()[-1]
    assert not os.path.exists(place)  # noqa: PTH110
    assert place not in subprocess.run(["cat", "/proc/mounts"], capture_output=True, text=True, check=True).stdout
    assert "no command" in home.parity("run", "--pack", image, "absent", code=127).stderr
    home.parity("run", "--pack", image, "sh", "-c", "kill -TERM $$", code=143)
    home.parity("run", "--pack", image, "-n", "work", "app", code=2)


def test_what_is_no_image_is_refused(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.squashfs").write_text("no image")
    assert "no image" in home.parity("mount", "a.squashfs", "place", code=2).stderr
    home.parity("mount", "absent.squashfs", "place", code=4)
    home.parity("mount", code=2)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file").touch()
    subprocess.run(["mksquashfs", tree, tmp_path / "other.squashfs", "-quiet", "-no-progress"], check=True)
    error = home.parity("run", "--pack", "other.squashfs", "sh", code=2).stderr
    assert "no pack" in error or "cannot be mounted" in error


@pytest.mark.skipif(not shutil.which("squashfuse"), reason="squashfuse is not installed")
def test_without_being_root_fuse_does_it(image: Path, tmp_path: Path) -> None:
    said: list[str] = []

    def find(name: str) -> str | None:
        return None if name in {"mount", "squashfuse_ll"} else shutil.which(name)

    def run(argv: Sequence[str]) -> tuple[int, str]:
        said.append(argv[0])
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, check=False)  # fmt: skip
        return done.returncode, done.stderr

    try:
        how = mounts.mount(image, tmp_path / "fuse", find=find, run=run)
    except EngineError as error:
        pytest.skip(f"FUSE cannot be used here: {error}")
    assert how == "squashfuse"
    assert (tmp_path / "fuse/bin/app").is_file()
    mounts.unmount(tmp_path / "fuse", find=shutil.which, run=run)
    assert not (tmp_path / "fuse/bin").exists()


def test_what_is_missing_is_named(image: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="squashfs") as caught:
        mounts.mount(image, tmp_path / "place", find=lambda _: None, run=lambda _: (1, ""))
    assert "squashfuse" in caught.value.hints[0]
    with pytest.raises(EngineError, match="no loop device"):
        mounts.mount(image, tmp_path / "place", find=lambda name: name, run=lambda _: (1, "mount: no loop device\n"))
    with pytest.raises(InputError):
        mounts.unmount(tmp_path, find=lambda name: name, run=lambda _: (1, ""))
