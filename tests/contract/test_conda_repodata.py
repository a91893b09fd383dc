"""Reading a local channel by names gives what rattler's own reading of the whole gives."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parity.core.ports import SolveRequest
from parity.engines import conda_repodata
from parity.engines.conda import RattlerEngine
from parity.errors import ParityError
from parity.model import Channel, MatchSpec
from parity.store import caches
from parity.store.root import Root
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parity.core.ports import ChannelPriority

PLATFORM = "linux-64"
NAMES = ("python", "pip", "app", "lib-a", "lib")
SPECS = ("python", "app", "lib", "lib-a >=2", "app ==1", "lib <2", "absent", "python ==2")
Record = dict[str, Any]


def record(name: str, version: str, depends: Iterable[str] = (), **more: object) -> Record:
    return {
        "name": name,
        "version": version,
        "build": "0",
        "build_number": 0,
        "depends": list(depends),
        "sha256": hashlib.sha256(f"{name} {version}".encode()).hexdigest(),
        "size": 1,
        **more,
    }


def repodata(*conda: Record, packages: Iterable[Record] = (), **more: object) -> dict[str, Any]:
    def by_file_name(records: Iterable[Record], end: str) -> dict[str, Record]:
        return {f"{one['name']}-{one['version']}-{one['build']}{end}": one for one in records}

    return {
        "info": {"subdir": "noarch"},
        "packages": by_file_name(packages, ".tar.bz2"),
        "packages.conda": by_file_name(conda, ".conda"),
        "removed": [],
        "repodata_version": 1,
        **more,
    }


def write(channel: Path, noarch: object, linux: object = None, *, indent: int | None = None, age: int = 60) -> Channel:
    """Index files of a channel, last changed so many seconds ago."""
    for subdir, value in (("noarch", noarch), (PLATFORM, linux)):
        if value is not None:
            file = channel / subdir / "repodata.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(value if isinstance(value, str) else json.dumps(value, indent=indent), encoding="utf-8")
            changed = file.stat().st_mtime_ns - age * 10**9
            os.utime(file, ns=(changed, changed))
    return Channel(channel.name, (channel.as_uri(),))


def spec(text: str) -> MatchSpec:
    name, _, version = text.partition(" ")
    channel, _, name = name.rpartition("::")
    return MatchSpec(name, version, channel=channel)


def make_engine(cache: Path) -> RattlerEngine:
    return RattlerEngine(cache / "pkgs", cache / "repodata", progress=RecordedProgress())


def answers(engine: RattlerEngine, specs: tuple[str, ...], channels: tuple[Channel, ...], **more: Any) -> list[object]:
    """Everything that channels can be asked, or how it failed."""
    wanted = tuple(map(spec, specs))

    def solved(priority: ChannelPriority) -> object:
        try:
            return engine.solve(SolveRequest(wanted, channels, PLATFORM, priority=priority, **more))
        except ParityError as error:
            return type(error), sorted(error.message.splitlines())

    def names() -> object:
        try:
            return engine.names(channels, PLATFORM), engine.search(wanted[0], channels, PLATFORM)
        except ParityError as error:
            return type(error), error.message

    return [solved("strict"), solved("flexible"), solved("disabled"), names()]


def is_by_name(engine: RattlerEngine, channel: Channel) -> bool:
    return engine._rattler.large.source(channel.urls[0], PLATFORM) is not None


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conda_repodata, "LARGE", 0)


versions = st.sampled_from(["1", "2", "3"])
dependencies = st.lists(
    st.one_of(
        st.sampled_from(NAMES),
        st.builds("{} {}{}".format, st.sampled_from(NAMES), st.sampled_from([">=", "<", "=="]), versions),
        st.sampled_from(["__glibc >=2.17", "lib-a[version='>=2']", "absent"]),
    ),
    max_size=2,
)
records = st.lists(
    st.builds(
        record,
        st.sampled_from(NAMES),
        versions,
        dependencies,
        constrains=st.lists(st.sampled_from(["lib <3", "python >=2"]), max_size=1),
        build_number=st.integers(0, 1),
        timestamp=st.sampled_from([1_600_000_000_000, 1_700_000_000_000]),
    ),
    max_size=8,
    unique_by=lambda one: (one["name"], one["version"]),
)


@st.composite
def indexes(draw: st.DrawFn) -> dict[str, Any]:
    found = repodata(*draw(records), packages=draw(records))
    every = [*found["packages"], *found["packages.conda"]]
    found["removed"] = draw(st.lists(st.sampled_from(every), max_size=2, unique=True)) if every else []
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.tuples(indexes(), st.none() | indexes()),
    second=st.tuples(indexes(), st.none() | indexes()),
    specs=st.lists(st.sampled_from(SPECS), min_size=1, max_size=2, unique=True),
    indent=st.sampled_from([None, 1]),
    more=st.fixed_dictionaries(
        {"with_pip": st.booleans(), "timestamp_before": st.sampled_from([None, 1_650_000_000_000])}
    ),
    joined=st.booleans(),
)
def test_the_same_answers(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[Any, Any],
    second: tuple[Any, Any],
    specs: list[str],
    indent: int | None,
    more: dict[str, Any],
    joined: bool,
) -> None:
    place = tmp_path_factory.mktemp("case")
    one, two = write(place / "one", *first, indent=indent), write(place / "two", *second, indent=indent)
    channels = (Channel("both", (*one.urls, *two.urls)),) if joined else (one, two)
    more["virtual"] = (("__glibc", "2.36", "0"),)
    monkeypatch.setattr(conda_repodata, "LARGE", 0)
    by_name = make_engine(place / "cache")
    assert is_by_name(by_name, one)
    found = answers(by_name, tuple(specs), channels, **more)
    monkeypatch.undo()
    whole = make_engine(place / "cache")
    assert not is_by_name(whole, one)
    assert found == answers(whole, tuple(specs), channels, **more)


@pytest.mark.usefixtures("everything_is_large")
def test_a_spec_may_name_the_channel(tmp_path: Path) -> None:
    one = write(tmp_path / "one", repodata(record("lib", "1")))
    two = write(tmp_path / "two", repodata(record("lib", "2")))
    wanted = SolveRequest((spec(f"{two.urls[0]}::lib"),), (one, two), PLATFORM)
    assert [package.version for package in make_engine(tmp_path).solve(wanted)] == ["2"]


@pytest.mark.usefixtures("everything_is_large")
def test_the_packages_may_stand_elsewhere(tmp_path: Path) -> None:
    info = {"subdir": "noarch", "base_url": "https://mirror.example.org/channel/noarch/"}
    channel = write(tmp_path / "one", repodata(record("lib", "1"), info=info))
    engine = make_engine(tmp_path)
    assert is_by_name(engine, channel)
    (found,) = engine.search(spec("lib"), (channel,), PLATFORM)
    assert found.url == "https://mirror.example.org/channel/noarch/lib-1-0.conda"


UNUSUAL = {
    "relations": repodata(record("lib", "1"), info={"subdir": "noarch", "channel_relations": {"base": "../other"}}),
    "revision": repodata(record("lib", "1"), v3={"conda": {}}),
    "number": repodata(record("lib", "1"), packages=[]) | {"packages": {"lib-2-0.tar.bz2": 1}},
    "file name": repodata(record("lib", "1")) | {"packages": {"lib.tar.bz2": record("lib", "2")}},
    "escape": json.dumps(repodata(record("lib", "1"))).replace("lib-1", "lib\\u002d1"),
    "not JSON": "{",
    "empty": "",
}


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("content", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_left_to_rattler(
    tmp_path: Path, content: object, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    channel = write(tmp_path / "one", content)
    write(tmp_path / "other", repodata())
    found = answers(make_engine(tmp_path), ("lib",), (channel,))
    monkeypatch.setattr(conda_repodata, "LARGE", 1 << 30)
    assert found == answers(make_engine(tmp_path), ("lib",), (channel,))


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("newer", [1, 0])
def test_a_change_is_seen(tmp_path: Path, newer: int) -> None:
    old = write(tmp_path / "one", repodata(record("lib", "1")))
    engine = make_engine(tmp_path)
    assert [package.version for package in engine.search(spec("lib"), (old,), PLATFORM)] == ["1"]
    # As an index is written: another file takes the name, here of the same size and time, too.
    file = tmp_path / "one" / "noarch" / "repodata.json"
    changed, text = file.stat().st_mtime_ns, file.read_text(encoding="utf-8")
    other = file.with_suffix(".new")
    other.write_text(text.replace("lib-1", "lib-2").replace('"version": "1"', '"version": "2"'), encoding="utf-8")
    os.utime(other, ns=(changed + newer, changed + newer))
    other.replace(file)
    for each in (engine, make_engine(tmp_path)):
        assert is_by_name(each, old)
        assert [package.version for package in each.search(spec("lib"), (old,), PLATFORM)] == ["2"]


@pytest.mark.usefixtures("everything_is_large")
def test_what_changed_a_moment_ago_may_still_change(tmp_path: Path) -> None:
    channel = write(tmp_path / "one", repodata(record("lib", "1")), age=0)
    assert not is_by_name(make_engine(tmp_path), channel)


@pytest.mark.usefixtures("everything_is_large")
def test_a_change_between_two_readings_of_one_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = write(tmp_path / "one", repodata(record("lib", "1")))
    engine = make_engine(tmp_path)
    source = engine._rattler.large.source(channel.urls[0], PLATFORM)
    write(tmp_path / "one", repodata(record("lib", "1"), record("lib", "2")))
    monkeypatch.setattr(engine._rattler.large, "source", lambda *_: source)
    assert [package.version for package in engine.search(spec("lib"), (channel,), PLATFORM)] == ["1", "2"]


@pytest.mark.usefixtures("everything_is_large")
def test_a_disk_that_is_full_does_not_stop_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = write(tmp_path / "one", repodata(record("lib", "1")))
    engine = make_engine(tmp_path)
    assert is_by_name(engine, channel)

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    assert [package.version for package in engine.search(spec("lib"), (channel,), PLATFORM)] == ["1"]


@pytest.mark.usefixtures("everything_is_large")
def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    channel = write(tmp_path / "one", repodata(record("lib", "1")))
    (tmp_path / "repodata").mkdir()
    (tmp_path / "repodata" / "by-name").touch()
    engine = make_engine(tmp_path)
    assert not is_by_name(engine, channel)
    assert [package.version for package in engine.search(spec("lib"), (channel,), PLATFORM)] == ["1"]


@pytest.mark.usefixtures("everything_is_large")
def test_what_is_kept_is_mended_and_can_be_cleaned(tmp_path: Path) -> None:
    channel = write(tmp_path / "one", repodata(record("lib", "1")))
    root = Root(tmp_path / "root", home=tmp_path / "home")
    assert is_by_name(make_engine(root.cache), channel)
    (kept,) = (root.cache / "repodata" / "by-name").iterdir()
    good = kept.read_bytes()
    kept.write_bytes(good[:-1])
    assert is_by_name(make_engine(root.cache), channel)
    assert kept.read_bytes() == good
    (item,) = caches.index_cache(root)
    assert caches.remove(item.path)
    assert not kept.exists()


def test_a_small_channel_is_read_as_a_whole(tmp_path: Path) -> None:
    channel = write(tmp_path / "one", repodata(record("lib", "1")))
    assert not is_by_name(make_engine(tmp_path), channel)
    assert not (tmp_path / "repodata" / "by-name").exists()
