"""Locking from the command line, on channels and an index that are made on the spot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from home import Home, Universe

from parity.formats import locks
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.wheels import make_index, make_project, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.lock import Lock, Locked

PLATFORMS = ("linux-64", "osx-arm64", "win-64")


def packages(version: str = "1.0") -> list[TinyPackage]:
    """For three platforms: `tool` needs `lib`; `fast` has a build for CUDA."""
    found = [TinyPackage("extra", version, noarch="generic"), TinyPackage("other", version, noarch="generic")]
    for subdir in PLATFORMS:
        found += [
            TinyPackage("lib", version, subdir=subdir),
            TinyPackage("tool", version, subdir=subdir, depends=("lib",)),
            TinyPackage("fast", version, build="cpu_0", subdir=subdir),
        ]
    found.append(TinyPackage("fast", version, build="cuda_0", build_number=1, depends=("__cuda >=12",)))
    found.append(TinyPackage("posix", version, subdir="linux-64"))
    return found


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """A channel of the test's own."""
    make_channel(tmp_path / "channel", packages())
    return tmp_path / "channel"


@pytest.fixture
def project(tmp_path: Path, universe: Universe, channel: Path) -> Home:
    """A home that calls Parity in a directory with an environment.yml."""
    home = Home(tmp_path / "ann", universe)
    write(home, channel)
    return home


def write(home: Home, channel: Path, *dependencies: str, **keys: str) -> None:
    lines = [f"channels: [{channel.as_uri()}]", f"platforms: [{keys.pop('platforms', ', '.join(PLATFORMS))}]"]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in keys.items()]
    lines += ["dependencies:", *(f"  - {text}" for text in dependencies or ("tool",))]
    (home.path / "environment.yml").write_text("\n".join(lines) + "\n")


def read(home: Home, name: str = "parity.lock") -> Lock:
    path = home.path / name
    return locks.parse(path.read_text(), file=name, base=str(path.parent))


def part(lock: Lock, platform: str = "linux-64") -> Locked:
    return next(each for each in lock.environments[0].locked if each.platform == platform)


def dists(home: Home, platform: str = "linux-64") -> list[str]:
    return [package.dist for package in part(read(home), platform).solution.conda]


def test_every_platform_is_locked_in_one_run_with_hash_and_size(project: Home) -> None:
    said = project.parity("lock").stderr
    assert all(f"Solving {platform} ..." in said for platform in PLATFORMS)
    lock = read(project)
    assert [platform.name for platform in lock.platforms] == sorted(PLATFORMS)
    for platform in PLATFORMS:
        assert dists(project, platform) == ["lib-1.0-0", "tool-1.0-0"]
        for package in part(lock, platform).solution.conda:
            assert package.sha256 is not None
            assert package.size
            assert f"/{platform}/" in package.url
    assert lock.sources == ("environment.yml",)
    assert [str(spec) for spec in part(lock).specs] == ["tool"]


def test_the_same_inputs_give_the_same_bytes_on_every_machine(
    project: Home, tmp_path: Path, universe: Universe, channel: Path
) -> None:
    project.parity("lock")
    other = Home(tmp_path / "bob", universe)
    other.environ |= {"CONDA_OVERRIDE_GLIBC": "2.99", "CONDA_OVERRIDE_CUDA": "99"}
    write(other, channel, platforms=", ".join(reversed(PLATFORMS)))
    other.parity("lock")
    assert (other.path / "parity.lock").read_bytes() == (project.path / "parity.lock").read_bytes()


def test_the_way_to_a_file_leaves_no_trace_in_the_lock(project: Home, tmp_path: Path) -> None:
    text = f"channels: [{project.universe.mixed}]\ndependencies: [python, {{pip: [beta]}}]\n"
    (project.path / "environment.yml").write_text(text)
    (project.path / "elsewhere").mkdir()
    (tmp_path / "shortcut").symlink_to(project.path)
    found = set()
    for way in ("environment.yml", "elsewhere/../environment.yml", tmp_path / "shortcut/environment.yml"):
        project.parity("lock", "--glibc", "2.99", "-f", way)
        found.add((project.path / "parity.lock").read_text())
        (project.path / "parity.lock").unlink()
    assert len(found) == 1
    assert "base" not in found.pop()


def test_nothing_moves_unless_it_is_asked_for(project: Home, channel: Path) -> None:
    assert project.parity("lock", "-q").stdout == ""
    assert project.parity("lock", "--check", "-q").stderr == ""
    before = (project.path / "parity.lock").read_bytes()
    make_channel(channel, packages("2.0"))
    project.parity("lock")
    assert (project.path / "parity.lock").read_bytes() == before
    write(project, channel, "tool", "extra")
    project.parity("lock")
    assert dists(project) == ["extra-2.0-0", "lib-1.0-0", "tool-1.0-0"]
    project.parity("lock", "--upgrade-package", "lib")
    assert dists(project) == ["extra-2.0-0", "lib-2.0-0", "tool-1.0-0"]
    assert (
        "no package `toool` that could move; did you mean tool?"
        in project.parity("lock", "--upgrade-package", "toool").stderr
    )
    project.parity("lock", "--upgrade")
    assert dists(project) == ["extra-2.0-0", "lib-2.0-0", "tool-2.0-0"]


def test_a_laptop_locks_for_machines_with_a_gpu(project: Home, channel: Path) -> None:
    write(project, channel, "fast", variants="{cpu: {}, cuda-12: {cuda: '12.4', glibc: '2.34'}}")
    project.parity("lock")
    lock = read(project)
    names = [platform.name for platform in lock.platforms]
    assert names == ["linux-64-cpu", "linux-64-cuda-12", "osx-arm64-cpu", "win-64-cpu", "win-64-cuda-12"]
    assert dists(project, "linux-64-cpu") == ["fast-1.0-cpu_0"]
    assert dists(project, "linux-64-cuda-12") == ["fast-1.0-cuda_0"]
    assert ("__cuda", "12.4", "0") in lock.platforms[1].virtual
    assert ("__glibc", "2.34", "0") in lock.platforms[1].virtual
    prints = {project.parity("fingerprint", "parity.lock", "--variant", name).stdout for name in ("cpu", "cuda-12")}
    assert len(prints) == 2
    # On a machine without a GPU the other one is made where it is named, by `create` as by `sync`.
    make = ("create", "-f", "parity.lock", "--platform", "linux-64", "--override-virtual", "glibc=2.34")
    project.parity(*make, "-n", "usual")
    project.parity(*make, "-n", "gpu", "--variant", "cuda-12", "--override-virtual", "cuda=12.4")
    builds = [project.json("list", "-n", name)[0]["build_string"] for name in ("usual", "gpu")]
    assert builds == ["cpu_0", "cuda_0"]
    said = project.parity("create", "-f", "environment.yml", "-n", "none", "--variant", "cpu", code=2).stderr
    assert "choose a part of a lock" in said


def test_what_the_command_line_asks_for_is_kept_in_the_lock(project: Home, channel: Path) -> None:
    write(project, channel, "fast", platforms="linux-64")
    project.parity("lock", "--cuda", "12.4", "extra")
    assert dists(project) == ["extra-1.0-0", "fast-1.0-cuda_0"]
    before = (project.path / "parity.lock").read_bytes()
    project.parity("lock")
    assert (project.path / "parity.lock").read_bytes() == before
    project.parity("lock", "--check")
    project.parity("lock", "--override-virtual", "cuda=")
    assert dists(project) == ["extra-1.0-0", "fast-1.0-cpu_0"]


def test_selectors_hold_for_each_platform(project: Home, channel: Path) -> None:
    write(project, channel, "tool", "posix  # [linux]")
    project.parity("lock")
    assert "posix-1.0-0" in dists(project)
    assert dists(project, "win-64") == ["lib-1.0-0", "tool-1.0-0"]


def test_a_platform_without_an_answer_is_named(project: Home, channel: Path) -> None:
    write(project, channel, "posix")
    done = project.parity("lock", code=3)
    assert re.search(r"osx-arm64.*: no set of packages fits", done.stderr)
    assert not (project.path / "parity.lock").exists()


def test_a_check_names_the_line_that_the_lock_does_not_satisfy(project: Home, channel: Path) -> None:
    write(project, channel, "tool", variables="{A: '1', B: '2'}")
    project.parity("lock")
    assert "satisfies" in project.parity("lock", "--check").stderr
    write(project, channel, "lib>=2", "other", variables="{A: '1', B: '3'}", platforms="linux-64, win-64")
    done = project.parity("lock", "--check", code=1)
    assert set(done.stdout.splitlines()) == {
        "environment.yml:5: `lib >=2` is not met: the lock has lib-1.0-0",
        "environment.yml:6: `other` is not in the lock",
        "environment.yml:3: the variable B has another value in the lock",
        "parity.lock: osx-arm64 of the lock is no longer asked for",
        "parity.lock: `tool` of the lock is no longer asked for",
    }
    data = project.json("lock", "--check", code=1)
    assert not data["satisfied"]
    unmet = next(finding for finding in data["findings"] if finding["kind"] == "unmet")
    assert (unmet["file"], unmet["line"]) == ("environment.yml", 5)


def test_a_check_solves_nothing_and_needs_no_channel(project: Home, channel: Path) -> None:
    project.parity("lock")
    channel.rename(channel.with_name("gone"))
    project.parity("lock", "--check")


def test_wheels_are_described_and_the_lock_holds_what_pip_lines_ask(
    project: Home, tmp_path: Path, universe: Universe
) -> None:
    (project.path / "requirements.txt").write_text("alpha[fancy]>=1\n")
    text = f"channels: [{universe.mixed}]\ndependencies: [numlib, {{pip: [delta, -r requirements.txt]}}]\n"
    (project.path / "environment.yml").write_text(text)
    project.parity("lock", "--glibc", "2.99")
    found = part(read(project))
    wheels = {package.name: package for package in found.solution.pypi}
    assert sorted(wheels) == ["alpha", "beta", "delta", "gamma"]  # numlib comes from conda
    assert all(wheel.sha256 and wheel.size for wheel in wheels.values())
    assert wheels["alpha"].requires_dist[0] == "beta>=1"
    assert [line.text for line in found.pip] == ["alpha[fancy]>=1", "delta"]
    project.parity("lock", "--check")
    (project.path / "requirements.txt").write_text("alpha<2\n")
    done = project.parity("lock", "--check", code=1)
    assert "`alpha<2` is not met: the lock has alpha 2.0" in done.stdout


def test_an_interpreter_made_here_stands_where_no_machine_is_named_and_is_found_again(
    project: Home, universe: Universe, tmp_path: Path
) -> None:
    (project.path / "environment.yml").write_text("channels: [pypi]\ndependencies: [python, beta]\n")
    project.parity("lock")
    text = (project.path / "parity.lock").read_text()
    assert str(project.root) not in text
    python = next(each for each in part(read(project)).solution.conda if each.name == "python")
    assert python.url.startswith("https://interpreters.parity.invalid/")
    before = (project.path / "parity.lock").read_bytes()
    project.parity("lock")
    assert (project.path / "parity.lock").read_bytes() == before

    from parity.api.options import services_for
    from parity.errors import NotFoundError

    def at(root: Path, *bundles: Path, path: str = os.environ["PATH"]) -> str:
        environ = {"PARITY_ROOT": str(root), "HOME": str(tmp_path), "PATH": path}
        services = services_for({"environ": environ, "offline": True, "override_channels": True})
        solution = services.localise(part(read(project)).solution, bundles=bundles)
        return next(each.url for each in solution.conda if each.name == "python")

    assert at(project.root) == f"{(project.root / 'interpreters').as_uri()}/linux-64/{python.fn}"
    # Another machine takes it from a bundle ...
    url = at(tmp_path / "new", universe.interpreters)
    assert url == f"{(tmp_path / 'new' / 'interpreters').as_uri()}/linux-64/{python.fn}"
    # ... and for a platform that it cannot be made on, it is said how to get it.
    foreign = part(read(project)).solution
    from dataclasses import replace

    moved = replace(python, subdir="osx-arm64", url=python.url.replace("linux-64", "osx-arm64"))
    services = services_for({"environ": {"PARITY_ROOT": str(tmp_path / "x"), "HOME": str(tmp_path), "PATH": ""},
                             "override_channels": True})  # fmt: skip
    with pytest.raises(NotFoundError, match="osx-arm64") as caught:
        services.localise(replace(foreign, conda=(moved,)))
    assert any("--from DIR" in hint for hint in caught.value.hints)


def test_a_platform_whose_interpreter_cannot_be_had_is_told_what_to_do(project: Home) -> None:
    text = "channels: [pypi]\nplatforms: [linux-64, osx-arm64]\ndependencies: [python, beta]\n"
    (project.path / "environment.yml").write_text(text)
    done = project.parity("lock", code=4)
    assert "osx-arm64" in done.stderr
    assert "conda-forge" in done.stderr


def test_files_uploaded_later_are_left_out(project: Home, channel: Path) -> None:
    project.parity("lock", "--as-of", "2100-01-01")
    assert dict(read(project).environments[0].options)["exclude-newer"] == "2100-01-02T00:00:00Z"
    project.parity("lock")
    assert "exclude-newer" in dict(read(project).environments[0].options)
    project.parity("lock", "--as-of", "now")
    assert "exclude-newer" not in dict(read(project).environments[0].options)
    assert "no date" in project.parity("lock", "--as-of", "soon", code=2).stderr


def test_as_of_a_date_goes_by_builds_not_by_when_a_channel_took_them_in(project: Home, channel: Path) -> None:
    built = {"1.0": 1_600_000_000_000, "2.0": 1_700_000_000_000}
    make_channel(channel, [TinyPackage("dated", version, timestamp=at) for version, at in built.items()])
    write(project, channel, "dated", "tool", platforms="linux-64")
    for _ in range(2):  # what says nothing of its build is taken, by a new lock as by one that is there
        project.parity("lock", "--as-of", "2022-01-01")
        assert dists(project) == ["dated-1.0-0", "lib-1.0-0", "tool-1.0-0"]
    (project.path / "parity.lock").unlink()
    project.parity("lock")
    assert "dated-2.0-0" in dists(project)
    project.parity("lock", "--as-of", "2022-01-01")
    assert dists(project) == ["dated-1.0-0", "lib-1.0-0", "tool-1.0-0"]
    refused = project.parity("lock", "--as-of", "2012-01-01", code=3).stderr
    assert "after the cutoff" in refused
    assert "`--as-of now` lifts that" in refused


def test_an_index_that_does_not_tell_when_files_were_uploaded_cannot_be_locked_as_of_a_date(project: Home) -> None:
    (project.path / "environment.yml").write_text("channels: [pypi]\ndependencies: [python, beta]\n")
    done = project.parity("lock", "--as-of", "2024-03-01", code=3)
    assert "does not say when its files were uploaded" in done.stderr
    project.parity("lock")


# -- git -------------------------------------------------------------------------------------------


class Repository:
    """A git repository in a home's directory, with Parity as its merge driver."""

    def __init__(self, home: Home) -> None:
        self.home = home
        bin_ = home.path / "bin"
        bin_.mkdir()
        (bin_ / "parity").write_text(f'#!/bin/sh\nexec {sys.executable} -m parity "$@"\n')
        (bin_ / "parity").chmod(0o755)
        self.environ = home.environ | {
            "PATH": f"{bin_}:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
        }  # fmt: skip
        self("init", "-q", "-b", "main")
        home.parity("lock", "--install-merge-driver")
        self.commit()

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.home.path, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit(self) -> None:
        self.home.parity("lock")
        self("add", "environment.yml", "parity.lock", ".gitattributes")
        self("commit", "-q", "-m", "change")


@pytest.fixture
def repository(project: Home, channel: Path) -> Repository:
    write(project, channel, "tool", "", "# one", "# two", "# three")
    (project.path / "environment.yml").write_text(
        (project.path / "environment.yml").read_text().replace("  - \n", "").replace("  - #", "  #")
    )
    return Repository(project)


def insert(home: Home, line: str, *, after: str) -> None:
    path = home.path / "environment.yml"
    path.write_text(path.read_text().replace(f"{after}\n", f"{after}\n{line}\n"))


def test_branches_that_add_different_packages_merge_into_what_locking_both_gives(repository: Repository) -> None:
    home = repository.home
    repository("checkout", "-q", "-b", "theirs")
    insert(home, "  - other", after="  # three")
    repository.commit()
    repository("checkout", "-q", "main")
    insert(home, "  - extra", after="  - tool")
    repository.commit()
    ours = (home.path / "parity.lock").read_bytes()
    said = repository("merge", "-q", "--no-edit", "theirs")
    assert ".merge_file" not in said  # git's own scratch file is nobody's business
    assert f"Wrote {home.path / 'parity.lock'}" in said
    merged = (home.path / "parity.lock").read_bytes()
    assert b"<<<<" not in merged
    assert dists(home, "win-64") == ["extra-1.0-0", "lib-1.0-0", "other-1.0-0", "tool-1.0-0"]
    home.parity("lock", "--check")
    home.parity("lock")
    assert (home.path / "parity.lock").read_bytes() == merged
    # What is told is how ours changes, wherever it stands.
    for name, data in (("ours", ours), ("theirs", merged)):
        (home.path / name).write_bytes(data)
    (_, *rows) = home.parity("lock", "--merge", "ours", "ours", "theirs", "--dry-run").stdout.splitlines()
    assert "  other  (new) -> 1.0" in rows
    # The same as locking the merged sources, with ours as the existing lock.
    (home.path / "parity.lock").write_bytes(ours)
    home.parity("lock")
    assert (home.path / "parity.lock").read_bytes() == merged


def test_branches_that_contradict_each_other_are_left_to_a_person(repository: Repository) -> None:
    home = repository.home
    repository("checkout", "-q", "-b", "theirs")
    path = home.path / "environment.yml"
    path.write_text(path.read_text().replace("- tool", "- tool>=1"))
    repository.commit()
    repository("checkout", "-q", "main")
    path.write_text(path.read_text().replace("- tool", "- tool<2"))
    repository.commit()
    said = repository("merge", "theirs", code=1)
    assert "package tool: one side has `tool <2`, the other `tool >=1`" in said
    assert "parity.lock" in repository("status", "--short")


def test_an_index_of_its_own_is_named_in_the_lock_without_its_password(project: Home, tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path / "w", "solo-wheel", "1.0")]
    index = make_index(tmp_path / "index", wheels)
    project.configure(index=index.as_uri())
    (project.path / "environment.yml").write_text("channels: [pypi]\ndependencies: [python, {pip: [solo-wheel]}]\n")
    project.parity("lock")
    assert read(project).environments[0].indexes == (index.as_uri(),)


@pytest.mark.parametrize("revision", ["@main", ""], ids=["a branch", "the branch of the repository"])
def test_a_git_branch_stays_at_its_commit_until_it_is_upgraded(project: Home, tmp_path: Path, revision: str) -> None:
    repository = make_project(tmp_path / "sources", "gitted")
    commit(repository, "init")

    def lock(*words: str, pip: str = "") -> list[str]:
        line = f"gitted @ git+{repository.as_uri()}{revision}"
        text = f"channels: [{project.universe.mixed}]\ndependencies: [python, {{pip: ['{line}'{pip}]}}]\n"
        (project.path / "environment.yml").write_text(text)
        said = project.parity("lock", "--glibc", "2.99", *words).stdout
        commits = re.findall(r"git\+file:.*@([0-9a-f]{40})", (project.path / "parity.lock").read_text())
        assert len(set(commits)) == 1
        return [commits[0], said]

    first = lock()[0]
    commit(repository, "second")
    assert lock(pip=", beta")[0] == first, "another line moved it"
    assert lock("--upgrade-package", "beta", pip=", beta")[0] == first
    second, said = lock("--upgrade-package", "gitted", pip=", beta")
    assert second != first
    assert f"gitted  1.0 {first[:10]} -> 1.0 {second[:10]}" in said
    commit(repository, "third")
    assert lock("--upgrade", pip=", beta")[0] not in {first, second}


def commit(repository: Path, message: str) -> None:
    (repository / "CHANGES").write_text(message)
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-q", "-m", message]):
        subprocess.run(["git", *words], cwd=repository, env=environ, check=True)
