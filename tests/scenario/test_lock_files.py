"""Real lock files: read as their own tools read them, and given back without loss."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from seen_locks import Seen, seen_by_parity, seen_by_rattler, spaced

from parity.errors import FaultsError, InputError
from parity.formats import conda_lock, locks

if TYPE_CHECKING:
    from pathlib import Path


def without_older_subdirs(seen: Seen) -> Seen:
    """Older locks say of a noarch package the platform that it was chosen for, and rattler believes it."""
    return {
        place: sorted(
            (row[:4] + row[5:13] + row[14:] if len(row) > 10 and "/noarch/" in row[5] else row for row in rows),
            key=repr,
        )
        for place, rows in seen.items()
    }


def test_pixi_locks_are_read_as_rattler_reads_them(shared_data: Path, tmp_path: Path) -> None:
    paths = sorted((shared_data / "locks" / "pixi").iterdir())
    assert len(paths) > 40
    for path in paths:
        text = path.read_text()
        lock = locks.parse(text, file=path.name)
        theirs, ours = spaced(seen_by_rattler(path)), spaced(seen_by_parity(lock))
        if path.name.startswith("v4-"):
            theirs, ours = without_older_subdirs(theirs), without_older_subdirs(ours)
        assert ours == theirs, path.name
        for kind in ("parity", "pixi") if len(text) < 100_000 else ("parity",):
            again = locks.render(lock, kind)
            copy = tmp_path / f"{kind}.lock"
            copy.write_text(again)
            assert locks.parse(again) == lock, path.name
            assert spaced(seen_by_rattler(copy)) == spaced(seen_by_parity(lock)), path.name


def test_a_pixi_that_reads_version_6_only_is_served_too(shared_data: Path, tmp_path: Path) -> None:
    for name in ("pypi.lock", "v6-numpy-as-pypi-lock.yml", "v6-options-lock.yml", "v7-python-from-conda-only-lock.yml"):
        lock = locks.parse((shared_data / "locks" / "pixi" / name).read_text())
        copy = tmp_path / "pixi.lock"
        copy.write_text(locks.render(lock, "pixi", version=6))
        assert locks.parse(copy.read_text()).environments == lock.environments
        assert spaced(seen_by_rattler(copy)) == spaced(seen_by_parity(lock))
    with pytest.raises(InputError, match="packages that pixi builds"):
        locks.render(
            locks.parse((shared_data / "locks" / "pixi" / "v7-sources-lock.yml").read_text()), "pixi", version=6
        )


def test_conda_locks_come_back_as_they_were(shared_data: Path) -> None:
    paths = sorted((shared_data / "locks" / "conda-lock").glob("*.y*ml"))
    assert len(paths) > 8
    for path in paths:
        text = path.read_text()
        lock = locks.parse(text, file=path.name)
        expected = comparable(yaml.safe_load(text))
        assert comparable(yaml.safe_load(locks.render(lock, "conda-lock"))) == expected, path.name
        through = locks.parse(locks.render(lock, "parity"))
        assert through == lock, path.name
        assert comparable(yaml.safe_load(conda_lock.render(through))) == expected, path.name


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Without what means the same whether it stands there or not, and without the order of the list."""
    entries = []
    for entry in document["package"] or []:
        category = entry.get("category", "main")
        full = {"category": category, "optional": category != "main", **entry}
        entries.append({key: value for key, value in full.items() if value is not None})
    metadata = dict(document["metadata"])
    metadata["platforms"] = sorted(metadata["platforms"])
    order = ("manager", "name", "platform", "category")
    return {"metadata": metadata, "package": sorted(entries, key=lambda entry: [entry[key] for key in order])}


def test_what_conda_lock_and_rattler_see_in_a_unified_lock_is_the_same(shared_data: Path) -> None:
    text = (shared_data / "locks" / "conda-lock" / "test-lockfile.yml").read_text()
    lock = locks.parse(text)
    entries = yaml.safe_load(text)["package"]
    for environment, categories in (("default", {"main"}), ("dev", {"main", "dev"})):
        for subdir in ("linux-64", "osx-64", "osx-arm64"):
            _, locked = locks.one(lock, environment, subdir)
            assert sorted((package.name, package.version, package.url) for package in locked.solution) == sorted(
                (entry["name"], entry["version"], entry["url"])
                for entry in entries
                if entry["platform"] == subdir and entry["category"] in categories
            )


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("bad_package-lock.json", [""]),
        ("bad_package-lock.yaml", ["metadata", "package[0]", "package[0]"]),
        ("bad_version-lock.json", ["lockVersion"]),
        ("bad_version-lock.yaml", ["version"]),
        ("conda-lock-v1-invalid-metadata-type.yml", ["metadata"]),
        ("conda-lock-v1-missing-metadata.yml", ["metadata"]),
        ("conda-lock-v1-missing-package.yml", ["package"]),
    ],
)
def test_bad_locks_are_refused_with_the_place(shared_data: Path, name: str, places: list[str]) -> None:
    text = (shared_data / "locks" / "bad" / name).read_text()
    with pytest.raises(FaultsError) as raised:
        locks.parse(text, file=name)
    assert [fault.place for fault in raised.value.faults] == places
    assert all(fault.line and fault.file == name for fault in raised.value.faults)


def test_locks_of_jupyterlite_are_read(shared_data: Path) -> None:
    for path in sorted((shared_data / "locks" / "conda-lock").glob("*.json")):
        document = json.loads(path.read_text())
        _, locked = locks.one(locks.parse(path.read_text(), file=path.name))
        assert locked.platform == "emscripten-wasm32"
        assert {package.fn for package in locked.solution.conda} == set(document["packages"])
        assert {package.url.rpartition("/")[2] for package in locked.solution.pypi} == set(document["pipPackages"])
        assert [str(spec) for spec in locked.specs] == document["specs"]


def test_explicit_files_come_back_line_for_line(shared_data: Path) -> None:
    paths = sorted((shared_data / "locks" / "explicit").iterdir())
    assert len(paths) > 5
    for path in paths:
        text = path.read_text()
        lock = locks.parse(text, file=path.name)
        urls = [line for line in text.splitlines() if line.startswith("https://")]
        written = locks.render(lock, "explicit", hashes="md5")
        assert sorted(line for line in written.splitlines() if line.startswith("https://")) == sorted(urls)
        assert locks.parse(written) == lock
        assert lock.platforms[0].name == "linux-64"


def test_an_environment_file_is_no_lock(shared_data: Path) -> None:
    for path in sorted((shared_data / "envs").rglob("*.y*ml")):
        assert locks.detect(path.name, path.read_text()) is None, path
    for path in sorted((shared_data / "locks").rglob("*.*")):
        if path.parent.name != "bad":
            assert locks.detect("", path.read_text()) is not None, path
