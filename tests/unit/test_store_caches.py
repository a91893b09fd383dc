"""What may be deleted, and what may not; the list of environments that conda shares."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from parity.store import caches, registry
from parity.store.locks import hold
from parity.store.root import Root


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root", home=tmp_path / "home")


def make_package(root: Root, name: str) -> Path:
    package = root.pkgs_dirs[0] / name
    (package / "info").mkdir(parents=True)
    (package / "info" / "index.json").write_text("{}")
    (package / "lib").write_bytes(b"x" * 100)
    return package


def make_env(prefix: Path, package: Path | None = None, link: object = 1) -> Path:
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    if package is not None:
        record = {"name": "p", "link": {"source": str(package), "type": link}}
        (prefix / "conda-meta" / "p-1-0.json").write_text(json.dumps(record))
    return prefix


def names(items: object) -> set[str]:
    return {item.path.name for item in items}  # type: ignore[attr-defined]


def test_only_unused_packages_can_go(root: Root) -> None:
    make_package(root, "unused-1-0")
    hard = make_package(root, "hard-1-0")
    soft = make_package(root, "soft-1-0")
    make_package(root, "not-a-package")
    (root.pkgs_dirs[0] / "not-a-package" / "info" / "index.json").unlink()
    one = make_env(root.path / "envs" / "one")
    (one / "lib").hardlink_to(hard / "lib")
    two = make_env(root.path / "envs" / "two", soft, "softlink")
    (two / "lib").symlink_to(soft / "lib")
    found = tuple(caches.packages(root, (one, two)))
    assert names(found) == {"unused-1-0"}
    assert found[0].size == 102


@pytest.mark.parametrize("link", [2, "softlink"])
def test_soft_links_as_every_tool_records_them(root: Root, link: object) -> None:
    package = make_package(root, "soft-1-0")
    env = make_env(root.path / "envs" / "one", package, link)
    (env / "conda-meta" / "broken-1-0.json").write_text("{")
    assert caches.soft_linked((env,)) == {str(package.resolve())}


def test_a_package_that_the_engine_holds_stays(root: Root) -> None:
    package = make_package(root, "x-1-0")
    lock = package.with_name("x-1-0.lock")
    lock.touch()
    (item,) = caches.packages(root, ())
    # Another file object on the same lock, as the engine's would be.
    from filelock import FileLock

    with FileLock(lock):
        assert not caches.remove(item.path, item.lock)
    assert package.exists()
    assert caches.remove(item.path, item.lock)
    assert not package.exists()
    assert lock.exists()


def test_archives_and_indexes(root: Root) -> None:
    package = make_package(root, "x-1-0")
    package.with_name("x-1-0.conda").write_bytes(b"123")
    package.with_name("y-1-0.tar.bz2").write_bytes(b"12")
    for where in ("repodata/one.json", "stat/three", "contents/four", "wheels/five.whl", "pythons/3.11", "uv/.lock"):
        (root.cache / where).parent.mkdir(parents=True, exist_ok=True)
        (root.cache / where).write_text("{}")
    (root.pkgs_dirs[0] / "cache").mkdir()
    (root.pkgs_dirs[0] / "cache" / "two.json").write_text("{}")
    assert names(caches.tarballs(root)) == {"x-1-0.conda", "y-1-0.tar.bz2"}
    assert names(caches.index_cache(root)) == {"one.json", "two.json", "three", "four"}
    assert names(caches.pypi_cache(root)) == {"five.whl", "3.11"}


def test_leftovers_are_what_nobody_works_on(root: Root, tmp_path: Path) -> None:
    envs = root.envs_dirs[0]
    for name in (".idle.parity-stage-1", ".busy.parity-stage-2", ".parity-trash-3", "real", ".other"):
        (envs / name).mkdir(parents=True)
    project = make_env(tmp_path / "project" / "env")
    (project.parent / ".env.parity-stage-4").mkdir()
    with hold(root.lock_file(envs / "busy"), purpose="x"):
        # The lock is the test's own, and a thread may take what it has: ask from another one.
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(lambda: names(caches.leftovers(root, (project,)))).result()
    assert found == {".idle.parity-stage-1", ".parity-trash-3", ".env.parity-stage-4"}


def test_a_package_that_was_being_extracted_goes_when_nobody_extracts_it(root: Root) -> None:
    half = make_package(root, ".my-pkg-1.0-py_0aB3xY9")
    (half / "info" / "index.json").unlink()
    make_package(root, ".hidden")
    lock = half.with_name("my-pkg-1.0-py_0.lock")
    lock.touch()
    (item,) = caches.leftovers(root, ())
    from filelock import FileLock

    with FileLock(lock):
        assert not caches.remove(item.path, item.lock)
    assert caches.remove(item.path, item.lock)
    assert not half.exists()


def test_temporary_files_are_old(root: Root) -> None:
    env = make_env(root.path / "envs" / "one")
    scratch = root.pkgs_dirs[0] / ".parity-tmp-y45esgrm"
    (scratch / "prefix").mkdir(parents=True)
    old = [env / "lib.so.c~", env / "conda-meta" / ".state.parity-tmp-1234", scratch]
    for file in (*old, env / "mine.txt"):
        file.touch()
    now = time.time()
    os.utime(scratch, (now - 2 * caches.HOUR,) * 2)
    assert names(caches.temporary_files(root, (env,), now)) == set()
    assert names(caches.temporary_files(root, (env,), now + 2 * caches.HOUR)) == {file.name for file in old}


def test_registry_is_condas(root: Root, tmp_path: Path) -> None:
    env = make_env(tmp_path / "project" / "env")
    registry.add(root.home, env)
    registry.add(root.home, env)
    registry.add(root.home, Path("/gone"))
    file = root.home / ".conda" / "environments.txt"
    assert file.read_text() == f"{env}\n/gone\n"
    named = make_env(root.path / "envs" / "named")
    base = make_env(root.path)
    assert registry.all_environments(root) == (base, named, env)
    registry.remove(root.home, env)
    assert file.read_text() == "/gone\n"


def test_a_home_that_cannot_be_written_is_no_obstacle(root: Root, tmp_path: Path) -> None:
    root.home.write_text("a file")
    registry.add(root.home, tmp_path / "env")
    registry.remove(root.home, tmp_path / "env")
    assert registry.known(root.home) == ()
