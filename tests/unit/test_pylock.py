"""pylock.toml: what is read, what is refused, and that writing is deterministic and loses nothing."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.errors import FaultsError
from parity.formats.pylock import artifacts, from_table, parse, render
from parity.formats.wheel_tags import Target

HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n'
SHA = "ab" * 32


def wheel(filename: str, sha: str = SHA) -> str:
    time = "upload-time = 2026-01-02T03:04:05Z"
    return f'{{ url = "https://host.invalid/{filename}", size = 7, {time}, hashes = {{ sha256 = "{sha}" }} }}'


def package(name: str, *wheels: str, more: str = "") -> str:
    return f'[[packages]]\nname = "{name}"\nversion = "1.0"\n{more}\nwheels = [{", ".join(wheels)}]\n'


def test_a_wheel_gives_url_hash_and_size_and_no_time() -> None:
    (found,) = parse(HEAD + package("Foo.Bar", wheel("foo_bar-1.0-py3-none-any.whl")))
    assert (found.name, found.version, found.sha256, found.size) == ("foo-bar", "1.0", SHA, 7)
    assert found.url == "https://host.invalid/foo_bar-1.0-py3-none-any.whl"
    assert "time" not in found.pin


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target("3.11.7", "linux-64", "2.36"), "cp311-cp311-manylinux_2_28_x86_64"),
        (Target("3.11.7", "linux-64", "2.17"), "cp311-cp311-manylinux2014_x86_64"),
        (Target("3.12.1", "linux-64", "2.36"), "cp39-abi3-manylinux_2_28_x86_64"),
        (Target("3.11.7", "linux-aarch64", "2.36"), "py3-none-any"),
        (Target("3.11.7", "osx-arm64"), "cp311-cp311-macosx_11_0_arm64"),
        (Target("3.11.7", "win-64"), "cp311-cp311-win_amd64"),
    ],
)
def test_the_best_wheel_for_the_target(target: Target, expected: str) -> None:
    tags = ["py3-none-any", "cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_28_x86_64",
            "cp39-abi3-manylinux_2_28_x86_64", "cp311-cp311-musllinux_1_2_x86_64", "cp311-cp311-macosx_11_0_arm64",
            "cp311-cp311-macosx_10_9_x86_64", "cp311-cp311-win_amd64"]  # fmt: skip
    (found,) = parse(HEAD + package("foo", *[wheel(f"foo-1.0-{tag}.whl") for tag in tags]), target=target)
    assert found.url.endswith(f"/foo-1.0-{expected}.whl")
    assert len(artifacts(found)) == 1


def test_markers_are_evaluated_for_the_target() -> None:
    text = HEAD + package("winonly", wheel("winonly-1.0-py3-none-any.whl"), more="marker = \"sys_platform == 'win32'\"")
    assert parse(text, target=Target("3.11.7", "linux-64")) == ()
    assert [found.name for found in parse(text, target=Target("3.11.7", "win-64"))] == ["winonly"]


def test_without_a_fitting_wheel_the_source_distribution_is_taken() -> None:
    sdist = f'sdist = {{ url = "https://host.invalid/foo-1.0.tar.gz", hashes = {{ sha256 = "{SHA}" }} }}'
    text = HEAD + package("foo", wheel("foo-1.0-cp39-cp39-win_amd64.whl"), more=sdist)
    (found,) = parse(text, target=Target("3.11.7", "linux-64"))
    assert found.url.endswith("foo-1.0.tar.gz")


def test_local_and_repository_sources() -> None:
    text = HEAD + (
        '[[packages]]\nname = "here"\ndirectory = { path = "../proj", editable = true }\n'
        f'[[packages]]\nname = "file"\nversion = "1"\n'
        f'archive = {{ path = "/a b/f.tar.gz", hashes = {{ sha256 = "{SHA}" }} }}\n'
        '[[packages]]\nname = "repo"\nversion = "2"\n'
        'vcs = { type = "git", url = "https://u:secret@host.invalid/r", commit-id = "c0ffee", subdirectory = "s" }\n'
    )
    file, here, repo = parse(text, base="/home/me/dir")
    assert (here.url, here.editable, here.sha256) == ("file:///home/me/proj", True, None)
    assert (file.url, file.sha256) == ("file:///a%20b/f.tar.gz", SHA)
    assert repo.url == "git+https://host.invalid/r@c0ffee#subdirectory=s"
    assert "secret" not in repo.pin


def test_all_faults_are_reported_together() -> None:
    text = HEAD + (
        '[[packages]]\nversion = "1"\n[[packages]]\nname = "empty"\n'
        '[[packages]]\nname = "nohash"\nversion = "1"\n'
        'wheels = [{ url = "https://host.invalid/x-1-py3-none-any.whl" }]\n'
        + package("foreign", wheel("foreign-1.0-cp39-cp39-win_amd64.whl"))
    )
    with pytest.raises(FaultsError) as caught:
        parse(text, target=Target("3.11.7", "linux-64"), file="pylock.toml")
    assert [fault.place for fault in caught.value.faults] == [f"packages[{number}]" for number in range(4)]
    assert all(fault.file == "pylock.toml" for fault in caught.value.faults)


@pytest.mark.parametrize("text", ["[", "x = 1", 'lock-version = "2.0"', 'lock-version = "1.0"\npackages = 3'])
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(FaultsError):
        parse(text)


def test_the_order_of_packages_does_not_matter_and_the_index_stands_with_wheels() -> None:
    text = HEAD + package("a", wheel("a-1.0-py3-none-any.whl")) + package("b", wheel("b-1.0-py3-none-any.whl"))
    packages = parse(text)
    assert render(packages) == render(tuple(reversed(packages)))
    table = tomllib.loads(render(packages, index="https://index.invalid/simple"))
    assert {found["index"] for found in table["packages"]} == {"https://index.invalid/simple"}
    assert parse(render(())) == ()


_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_hashes = st.dictionaries(st.sampled_from(["sha256", "sha512", "x y"]), _text, min_size=1)
_file = st.fixed_dictionaries(
    {
        "url": _text.map(lambda text: "https://host.invalid/" + "".join(c for c in text if c.isalnum())),
        "hashes": _hashes,
    },
    optional={"size": st.integers(0, 2**53), "name": _text},
)
_source = st.one_of(
    st.fixed_dictionaries({"wheels": _file.map(lambda file: [file])}),
    st.fixed_dictionaries({"sdist": _file}),
    st.fixed_dictionaries({"archive": _file}),
    st.fixed_dictionaries({"directory": st.fixed_dictionaries({"path": _text.map(lambda text: "/" + text)},
                                                              optional={"editable": st.just(value=True)})}),
)  # fmt: skip


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), st.tuples(_text, _source), max_size=5))
def test_what_is_written_is_read_back(tables: dict[str, tuple[str, dict[str, Any]]]) -> None:
    packages = tuple(from_table({"name": name, "version": version, **source})
                     for name, (version, source) in sorted(tables.items()))  # fmt: skip
    again = parse(render(packages))
    assert again == packages
    assert [json.loads(found.pin) for found in again] == [json.loads(found.pin) for found in packages]
    assert render(again) == render(packages)
