"""Settings that change what Parity does: seen in what comes out of the parts that they reach."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from parity.cli.output import Output
from parity.core.progress import NoProgress
from parity.errors import InputError, RefusedError
from parity.model import MatchSpec, Request
from parity.store import registry
from parity.wiring import Services

if TYPE_CHECKING:
    from pathlib import Path


class Person:
    """A home and a root, and services for one command line after another."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.root = path / "root"
        monkeypatch.setenv("HOME", str(path))
        monkeypatch.setenv("SSL_CERT_FILE", "")

    def rc(self, text: str) -> None:
        (self.path / ".condarc").write_text(text, encoding="utf-8")

    def env(self, name: str, rc: str = "") -> Path:
        prefix = self.root / "envs" / name
        (prefix / "conda-meta").mkdir(parents=True)
        (prefix / "conda-meta" / "history").touch()
        if rc:
            (prefix / ".condarc").write_text(rc, encoding="utf-8")
        return prefix

    def services(self, options: dict[str, object] | None = None, **environ: str) -> Services:
        return Services(
            options or {},
            output=Output(quiet=True),
            progress=NoProgress,
            ask=lambda _: False,
            environ={"PARITY_ROOT": str(self.root), "PIP_CONFIG_FILE": os.devnull, **environ},
        )


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(tmp_path, monkeypatch)


@pytest.mark.parametrize("option", ["name", "prefix"])
def test_the_named_environment_has_the_say_and_not_the_active_one(person: Person, option: str) -> None:
    active = person.env("active", "pinned_packages: [numpy <2]\nchannels: [of-active]\n")
    named = person.env("named", "channels: [of-named]\n")
    options: dict[str, object] = {option: "named" if option == "name" else str(named)}
    settings = person.services(options, CONDA_PREFIX=str(active)).settings
    assert (settings.channels[0], settings.pinned_packages) == ("of-named", ())
    settings = person.services(CONDA_PREFIX=str(active)).settings
    assert (settings.channels[0], settings.pinned_packages) == ("of-active", ("numpy <2",))


def test_a_name_that_can_be_none_is_left_to_the_command(person: Person) -> None:
    person.env("active")
    assert person.services({"name": "a/b"}).settings.always_yes is False


@pytest.mark.parametrize(
    ("rc", "options", "channels"),
    [
        ("channels: [mine]\n", {}, ["mine"]),
        ("channels: [mine]\n", {"channels": ["now"]}, ["now", "mine"]),
        ("channels: [mine]\n", {"channels": ["now"], "override_channels": True}, ["now"]),
        ("channels: [mine]\nuse_local: true\nbld_path: /b\n", {"override_channels": True}, ["local"]),
        ("channels: [mine]\nuse_local: true\nbld_path: /b\n", {"channels": ["now"]}, ["local", "now", "mine"]),
    ],
)
def test_channels_of_a_call(person: Person, rc: str, options: dict[str, object], channels: list[str]) -> None:
    person.rc(rc)
    goal = person.services(options).goal(Request())
    assert [channel.name if "/b" not in channel.urls[0] else "local" for channel in goal.channels] == channels


def test_overriding_leaves_the_channels_of_a_file_in_place(person: Person) -> None:
    person.rc("channels: [mine]\n")
    options: dict[str, object] = {"channels": ["now"], "override_channels": True}
    goal = person.services(options).goal(Request(channels=("of-file",)))
    assert [channel.name for channel in goal.channels] == ["now", "of-file"]


def test_overriding_needs_channels_and_permission(person: Person) -> None:
    services = person.services({"override_channels": True})
    with pytest.raises(InputError, match="leaves no channels"):
        services.goal(Request())
    spec = MatchSpec("python", channel="conda-forge")
    assert [channel.name for channel in services.goal(Request(specs=(spec,))).channels] == ["conda-forge"]
    person.rc("override_channels_enabled: false\n")
    with pytest.raises(RefusedError, match="switched off"):
        _ = person.services({"channels": ["a"], "override_channels": True}).channel_names


def test_pins_disallowed_packages_and_priority_reach_the_solver(person: Person) -> None:
    person.rc("pinned_packages: [numpy <2]\ndisallowed_packages: [openssl]\nchannel_priority: disabled\n"
              "add_pip_as_python_dependency: no\n")  # fmt: skip
    goal = person.services().goal(Request())
    assert [str(spec.version) for spec in goal.constraints] == ["<2"]
    assert [spec.name for spec in goal.disallowed] == ["openssl"]
    assert (goal.priority, goal.with_pip) == ("disabled", False)
    assert person.services(CONDA_IGNORE_PINNED="yes").goal(Request()).constraints == ()


def test_virtual_packages_of_settings_variables_and_flags(person: Person) -> None:
    person.rc("override_virtual_packages:\n  cuda: 11.8\n  __glibc: '2.17'\n  osx: '13'\n")
    services = person.services({"virtual": ["osx=14"]}, CONDA_OVERRIDE_CUDA="12.4", CONDA_OVERRIDE_CHANNELS_ENABLED="1")
    assert services.virtual_overrides() == {"cuda": "12.4", "glibc": "2.17", "osx": "14"}


def test_how_the_index_is_read(person: Person) -> None:
    def source(rc: str, **options: object) -> object:
        person.rc(rc)
        services = person.services(options)
        from parity.engines.conda_client import make_source

        return make_source(services.conda._rattler.network, offline=services.offline)

    from rattler import SourceConfig

    assert source("") == SourceConfig()
    assert source("repodata_use_zst: no\nrepodata_use_shards: no\n") == SourceConfig(
        zstd_enabled=False, sharded_enabled=False
    )
    assert source("use_index_cache: yes\n") == SourceConfig(cache_action="force-cache-only")
    assert source("local_repodata_ttl: 0\n") == SourceConfig(cache_action="no-cache")
    assert source("local_repodata_ttl: 0\n", offline=True) == SourceConfig(cache_action="force-cache-only")


def test_what_settings_tell_uv(person: Person) -> None:
    assert not {"UV_HTTP_TIMEOUT", "UV_HTTP_CONNECT_TIMEOUT", "SSL_CLIENT_CERT"} & set(
        person.services().pypi._uv.environ
    )
    bundle = person.path / "ca.pem"
    bundle.touch()
    person.rc(
        f"remote_read_timeout_secs: 600\nremote_connect_timeout_secs: 2.5\ncacert_path: {bundle}\nclient_cert: /c\n"
    )
    found = person.services().pypi._uv.environ
    assert (found["UV_HTTP_TIMEOUT"], found["UV_HTTP_CONNECT_TIMEOUT"]) == ("600", "3")
    assert (found["SSL_CERT_FILE"], found["SSL_CLIENT_CERT"]) == (str(bundle), "/c")
    assert person.services(UV_HTTP_TIMEOUT="9").pypi._uv.environ["UV_HTTP_TIMEOUT"] == "9"


def test_a_dry_run_and_verbosity_by_setting(person: Person) -> None:
    person.rc("dry_run: true\ndebug: true\n")
    services = person.services()
    assert services.dry_run
    assert (services.output.verbosity, person.services({"dry_run": False}).dry_run) == (3, True)


def test_environments_are_listed_unless_a_setting_forbids_it(person: Person) -> None:
    prefix = person.env("work")
    person.services(CONDA_REGISTER_ENVS="false").store.register(prefix)
    assert registry.known(person.path) == ()
    person.services().store.register(prefix)
    assert registry.known(person.path) == (prefix,)


def test_frozen_environments_are_protected_unless_a_setting_says_otherwise(person: Person) -> None:
    prefix = person.env("work")
    (prefix / "conda-meta" / "frozen").write_text("{}")
    with pytest.raises(RefusedError, match="is frozen"):
        person.services().refuse_protected(prefix)
    person.services(CONDA_PROTECT_FROZEN_ENVS="no").refuse_protected(prefix)


@pytest.mark.parametrize("administrator", [True, False])
def test_only_administrators_change_where_a_setting_says_so(
    person: Person, monkeypatch: pytest.MonkeyPatch, administrator: bool
) -> None:
    from parity.store import privilege

    monkeypatch.setattr(privilege, "is_administrator", lambda: administrator)
    assert person.services().workshop is not None
    person.rc("non_admin_enabled: false\n")
    if administrator:
        assert person.services().workshop is not None
    else:
        with pytest.raises(RefusedError, match="only administrators"):
            _ = person.services().workshop


def test_a_slip_of_the_pen_is_warned_of_and_keys_of_other_tools_are_not(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.rc("chanels: [a]\nsome_other_tool: 1\n")
    assert person.services().settings.channels == ("conda-forge",)
    shown = capsys.readouterr().err
    assert "did you mean 'channels'?" in shown
    assert "some_other_tool" not in shown
