"""Every real package of the shared collection is indexed, found, linked and unlinked."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from parity.engines.conda import RattlerEngine
from parity.engines.conda_archive import read_index
from parity.errors import IntegrityError
from parity.model import Channel, MatchSpec
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from pathlib import Path

PLATFORM = "linux-64"
NOT_PACKAGES = {
    "dotslash-test-1.0.0-0.conda",  # its members have no names of a package
    "ca-certificates-2024.7.4-hbcca054_0.conda",  # its members stand in a folder
    "repodata.tar.bz2",
}
# rattler refuses the hard links in it, which have no target
BROKEN = {"zlib-1.2.11-h7b6447c_3.conda"}
# archives of tests about sparse reading: they have no list of files
INCOMPLETE = {f"{name}-1.0.0-0.conda" for name in ("info-only", "sparse-test", "symlink-test", "zip64-test")}


@pytest.fixture(scope="module")
def collection(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Channel, dict[str, str]]:
    """A channel of all of them, and the archives that are refused with the reason."""
    root = tmp_path_factory.mktemp("real")
    refused = {}
    for archive in sorted([*shared_data.glob("packages/**/*.conda"), *shared_data.glob("packages/**/*.tar.bz2")]):
        try:
            subdir = str(read_index(archive).get("subdir") or "noarch")
        except IntegrityError as error:
            refused[archive.name] = error.message
            continue
        (root / subdir).mkdir(exist_ok=True)
        shutil.copy(archive, root / subdir)
    RattlerEngine(root / "pkgs", root / "repodata", progress=RecordedProgress()).index(root)
    return Channel("real", (root.as_uri(),)), refused


def test_what_is_no_package_is_refused(collection: tuple[Channel, dict[str, str]]) -> None:
    assert set(collection[1]) <= NOT_PACKAGES


def test_each_can_be_linked_and_unlinked(collection: tuple[Channel, dict[str, str]], tmp_path: Path) -> None:
    engine = RattlerEngine(tmp_path / "pkgs", tmp_path / "repodata", progress=RecordedProgress())
    found = engine.search(MatchSpec("*"), (collection[0],), PLATFORM)
    assert len(found) > 80
    found = tuple(package for package in found if package.fn not in INCOMPLETE)
    python = next(package for package in found if package.name == "python")
    for number, package in enumerate(found):
        prefix = tmp_path / f"env{number}"
        wanted = [package] if package.noarch != "python" else [package, python]
        if package.fn in BROKEN:
            with pytest.raises(IntegrityError):
                engine.link(prefix, wanted, platform=PLATFORM)
            continue
        engine.link(prefix, wanted, platform=PLATFORM)
        assert [each.name for each in engine.installed(prefix)] == sorted(each.name for each in wanted)
        if package.noarch != "python":
            for path in engine.files([package])[package.dist]:
                assert (prefix / path).is_symlink() or (prefix / path).exists(), (package.dist, path)
        engine.link(prefix, [], platform=PLATFORM)
        left = {path.name for path in prefix.rglob("*") if path.is_file() and path.parent.name != "conda-meta"}
        assert left <= {"CACHEDIR.TAG"}, package.dist
        shutil.rmtree(prefix)


def test_clobbering_packages_can_be_installed_together(
    collection: tuple[Channel, dict[str, str]], tmp_path: Path
) -> None:
    engine = RattlerEngine(tmp_path / "pkgs", tmp_path / "repodata", progress=RecordedProgress())
    found = [p for p in engine.search(MatchSpec("clobber-?"), (collection[0],), PLATFORM) if p.version == "0.2.0"]
    engine.link(tmp_path / "env", found, platform=PLATFORM)
    assert (tmp_path / "env" / "clobber.txt").read_text().startswith("clobber-1")
