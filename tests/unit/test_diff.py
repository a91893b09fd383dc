from __future__ import annotations

from pathlib import Path

import pytest

from parity.core.diff import Diff, diff
from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.subject import of_environment, of_lock, of_request
from parity.errors import InputError, NotFoundError
from parity.model import (
    CondaPackage,
    InstalledPackage,
    Manifest,
    MatchSpec,
    Package,
    PipLine,
    PypiPackage,
    Request,
    Solution,
)


def conda(
    name: str, version: str = "1.0", build: str = "0", subdir: str = "linux-64", depends: tuple[str, ...] = (),
    sha256: str | None = None, channel: str = "https://c/one",
) -> CondaPackage:  # fmt: skip
    fn = f"{name}-{version}-{build}.conda"
    return CondaPackage(
        name, version, build, 0, subdir, f"{channel}/{subdir}/{fn}", channel, fn, sha256=sha256, depends=depends
    )


def lock(parts: dict[str, tuple[Package, ...]], *specs: MatchSpec) -> Lock:
    locked = tuple(
        Locked(
            name,
            Solution(
                name,
                tuple(each for each in packages if isinstance(each, CondaPackage)),
                tuple(each for each in packages if isinstance(each, PypiPackage)),
            ),
            specs,
        )
        for name, packages in parts.items()
    )
    return Lock(tuple(LockPlatform(name, name) for name in parts), (LockedEnvironment("default", (), locked),))


def compare(old: Lock, new: Lock) -> Diff:
    return diff(of_lock(old, "old"), of_lock(new, "new"))


def summary(found: Diff) -> list[tuple[str, str, bool]]:
    return [(change.kind, change.name, change.everywhere) for change in found.changes]


def test_equal_locks_do_not_differ() -> None:
    one = lock({"linux-64": (conda("a"), PypiPackage("b", "1"))})
    assert not compare(one, one)
    assert compare(one, one).unchanged == 2


def test_added_removed_and_changed_are_told_apart() -> None:
    found = compare(
        lock({"linux-64": (conda("a"), conda("gone"), conda("same"))}),
        lock({"linux-64": (conda("a", "2.0"), conda("come"), conda("same"))}),
    )
    assert summary(found) == [("changed", "a", True), ("added", "come", True), ("removed", "gone", True)]
    assert (found.count("added"), found.unchanged) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [conda("a", build="1"), conda("a", channel="https://c/two"), conda("a", sha256="b" * 64), PypiPackage("a", "1.0")],
)
def test_build_channel_hash_and_source_count(other: Package) -> None:
    found = compare(lock({"linux-64": (conda("a", sha256="a" * 64),)}), lock({"linux-64": (other,)}))
    assert summary(found) == [("changed", "a", True)]


def test_a_package_that_moved_to_pypi_under_its_name_there_is_one_change() -> None:
    found = compare(lock({"linux-64": (conda("pytorch"),)}), lock({"linux-64": (PypiPackage("torch", "2.0"),)}))
    assert summary(found) == [("changed", "torch", True)]


def test_a_hash_that_one_side_does_not_know_is_no_difference() -> None:
    assert not compare(lock({"linux-64": (conda("a", sha256="a" * 64),)}), lock({"linux-64": (conda("a"),)}))


def test_the_same_change_on_two_platforms_stands_once_although_the_builds_differ() -> None:
    def at(version: str) -> Lock:
        return lock({"linux-64": (conda("a", version, "h1"),), "osx-arm64": (conda("a", version, "h2", "osx-arm64"),)})

    found = compare(at("1.0"), at("2.0"))
    assert summary(found) == [("changed", "a", True)]
    assert [place.platform for place in found.changes[0].places] == ["linux-64", "osx-arm64"]


def test_a_change_on_one_platform_only_says_where() -> None:
    old = {"linux-64": (conda("a"),), "osx-64": (conda("a"),)}
    found = compare(lock({**old}), lock({**old, "osx-64": (conda("a", "2.0"),)}))
    assert summary(found) == [("changed", "a", False)]
    assert found.changes[0].places[0].platform == "osx-64"


def test_platforms_that_one_side_lacks_are_named_and_not_taken_apart() -> None:
    found = compare(lock({"linux-64": (conda("a"),)}), lock({"linux-64": (conda("a"),), "win-64": (conda("a"),)}))
    assert found.added_parts == ("win-64",)
    assert not found.changes


def test_why_leads_from_the_line_on_the_side_that_has_the_package() -> None:
    old = lock({"linux-64": (conda("top"),)}, MatchSpec("top"))
    new = lock(
        {"linux-64": (conda("top", depends=("mid",)), conda("mid", depends=("low",)), conda("low"))}, MatchSpec("top")
    )
    places = {change.name: change.places[0].why for change in compare(old, new).changes}
    assert places == {"mid": ("top", "mid"), "low": ("top", "mid", "low")}


def test_changes_of_what_is_asked_for_are_listed() -> None:
    found = compare(
        lock({"linux-64": ()}, MatchSpec("a", ">=1"), MatchSpec("b")),
        lock({"linux-64": ()}, MatchSpec("a", ">=2"), MatchSpec("c")),
    )
    assert [(line.kind, line.old, line.new) for line in found.lines] == [
        ("changed", "a >=1", "a >=2"), ("removed", "b", ""), ("added", "", "c"),
    ]  # fmt: skip


def test_a_file_is_compared_with_what_a_lock_was_asked_for() -> None:
    request = of_request(Request(specs=(MatchSpec("a"),), pip=(PipLine("requirement", "b", "b", name="b"),)), "file")
    found = diff(of_lock(lock({"linux-64": (conda("a"),)}, MatchSpec("a")), "lock"), request)
    assert [(line.kind, line.new) for line in found.lines] == [("added", "pip: b")]


def test_a_lock_that_does_not_say_what_was_asked_for_cannot_be_compared_with_a_file() -> None:
    request = of_request(Request(specs=(MatchSpec("a"),)), "file")
    with pytest.raises(InputError, match="does not say"):
        diff(of_lock(lock({"linux-64": (conda("a"),)}), "lock"), request)


def installed(name: str, version: str = "1.0") -> InstalledPackage:
    return InstalledPackage(name, version, "0", "https://c/one", "conda", Path(name), subdir="linux-64")


def test_an_environment_is_compared_with_the_part_for_its_platform() -> None:
    environment = of_environment((installed("a"),), Manifest(), "work", "linux-64")
    two = of_lock(lock({"linux-64": (conda("a", "2.0"),), "osx-64": (conda("z"),)}), "lock")
    assert summary(diff(environment, two)) == [("changed", "a", True)]
    with pytest.raises(NotFoundError, match="nothing for linux-64"):
        diff(environment, of_lock(lock({"osx-64": ()}), "lock"))


def test_an_environment_made_equal_to_a_variant_is_compared_with_that_variant() -> None:
    plain, cuda = LockPlatform("linux-64", "linux-64"), LockPlatform("linux-64-cuda", "linux-64")
    parts = (
        Locked("linux-64", Solution("linux-64", (conda("a"),))),
        Locked("linux-64-cuda", Solution("linux-64", (conda("a", "2.0"),))),
    )
    both = of_lock(Lock((plain, cuda), (LockedEnvironment("default", (), parts),)), "lock")
    environment = of_environment((installed("a", "2.0"),), Manifest(lock="linux-64-cuda:0"), "work", "linux-64")
    assert not diff(environment, both)


def variants(**parts: tuple[Package, ...]) -> Lock:
    """A lock with variants of linux-64, by name."""
    platforms = tuple(LockPlatform(f"linux-64-{name}", "linux-64") for name in parts)
    locked = tuple(
        Locked(f"linux-64-{name}", Solution("linux-64", tuple(p for p in packages if isinstance(p, CondaPackage))))
        for name, packages in parts.items()
    )
    return Lock(platforms, (LockedEnvironment("default", (), locked),))


def test_a_platform_under_another_name_is_compared_with_the_variant_that_is_most_like_it() -> None:
    plain = lock({"linux-64": (conda("a", "2.0"), conda("b"))})
    found = compare(plain, variants(cpu=(conda("a"), conda("b")), cuda=(conda("a", "2.0"), conda("b", "2.0"))))
    assert (found.removed_parts, found.added_parts) == (("linux-64",), ("linux-64-cpu", "linux-64-cuda"))
    assert [(change.kind, change.name) for change in found.changes] == [("changed", "a")]
    assert not compare(plain, variants(cpu=(conda("a"),), cuda=plain.environments[0].locked[0].solution.conda)).changes


def test_packages_of_a_format_without_platforms_are_compared_with_any() -> None:
    anywhere = lock({"noarch": (conda("a", "2.0"),)})
    found = compare(lock({"linux-64": (conda("a"),)}), anywhere)
    assert summary(found) == [("changed", "a", True)]
    assert (found.removed_parts, found.added_parts) == ((), ())
    environment = of_environment((installed("a"),), Manifest(), "work", "linux-64")
    assert summary(diff(environment, of_lock(anywhere, "lock"))) == [("changed", "a", True)]


def test_a_format_of_pypi_packages_only_says_nothing_about_conda_s() -> None:
    whole = lock({"linux-64": (conda("python"), PypiPackage("b", "1"), conda("pytorch"))})
    pylock = of_lock(lock({"noarch": (PypiPackage("b", "1"),)}), "pylock.toml", pypi_only=True)
    assert not diff(of_lock(whole, "lock"), pylock)
    assert not diff(pylock, of_lock(whole, "lock"))
    more = of_lock(lock({"noarch": (PypiPackage("b", "2"), PypiPackage("torch", "2"))}), "pylock.toml", pypi_only=True)
    found = diff(of_lock(whole, "lock"), more)
    assert summary(found) == [("changed", "b", True), ("changed", "torch", True)]


def test_that_somebody_asked_for_it_is_said_only_where_that_is_known() -> None:
    found = compare(lock({"linux-64": ()}), lock({"linux-64": (conda("a"),)}))
    assert found.changes[0].places[0].why == ()


def test_pypi_packages_of_an_environment_have_the_hash_that_was_installed() -> None:
    package = InstalledPackage("b", "1", "pypi_0", "pypi", "pypi", Path("b"))
    manifest = Manifest(pypi=(PypiPackage("b", "1", "https://f/b.whl", "a" * 64),))
    environment = of_environment((package,), manifest, "work", "linux-64")
    same = lock({"linux-64": (PypiPackage("b", "1", sha256="a" * 64),)})
    other = lock({"linux-64": (PypiPackage("b", "1", sha256="b" * 64),)})
    assert not diff(environment, of_lock(same, "lock"))
    assert diff(environment, of_lock(other, "lock"))


def test_another_commit_of_the_same_version_is_a_change() -> None:
    def at(commit: str) -> Lock:
        return lock({"linux-64": (PypiPackage("a", "1", f"git+https://host/a@{commit * 40}", None),)})

    assert not compare(at("1"), at("1"))
    (change,) = compare(at("1"), at("2")).changes
    assert change.old is not None
    assert change.new is not None
    assert (change.kind, change.old.build, change.new.build) == ("changed", "1" * 10, "2" * 10)
