"""Formats of locks that other tools write, on small files; real ones are read in tests/scenario."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from parity.core import specs
from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
from parity.errors import FaultsError, InputError
from parity.formats import conda_lock, environment_export, explicit, locks, pylock
from parity.formats.requirements import parse_line
from parity.formats.wheel_tags import Target
from parity.model import CondaPackage, InstalledPackage, PypiPackage, Solution

MD5 = "0123456789abcdef" * 2
SHA = "0123456789abcdef" * 4
FORGE = "https://c.example/forge"


def conda(name: str, *depends: str, subdir: str = "linux-64", **more: object) -> CondaPackage:
    fn = f"{name}-1.0-h1_0.conda"
    package = CondaPackage(
        name, "1.0", "h1_0", 0, subdir, f"{FORGE}/{subdir}/{fn}", f"{FORGE}/", fn, SHA, MD5, depends=depends
    )
    return replace(package, **more)  # type: ignore[arg-type]


def wheel(name: str, *requires: str) -> PypiPackage:
    package = pylock.of_url(
        name, "1.0", f"https://f.example/{name}-1.0-py3-none-any.whl", hashes={"sha256": SHA}, size=5
    )
    return replace(package, requires_dist=requires)


def lock_of(*environments: tuple[str, tuple[CondaPackage, ...], tuple[PypiPackage, ...]]) -> Lock:
    return Lock(
        (LockPlatform("linux-64", "linux-64"),),
        tuple(
            LockedEnvironment(name, (FORGE,), (Locked("linux-64", Solution("linux-64", packages, wheels)),))
            for name, packages, wheels in environments
        ),
    )


# conda-lock


def test_categories_are_environments_that_hold_main() -> None:
    lock = lock_of(("default", (conda("a"),), ()), ("dev", (conda("a"), conda("b", "a >=1")), (wheel("c", "d>=1,<2"),)))
    text = conda_lock.render(lock)
    entries = yaml.safe_load(text)["package"]
    assert [(entry["name"], entry["manager"], entry["category"], entry["optional"]) for entry in entries] == [
        ("a", "conda", "main", False), ("b", "conda", "dev", True), ("c", "pip", "dev", True),
    ]  # fmt: skip
    assert entries[1]["dependencies"] == {"a": ">=1"}
    assert entries[2]["dependencies"] == {"d": ">=1,<2"}
    again = conda_lock.parse(text)
    assert [[p.name for p in e.locked[0].solution] for e in again.environments] == [["a"], ["a", "b", "c"]]
    assert conda_lock.render(again) == text


def test_a_package_of_two_categories_stays_in_both() -> None:
    lock = lock_of(("default", (conda("a"),), ()))
    document = yaml.safe_load(conda_lock.render(lock))
    document["package"].append({**document["package"][0], "category": "dev", "optional": True})
    text = yaml.safe_dump(document)
    again = yaml.safe_load(conda_lock.render(locks.parse(locks.render(conda_lock.parse(text), "parity"))))
    assert [entry["category"] for entry in again["package"]] == ["dev", "main"]


def test_what_the_model_cannot_say_comes_back() -> None:
    document = yaml.safe_load(conda_lock.render(lock_of(("default", (conda("a"),), (wheel("b"),)))))
    document["metadata"] |= {"time_metadata": {"created_at": "2024-01-01"}, "custom_metadata": {"a": "b"}}
    document["metadata"]["channels"] = [{"url": "https://$U:$P@c.example/forge", "used_env_vars": ["U", "P"]}]
    document["package"][0] |= {"optional": True, "note": [1, True, None]}
    document["package"][1] |= {
        "name": "B_b",
        "dependencies": {"c": "^1.0"},
        "source": {"type": "url", "url": "https://x.example"},
    }
    lock = conda_lock.parse(yaml.safe_dump(document))
    again = yaml.safe_load(conda_lock.render(lock))
    assert again["package"] == document["package"]
    assert again["metadata"]["custom_metadata"] == {"a": "b"}
    assert again["metadata"]["channels"] == [{"url": "https://c.example/forge", "used_env_vars": ["U", "P"]}]


def test_dependencies_of_one_name_are_joined_and_those_of_extras_left_out() -> None:
    package = conda("a", "python >=3.8", "python <3.12", "python", "b 1.* *_cp311", "b <3")
    lock = lock_of(("default", (package,), (wheel("c", "x>=1 ; extra == 'y'", "z", "w[e]>=2 ; os_name == 'nt'"),)))
    entries = yaml.safe_load(conda_lock.render(lock))["package"]
    assert entries[0]["dependencies"] == {"python": ">=3.8,<3.12", "b": "1.* *_cp311"}
    assert entries[1]["dependencies"] == {"z": "*", "w": "[e]>=2"}


def test_environments_that_contradict_each_other_are_no_categories() -> None:
    other = conda("a", url=f"{FORGE}/linux-64/a-2.0-h1_0.conda", version="2.0")
    lock = lock_of(("default", (conda("a"),), ()), ("old", (other,), ()))
    with pytest.raises(InputError, match="another a than"):
        conda_lock.render(lock)
    assert "version: '2.0'" in locks.render(lock, "conda-lock", environment="old")


def test_faults_of_a_conda_lock() -> None:
    text = conda_lock.render(lock_of(("default", (conda("a"),), ())))
    broken = (
        text.replace(f"md5: {MD5}", "md5: zz")
        .replace("manager: conda", "manager: npm")
        .replace("platform: linux-64", "platform: x")
    )
    with pytest.raises(FaultsError) as raised:
        locks.parse(broken, file="conda-lock.yml")
    assert [fault.place for fault in raised.value.faults] == ["package[0].platform", "package[0].manager"]
    with pytest.raises(FaultsError) as raised:
        locks.parse(text.replace(f"md5: {MD5}", "md5: zz"), file="conda-lock.yml")
    assert [fault.place for fault in raised.value.faults] == ["package[0].hash.md5"]


# @EXPLICIT


def test_an_explicit_file_is_written_with_dependencies_first() -> None:
    solution = Solution("linux-64", (conda("a", "b"), conda("b", "c", "a"), conda("c", "__unix"), conda("z", md5=None)))
    text = explicit.render(solution)
    assert text.splitlines()[2:4] == ["# platform: linux-64", "@EXPLICIT"]
    assert [line.rpartition("/")[2].partition("-")[0] for line in text.splitlines()[4:]] == ["c", "b", "a", "z"]
    assert all(line.endswith(f"#sha256:{SHA}") for line in text.splitlines()[4:])
    plain = explicit.render(solution, hashes="md5").splitlines()[4:]
    assert [line.partition("#")[2] for line in plain] == [MD5, MD5, MD5, f"sha256:{SHA}"]
    assert "#" not in "".join(explicit.render(solution, hashes="").splitlines()[4:])


@pytest.mark.parametrize(
    ("line", "url", "md5", "sha256"),
    [
        (f"{FORGE}/linux-64/a-1.0-0.conda#{MD5}", f"{FORGE}/linux-64/a-1.0-0.conda", MD5, None),
        (f"{FORGE}/linux-64/a-1.0-0.conda#{MD5.upper()}", f"{FORGE}/linux-64/a-1.0-0.conda", MD5, None),
        (f"{FORGE}/linux-64/a-1.0-0.tar.bz2#sha256:{SHA}", f"{FORGE}/linux-64/a-1.0-0.tar.bz2", None, SHA),
        (f"{FORGE}/linux-64/a-1.0-0.conda#{SHA}", f"{FORGE}/linux-64/a-1.0-0.conda", None, SHA),
        ("https://me:pw@c.example/t/tk/linux-64/a-1.0-0.conda", "https://c.example/linux-64/a-1.0-0.conda", None, None),
        ("./a-1.0-0.conda", "file:///base/a-1.0-0.conda", None, None),
        ("/ch/linux-64/a-1.0-0.conda", "file:///ch/linux-64/a-1.0-0.conda", None, None),
        ("C:\\ch\\linux-64\\a-1.0-0.conda", "file:///C:/ch/linux-64/a-1.0-0.conda", None, None),
        ("file:///ch/linux-64/a-1.0-0.conda", "file:///ch/linux-64/a-1.0-0.conda", None, None),
    ],
)  # fmt: skip
def test_lines_of_an_explicit_file(line: str, url: str, md5: str | None, sha256: str | None) -> None:
    lock = locks.parse(f"# platform: linux-64\n@EXPLICIT\n{line}\n", base="/base")
    (package,) = lock.environments[0].locked[0].solution.conda
    assert (package.name, package.version, package.build, package.subdir) == ("a", "1.0", "0", "linux-64")
    assert (package.url, package.md5, package.sha256) == (url, md5, sha256)


def test_every_bad_line_is_named_without_its_secrets() -> None:
    text = f"@EXPLICIT\nnumpy=1.2\n{FORGE}/linux-64/a-1.0-0.conda#12\nhttps://me:pw@c.example/x.zip\n"
    with pytest.raises(FaultsError) as raised:
        locks.parse(text, file="x.txt")
    assert [fault.line for fault in raised.value.faults] == [2, 3, 4]
    assert "pw" not in str(raised.value)


def test_one_explicit_file_is_for_one_platform() -> None:
    with pytest.raises(FaultsError, match="several platforms"):
        locks.parse(f"# platform: osx-64\n@EXPLICIT\n{FORGE}/linux-64/a-1.0-0.conda\n")
    noarch = f"@EXPLICIT\n{FORGE}/noarch/a-1.0-0.conda\n"
    assert locks.parse(noarch, platform="win-64").platforms == (LockPlatform("win-64", "win-64"),)


def test_channels_that_an_explicit_file_names_with_credentials() -> None:
    text = "@EXPLICIT\nhttps://me:pw@c.example/f/linux-64/a-1.0-0.conda\nhttps://c.example/f/linux-64/b-1.0-0.conda\n"
    assert explicit.private_channels(text) == ("https://me:pw@c.example/f",)
    assert "pw" not in str(locks.parse(text))


# pylock.toml


def test_a_pylock_is_a_lock_of_one_platform() -> None:
    lock = lock_of(("default", (), (wheel("a"), wheel("b"))))
    text = locks.render(lock, "pylock")
    target = Target("3.11.7", "linux-64")
    assert locks.parse(text, file="pylock.toml", target=target).environments[0].locked[0].solution.pypi == (
        replace(wheel("a")), replace(wheel("b")),
    )  # fmt: skip
    assert locks.detect("pylock.dev.toml", "") == "pylock"


def test_files_without_hashes_are_not_written_into_a_pylock() -> None:
    table = {"name": "bare", "version": "1", "wheels": [{"url": "https://h/bare-1-py3-none-any.whl", "hashes": {}}]}
    bare = PypiPackage("bare", "1", pin=json.dumps(table))
    with pytest.raises(InputError, match="a hash of every file, and the lock has none of bare"):
        locks.render(lock_of(("default", (), (wheel("a"), bare))), "pylock")


def test_paths_in_a_pylock_start_at_the_file() -> None:
    package = pylock.of_url("a", "", "/home/me/project/lib", editable=True)
    text = locks.render(lock_of(("default", (), (package,))), "pylock", base="/home/me/project")
    assert 'path = "./lib"' in text
    assert locks.parse(text, base="/home/me/project").environments[0].locked[0].solution.pypi == (package,)


# environment.yml


def test_a_full_export_has_condas_shape() -> None:
    lock = lock_of(("default", (conda("b"), conda("a")), (wheel("w"),)))
    environment = replace(lock.environments[0], variables=(("B", "x"), ("A", "1")))
    text = locks.render(replace(lock, environments=(environment,)), "environment", name="demo", prefix="/envs/demo",
                        channel_name=lambda url: url.rpartition("/")[2])  # fmt: skip
    assert (
        text
        == """\
name: demo
channels:
  - forge
dependencies:
  - a=1.0=h1_0
  - b=1.0=h1_0
  - pip:
      - w==1.0
variables:
  A: '1'
  B: x
prefix: /envs/demo
"""
    )
    assert "  - a=1.0\n" in locks.render(lock, "environment", form="no-builds")
    assert locks.detect("environment.yml", text) is None


def test_what_was_asked_for_is_exported_as_it_was_written() -> None:
    lock = lock_of(("default", (conda("a"),), ()))
    locked = replace(lock.environments[0].locked[0], specs=(specs.parse("python=3.11"), specs.parse("https://u:pw@c.example/x::a")),
                     pip=(parse_line("b>=1"), parse_line("--index-url https://u:pw@i.example/simple")))  # fmt: skip
    lock = replace(lock, environments=(replace(lock.environments[0], locked=(locked,)),))
    assert (
        locks.render(lock, "environment", form="from-history")
        == f"""\
channels:
  - {FORGE}
dependencies:
  - python=3.11
  - https://c.example/x::a
  - pip:
      - b>=1
      - --index-url https://i.example/simple
"""
    )


def test_an_installed_environment_is_exported_too() -> None:
    installed = [
        InstalledPackage("p", "2", "pypi_0", "pypi", "pypi", Path("x")),
        InstalledPackage("a", "1", "h_0", FORGE, "conda", Path("x")),
        InstalledPackage("local", "1", "pypi_0", "pypi", "pypi", Path("x"), url="file:///home/me/local", editable=True),
        InstalledPackage("tree", "1", "pypi_0", "pypi", "pypi", Path("x"), url="file:///home/tree"),
    ]
    text = environment_export.render(name=None, channels=[], packages=installed, indexes=["https://i.example/simple"],
                                     base="/home/me")  # fmt: skip
    assert yaml.safe_load(text) == {
        "channels": [],
        "dependencies": [
            "a=1=h_0",
            {"pip": ["--index-url https://i.example/simple", "-e ./local", "p==2", "../tree"]},
        ],
    }


# the door


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("parity.lock", "", "parity"),
        ("sub/pixi.lock", "", "pixi"),
        ("dev.conda-lock.yml", "", "conda-lock"),
        ("C:\\x\\conda-lock.yaml", "", "conda-lock"),
        ("pylock.toml", "", "pylock"),
        ("spec.txt", "# c\n@EXPLICIT\n", "explicit"),
        ("requirements.txt", "# not @EXPLICIT here\nnumpy\n", None),
        ("environment.yml", "name: a\nchannels: []\ndependencies: []\n", None),
        ("uv.lock", "version = 1\n", None),
        ("poetry.lock", "[[package]]\n", None),
        ("x.json", "{}", None),
    ],
)
def test_formats_are_told_apart(name: str, text: str, kind: str | None) -> None:
    assert locks.detect(name, text) == kind


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(FaultsError, match=r"asks for packages.*parity lock -f"):
        locks.parse("dependencies: [numpy]", file="environment.yml")
    with pytest.raises(FaultsError, match="no lock of a known format"):
        locks.parse("name: a\n", file="environment.yml")
    with pytest.raises(InputError, match="no format"):
        locks.render(lock_of(("default", (), ())), "poetry")


def test_a_conda_lock_holds_no_source_trees() -> None:
    lock = lock_of(("default", (), (pylock.of_url("a", "", "/home/me/a"),)))
    with pytest.raises(InputError, match="source trees on this machine: a"):
        conda_lock.render(lock)
    local = pylock.of_url("a", "1", "/srv/a-1-py3-none-any.whl", hashes={"sha256": SHA})
    assert "url: file:///srv/a-1-py3-none-any.whl" in conda_lock.render(lock_of(("default", (), (local,))))
