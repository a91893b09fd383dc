"""An image is a function of a lock and a base, and its layers change only where packages do."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from typing import IO, TYPE_CHECKING, Any, cast

import pytest
from home import Home

from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from pathlib import Path

    from home import Universe

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="containers of Linux")


def build(home: Home, lock: Path, name: str = "img", *words: str) -> Any:
    output = f"oci:{home.path / name}"
    return json.loads(home.parity("image", "build", str(lock), "-o", output, *words, "--json").stdout)


def blob(layout: Path, digest: str) -> Any:
    return json.loads((layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes())


def blobs(layout: Path) -> list[str]:
    return sorted(path.name for path in (layout / "blobs" / "sha256").iterdir())


def members(layout: Path, layer: dict[str, Any]) -> list[tarfile.TarInfo]:
    with tarfile.open(layout / "blobs" / "sha256" / layer["digest"].removeprefix("sha256:")) as archive:
        return archive.getmembers()


def test_everything_around_a_build_may_change_and_the_image_stays(home: Home, lock: Path) -> None:
    first = build(home, lock)
    other = Home(home.path / "another place", home.universe, home.path / "another place" / "pkgs")
    moved = other.path / "deep" / "er" / "parity.lock"
    moved.parent.mkdir(parents=True)
    shutil.copy(lock, moved)
    environ = {**other.environ, "TZ": "Pacific/Chatham", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7", "USER": "ann"}
    command = other.command("image", "build", str(moved), "-o", f"oci:{other.path / 'img'}", "--json")
    done = subprocess.run(command, check=True, capture_output=True, cwd=moved.parent, env=environ, umask=0o077)
    second = json.loads(done.stdout)
    assert second["digest"] == first["digest"]
    assert [layer["digest"] for layer in second["layers"]] == [layer["digest"] for layer in first["layers"]]
    assert blobs(home.path / "img") == blobs(other.path / "img")


def test_members_have_no_owner_and_no_time(home: Home, lock: Path) -> None:
    built = build(home, lock)
    seen = set()
    for layer in built["layers"]:
        found = members(home.path / "img", layer)
        assert [member.name.split("/") for member in found] == sorted(member.name.split("/") for member in found)
        for member in found:
            assert (member.uid, member.gid, member.uname, member.gname, member.mtime) == (0, 0, "", "", 0)
            assert member.mode in {0o755, 0o644, 0o777}
            assert (member.mode == 0o777) == member.issym()
            assert not member.islnk()
            assert member.isdir() or member.name not in seen
            seen.add(member.name)
    assert {"opt/env/bin/python", "opt/env/bin/greet", "opt/env/conda-meta/history"} <= seen


def test_what_is_noted_of_records_holds_in_the_image(home: Home, lock: Path) -> None:
    built = build(home, lock)
    found: dict[str, bytes] = {}
    for layer in built["layers"]:
        with tarfile.open(home.path / "img" / "blobs" / "sha256" / layer["digest"].removeprefix("sha256:")) as archive:
            found |= {one.name: cast("IO[bytes]", archive.extractfile(one)).read() for one in archive if one.isfile()}
    noted = json.loads(found["opt/env/conda-meta/.parity-files"])["packages"]
    records = {name: data for name, data in found.items() if "greeter" in name and name.endswith("/RECORD")}
    assert [hashlib.sha256(data).hexdigest() for data in records.values()] == [noted["pypi:greeter-1.0"]["record"]]
    assert not [name for name in found if name.endswith("/uv_cache.json")]


def test_source_date_epoch_is_the_time_of_everything(home: Home, lock: Path) -> None:
    home.environ["SOURCE_DATE_EPOCH"] = "1735689600"
    built = build(home, lock)
    layout = home.path / "img"
    assert {member.mtime for layer in built["layers"] for member in members(layout, layer)} == {1735689600}
    config = blob(layout, blob(layout, built["digest"])["config"]["digest"])
    assert config["created"] == "2025-01-01T00:00:00Z"


def test_the_image_says_how_to_run_it(home: Home, lock: Path) -> None:
    built = build(home, lock, "img", "--entrypoint", "greet 'a b'", "--cmd", "c", "--user", "1000:1000",
                  "--workdir", "/w", "--label", "org.opencontainers.image.source=https://example.org/x",
                  "--env", "X=1=2")  # fmt: skip
    layout = home.path / "img"
    manifest = blob(layout, built["digest"])
    run = blob(layout, manifest["config"]["digest"])["config"]
    assert run["Entrypoint"] == ["greet", "a b"]
    assert run["Cmd"] == ["c"]
    assert run["User"] == "1000:1000"
    assert run["WorkingDir"] == "/w"
    assert {"CONDA_PREFIX=/opt/env", "COLOUR=blue", "X=1=2"} <= set(run["Env"])
    assert run["Env"][0].startswith("PATH=/opt/env/bin:")
    assert run["Labels"] == {key: value for key, value in manifest["annotations"].items() if "compression" not in key}
    assert run["Labels"]["org.opencontainers.image.source"] == "https://example.org/x"
    told = home.parity("fingerprint", str(lock)).stdout.strip()
    assert run["Labels"]["dev.parity.fingerprint"] == built["fingerprint"] == told


def test_a_project_says_how_its_images_are_run_and_the_command_line_goes_before(home: Home, lock: Path) -> None:
    (home.path / "parity.toml").write_text(
        '[image]\npath = "/srv/env"\nentrypoint = ["greet", "a b"]\nuser = "7:7"\nworkdir = "/w"\nenv = { X = "1" }\n'
    )
    built = build(home, lock, "img", "--user", "8:8", "--env", "Y=2")
    layout = home.path / "img"
    run = blob(layout, blob(layout, built["digest"])["config"]["digest"])["config"]
    assert (run["Entrypoint"], run["User"], run["WorkingDir"]) == (["greet", "a b"], "8:8", "/w")
    assert {"CONDA_PREFIX=/srv/env", "X=1", "Y=2"} <= set(run["Env"])
    text = home.parity("image", "dockerfile").stdout
    assert 'USER 7:7\nENTRYPOINT ["greet", "a b"]\n' in text
    (home.path / "parity.toml").write_text('[image]\nusr = "7:7"\n')
    refused = home.parity("image", "build", str(lock), code=2).stderr
    assert "parity.toml:2" in refused
    assert "image.usr" in refused


def test_another_version_of_a_package_is_a_new_layer_and_the_others_stay(home: Home, universe: Universe) -> None:
    locks = []
    for version in ("1.0", "2.0"):
        name = f"v{version[0]}"
        home.create("big=1.0", "solo", "tool", f"app={version}", "lib=2", name=name)
        path = home.path / f"{name}.lock"
        path.write_text(home.parity("export", "-n", name, "--format", "parity").stdout)
        locks.append(path)
    first = build(home, locks[0])
    second = build(home, locks[1])
    changed = [layer for layer in second["layers"] if layer["state"] == "new"]
    assert [layer["title"] == "environment" or "app" in layer["packages"] for layer in changed] == [True, True]
    assert len(second["layers"]) == len(first["layers"])
    assert second["upload"] < sum(layer["size"] for layer in changed) + 8000
    # What nothing needs any more is gone, and what was used again equals what is made from nothing.
    fresh = build(home, locks[1], "fresh")
    assert fresh["digest"] == second["digest"]
    assert blobs(home.path / "img") == blobs(home.path / "fresh")


def test_a_damaged_layer_of_an_earlier_image_is_written_anew(home: Home, lock: Path) -> None:
    built = build(home, lock)
    victim = home.path / "img" / "blobs" / "sha256" / built["layers"][-1]["digest"].removeprefix("sha256:")
    good = victim.read_bytes()
    victim.write_bytes(b"damage")
    assert build(home, lock)["digest"] == built["digest"]
    assert victim.read_bytes() == good


def test_what_has_to_be_built_is_refused(home: Home) -> None:
    project = home.path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[project]\nname = 'mine'\nversion = '1'\n")
    text = """version: 7
platforms:
- name: linux-64
environments:
  default:
    channels: []
    packages:
      linux-64:
      - pypi: ./project
packages:
- pypi: ./project
  name: mine
"""
    (home.path / "parity.lock").write_text(text)
    done = home.parity("image", "build", "parity.lock", "-o", "oci:img", "--platform", "linux-64", code=2)
    assert "mine" in done.stderr
    assert "--from-prefix" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "dir:x"], "oci:DIR"),
        (["-o", "oci:x", "--platform", "win-64"], "win-64"),
        (["-o", "oci:x", "--base", "NOTHING"], "no name of an image"),
        (["-o", "oci:x", "--path", "opt/env"], "absolute"),
        (["-o", "oci:x", "--label", "x"], "KEY=VALUE"),
        (["-o", "oci:x", "--layers", "1"], "--layers"),
    ],
)
def test_orders_that_make_no_sense_are_refused(home: Home, lock: Path, words: list[str], said: str) -> None:
    done = home.parity("image", "build", str(lock), *words, code=2)
    assert said in done.stderr


def test_where_an_image_comes_from_goes_along(home: Home, lock: Path) -> None:
    plain = build(home, lock, "plain")
    built = build(home, lock, "img", "--provenance")
    assert built["digest"] == plain["digest"]
    assert len(built["attached"]) == 1
    layout = home.path / "img"
    manifest = blob(layout, built["attached"][0])
    assert manifest["subject"]["digest"] == built["digest"]
    statement = blob(layout, manifest["layers"][0]["digest"])
    assert statement["subject"][0]["digest"]["sha256"] == built["digest"].removeprefix("sha256:")
    assert str(home.path) not in json.dumps(statement["predicate"]["buildDefinition"]["externalParameters"])
    shown = json.loads(home.parity("image", "inspect", f"oci:{layout}", "--json").stdout)
    assert shown["digest"] == built["digest"]
    assert [one["type"] for one in shown["attached"]] == ["application/vnd.in-toto+json"]
    # Built anew with something else in it, the old statement goes with the old image.
    again = build(home, lock, "img", "--env", "X=1")
    assert again["digest"] != built["digest"]
    assert len(blobs(layout)) == len(blobs(home.path / "plain"))


def test_an_environment_that_stands_becomes_an_image_at_its_own_path(home: Home) -> None:
    home.create("big=1.0", "app")
    words = ["image", "build", "--from-prefix", "work", "-o", "oci:img", "--json"]
    built = json.loads(home.parity(*words).stdout)
    top = str(home.prefix()).lstrip("/")
    found = {member.name for layer in built["layers"] for member in members(home.path / "img", layer)}
    assert {f"{top}/bin/app", f"{top}/share/big/1.0/0001.txt"} <= found
    assert built["prefix"] == f"/{top}"
    assert built["fingerprint"] == home.parity("fingerprint", "-n", "work").stdout.strip()
    assert json.loads(home.parity(*words).stdout)["digest"] == built["digest"]
    (home.prefix() / "share/big/1.0/0001.txt").unlink()
    assert "parity verify" in home.parity(*words[:-1], code=2).stderr


def test_a_slim_image_says_so(home: Home, lock: Path) -> None:
    full, slim = build(home, lock, "full"), build(home, lock, "slim", "--slim")
    assert slim["size"] <= full["size"]
    layout = home.path / "slim"
    assert blob(layout, slim["digest"])["annotations"]["dev.parity.slim"] == "1"


def test_a_dockerfile_is_printed(home: Home, lock: Path) -> None:
    text = home.parity("image", "dockerfile", "parity.lock", "--cmd", "python -m x").stdout
    assert text.startswith("# syntax=docker/dockerfile:1\nFROM ")
    assert text.endswith('USER 1000:1000\nCMD ["python", "-m", "x"]\n')


def test_an_image_is_held_against_its_lock(home: Home, lock: Path) -> None:
    build(home, lock, "img", "--slim", "--path", "/srv/it")
    words = ["verify", "--image", "oci:img", "--lock", str(lock)]
    assert "is what parity.lock says" in home.parity(*words).stdout
    other = lock.read_text().replace("COLOUR: blue", "COLOUR: red")
    assert other != lock.read_text()
    lock.write_text(other)
    report = json.loads(home.parity(*words, "--json", code=1).stdout)
    assert [(one["path"], one["kind"]) for one in report["differences"]] == [("conda-meta/state", "changed")]


def test_a_root_file_system_is_held_against_the_lock(home: Home, lock: Path) -> None:
    built = build(home, lock)
    top = home.path / "rootfs"
    for layer in built["layers"]:
        name = layer["digest"].removeprefix("sha256:")
        with tarfile.open(home.path / "img" / "blobs" / "sha256" / name) as archive:
            archive.extractall(top, filter="fully_trusted")  # noqa: S202 - made by this test
    words = ["verify", "--image", f"rootfs:{top}", "--lock", str(lock)]
    home.parity(*words)
    (top / "opt/env/bin/greet").unlink()
    (top / "opt/env/bin/extra").write_text("x")
    (top / "opt/env/conda-meta/history").write_text("x")
    (top / "opt/env/lib/__pycache__").mkdir()
    (top / "opt/env/lib/__pycache__/x.cpython-311.pyc").write_text("x")
    report = json.loads(home.parity(*words, "--json", code=1).stdout)
    assert [(one["path"], one["kind"], one["package"]) for one in report["differences"]] == [
        ("bin/extra", "untracked", ""),
        ("bin/greet", "missing", "greeter"),
        ("conda-meta/history", "changed", ""),
    ]
    assert "no directory" in home.parity("verify", "--image", "rootfs:nothing", "--lock", str(lock), code=2).stderr


@pytest.mark.parametrize("kind", ["oci-archive", "docker-archive"])
def test_archives_hold_the_same_image_and_are_bases(home: Home, lock: Path, kind: str) -> None:
    first = json.loads(home.parity("image", "build", str(lock), "-o", f"{kind}:a.tar", "-t", "x:1", "--json").stdout)
    data = (home.path / "a.tar").read_bytes()
    home.parity("image", "build", str(lock), "-o", f"{kind}:a.tar", "-t", "x:1")
    assert (home.path / "a.tar").read_bytes() == data
    # The layers are the same bytes again, also where they were unpacked on the way.
    upon = build(home, lock, "upon", "--base", f"{kind}:a.tar", "--path", "/opt/two")
    mine = [layer["digest"] for layer in first["layers"]]
    assert [layer["digest"] for layer in upon["layers"] if layer["state"] == "base"] == mine
    assert f"PATH=/opt/two/bin:/opt/env/bin:{'/usr/local/sbin'}" in json.dumps(
        json.loads(home.parity("image", "inspect", "oci:upon", "--json").stdout)["env"]
    )
    (home.path / "a.tar").write_bytes(data[: len(data) // 2])
    for words in (["--base", f"{kind}:a.tar"], ["--base", f"{kind}:nothing.tar"]):
        home.parity("image", "build", str(lock), "-o", "oci:z", *words, code=6 if "a.tar" in words[1] else 7)


def test_conda_packages_of_another_platform_are_put_into_an_image(home: Home, lock: Path) -> None:
    home.create("helper")
    own, other = ("linux-64", "linux-aarch64") if "linux-64" in lock.read_text() else ("linux-aarch64", "linux-64")
    foreign = home.path / "foreign.lock"
    foreign.write_text(home.parity("export", "-n", "work", "--format", "parity").stdout.replace(own, other))
    built = build(home, foreign, "img", "--platform", other)
    assert built["platform"] == {"linux-64": "linux/amd64", "linux-aarch64": "linux/arm64/v8"}[other]
    found = {member.name for layer in built["layers"] for member in members(home.path / "img", layer)}
    assert any(name.startswith("opt/env/conda-meta/helper-1.0") for name in found)
    # Of an image for one platform there is none for another.
    on = home.parity("image", "build", str(lock), "-o", "oci:on", "--base", "oci:img", code=4)
    assert "has no image for" in on.stderr or "is for linux/" in on.stderr


def test_wheels_for_another_platform_are_put_into_an_image(home: Home, tmp_path: Path) -> None:
    """The Python of another platform is never run, and verify knows what its wheels give."""
    subdirs = ("linux-64", "linux-aarch64")
    pythons = [TinyPackage("python", "3.11.7", subdir=subdir) for subdir in subdirs]
    channel = make_channel(tmp_path / "pythons", pythons)
    (home.path / "environment.yml").write_text(
        f"channels: [{channel}, nodefaults]\nplatforms: [{', '.join(subdirs)}]\n"
        "dependencies: [python=3.11, {pip: [greeter]}]\n"
    )
    home.parity("lock", "-f", "environment.yml")
    for subdir in subdirs:
        if subdir == home.json("info")["platform"]:
            continue
        words = ("image", "build", "parity.lock", "--platform", subdir, "--json", "-o")
        built = json.loads(home.parity(*words, "oci:img").stdout)
        found = {member.name: layer for layer in built["layers"] for member in members(home.path / "img", layer)}
        assert {"opt/env/bin/greet", "opt/env/lib/python3.11/site-packages/greeter/__init__.py"} <= found.keys()
        assert built["fingerprint"] == home.parity("fingerprint", "parity.lock", "--platform", subdir).stdout.strip()
        assert "is what parity.lock says" in home.parity("verify", "--image", "oci:img", "--platform", subdir).stdout
