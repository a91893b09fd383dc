from __future__ import annotations

import base64
import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from parity.core.ports import Distribution, SolveRequest
from parity.engines.conda import RattlerEngine
from parity.engines.conda_client import Network
from parity.errors import IntegrityError, NotFoundError, OfflineError, ParityError, UnsatisfiableError
from parity.model import Channel, CondaPackage, MatchSpec
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLATFORM = "linux-64"
TOKEN = "s3cret"
BASIC = "Basic " + base64.b64encode(b"ada:pass word").decode()


def make_engine(tmp_path: Path, **options: Any) -> RattlerEngine:
    options.setdefault("progress", RecordedProgress())
    options["network"] = Network(secrets=options.pop("secrets", {}), max_retries=options.pop("max_retries", 3))
    return RattlerEngine(tmp_path / "pkgs", tmp_path / "repodata", **options)


@pytest.fixture
def engine(tmp_path: Path) -> RattlerEngine:
    return make_engine(tmp_path)


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    url = make_channel(
        tmp_path / "channel",
        [
            TinyPackage("app", "1.0", depends=("lib >=1",)),
            TinyPackage("app", "2.0", depends=("lib >=2",)),
            TinyPackage("lib", "1.0"),
            TinyPackage(
                "lib", "2.0", files={"bin/lib": "#!/PLACEHOLDER/bin/sh\necho lib\n"}, placeholder="/PLACEHOLDER"
            ),
            TinyPackage("gpu", "1.0", depends=("__cuda >=12",)),
        ],
    )
    return Channel("local", (url,))


def solve(engine: RattlerEngine, *specs: str, channels: tuple[Channel, ...], **more: Any) -> dict[str, str]:
    request = SolveRequest(tuple(_spec(text) for text in specs), channels, PLATFORM, **more)
    return {package.name: package.version for package in engine.solve(request)}


def packages(engine: RattlerEngine, *specs: str, channels: tuple[Channel, ...]) -> tuple[CondaPackage, ...]:
    return engine.solve(SolveRequest(tuple(_spec(text) for text in specs), channels, PLATFORM))


def _spec(text: str) -> MatchSpec:
    name, version, build = [*text.split(), "", ""][:3]
    return MatchSpec(name, version, build)


def test_the_newest_is_chosen(engine: RattlerEngine, channel: Channel) -> None:
    assert solve(engine, "app", channels=(channel,)) == {"app": "2.0", "lib": "2.0"}


def test_what_is_installed_stays_where_it_can(engine: RattlerEngine, channel: Channel) -> None:
    old = packages(engine, "lib ==1.0", channels=(channel,))
    assert solve(engine, "lib", channels=(channel,), installed=old) == {"lib": "1.0"}


def test_a_package_that_is_linked_carries_the_prefix(engine: RattlerEngine, channel: Channel, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    engine.link(prefix, packages(engine, "app", channels=(channel,)), platform=PLATFORM, requested=[MatchSpec("app")])
    assert (prefix / "bin" / "lib").read_text().startswith(f"#!{prefix}/bin/sh")
    assert [(p.name, p.version) for p in engine.installed(prefix)] == [("app", "2.0"), ("lib", "2.0")]


def test_staging_writes_another_prefix(engine: RattlerEngine, channel: Channel, tmp_path: Path) -> None:
    stage, final = tmp_path / "stage", tmp_path / "final"
    engine.link(stage, packages(engine, "lib", channels=(channel,)), platform=PLATFORM, written_prefix=final)
    assert (stage / "bin" / "lib").read_text().startswith(f"#!{final}/bin/sh")


def test_linking_less_unlinks(engine: RattlerEngine, channel: Channel, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    both = packages(engine, "app", channels=(channel,))
    engine.link(prefix, both, platform=PLATFORM)
    engine.link(prefix, [p for p in both if p.name == "lib"], platform=PLATFORM)
    assert [p.name for p in engine.installed(prefix)] == ["lib"]
    assert not (prefix / "share" / "app.txt").exists()


def test_records_made_of_plain_values_can_be_installed(channel: Channel, tmp_path: Path) -> None:
    first, second = make_engine(tmp_path), make_engine(tmp_path)
    chosen = packages(first, "app", channels=(channel,))
    second.link(tmp_path / "env", chosen, platform=PLATFORM)
    assert second.installed(tmp_path / "env") == chosen


def test_a_version_that_is_not_there_is_explained(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "app ==3.0", channels=(channel,))
    assert "app" in caught.value.message
    assert "the channels have 2.0, 1.0" in " ".join(caught.value.hints)


def test_a_channel_may_describe_a_machine(engine: RattlerEngine, channel: Channel, tmp_path: Path) -> None:
    """As conda-lock does: what its channel says of `__cuda` counts, and is nothing to install."""
    machine = Channel("machine", (make_channel(tmp_path / "machine", [TinyPackage("__cuda", "12.4")]),))
    assert solve(engine, "gpu", channels=(channel, machine)) == {"gpu": "1.0"}


def test_a_misspelt_name_gets_a_suggestion(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "lob", channels=(channel,))
    assert "did you mean lib" in " ".join(caught.value.hints)


def test_every_name_that_is_nowhere_is_told(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "lob", "app", "abb", channels=(channel,))
    assert [hint.partition(":")[0] for hint in caught.value.hints] == ["lob", "abb"]


def test_a_build_that_is_not_there_is_answered_with_others(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "app ==1.0 py311_7", channels=(channel,))
    assert caught.value.hints == ("app: of app ==1.0 the channels have the builds 0",)


def test_a_clash_is_answered_with_what_to_give_up(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "app ==2.0", "lib ==1.0", channels=(channel,))
    assert sorted(caught.value.hints) == [
        "without the limit of `app ==2.0` there is an answer, with app 1.0",
        "without the limit of `lib ==1.0` there is an answer, with lib 2.0",
    ]


def test_a_virtual_package_that_is_asked_for_is_explained(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "__cuda", channels=(channel,))
    assert "CONDA_OVERRIDE_CUDA" in " ".join(caught.value.hints)


def test_a_missing_virtual_package_is_explained(engine: RattlerEngine, channel: Channel) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        solve(engine, "gpu", channels=(channel,))
    assert "CONDA_OVERRIDE_CUDA" in " ".join(caught.value.hints)
    assert solve(engine, "gpu", channels=(channel,), virtual=(("__cuda", "12.4", "0"),)) == {"gpu": "1.0"}


@pytest.mark.parametrize(
    ("priority", "expected"),
    [("strict", None), ("flexible", {"app": "2.0", "lib": "2.0"}), ("disabled", {"app": "2.0", "lib": "2.0"})],
)
def test_channel_priority(
    engine: RattlerEngine, channel: Channel, tmp_path: Path, priority: Any, expected: dict[str, str] | None
) -> None:
    first = Channel("first", (make_channel(tmp_path / "first", [TinyPackage("lib", "1.5")]),))
    if expected is None:
        with pytest.raises(UnsatisfiableError) as caught:
            solve(engine, "app ==2.0", channels=(first, channel), priority=priority)
        assert "--flexible-channel-priority" in " ".join(caught.value.hints)
    else:
        assert solve(engine, "app ==2.0", channels=(first, channel), priority=priority) == expected


def test_flexible_priority_prefers_the_first_channel(engine: RattlerEngine, channel: Channel, tmp_path: Path) -> None:
    first = Channel("first", (make_channel(tmp_path / "first", [TinyPackage("lib", "1.5")]),))
    assert solve(engine, "lib", channels=(first, channel), priority="flexible") == {"lib": "1.5"}
    assert solve(engine, "lib", channels=(first, channel), priority="disabled") == {"lib": "2.0"}


def test_a_multichannel_is_one_tier(engine: RattlerEngine, channel: Channel, tmp_path: Path) -> None:
    first = make_channel(tmp_path / "first", [TinyPackage("lib", "1.5")])
    both = Channel("both", (first, *channel.urls))
    assert solve(engine, "lib", channels=(both,)) == {"lib": "2.0"}


def test_search_takes_globs_and_versions(engine: RattlerEngine, channel: Channel) -> None:
    found = engine.search(MatchSpec("*p*"), (channel,), PLATFORM)
    assert [(p.name, p.version) for p in found] == [("app", "1.0"), ("app", "2.0"), ("gpu", "1.0")]
    assert [p.version for p in engine.search(MatchSpec("app", ">=2"), (channel,), PLATFORM)] == ["2.0"]


def test_files_are_read_from_the_archive_and_from_the_cache(
    engine: RattlerEngine, channel: Channel, tmp_path: Path
) -> None:
    chosen = packages(engine, "lib", channels=(channel,))
    before = engine.files(chosen)
    engine.link(tmp_path / "env", chosen, platform=PLATFORM)
    assert before == engine.files(chosen) == {"lib-2.0-0": ("bin/lib",)}


def test_link_scripts_are_reported_and_run_only_when_asked(engine: RattlerEngine, tmp_path: Path) -> None:
    script = "#!/bin/sh\ntouch $PREFIX/ran\n"
    url = make_channel(tmp_path / "c", [TinyPackage("scripted", files={"bin/.scripted-post-link.sh": script})])
    chosen = packages(engine, "scripted", channels=(Channel("c", (url,)),))
    outcome = engine.link(tmp_path / "quiet", chosen, platform=PLATFORM)
    assert outcome.with_scripts == ("scripted",)
    assert not (tmp_path / "quiet" / "ran").exists()
    engine.link(tmp_path / "asked", chosen, platform=PLATFORM, run_scripts=True)
    assert (tmp_path / "asked" / "ran").exists()


def test_a_link_script_that_fails_is_reported(engine: RattlerEngine, tmp_path: Path) -> None:
    url = make_channel(tmp_path / "c", [TinyPackage("bad", files={"bin/.bad-post-link.sh": "#!/bin/sh\nexit 7\n"})])
    chosen = packages(engine, "bad", channels=(Channel("c", (url,)),))
    assert engine.link(tmp_path / "env", chosen, platform=PLATFORM, run_scripts=True).failed_scripts == ("bad",)


def test_a_directory_that_is_no_channel_is_named(engine: RattlerEngine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError) as caught:
        solve(engine, "app", channels=(Channel("empty", ((tmp_path / "empty").as_uri(),)),))
    assert "channel index" in " ".join(caught.value.hints)


# -- over HTTP -------------------------------------------------------------------------------------


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def send_head(self) -> Any:
        if self.headers.get("Authorization") == BASIC:
            return super().send_head()
        if not self.path.startswith(f"/t/{TOKEN}/"):
            self.send_error(403)
            return None
        self.path = self.path.removeprefix(f"/t/{TOKEN}")
        return super().send_head()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    servers = []

    def start(directory: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(directory)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_token_opens_a_channel_and_is_written_nowhere(
    serve: Callable[[Path], str], channel: Channel, tmp_path: Path
) -> None:
    host = serve(tmp_path / "channel")
    engine = make_engine(tmp_path, secrets={f"{host}": f"{host}/t/{TOKEN}"})
    chosen = packages(engine, "app", channels=(Channel("remote", (host,)),))
    engine.link(tmp_path / "env", chosen, platform=PLATFORM)
    assert chosen[0].url.startswith(host)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_the_projects_of_remote_packages_are_read_without_fetching_them_whole(
    serve: Callable[[Path], str], tmp_path: Path
) -> None:
    info = "lib/python3.11/site-packages/thing-1.0.dist-info"
    files = {f"{info}/METADATA": "Name: thing\nVersion: 1.0\nRequires-Dist: other\n", f"{info}/RECORD": ""}
    make_channel(tmp_path / "remote", [TinyPackage("thing", files=files), TinyPackage("plain")])
    host = serve(tmp_path / "remote")
    engine = make_engine(tmp_path, secrets={host: f"{host}/t/{TOKEN}"})
    chosen = packages(engine, "thing", "plain", channels=(Channel("remote", (host,)),))
    assert engine.files(chosen, fetch=False) == {}
    found = engine.distributions(chosen)
    assert found["thing-1.0-0"] == (Distribution("thing", "1.0", "thing", ("other",)),)
    assert found["plain-1.0-0"] == ()
    assert not list((tmp_path / "pkgs").glob("thing*"))
    again = make_engine(tmp_path, offline=True)
    assert again.distributions(chosen) == found
    assert set(again.files(chosen, fetch=False)) == set(found)


def test_a_user_name_and_password_open_a_channel(
    serve: Callable[[Path], str], channel: Channel, tmp_path: Path
) -> None:
    host = serve(tmp_path / "channel")
    secrets = {host: host.replace("http://", "http://ada:pass%20word@")}
    engine = make_engine(tmp_path, secrets=secrets, max_retries=0)
    chosen = packages(engine, "app", channels=(Channel("remote", (host,)),))
    engine.link(tmp_path / "env", chosen, platform=PLATFORM)
    assert "ada" not in (tmp_path / "env" / "conda-meta" / "app-2.0-0.json").read_text().replace("metadata", "")


def test_a_local_archive_that_is_not_what_the_index_says_is_refused(
    engine: RattlerEngine, channel: Channel, tmp_path: Path
) -> None:
    chosen = packages(engine, "lib", channels=(channel,))
    here = tmp_path / "channel" / "linux-64"
    (here / "lib-2.0-0.conda").write_bytes((here / "lib-1.0-0.conda").read_bytes())
    with pytest.raises(IntegrityError, match=r"lib-2\.0-0"):
        engine.link(tmp_path / "env", chosen, platform=PLATFORM)


def test_a_wrong_token_is_a_clear_error(serve: Callable[[Path], str], channel: Channel, tmp_path: Path) -> None:
    host = serve(tmp_path / "channel")
    engine = make_engine(tmp_path, secrets={host: f"{host}/t/wrong"}, max_retries=0)
    with pytest.raises(ParityError) as caught:
        solve(engine, "app", channels=(Channel("remote", (host,)),))
    assert "wrong" not in caught.value.message.replace("what is wrong", "")
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("damage", ["truncate", "exchange"])
def test_a_broken_download_is_refused_and_leaves_no_trace(
    serve: Callable[[Path], str], channel: Channel, tmp_path: Path, damage: str
) -> None:
    host = serve(tmp_path / "channel")
    archive = tmp_path / "channel" / "linux-64" / "lib-2.0-0.conda"
    good = archive.read_bytes()
    if damage == "truncate":
        archive.write_bytes(good[: len(good) // 2])
    else:
        archive.write_bytes((tmp_path / "channel" / "linux-64" / "lib-1.0-0.conda").read_bytes())
    engine = make_engine(tmp_path, secrets={host: f"{host}/t/{TOKEN}"}, max_retries=0)
    chosen = packages(engine, "lib", channels=(Channel("remote", (host,)),))
    with pytest.raises(IntegrityError):
        engine.link(tmp_path / "env", chosen, platform=PLATFORM)
    archive.write_bytes(good)
    engine.link(tmp_path / "env", chosen, platform=PLATFORM)
    assert (tmp_path / "env" / "bin" / "lib").exists()


def test_a_server_may_say_that_what_is_cached_still_holds(
    serve: Callable[[Path], str], channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[int] = []

    def send_response(self: _Handler, code: int, message: str | None = None) -> None:
        answers.append(code)
        SimpleHTTPRequestHandler.send_response(self, code, message)
        self.send_header("Cache-Control", "max-age=0")

    monkeypatch.setattr(_Handler, "send_response", send_response)
    host = serve(tmp_path / "channel")
    for _ in range(3):
        engine = make_engine(tmp_path, secrets={host: f"{host}/t/{TOKEN}"})
        assert solve(engine, "app", channels=(Channel("remote", (host,)),)) == {"app": "2.0", "lib": "2.0"}
    assert 304 in answers


def test_offline_uses_what_is_cached_and_says_what_is_not(
    serve: Callable[[Path], str], channel: Channel, tmp_path: Path
) -> None:
    host = serve(tmp_path / "channel")
    secrets = {host: f"{host}/t/{TOKEN}"}
    remote = Channel("remote", (host,))
    online = make_engine(tmp_path, secrets=secrets)
    chosen = packages(online, "app", channels=(remote,))
    online.link(tmp_path / "env", [p for p in chosen if p.name == "lib"], platform=PLATFORM)
    offline = make_engine(tmp_path, offline=True)
    assert solve(offline, "app", channels=(remote,)) == {"app": "2.0", "lib": "2.0"}
    offline.link(tmp_path / "again", [p for p in chosen if p.name == "lib"], platform=PLATFORM)
    with pytest.raises(OfflineError, match=r"app-2\.0"):
        offline.link(tmp_path / "third", chosen, platform=PLATFORM)


def test_offline_without_a_cache_says_so(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, offline=True)
    with pytest.raises(OfflineError):
        solve(engine, "app", channels=(Channel("remote", ("http://127.0.0.1:9/never",)),))


@pytest.mark.parametrize("present", ["", "app"])
@pytest.mark.parametrize("damage", ["missing", "cut off", "missing list", "all gone"])
def test_a_damaged_cache_entry_is_repaired(
    engine: RattlerEngine, channel: Channel, tmp_path: Path, damage: str, present: str
) -> None:
    chosen = packages(engine, "app", channels=(channel,))
    engine.link(tmp_path / "one", chosen, platform=PLATFORM)
    if present:
        engine.link(tmp_path / "two", [p for p in chosen if p.name == present], platform=PLATFORM)
    entry = tmp_path / "pkgs" / "lib-2.0-0"
    damaged = entry / ("info/paths.json" if damage == "missing list" else "bin/lib")
    damaged.unlink()
    if damage == "cut off":
        damaged.write_text("#!")
    if damage == "all gone":
        shutil.rmtree(entry)
    outcome = engine.link(tmp_path / "two", chosen, platform=PLATFORM)
    assert (tmp_path / "two" / "bin" / "lib").read_text().endswith("echo lib\n")
    assert {path.name for path in (tmp_path / "two" / "conda-meta").glob("*.json")} == {
        "app-2.0-0.json",
        "lib-2.0-0.json",
    }
    assert outcome.notes["conda:lib-2.0-0"].executable == {"bin/lib"}


def test_linking_tells_which_files_may_be_executed_as_they_were_packaged(
    engine: RattlerEngine, channel: Channel, tmp_path: Path
) -> None:
    chosen = packages(engine, "app", channels=(channel,))
    for name in ("one", "two"):
        notes = engine.link(tmp_path / name, chosen, platform=PLATFORM).notes
        executable = {key: set(note.executable) for key, note in notes.items()}
        assert executable == {"conda:app-2.0-0": set(), "conda:lib-2.0-0": {"bin/lib"}}
        # In an environment the file may be a hard link to the one in the cache.
        (tmp_path / "pkgs" / "lib-2.0-0" / "bin" / "lib").chmod(0o644)


def test_of_packages_that_move_the_paths_in_the_prefix_are_told(engine: RattlerEngine, tmp_path: Path) -> None:
    tool = TinyPackage(
        "tool",
        noarch="python",
        files={"site-packages/tool.py": "", "python-scripts/tool": "#!/bin/sh\n", "bin/plain": ""},
        depends=("python",),
        entry_points=("run = tool:main",),
    )
    python = TinyPackage("python", "3.11.7", files={"bin/python": "", "lib/python3.11/site-packages/README": ""})
    channel = Channel("local", (make_channel(tmp_path / "channel", [tool, python]),))
    prefix = tmp_path / "env"
    notes = engine.link(prefix, packages(engine, "tool", channels=(channel,)), platform=PLATFORM).notes
    for name in ("tool-1.0-0", "python-3.11.7-0"):
        files = json.loads((prefix / "conda-meta" / f"{name}.json").read_bytes())["files"]
        assert notes[f"conda:{name}"].executable == {file for file in files if (prefix / file).stat().st_mode & 0o100}
    assert "bin/run" in notes["conda:tool-1.0-0"].executable


def test_virtual_packages_of_another_platform_and_overrides(engine: RattlerEngine) -> None:
    found = {name: version for name, version, _ in engine.detect_virtual("osx-arm64", {"osx": "14.5", "cuda": ""})}
    assert found["__osx"] == "14.5"
    assert "__glibc" not in found
    assert ("__cuda", "12.4", "0") in engine.detect_virtual(PLATFORM, {"cuda": "12.4"})


def test_a_package_that_is_only_in_the_index_of_a_local_channel_is_named(tmp_path: Path, engine: RattlerEngine) -> None:
    directory = tmp_path / "half"
    channel = Channel("half", (make_channel(directory, [TinyPackage("gone"), TinyPackage("lost")]),))
    chosen = packages(engine, "gone", "lost", channels=(channel,))
    for archive in directory.rglob("*.conda"):
        archive.unlink()
    assert engine.files(chosen, fetch=False) == {}
    with pytest.raises(NotFoundError, match=r"not in the channel: gone-1\.0-0"):
        engine.files(chosen)
    with pytest.raises(NotFoundError, match=r"gone-1\.0-0\.conda, lost-1\.0-0\.conda"):
        engine.link(tmp_path / "env", chosen, platform=PLATFORM)


def test_an_explanation_says_each_line_once(engine: RattlerEngine, tmp_path: Path) -> None:
    builds = [TinyPackage("lib", "2.0", build=f"h{number}_0") for number in range(3)]
    url = make_channel(tmp_path / "c", [*builds, TinyPackage("lib", "1.0")])
    with pytest.raises(UnsatisfiableError) as raised:
        packages(engine, "lib <2", "lib >=2", channels=(Channel("c", (url,)),))
    lines = str(raised.value).splitlines()
    assert len(lines) == len(set(lines))


def test_a_noarch_python_package_is_fetched_without_a_python(engine: RattlerEngine, tmp_path: Path) -> None:
    files = {"site-packages/pure.py": "answer = 42\n"}
    url = make_channel(tmp_path / "c", [TinyPackage("pure", noarch="python", files=files)])
    chosen = packages(engine, "pure", channels=(Channel("c", (url,)),))
    engine.prefetch(chosen, platform=PLATFORM)
    assert (tmp_path / "pkgs" / "pure-1.0-0" / "site-packages" / "pure.py").is_file()
    assert not list((tmp_path / "pkgs").glob(".parity-tmp-*"))


def test_a_channel_that_is_asked_without_its_token_says_what_to_do(
    serve: Callable[[Path], str], channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Handler, "send_error", lambda self, _code: SimpleHTTPRequestHandler.send_error(self, 404))
    host = serve(tmp_path / "channel")
    chosen = packages(make_engine(tmp_path, secrets={host: f"{host}/t/{TOKEN}"}), "app",
                      channels=(Channel("remote", (host,)),))  # fmt: skip
    with pytest.raises(NotFoundError) as raised:
        make_engine(tmp_path).link(tmp_path / "env", chosen, platform=PLATFORM)
    assert "-c" in raised.value.hints[0]


def test_strict_priority_holds_where_the_first_channel_has_no_version_that_fits(
    engine: RattlerEngine, tmp_path: Path
) -> None:
    own = Channel("own", (make_channel(tmp_path / "own", [TinyPackage("tool", "1.0")]),))
    public = Channel("public", (make_channel(tmp_path / "public", [TinyPackage("tool", "9.0")]),))
    with pytest.raises(UnsatisfiableError):
        packages(engine, "tool >=2", channels=(own, public))
