from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parity.testing.channels import TinyPackage, make_channel
from parity.testing.wheels import make_wheel

if TYPE_CHECKING:
    from home import Home

LONG = "/placeholder" * 20
"""A placeholder of 240 bytes."""


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Files that hold the prefix in every way that there is."""
    return make_channel(
        tmp_path_factory.mktemp("prefixed"),
        [
            TinyPackage(
                "prefixed",
                noarch="generic",
                placeholder=LONG,
                binary=("lib/prefixed.bin",),
                files={
                    "bin/where": f'#!{LONG}/bin/python\nimport sys\nprint(sys.argv[1:], "{LONG}")\n',
                    "bin/shout": f"#!{LONG}/bin/sh-of-env -e\necho {LONG}\n",
                    "bin/sh-of-env": '#!/bin/sh\nexec /bin/sh "$@"\n',
                    "etc/prefixed.conf": f"home={LONG}\nlib={LONG}/lib\n",
                    "lib/prefixed.bin": f"\0\1{LONG}/lib\0\0rest{LONG}:{LONG}/x\0\0\0end\0",
                    "etc/conda/activate.d/prefixed.sh": "export ACTIVATED=yes\n",
                },
            ),
            TinyPackage(
                "launched",
                noarch="python",
                depends=("python",),
                files={"site-packages/launched.py": "def main():\n    print('launched')\n"},
                entry_points=("launched = launched:main",),
            ),
        ],
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with a command."""
    files = {"hello_command.py": "def main():\n    print('hello')\n"}
    return make_wheel(tmp_path_factory.mktemp("wheel"), "hello", scripts={"hello": "hello_command:main"}, files=files)


@pytest.fixture
def made(home: Home, channel: str, wheel: Path) -> Home:
    """An environment of conda and PyPI packages, in the root of `home`, called work."""
    words = ("python", "numlib", "prefixed", "launched", "--pypi", str(wheel))
    home.parity("create", "-y", "-q", "-n", "work", "-c", home.universe.mixed, "-c", channel, "--override-channels",
                *words)  # fmt: skip
    home.parity("env", "config", "vars", "set", "-n", "work", "COLOUR=it's blue")
    return home


def fingerprint(home: Home, prefix: Path) -> str:
    return home.parity("fingerprint", "-p", prefix, "--full").stdout.strip()


def shell(script: str, cwd: Path, *, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a shell with nothing in its environment."""
    done = subprocess.run(["env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", script],
                          cwd=cwd, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def unpacked(archive: Path, target: Path) -> Path:
    target.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", archive, "-C", target], check=True)
    return target


def test_the_same_environment_gives_the_same_pack_wherever_it_stood(made: Home, tmp_path: Path) -> None:
    first = made.json("pack", "-n", "work", "-o", "a.tar.zst")
    elsewhere = tmp_path / "a b" / ("long" * 25) / "env"
    reply = made.json("unpack", "a.tar.zst", "-p", elsewhere)
    assert reply["fingerprint"] == first["fingerprint"] == fingerprint(made, made.prefix())
    assert fingerprint(made, elsewhere) == first["fingerprint"]
    assert "Nothing differs" in made.parity("verify", "-p", elsewhere, "--full").stdout
    for program in ("hello", "launched"):
        assert made.parity("run", "-p", elsewhere, program).stdout == f"{program}\n"
    assert f"[] {elsewhere}" in made.parity("run", "-p", elsewhere, "where").stdout
    made.environ |= {"TZ": "Asia/Tokyo", "LC_ALL": "C"}
    second = made.json("pack", "-p", elsewhere, "-o", "b.tar.zst")
    assert second["sha256"] == first["sha256"]
    text = (elsewhere / "conda-meta/parity-pack/parity.lock").read_text()
    assert "hello" in text
    assert str(made.prefix()) not in "".join(
        path.read_text(errors="replace") for path in elsewhere.rglob("*") if path.is_file()
    )


def test_a_pack_of_a_lock_is_the_pack_of_its_environment(made: Home) -> None:
    made.parity("export", "-n", "work", "-o", "parity.lock")
    one, two = (made.json("pack", "parity.lock", "-o", f"{name}.zip") for name in "ab")
    assert one["sha256"] == two["sha256"]
    assert one["fingerprint"] == fingerprint(made, made.prefix())
    listed = made.json("env", "list")
    assert not [path for path in listed["envs"] if "pack-" in path]


def test_without_parity_a_shell_is_enough(made: Home, tmp_path: Path) -> None:
    reply = made.json("pack", "-n", "work", "-o", "a.tar.gz")
    place = unpacked(made.path / "a.tar.gz", tmp_path / "place with 'blanks'")
    done = shell('. ./activate && echo "$CONDA_PREFIX|$COLOUR|$ACTIVATED" && hello && where x && cat etc/prefixed.conf',
                 place)  # fmt: skip
    assert f"{place}|it's blue|yes" in done.stdout
    assert f"['x'] {place}" in done.stdout
    assert f"home={place}\nlib={place}/lib\n" in done.stdout
    data = (place / "lib/prefixed.bin").read_bytes()
    name = os.fsencode(place)
    assert data.startswith(b"\0\1" + name + b"/lib\0\0")
    assert b"rest" + name + b":" + name + b"/x\0" in data
    assert data.endswith(b"\0end\0")
    assert len(data) == len(f"\0\1{LONG}/lib\0\0rest{LONG}:{LONG}/x\0\0\0end\0")
    assert fingerprint(made, place) == reply["fingerprint"]
    assert "Nothing differs" in made.parity("verify", "-p", place).stdout
    # A command without sourcing, from elsewhere; and other programs of the shell are still there.
    assert "['y']" in shell(f'"{place}/activate" where y && ls >/dev/null', tmp_path).stdout


def test_unpacking_twice_and_moving_are_no_harm(made: Home, tmp_path: Path) -> None:
    made.parity("pack", "-n", "work", "-o", "a.tar.gz")
    place = unpacked(made.path / "a.tar.gz", tmp_path / "first")
    shell("./bin/parity-unpack && ./bin/parity-unpack", place)
    before = fingerprint(made, place)
    moved = place.rename(tmp_path / "then somewhere else")
    shell("./bin/parity-unpack", moved)
    assert fingerprint(made, moved) == before
    assert f"home={moved}\n" in (moved / "etc/prefixed.conf").read_text()
    assert shell("./activate where", moved).stdout == f"[] {moved}\n"
    subprocess.run(["tar", "-xzf", made.path / "a.tar.gz", "-C", moved], check=True)
    shell("./bin/parity-unpack", moved)
    assert fingerprint(made, moved) == before
    # With Parity, what stands there is not lost by accident.
    made.parity("unpack", "a.tar.gz", "-n", "again")
    assert "stands at" in made.parity("unpack", "a.tar.gz", "-n", "again", code=7).stderr
    made.parity("unpack", "a.tar.gz", "-n", "again", "--force")


def test_a_file_that_was_changed_after_unpacking_is_left_alone(made: Home, tmp_path: Path) -> None:
    made.parity("pack", "-n", "work", "-o", "a.tar.gz")
    place = unpacked(made.path / "a.tar.gz", tmp_path / "place")
    (place / "etc/prefixed.conf").write_text("mine\n")
    assert "etc/prefixed.conf" in shell("./bin/parity-unpack", place).stderr
    assert (place / "etc/prefixed.conf").read_text() == "mine\n"


def test_a_path_that_is_longer_than_the_placeholder_is_refused_before_anything_is_changed(
    made: Home, tmp_path: Path
) -> None:
    made.parity("pack", "-n", "work", "-o", "a.tar.gz")
    far = tmp_path / ("x" * 230)
    assert "choose a shorter one" in made.parity("unpack", "a.tar.gz", "-p", far, code=2).stderr
    assert not far.exists()
    assert not list(tmp_path.glob(".*"))
    place = unpacked(made.path / "a.tar.gz", far)
    assert "choose a shorter one" in shell("./bin/parity-unpack", place, code=1).stderr
    assert LONG in (place / "etc/prefixed.conf").read_text()
    assert not (place / "conda-meta/parity-pack/written").exists()
    # Python's scripts find the Python beside them all the same.
    assert shell("./bin/where", place).stdout.startswith("[]")


def test_changed_files_are_refused_or_taken_as_they_are(made: Home) -> None:
    prefix = made.prefix()
    (prefix / "bin/sh-of-env").unlink()
    (prefix / "bin/sh-of-env").write_text("#!/bin/sh\necho changed\n")
    (prefix / "share").mkdir(exist_ok=True)
    (prefix / "etc/prefixed.conf").unlink()
    error = made.parity("pack", "-n", "work", "-o", "a.tar.gz", code=2).stderr
    assert "bin/sh-of-env (changed)" in error
    assert "etc/prefixed.conf (missing)" in error
    assert "--as-is" in error
    assert not (made.path / "a.tar.gz").exists()
    made.parity("pack", "-n", "work", "-o", "a.tar.gz", "--as-is")
    made.parity("unpack", "a.tar.gz", "-n", "two")
    assert "changed" in (made.prefix("two") / "bin/sh-of-env").read_text()


def test_editable_installs_are_refused_in_words(home: Home, tmp_path: Path) -> None:
    home.create("python", channel="mixed")
    site = next(home.prefix().glob("lib/python3*/site-packages"))
    (tmp_path / "project").mkdir()
    (site / "__editable__.project.pth").write_text(f"{tmp_path / 'project'}\n")
    error = home.parity("pack", "-n", "work", "-o", "a.zip", code=2).stderr
    assert "without -e" in error
    assert str(tmp_path / "project") in error


def test_files_of_nobody_go_along_and_say_what_they_hold(made: Home) -> None:
    (made.prefix() / "notes.txt").write_text(f"see {made.prefix()}/share\n")
    (made.prefix() / "blob.bin").write_bytes(b"\0" + os.fsencode(made.prefix()))
    (made.prefix() / "absolute").symlink_to(made.prefix() / "etc")
    reply = made.json("pack", "-n", "work", "-o", "a.zip")
    assert [text for text in reply["warnings"] if text.startswith("blob.bin")]
    made.parity("unpack", "a.zip", "-n", "two")
    assert (made.prefix("two") / "notes.txt").read_text() == f"see {made.prefix('two')}/share\n"
    assert (made.prefix("two") / "absolute").readlink() == made.prefix("two") / "etc"


def test_damaged_packs_are_named_and_leave_nothing(made: Home) -> None:
    made.parity("pack", "-n", "work", "-o", "a.tar.zst")
    data = (made.path / "a.tar.zst").read_bytes()
    (made.path / "cut.tar.zst").write_bytes(data[: len(data) // 2])
    assert "cut off" in made.parity("unpack", "cut.tar.zst", "-n", "two", code=6).stderr
    (made.path / "text.tar.zst").write_text("no archive")
    assert "no archive" in made.parity("unpack", "text.tar.zst", "-n", "two", code=2).stderr
    made.parity("unpack", "absent.tar.zst", "-n", "two", code=4)
    assert not made.prefix("two").exists()
    assert not made.leftovers()


def test_a_pack_that_holds_something_else_than_it_says_is_refused(made: Home, tmp_path: Path) -> None:
    made.parity("pack", "-n", "work", "-o", "a.tar.gz")
    place = unpacked(made.path / "a.tar.gz", tmp_path / "place")
    (place / "bin/sh-of-env").write_text("#!/bin/sh\necho evil\n")
    subprocess.run(["tar", "-czf", made.path / "evil.tar.gz", "-C", place, "."], check=True)
    assert "does not hold what it says" in made.parity("unpack", "evil.tar.gz", "-n", "two", code=6).stderr
    meta = json.loads((place / "conda-meta/parity-pack/pack.json").read_text())
    meta["platform"] = "osx-arm64" if sys.platform != "darwin" else "linux-64"
    (place / "conda-meta/parity-pack/pack.json").write_text(json.dumps(meta))
    subprocess.run(["tar", "-czf", made.path / "other.tar.gz", "-C", place, "."], check=True)
    assert "this machine is" in made.parity("unpack", "other.tar.gz", "-n", "two", code=2).stderr
    assert not made.prefix("two").exists()


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_it_works_in_another_root_file_system_that_cannot_be_written(made: Home, tmp_path: Path) -> None:
    made.parity("pack", "-n", "work", "-o", "a.tar.gz")
    place = unpacked(made.path / "a.tar.gz", tmp_path / "place")
    box = [
        "bwrap",
        "--unshare-all",
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/bin:/bin",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
    ]
    for name in ("/usr", "/lib", "/lib64", "/bin"):
        if os.path.islink(name):  # noqa: PTH114
            box += ["--symlink", str(Path(name).readlink()), name]
        elif Path(name).is_dir():
            box += ["--ro-bind", name, name]
    done = subprocess.run([*box, "--ro-bind", str(place), "/opt/env", "/bin/sh", "-c",
                           "cd /opt/env && . ./activate && hello && where z"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert "['z']" in done.stdout, done.stderr
    refused = subprocess.run([*box, "--ro-bind", str(place), "/opt/env", "/opt/env/bin/parity-unpack"],
                             capture_output=True, text=True, check=False)  # fmt: skip
    assert refused.returncode == 1
    assert "cannot write" in refused.stderr
    assert "Traceback" not in refused.stderr


IMAGES = {"squashfs": ("mksquashfs", "unsquashfs"), "erofs": ("mkfs.erofs", "fsck.erofs")}


@pytest.mark.parametrize("kind", sorted(IMAGES))
def test_images_are_packs_too(home: Home, kind: str) -> None:
    if not all(shutil.which(program) for program in IMAGES[kind]):
        pytest.skip(f"{', '.join(IMAGES[kind])} are not installed")
    home.create("app")
    first = home.json("pack", "-n", "work", "-o", f"a.{kind}")
    home.parity("unpack", f"a.{kind}", "-n", "two")
    second = home.json("pack", "-n", "two", "-o", f"b.{kind}")
    assert first["sha256"] == second["sha256"]
    assert first["fingerprint"] == fingerprint(home, home.prefix("two"))


def test_an_output_is_replaced_only_on_request(home: Home) -> None:
    home.create("app")
    home.parity("pack", "-n", "work", "-o", "a.zip")
    home.parity("pack", "-n", "work", "-o", "a.zip", code=7)
    home.parity("pack", "-n", "work", "-o", "a.zip", "--force")
    home.parity("pack", "-n", "work", "-o", "a.rar", code=2)


def test_a_pack_in_parts_is_the_pack(made: Home) -> None:
    whole = made.json("pack", "-n", "work", "-o", "a.tar.zst")
    size = whole["size"] // 4 + 1
    taken = made.json("pack", "-n", "work", "-o", "b.tar.zst", "--split", f"{size}B")
    names = [Path(part).name for part in taken["parts"]]
    assert names == ["b.tar.zst.001", "b.tar.zst.002", "b.tar.zst.003", "b.tar.zst.004"]
    assert taken["sha256"] == whole["sha256"]
    assert not (made.path / "b.tar.zst").exists()
    shell("cat b.tar.zst.* > joined.tar.zst && cmp joined.tar.zst a.tar.zst", made.path)
    for number, name in enumerate(("b.tar.zst", "b.tar.zst.001", "b.tar.zst.003")):
        assert made.json("unpack", name, "-n", f"u{number}")["fingerprint"] == whole["fingerprint"]
    # Fewer parts the second time: none of the first is left over.
    made.parity("pack", "-n", "work", "-o", "b.tar.zst", "--split", "1GB", code=7)
    made.parity("pack", "-n", "work", "-o", "b.tar.zst", "--split", "1GB", "--force")
    assert sorted(path.name for path in made.path.glob("b.tar.zst*")) == ["b.tar.zst.001"]
    (made.path / "b.tar.zst.001").rename(made.path / "b.tar.zst.002")
    assert "there is no b.tar.zst.001" in made.parity("unpack", "b.tar.zst.002", "-n", "two", code=4).stderr
    assert "cat a.squashfs.*" in made.parity("mount", "a.squashfs.001", "m", code=2).stderr
    assert "999" not in made.parity("pack", "-n", "work", "-o", "c.zip", "--split", "2 apples", code=2).stderr
    assert "parts" in made.parity("pack", "-n", "work", "-o", "c.zip", "--split", "1kB", code=2).stderr
    assert not list(made.path.glob("*c.zip*"))
    assert not made.leftovers()
