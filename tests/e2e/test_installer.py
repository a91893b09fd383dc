"""Installers: what their options do, that a damaged one does nothing, and that the same lock gives the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from home import Home

from parity.testing.channels import TinyPackage, make_channel
from parity.testing.wheels import make_wheel

if TYPE_CHECKING:
    from home import Universe

LONG = "/placeholder" * 20
NAME = "Small-1.0.sh"
SCRIPT = """echo "$PKG_NAME $PKG_VERSION $PKG_BUILDNUM" > "$PREFIX/.parity-linked"
echo "look at this" > "$PREFIX/.messages.txt"
"""


class Maker:
    """A home with an environment, its lock, and an installer of it."""

    def __init__(self, home: Home, channel: str, wheel: Path) -> None:
        self.home = home
        words = ("python", "numlib", "linked", "--pypi", str(wheel))
        home.parity("create", "-y", "-q", "-n", "work", "-c", home.universe.mixed, "-c", channel,
                    "--override-channels", *words)  # fmt: skip
        home.parity("export", "-n", "work", "-o", "parity.lock")
        self.made = home.json("installer", "build", "-n", "work", "--slim", "-o", NAME)
        self.file = home.path / NAME


@pytest.fixture(scope="module")
def maker(universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    top = tmp_path_factory.mktemp("maker")
    channel = make_channel(
        top / "channel",
        [
            TinyPackage(
                "linked",
                noarch="generic",
                placeholder=LONG,
                files={
                    "bin/where": f'#!{LONG}/bin/python\nimport sys\nprint(sys.argv[1:], "{LONG}")\n',
                    "bin/.linked-post-link.sh": SCRIPT,
                    "etc/linked.conf": f"home={LONG}\n",
                },
            )
        ],
    )
    files = {"hello_command.py": "def main():\n    print('hello')\n"}
    wheel = make_wheel(top / "wheel", "hello", scripts={"hello": "hello_command:main"}, files=files)
    (top / "home").mkdir()
    return Maker(Home(top / "home", universe), channel, wheel)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A person's home where nothing is."""
    (tmp_path / "person").mkdir()
    return tmp_path / "person"


def install(
    file: Path, place: Path, *options: object, code: int = 0, stdin: str = "", path: str = "/usr/bin:/bin"
) -> subprocess.CompletedProcess[str]:
    """Run an installer with nothing in its environment but a home."""
    command: list[str | Path] = [
        "/usr/bin/env",
        "-i",
        f"HOME={place}",
        f"PATH={path}",
        "/bin/sh",
        file,
        *map(str, options),
    ]
    done = subprocess.run(command, cwd=place, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_what_is_installed_works_where_it_stands(maker: Maker, place: Path) -> None:
    prefix = place / "with blanks" / "small"
    done = install(maker.file, place, "-b", "-p", prefix, "-t")
    assert "look at this" in done.stdout
    assert names(prefix.parent) == ["small"]
    for program, said in (("hello", "hello\n"), ("where", f"[] {prefix}\n")):
        assert subprocess.run([prefix / "bin" / program], capture_output=True, text=True, check=True).stdout == said
    assert (prefix / "etc/linked.conf").read_text() == f"home={prefix}\n"
    assert (prefix / ".parity-linked").read_text() == "linked 1.0 0\n"
    assert "Nothing differs" in maker.home.parity("verify", "-p", prefix).stdout
    assert maker.home.parity("fingerprint", "-p", prefix).stdout.strip() == maker.made["fingerprint"]
    assert {one["name"] for one in maker.home.json("list", "-p", prefix)} == {"hello", "linked", "numlib", "python"}
    assert (place / ".conda/environments.txt").read_text() == f"{prefix}\n"
    assert max(path.stat().st_mtime for path in prefix.iterdir()) > 1e9

    told = subprocess.run(["/bin/sh", prefix / "uninstall.sh", "-b"], env={"HOME": str(place), "PATH": "/usr/bin:/bin"},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert told.stdout == f"Removed {prefix}.\n"
    assert not prefix.exists()
    assert (place / ".conda/environments.txt").read_text() == ""


def test_the_same_lock_gives_the_same_bytes(maker: Maker, universe: Universe, tmp_path: Path) -> None:
    (tmp_path / "other place").mkdir()
    other = Home(tmp_path / "other place", universe)
    shutil.copy(maker.home.path / "parity.lock", other.path)
    other.environ |= {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "5"}
    before = os.umask(0o077)
    try:
        made = other.json("installer", "build", "parity.lock", "--slim", "-o", NAME)
    finally:
        os.umask(before)
    again = maker.home.json("installer", "build", "parity.lock", "--slim", "-o", f"again/{NAME}")
    assert made["sha256"] == again["sha256"]
    assert made["fingerprint"] == maker.made["fingerprint"]


@pytest.mark.parametrize("kept", [800, 5000, 0.5, -1])
def test_a_file_that_was_cut_off_does_nothing(maker: Maker, place: Path, kept: float) -> None:
    data = maker.file.read_bytes()
    (place / NAME).write_bytes(data[: int(len(data) * kept) if kept == 0.5 else int(kept)])
    done = install(place / NAME, place, "-b", "-p", place / "small", code=1)
    assert "is cut off or altered" in done.stderr
    assert names(place) == [NAME]


def test_an_altered_file_does_nothing(maker: Maker, place: Path) -> None:
    data = bytearray(maker.file.read_bytes())
    data[len(data) // 2] ^= 1
    (place / NAME).write_bytes(data)
    done = install(place / NAME, place, "-b", "-p", place / "small", code=1)
    assert "is altered: its SHA-256 is" in done.stderr
    assert names(place) == [NAME]


def test_licences_are_asked_for(maker: Maker, place: Path) -> None:
    for stdin, said in (("", "no answer was given"), ("\nno\n", "were not accepted"), ("\n", "no answer was given")):
        assert said in install(maker.file, place, code=1, stdin=stdin).stderr
    assert names(place) == []
    done = install(maker.file, place, stdin="\nwhat\nyes\n\n")
    assert "python 3" in done.stdout
    assert "Do you accept the licence terms?" in done.stdout
    assert (place / "small/bin/python").exists()
    install(maker.file, place, stdin="\nyes\nthere/small\n")
    assert (place / "there/small/bin/python").exists()


def test_scripts_of_packages_are_skipped_on_request(maker: Maker, place: Path) -> None:
    install(maker.file, place, "-b", "-s", "-m", "-k")
    assert not (place / "small/.parity-linked").exists()
    assert (place / "small/bin/.linked-post-link.sh").exists()


def test_a_script_that_fails_leaves_nothing(maker: Maker, place: Path) -> None:
    fails = place / "bin"
    fails.mkdir()
    (fails / "bash").write_text("#!/bin/sh\nexit 3\n")
    (fails / "bash").chmod(0o755)
    done = install(maker.file, place, "-b", path=f"{fails}:/usr/bin:/bin", code=1)
    assert "the link script of linked failed with exit code 3" in done.stderr
    assert names(place) == ["bin"]


def test_what_is_there_is_replaced_only_on_request(maker: Maker, place: Path) -> None:
    install(maker.file, place, "-b")
    prefix = place / "small"
    assert "File or directory already exists" in install(maker.file, place, "-b", code=1).stderr
    (prefix / "mine.txt").write_text("mine")
    (prefix / "etc/linked.conf").write_text("broken")
    site = next(prefix.glob("lib/python3.*/site-packages"))
    dist_info = next(site.glob("hello-*.dist-info"))
    older = site / "hello-0.1.dist-info"
    dist_info.rename(older)
    (site / "gone.py").touch()
    with (older / "RECORD").open("a") as file:
        file.write("gone.py,,\nhello-0.1.dist-info/METADATA,,\nhello-0.1.dist-info/RECORD,,\n")
    record = next((prefix / "conda-meta").glob("linked-*.json"))
    older_record = json.loads(record.read_text())
    older_record["files"].append("bin/old")
    record.with_name("linked-0.5-0.json").write_text(json.dumps(older_record))
    (prefix / "bin/old").touch()
    install(maker.file, place, "-b", "-u", "-t")
    assert (prefix / "mine.txt").read_text() == "mine"
    assert (prefix / "etc/linked.conf").read_text() == f"home={prefix}\n"
    assert not (prefix / "bin/old").exists()
    assert not (site / "gone.py").exists()
    assert [path.name for path in site.glob("hello-*")] == [dist_info.name]
    assert not list(prefix.glob(".parity-tmp*"))
    (prefix / "mine.txt").unlink()
    assert "Nothing differs" in maker.home.parity("verify", "-p", prefix).stdout


def test_other_files_in_the_directory_stay(maker: Maker, place: Path) -> None:
    prefix = place / "other"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin/mine").touch()
    assert "no installation that could be updated" in install(maker.file, place, "-bu", "-p", prefix, code=1).stderr
    install(maker.file, place, "-bfs", "-p", prefix)
    assert (prefix / "bin/hello").exists()
    subprocess.run(["/bin/sh", prefix / "uninstall.sh", "-b"], env={"HOME": str(place), "PATH": "/usr/bin:/bin"},
                   capture_output=True, check=True)  # fmt: skip
    assert [path.relative_to(prefix).as_posix() for path in sorted(prefix.rglob("*")) if path.is_file()] == ["bin/mine"]


def test_the_options_are_told(maker: Maker, place: Path) -> None:
    said = install(maker.file, place, "-h").stdout
    assert all(f"\n-{letter} " in said for letter in "bfhkmpstu")
    assert f"{place}/small if not given" in said
    assert "usage:" in install(maker.file, place, "-x", code=2).stderr
    assert "is no option" in install(maker.file, place, "-b", "there", code=1).stderr
    for prefix in ("/", "it's", "a:b", "$x", "../up", "two\nlines"):
        assert "cannot install into" in install(maker.file, place, "-b", "-p", prefix, code=1).stderr
    assert names(place) == []


def test_a_full_disk_is_told_and_leaves_nothing(maker: Maker, place: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        done = install(maker.file, place, "-b", "-p", disk / "small", code=1)
        assert "8 MB are free" in done.stderr
        tools = tmp_path / "tools"  # a system that cannot tell what is free
        tools.mkdir()
        for directory in ("/bin", "/usr/bin"):
            for name in ("sh", "tar", "gzip", "head", "tail", "cut", "wc", "tr", "uname", "dirname", "mkdir", "rm",
                         "sha256sum", "ls", "cat"):  # fmt: skip
                if Path(directory, name).exists() and not (tools / name).exists():
                    (tools / name).symlink_to(Path(directory, name))
        done = install(maker.file, place, "-b", "-p", disk / "small", path=str(tools), code=1)
        assert "nothing was installed" in done.stderr
        assert names(disk) == []
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_what_cannot_be_installed_is_refused_when_it_is_built(maker: Maker) -> None:
    home = maker.home
    home.create("solo", name="bare")
    assert (
        "by the Python that it brings" in home.json("installer", "build", "-n", "bare", "-o", "x.sh", code=2)["error"]
    )
    assert "Parity is in" in home.json("installer", "build", "-n", "work", "--root", "-o", "x.sh", code=2)["error"]
    assert home.json("installer", "build", "-n", "work", "--title", "a'b", "-o", "x.sh", code=2)["error"]
    assert home.json("installer", "build", "-n", "work", "-o", NAME, code=7)["error"].endswith("is there already")
    assert not (home.path / "x.sh").exists()


def test_what_is_left_out_is_counted_and_not_missed(maker: Maker, place: Path) -> None:
    home = maker.home
    (home.path / "left-out").write_text("# modules for desktops\nlib/python3.*/tkinter/*\n# headers\ninclude/*\n")
    (home.path / "terms").write_text("Be good to each other.\n")
    made = home.json("installer", "build", "-n", "work", "--slim", "--without", "left-out", "--licence", "terms",
                     "--title", "Left out", "--release", "2.0", "-o", "left.sh")  # fmt: skip
    assert {"headers", "modules for desktops"} <= made["saved"].keys()
    done = install(home.path / "left.sh", place, "-t", stdin="\nyes\n\n")
    assert "Be good to each other." in done.stdout
    assert "Left out 2.0 is installed." in done.stdout
    assert not (place / "left-out/include").exists()
    assert "Nothing differs" in home.parity("verify", "-p", place / "left-out").stdout
