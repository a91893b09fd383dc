"""What is no fault, environments of other tools, locks, exit codes: through the command line."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import uv
from faults import SITE, flip_copy, make_kit, make_projects
from home import difference, snapshot

from conftest import SUBDIR
from parity.testing.channels import TinyPackage, make_channel

if TYPE_CHECKING:
    from pathlib import Path

    from home import Home


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Path]:
    """URLs of the conda channel and of the index, and the directory of its wheels."""
    top = tmp_path_factory.mktemp("kit")
    return make_kit(top / "channel", SUBDIR), *make_projects(top)


@pytest.fixture
def place(home: Home, kit: tuple[str, str, Path]) -> Home:
    home.configure(index=kit[1])
    return home


def make(home: Home, channel: str, *words: str, name: str = "work") -> Path:
    where = ["-c", channel, "-c", home.universe.mixed, "--override-channels"]
    home.parity("create", "-y", "-q", "-n", name, *where, *words)
    return home.prefix(name)


def findings(home: Home, *words: object, code: int = 1) -> set[tuple[str, str, str]]:
    return {(one["kind"], one["package"], one["path"]) for one in home.json("verify", *words, code=code)["findings"]}


def test_nothing_of_this_is_a_fault(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "python", "kit", "pure", "--pypi", "greeter")
    place.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    place.parity("run", "-n", "work", "python", "-c", "import kit, pure, greeter, json")
    assert list(prefix.rglob("greeter/__pycache__/*.pyc"))
    (prefix / "conda-meta/pinned").write_text("kit 1.*\n")
    (prefix / ".condarc").write_text("channel_priority: strict\n")
    place.parity("env", "config", "vars", "set", "-n", "work", "A=b")
    runtime = prefix / "share/jupyter/runtime"
    runtime.mkdir(parents=True)
    (runtime / "kernel-1.json").write_text("{}")
    assert findings(place, "-n", "work") == {("file-untracked", "", "share/jupyter/runtime/kernel-1.json")}
    place.configure("verify_ignore: [share/jupyter/runtime/*]", index=kit[1])
    assert findings(place, "-n", "work", code=0) == set()
    assert findings(place, "-n", "work", "--full", code=0) == set()


def test_compiled_bytecode_is_no_fault(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "python", "pure", "--compile")
    assert list((prefix / SITE / "pure").rglob("*.pyc"))
    assert findings(place, "-n", "work", code=0) == set()


def test_what_link_scripts_made_is_no_fault(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "scripted", "--run-link-scripts")
    assert (prefix / "share/scripted.cache").read_text() == "made\n"
    assert findings(place, "-n", "work", code=0) == set()
    (prefix / "share/scripted.cache").write_text("other\n")
    (prefix / "share/mine").write_text("mine\n")
    assert findings(place, "-n", "work") == {
        ("file-changed", "", "share/scripted.cache"),
        ("file-untracked", "", "share/mine"),
    }


def test_scripts_of_a_later_change_do_not_excuse_what_was_there_before(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "python", "pure")
    (prefix / "share").mkdir(exist_ok=True)
    (prefix / "share/mine").write_text("mine\n")
    (prefix / "bin/pure-tool").chmod(0o644)
    where = ["-c", kit[0], "-c", place.universe.mixed, "--override-channels"]
    place.parity("install", "-y", "-q", "-n", "work", *where, "scripted", "--run-link-scripts")
    assert (prefix / "share/scripted.cache").is_file()
    assert findings(place, "-n", "work") == {
        ("file-untracked", "", "share/mine"),
        ("file-permission", "pure", "bin/pure-tool"),
    }
    place.parity("remove", "-y", "-q", "-n", "work", "scripted")
    assert ("file-permission", "pure", "bin/pure-tool") in findings(place, "-n", "work")


def test_an_environment_that_grew_and_shrank_is_sound(place: Home, kit: tuple[str, str, Path]) -> None:
    make(place, kit[0], "python", "kit")
    where = ["-c", kit[0], "-c", place.universe.mixed, "--override-channels"]
    place.parity("install", "-y", "-q", "-n", "work", *where, "pure", "--pypi", "greeter")
    assert findings(place, "-n", "work", code=0) == set()
    place.parity("remove", "-y", "-q", "-n", "work", "greeter", "pure")
    assert findings(place, "-n", "work", "--full", code=0) == set()


def test_exit_codes(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    prefix = make(place, kit[0], "scripted")
    place.parity("verify", "-n", "work", code=0)
    (prefix / "share/scripted.txt").write_text("other")
    place.parity("verify", "-n", "work", code=1)
    assert place.json("verify", "-n", "nowhere", code=2)["exit_code"] == 2
    place.parity("verify", "-n", "work", "--lock", tmp_path / "no.lock", code=2)
    broken = tmp_path / "parity.lock"
    broken.write_text("version: [")
    place.parity("verify", "-n", "work", "--lock", broken, code=2)
    (prefix / "conda-meta/.parity-transaction").write_text("{}")
    place.parity("verify", "-n", "work", code=2)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable for root")
def test_what_cannot_be_read_cannot_be_told(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "scripted")
    for directory in ("share", "conda-meta", "."):
        path = prefix / directory
        path.chmod(0)
        try:
            assert "read" in place.parity("verify", "-n", "work", code=2).stderr
        finally:
            path.chmod(0o755)


def test_a_person_is_told_and_asked(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "python", "kit")
    flip_copy(prefix / "share/kit/data.bin")
    done = place.parity("verify", "-n", "work", code=1)
    assert "share/kit/data.bin" in done.stdout
    assert "1 difference in 1 package" in done.stdout
    assert "--fix" in done.stderr
    place.parity("verify", "-n", "work", "--fix", "--dry-run", code=1)
    place.parity("verify", "-n", "work", "--fix", stdin="n\n", code=1)
    place.parity("verify", "-n", "work", code=1)
    done = place.parity("verify", "-n", "work", "--fix", stdin="y\n")
    assert "Everything was put right." in done.stdout
    assert "Nothing differs" in place.parity("verify", "-n", "work").stdout


def test_two_packages_that_bring_the_same_path(place: Home, tmp_path: Path) -> None:
    files = {"share/common.txt": "{}\n", "share/{}.txt": "{}\n"}
    packages = [
        TinyPackage(name, subdir=SUBDIR, files={path.format(name): text.format(name) for path, text in files.items()})
        for name in ("aa", "bb")
    ]
    channel = make_channel(tmp_path / "channel", packages)
    place.parity("create", "-y", "-q", "-n", "work", "-c", channel, "--override-channels", "aa", "bb")
    assert findings(place, "-n", "work", "--full", code=0) == set()
    before = snapshot(place.prefix())
    for name in ("aa", "bb"):
        record = place.prefix() / f"conda-meta/{name}-1.0-0.json"
        record.write_text(record.read_text()[:-50])
        flip_copy(place.prefix() / "share/common.txt")
        place.parity("verify", "-n", "work", "--fix", "-y")
        assert findings(place, "-n", "work", "--full", code=0) == set()
        assert difference(snapshot(place.prefix()), before) == []


def test_many_findings_of_one_package_are_cut_short(place: Home, kit: tuple[str, str, Path]) -> None:
    prefix = make(place, kit[0], "python")
    shutil.rmtree(prefix / SITE.rpartition("/")[0] / "json")
    shutil.rmtree(prefix / SITE.rpartition("/")[0] / "asyncio")
    short, long = (place.parity("verify", "-n", "work", *more, code=1).stdout for more in ([], ["-v"]))
    assert "-v shows them" in short
    assert len(long.splitlines()) > 30 > len(short.splitlines())


def test_what_the_machine_lacks(place: Home, kit: tuple[str, str, Path]) -> None:
    make(place, kit[0], "needs", "--override-virtual", "cuda=99.1")
    (found,) = place.json("verify", "-n", "work", code=1)["findings"]
    assert (found["kind"], found["package"], found["expected"]) == ("virtual-missing", "needs", "__cuda >=99")
    said = place.parity("verify", "-n", "work", code=1)
    assert "__cuda >=99 expected, this machine has no __cuda\n" in said.stdout
    assert "--fix" not in said.stderr  # nothing in the environment could be mended
    done = place.json("verify", "-n", "work", "--fix", "-y", code=1)
    assert [one["kind"] for one in done["left"]] == ["virtual-missing"]
    make(place, kit[0], "kit", "__cuda>=98", "--override-virtual", "cuda=99.1", name="asked")
    (found,) = place.json("verify", "-n", "asked", code=1)["findings"]
    assert (found["kind"], found["package"], found["expected"]) == ("virtual-missing", "", "__cuda >=98")
    place.environ["CONDA_OVERRIDE_CUDA"] = "99.2"
    assert findings(place, "-n", "work", code=0) == set()


def test_a_package_that_lost_its_record(place: Home, kit: tuple[str, str, Path]) -> None:
    """Nothing but the history tells of it; that others miss it follows from that, and is not said again."""
    prefix = make(place, kit[0], "python", "kit", "--pypi", "greeter")
    (prefix / SITE / "kit-1.0.dist-info/METADATA").unlink()
    (prefix / "conda-meta/kit-1.0-0.json").unlink()
    assert findings(place, "-n", "work") == {
        ("record-missing", "kit", ""),
        ("file-missing", "kit", f"{SITE}/kit-1.0.dist-info/METADATA"),
    }
    place.parity("verify", "-n", "work", "--fix", "-y")
    assert findings(place, "-n", "work", "--full", code=0) == set()


# -- locks ---------------------------------------------------------------------------------------------


def lock(home: Home, kit: tuple[str, str, Path], *names: str, pip: str = "") -> Path:
    """A lock of some packages."""
    lines = [f"- {name}" for name in ("python", *names)] + ([f"- pip:\n  - {pip}"] if pip else [])
    text = f"channels: [{kit[0]}, {home.universe.mixed}]\ndependencies:\n" + "\n".join(lines) + "\n"
    (home.path / "environment.yml").write_text(text)
    library = platform.libc_ver()[1] or "2.28"
    here = ("--platform", SUBDIR, "--glibc", library) if sys.platform == "linux" else ("--platform", SUBDIR)
    home.parity("lock", "-q", "-f", "environment.yml", "-o", "parity.lock", *here)
    return home.path / "parity.lock"


def test_an_environment_that_is_what_the_lock_says(place: Home, kit: tuple[str, str, Path]) -> None:
    path = lock(place, kit, "kit", pip="greeter")
    place.parity("sync", path, "-n", "work", "-y")
    assert findings(place, "-n", "work", "--lock", path, code=0) == set()


def test_an_environment_that_is_not(place: Home, kit: tuple[str, str, Path]) -> None:
    path = lock(place, kit, "kit", pip="greeter")
    prefix = make(place, kit[0], "python", "pure")
    assert findings(place, "-n", "work", "--lock", path) == {
        ("package-missing", "kit", ""),
        ("package-missing", "greeter", ""),
        ("package-extra", "pure", ""),
    }
    said = place.parity("verify", "-n", "work", "--lock", path, code=1).stderr
    assert f"`parity verify -n work --fix --lock {path}`" in said
    flip_copy(prefix / "bin/pydoc3.11" if (prefix / "bin/pydoc3.11").exists() else prefix / "bin/pure")
    place.parity("verify", "-n", "work", "--lock", path, "--fix", "-y")
    assert findings(place, "-n", "work", "--lock", path, "--full", code=0) == set()


def test_another_artifact_under_the_same_name(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    path = lock(place, kit, "kit")
    prefix = make(place, kit[0], "python", "kit")
    record = prefix / "conda-meta/kit-1.0-0.json"
    data = json.loads(record.read_text())
    right = data["sha256"]
    record.write_text(record.read_text().replace(right, "0" * 64))
    assert findings(place, "-n", "work", "--lock", path) == {("package-hash", "kit", "")}
    place.parity("verify", "-n", "work", "--lock", path, "--fix", "-y")
    assert json.loads(record.read_text())["sha256"] == right


# -- environments of other tools -----------------------------------------------------------------------


def uv_venv(path: Path, *wheels: Path) -> None:
    environ = {"PATH": "/usr/bin:/bin", "UV_CACHE_DIR": str(path.parent / "uv-cache"), "HOME": str(path.parent)}
    program = uv.find_uv_bin()
    subprocess.run(
        [program, "venv", "-q", "--no-config", "--python", sys.executable, str(path)], check=True, env=environ
    )
    fill = [program, "pip", "install", "-q", "--no-config", "--no-deps", "--python", str(path / "bin/python")]
    if wheels:
        subprocess.run([*fill, *map(str, wheels)], check=True, env=environ)


def test_a_virtual_environment(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    uv_venv(venv, *kit[2].glob("*.whl"))
    assert findings(place, "-p", venv, code=0) == set()
    place.parity("verify", "-p", venv, "--full", code=0)
    native = venv / SITE / "greeter/_native.so"
    flip_copy(native)
    (venv / "bin/greet").chmod(0o644)
    (venv / SITE / "kit/__init__.py").unlink()
    (venv / SITE / "extra.py").write_text("x = 1\n")
    assert findings(place, "-p", venv) == {
        ("file-changed", "greeter", f"{SITE}/greeter/_native.so"),
        ("file-permission", "greeter", "bin/greet"),
        ("file-missing", "kit", f"{SITE}/kit/__init__.py"),
        ("file-untracked", "", f"{SITE}/extra.py"),
    }


def test_a_virtual_environment_is_compared_and_drawn(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    uv_venv(full, *kit[2].glob("*.whl"))
    uv_venv(empty)
    changes = place.json("diff", full, empty, code=1)["changes"]
    assert {change["kind"] for change in changes} == {"removed"}
    assert "greeter" in {change["name"] for change in changes}
    assert place.parity("diff", full, full).stdout == "No difference.\n"
    assert "greeter 1.0" in place.parity("tree", "-p", full).stdout
    assert "greeter" in place.parity("why", "greeter", "-p", full).stdout


def test_what_cannot_be_mended_is_left_and_said(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    uv_venv(venv, *kit[2].glob("*.whl"))
    flip_copy(venv / SITE / "greeter/_native.so")
    (venv / "bin/greet").chmod(0o644)
    (venv / "lib/mine.txt").write_text("mine\n")
    left = place.json("verify", "-p", venv, "--fix", "-y", code=1)["left"]
    assert [(one["kind"], one["package"]) for one in left] == [("file-changed", "greeter")]
    assert (venv / "bin/greet").stat().st_mode & 0o111
    assert list((place.root / "set-aside").rglob("lib/mine.txt"))


def test_a_moved_virtual_environment(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    uv_venv(tmp_path / "venv", *kit[2].glob("greeter*.whl"), *kit[2].glob("kit*.whl"))
    (tmp_path / "venv").rename(tmp_path / "other")
    assert findings(place, "-p", tmp_path / "other") == {("environment-moved", "", "")}


def test_an_unmet_requirement_in_a_virtual_environment(place: Home, kit: tuple[str, str, Path], tmp_path: Path) -> None:
    uv_venv(tmp_path / "venv", *kit[2].glob("greeter*.whl"))
    assert findings(place, "-p", tmp_path / "venv") == {("requirement-unmet", "greeter", "")}


def test_an_environment_as_conda_writes_it(place: Home, kit: tuple[str, str, Path]) -> None:
    """Sorted records, bytecode and launchers without a hash, links with the hash of their content; no notes."""
    prefix = make(place, kit[0], "python", "kit", "pure")
    for name in (".parity-files", "parity"):
        (prefix / "conda-meta" / name).unlink()
    for path in (prefix / "conda-meta").glob("*.json"):
        path.write_text(json.dumps(as_conda(json.loads(path.read_text())), indent=2, sort_keys=True))
    assert findings(place, "-n", "work", code=0) == set()
    (prefix / "bin/kit-link").unlink()
    (prefix / "bin/kit-link").symlink_to("pure-tool")
    flip_copy(prefix / "lib/libkit.so.1")
    (prefix / "bin/pure").chmod(0o644)
    expected = {
        ("file-changed", "kit", "bin/kit-link"),
        ("file-changed", "kit", "lib/libkit.so.1"),
        ("file-permission", "pure", "bin/pure"),
    }
    assert findings(place, "-n", "work") == expected
    place.parity("verify", "-n", "work", "--fix", "-y")
    assert findings(place, "-n", "work", code=0) == set()
    prefix.rename(place.prefix("moved"))
    assert findings(place, "-n", "moved") == {("environment-moved", "", "")}
    place.parity("verify", "-n", "moved", "--fix", "-y")
    assert place.parity("run", "-n", "moved", "kit").stdout == "kit\n"


def as_conda(record: dict[str, Any]) -> dict[str, Any]:
    paths = record["paths_data"]["paths"]
    for entry in paths:
        if entry["path_type"] == "unix_python_entry_point":
            del entry["sha256"], entry["size_in_bytes"]
        if entry["path_type"] == "softlink":
            entry.pop("sha256_in_prefix", None)
        entry.setdefault("sha256_in_prefix", entry.get("sha256", ""))
        if not entry["sha256_in_prefix"]:
            del entry["sha256_in_prefix"]
    if record.get("noarch") == "python":
        pyc = f"{SITE}/pure/__pycache__/__init__.cpython-{sys.version_info[0]}{sys.version_info[1]}.pyc"
        paths.append({"_path": pyc, "path_type": "pyc_file"})
        record["files"].append(pyc)
    return record
