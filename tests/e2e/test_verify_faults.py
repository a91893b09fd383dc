"""Every fault is found, nothing else is, and mending leaves exactly what was there before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from faults import ELF, SITE, Patient, flip, flip_copy, make_kit, make_projects
from home import Home, difference, snapshot

from conftest import SUBDIR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from home import Universe

Fault = tuple[str, str, str]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """URLs of the conda channel and of the index."""
    top = tmp_path_factory.mktemp("kit")
    return make_kit(top / "channel", SUBDIR), make_projects(top)[0]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory, universe: Universe, kit: tuple[str, str]) -> Home:
    """A home with a package cache of its own, which faults may damage."""
    top = tmp_path_factory.mktemp("ward")
    home = Home(top, universe, top / "pkgs")
    home.configure(index=kit[1])
    return home


def admit(home: Home, channel: str, name: str = "work") -> Patient:
    where = ["-c", channel, "-c", home.universe.mixed, "--override-channels"]
    home.parity("create", "-y", "-q", "--force", "-n", name, *where, "python", "kit", "pure", "--pypi", "greeter")
    return Patient(home, name, snapshot(home.prefix(name)))


@pytest.fixture(scope="module")
def bed(ward: Home, kit: tuple[str, str]) -> list[Patient]:
    return [admit(ward, kit[0])]


@pytest.fixture
def patient(bed: list[Patient], kit: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Patient:
    """A healthy environment; one that a failed test left ill is made anew."""
    monkeypatch.setenv("HOME", bed[0].home.environ["HOME"])
    if difference(bed[0].snapshot(), bed[0].healthy):
        bed[0] = admit(bed[0].home, kit[0])
    return bed[0]


def write(text: str) -> Callable[[Path], None]:
    def fault(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return fault


def to_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inner").write_text("inner")


def to_link(target: str) -> Callable[[Path], None]:
    def fault(path: Path) -> None:
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return fault


def truncate(path: Path) -> None:
    copy = path.read_bytes()[:-80]
    path.unlink()
    path.write_bytes(copy)


def mode(bits: int) -> Callable[[Path], None]:
    return lambda path: path.chmod(bits)


PURE = f"{SITE}/pure/__init__.py"
SCRIPT, EXT, DATA, META = "bin/kit", f"{SITE}/kit/_ext.so", "share/kit/data.bin", f"{SITE}/kit-1.0.dist-info/METADATA"
GREETER = f"{SITE}/greeter"

FILE_FAULTS: list[tuple[str, str, Callable[[Path], None], set[Fault]]] = [
    ("script, one byte", SCRIPT, flip_copy, {("file-changed", "kit", SCRIPT)}),
    ("entry point, one byte", "bin/pure", flip_copy, {("file-changed", "pure", "bin/pure")}),
    ("library with the prefix, one byte", "lib/libkit.so.1", flip_copy, {("file-changed", "kit", "lib/libkit.so.1")}),
    ("extension module, one byte", EXT, flip_copy, {("file-changed", "kit", EXT)}),
    ("data, one byte", DATA, flip_copy, {("file-changed", "kit", DATA)}),
    ("metadata, one byte", META, flip_copy, {("file-changed", "kit", META)}),
    ("wheel's extension, one byte", f"{GREETER}/_native.so", flip_copy,
     {("file-changed", "greeter", f"{GREETER}/_native.so")}),
    ("wheel's script, one byte", "bin/greet", flip_copy, {("file-changed", "greeter", "bin/greet")}),
    ("in the cache too: extension", EXT, flip, {("file-changed", "kit", EXT)}),
    ("in the cache too: data", DATA, flip, {("file-changed", "kit", DATA)}),
    ("in the cache too: noarch", PURE, flip, {("file-changed", "pure", PURE)}),
    ("in the cache too: wheel", f"{GREETER}/_native.so", flip, {("file-changed", "greeter", f"{GREETER}/_native.so")}),
    ("deleted", DATA, lambda path: path.unlink(), {("file-missing", "kit", DATA)}),
    ("deleted, of a wheel", f"{GREETER}/data.json", lambda path: path.unlink(),
     {("file-missing", "greeter", f"{GREETER}/data.json")}),
    ("deleted link", "bin/kit-link", lambda path: path.unlink(), {("file-missing", "kit", "bin/kit-link")}),
    ("deleted directory", "share/kit/deep", shutil.rmtree, {("file-missing", "kit", "share/kit/deep/down/one.txt")}),
    ("truncated", EXT, truncate, {("file-changed", "kit", EXT)}),
    ("added", "share/kit/new.txt", write("new"), {("file-untracked", "", "share/kit/new.txt")}),
    ("added module", f"{SITE}/sitecustomize.py", write("new"), {("file-untracked", "", f"{SITE}/sitecustomize.py")}),
    ("added activation", "etc/conda/activate.d/x.sh", write("x"),
     {("file-untracked", "", "etc/conda/activate.d/x.sh")}),
    ("directory instead", DATA, to_directory, {("file-type", "kit", DATA), ("file-untracked", "", f"{DATA}/inner")}),
    ("link instead", DATA, to_link("../../bin/kit"), {("file-type", "kit", DATA)}),
    ("link to elsewhere", "bin/kit-link", to_link("pure"), {("file-changed", "kit", "bin/kit-link")}),
    ("link leads outside", "bin/kit-link", to_link("/bin/sh"), {("file-changed", "kit", "bin/kit-link")}),
    ("new link leads outside", "share/out", to_link("/etc"), {("link-outside", "", "share/out")}),
    ("not executable", SCRIPT, mode(0o644), {("file-permission", "kit", SCRIPT)}),
    ("not executable, linked", "bin/pure-tool", mode(0o644), {("file-permission", "pure", "bin/pure-tool")}),
    ("executable", DATA, mode(0o755), {("file-permission", "kit", DATA)}),
    ("not readable", DATA, mode(0o000), {("file-permission", "kit", DATA)}),
    ("history", "conda-meta/history", lambda path: path.unlink(), {("history-missing", "", "conda-meta/history")}),
    ("record cut off at the start", "conda-meta/kit-1.0-0.json", write('{"na'),
     {("record-broken", "kit", "conda-meta/kit-1.0-0.json")}),
    ("record cut off in its files", "conda-meta/pure-1.0-0.json",
     truncate,
     {("record-broken", "pure", "conda-meta/pure-1.0-0.json")}),
    ("record without files", "conda-meta/kit-1.0-0.json", write('{"name": "kit", "version": "1.0", "build": "0"}'),
     {("record-broken", "kit", "conda-meta/kit-1.0-0.json")}),
    ("record deleted", "conda-meta/kit-1.0-0.json", lambda path: path.unlink(), {("record-missing", "kit", "")}),
    ("RECORD deleted", f"{SITE}/greeter-1.0.dist-info/RECORD", lambda path: path.unlink(),
     {("record-broken", "greeter", f"{SITE}/greeter-1.0.dist-info/RECORD")}),
    ("RECORD, one byte", f"{SITE}/greeter-1.0.dist-info/RECORD", flip_copy,
     {("record-changed", "greeter", f"{SITE}/greeter-1.0.dist-info/RECORD")}),
    ("metadata of a wheel deleted", f"{SITE}/greeter-1.0.dist-info", shutil.rmtree,
     {("package-missing", "greeter", "")}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "fault", "expected"), [case[1:] for case in FILE_FAULTS], ids=[case[0] for case in FILE_FAULTS]
)
def test_a_fault_is_found_and_mended(
    patient: Patient, path: str, fault: Callable[[Path], None], expected: set[Fault]
) -> None:
    assert patient.verify().same
    fault(patient.prefix / path)
    assert patient.findings() == expected
    assert not patient.mend(dry_run=True).done
    outcome = patient.mend()
    assert outcome.done
    assert outcome.left == ()
    assert patient.verify(full=True).same
    changed = difference(patient.snapshot(), patient.healthy)
    assert changed in ([], ["conda-meta/history"]), changed
    if changed:
        patient.healthy["conda-meta/history"] = patient.snapshot()["conda-meta/history"]


def test_a_half_removed_package(patient: Patient) -> None:
    shutil.rmtree(patient.prefix / SITE / "kit")
    shutil.rmtree(patient.prefix / SITE / "kit-1.0.dist-info")
    (patient.prefix / "bin/kit").unlink()
    found = patient.findings()
    assert {kind for kind, _, _ in found} <= {"file-missing", "requirement-unmet"}
    assert ("file-missing", "kit", META) in found
    assert patient.mend().left == ()
    assert difference(patient.snapshot(), patient.healthy) == []


def test_pypi_over_conda(patient: Patient, kit: tuple[str, str]) -> None:
    """The classic: pip puts its own version over what conda installed."""
    uv_install(patient, "kit==2.0", kit[1])
    found = patient.findings()
    assert ("pypi-over-conda", "kit", f"{SITE}/kit-2.0.dist-info") in found
    assert {package for _, package, _ in found} == {"kit"}
    assert (
        patient.home.parity("run", "-n", patient.name, "python", "-c", "import kit; print(kit.WHO)").stdout == "pypi\n"
    )
    outcome = patient.mend()
    assert outcome.left == ()
    assert outcome.set_aside is not None
    assert (outcome.set_aside / SITE / "kit-2.0.dist-info" / "METADATA").is_file()
    assert difference(patient.snapshot(), patient.healthy) == []
    assert (
        patient.home.parity("run", "-n", patient.name, "python", "-c", "import kit; print(kit.WHO)").stdout == "conda\n"
    )


def test_a_package_beside_the_plan(patient: Patient, kit: tuple[str, str]) -> None:
    uv_install(patient, "stray", kit[1])
    assert patient.findings() == {("package-extra", "stray", "")}
    assert patient.mend().left == ()
    assert difference(patient.snapshot(), patient.healthy) == []


def uv_install(patient: Patient, requirement: str, index: str) -> None:
    import subprocess

    import uv

    argv = [uv.find_uv_bin(), "pip", "install", "--python", str(patient.prefix / "bin/python"), "--no-deps", "-q",
            "--break-system-packages", "--index-url", index, "--offline", "--no-config", requirement]  # fmt: skip
    argv.remove("--offline")
    subprocess.run(argv, check=True, env={**patient.home.environ, "UV_CACHE_DIR": str(patient.home.path / "uv")})


def test_two_faults_in_one_directory_that_became_a_link(patient: Patient, tmp_path: Path) -> None:
    """A directory of a package that is a link to somewhere else: nothing is written there."""
    elsewhere = tmp_path / "elsewhere"
    shutil.move(patient.prefix / "share/kit", elsewhere)
    (patient.prefix / "share/kit").symlink_to(elsewhere)
    before = snapshot(elsewhere)
    kinds = {kind for kind, _, _ in patient.findings()}
    assert kinds == {"file-missing", "link-outside"}
    assert patient.mend().left == ()
    assert snapshot(elsewhere) == before
    assert difference(patient.snapshot(), patient.healthy) == []


def test_a_moved_environment(patient: Patient) -> None:
    home = patient.home
    moved = Patient(home, "elsewhere", {})
    patient.prefix.rename(moved.prefix)
    try:
        assert moved.findings() == {("environment-moved", "", "")}
        assert moved.mend().left == ()
        assert moved.verify(full=True).same
        for command in ("kit", "pure", "greet"):
            assert str(moved.prefix) in (moved.prefix / "bin" / command).read_text()
        assert home.parity("run", "-n", "elsewhere", "kit").stdout == "kit\n"
    finally:
        moved.prefix.rename(patient.prefix)
    assert patient.mend().left == ()
    assert difference(patient.snapshot(), patient.healthy) == []


def test_other_environments_that_share_damaged_bytes_are_named(patient: Patient, kit: tuple[str, str]) -> None:
    twin = admit(patient.home, kit[0], "twin")
    flip(patient.prefix / EXT)
    outcome = patient.mend()
    assert any(str(twin.prefix) in note for note in outcome.notes)
    assert twin.findings() == {("file-changed", "kit", EXT)}
    assert twin.mend().left == ()
    assert difference(twin.snapshot(), twin.healthy) == []


def test_a_record_that_was_edited_together_with_its_file(patient: Patient) -> None:
    import hashlib

    flip_copy(patient.prefix / DATA)
    record = patient.prefix / "conda-meta/kit-1.0-0.json"
    text = record.read_text()
    right = hashlib.sha256(bytes(range(256)) * 40).hexdigest()
    record.write_text(text.replace(right, hashlib.sha256((patient.prefix / DATA).read_bytes()).hexdigest()))
    assert patient.verify().same
    assert patient.findings(full=True) == {("record-changed", "kit", DATA)}
    assert patient.mend(full=True).left == ()
    assert patient.verify(full=True).same
    assert difference(patient.snapshot(), patient.healthy) == []


@pytest.mark.parametrize("noted", [True, False])
def test_a_list_of_files_that_was_edited_together_with_a_file(patient: Patient, noted: bool) -> None:
    import base64
    import hashlib
    import json

    native, record = f"{GREETER}/_native.so", f"{SITE}/greeter-1.0.dist-info/RECORD"
    notes = patient.prefix / "conda-meta/.parity-files"
    if not noted:  # as of an older Parity
        whole = json.loads(notes.read_text())
        del whole["packages"]["pypi:greeter-1.0"]["record"]
        notes.write_text(json.dumps(whole))
        patient.healthy["conda-meta/.parity-files"] = patient.snapshot()["conda-meta/.parity-files"]
    flip_copy(patient.prefix / native)
    right, wrong = (
        base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        for data in (ELF, (patient.prefix / GREETER / "_native.so").read_bytes())
    )
    list_of_files = patient.prefix / record
    text = list_of_files.read_text()
    list_of_files.unlink()
    list_of_files.write_text(text.replace(right, wrong))
    if noted:
        assert patient.findings() == {("record-changed", "greeter", record), ("file-changed", "greeter", native)}
    else:
        assert patient.verify().same
        assert patient.findings(full=True) == {("record-changed", "greeter", native)}
    assert patient.mend(full=True).left == ()
    assert difference(patient.snapshot(), patient.healthy) == []


def test_two_metadata_directories_of_one_project(patient: Patient) -> None:
    site = patient.prefix / SITE
    shutil.copytree(site / "greeter-1.0.dist-info", site / "greeter-0.9.dist-info")
    metadata = site / "greeter-0.9.dist-info/METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 0.9"))
    wrong = f"{SITE}/greeter-0.9.dist-info"
    assert ("duplicate-metadata", "greeter", wrong) in patient.findings()
    assert patient.mend().left == ()
    assert difference(patient.snapshot(), patient.healthy) == []


def test_a_repair_that_was_cut_off_is_done_by_the_next(home: Home) -> None:
    """Killed in the middle, nothing is worse than before, and nothing is left beside the environment."""
    home.create("big=1")
    prefix = home.prefix()
    healthy = snapshot(prefix)
    shutil.rmtree(prefix / "share/big/1.0")
    first = prefix / "share/big/1.0"
    code, _ = home.kill_when(first.exists, "verify", "-n", "work", "--fix", "-y")
    assert code in {0, -9}
    home.parity("verify", "-n", "work", "--fix", "-y")
    home.parity("verify", "-n", "work")
    assert difference(snapshot(prefix), healthy) == []
    assert home.leftovers() == []
