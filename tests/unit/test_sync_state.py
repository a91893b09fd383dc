from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from parity.core import sync_state
from parity.core.lock import Locked
from parity.core.sync_state import unchanged
from parity.errors import InputError, RefusedError
from parity.model import CondaPackage, InstalledPackage, Manifest, PypiPackage, Solution
from parity.ops.sync import combined, wanted

PACKAGE = InstalledPackage("a", "1.0", "0", "https://c", "conda", Path("a"), sha256="a" * 64)


@pytest.mark.parametrize(
    ("known", "environment", "variant", "answer"),
    [
        ("linux-64:d", "", None, True),
        ("linux-64:d", "", "", True),
        ("linux-64-cuda:d", "", None, True),
        ("linux-64-cuda:d", "", "cuda", True),
        ("test@linux-64:d", "test", None, True),
        ("linux-64-cuda:d", "", "", False),
        ("linux-64:d", "", "cuda", False),
        ("linux-64:d", "test", None, False),
        ("test@linux-64:d", "", None, False),
        ("linux-64:other", "", None, False),
        ("linux-641:d", "", None, False),
        ("", "", None, False),
    ],
)
def test_a_note_says_what_was_asked_for(known: str, environment: str, variant: str | None, answer: bool) -> None:
    said = sync_state.is_noted(known, "d", environment=environment, subdir="linux-64", variant=variant)
    assert said is answer


def test_a_note_is_read_as_it_is_written() -> None:
    for environment in ("", "test"):
        text = sync_state.note("linux-64-cpu", "d", environment)
        assert sync_state.is_noted(text, "d", environment=environment, subdir="linux-64", variant="cpu")


@pytest.mark.parametrize(
    "other", [replace(PACKAGE, version="2"), replace(PACKAGE, build="1"), replace(PACKAGE, sha256="b" * 64)]
)
def test_the_state_changes_with_a_package(other: InstalledPackage) -> None:
    assert sync_state.state([PACKAGE], {}) != sync_state.state([other], {})


def test_the_state_changes_with_a_variable_and_not_with_the_order() -> None:
    other = replace(PACKAGE, name="b")
    assert sync_state.state([PACKAGE, other], {}) == sync_state.state([other, PACKAGE], {})
    assert sync_state.state([PACKAGE], {"A": "1"}) != sync_state.state([PACKAGE], {"A": "2"})


def test_an_environment_is_unchanged_only_while_it_holds_what_it_held() -> None:
    manifest = Manifest(state=sync_state.state([PACKAGE], {}))
    assert unchanged(manifest, [PACKAGE], (), {})
    assert not unchanged(manifest, [], (), {})
    assert not unchanged(manifest, [PACKAGE], {"a"}, {})
    assert not unchanged(Manifest(), [PACKAGE], (), {})
    directory = PypiPackage("mine", "1", "file:///src/mine")
    assert not unchanged(replace(manifest, pypi=(directory,)), [PACKAGE], (), {})


def conda(name: str, *depends: str, sha256: str | None = "a" * 64) -> CondaPackage:
    fn = f"{name}-1.0-0.conda"
    return CondaPackage(name, "1.0", "0", 0, "linux-64", f"https://c/linux-64/{fn}", "https://c", fn,
                        sha256=sha256, depends=depends)  # fmt: skip


def goal(part: Locked, warnings: list[str]) -> Manifest:
    return wanted(part, note="", channels=(), variables={}, warn=warnings.append).manifest


def test_what_has_to_be_built_first_is_refused_by_name() -> None:
    part = Locked("linux-64", Solution("linux-64"), other=('{"conda_source": "mine[1] @ ./mine"}',))
    with pytest.raises(InputError, match="mine"):
        goal(part, [])


def test_a_package_without_any_hash_is_warned_about() -> None:
    warnings: list[str] = []
    goal(Locked("linux-64", Solution("linux-64", (conda("a", sha256=None),))), warnings)
    assert "a-1.0-0.conda" in warnings[0]


def test_where_a_lock_does_not_say_what_was_asked_for_the_top_of_the_graph_is_asked_for() -> None:
    solution = Solution("linux-64", (conda("a", "b"), conda("b")), (PypiPackage("c", "1"),))
    manifest = goal(Locked("linux-64", solution), [])
    assert [spec.name for spec in manifest.specs] == ["a"]
    assert [line.name for line in manifest.pip] == ["c"]


def test_a_lock_of_pypi_packages_never_replaces_what_conda_brought() -> None:
    base = Solution("linux-64", (conda("python"),))
    locked = Solution("linux-64", (), (PypiPackage("a", "1"), PypiPackage("b", "2")))
    assert [package.name for package in combined(base, locked, {"b": "2"}).pypi] == ["a"]
    with pytest.raises(RefusedError, match=r"b \(1 from conda, 2 in the lock\)"):
        combined(base, locked, {"b": "1"})
