"""Settings of a `.condarc` in real runs: what they make different for the one who wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from home import Home


def test_channels_by_their_names(home: Home) -> None:
    top, _, name = home.universe.tiny.rstrip("/").rpartition("/")
    home.configure(f"channel_alias: {top}", f"channels: [{name}]", "always_yes: true")
    home.parity("create", "-n", "aliased", "solo")
    home.configure(f"custom_multichannels: {{ours: ['{home.universe.tiny}']}}", "channels: [ours]", "always_yes: true")
    home.parity("create", "-n", "multi", "solo")
    home.configure(f"default_channels: ['{home.universe.tiny}']", "channels: [defaults]", "always_yes: true")
    home.parity("create", "-n", "defaults", "solo")
    assert [home.versions(each) for each in ("aliased", "multi", "defaults")] == [{"solo": "1.0"}] * 3


def test_what_every_environment_gets_and_may_not_get(home: Home) -> None:
    home.configure(
        f"channels: ['{home.universe.tiny}']",
        "always_yes: true",
        "create_default_packages: [helper, app=1]",
        "pinned_packages: [lib <2]",
    )
    home.parity("create", "-n", "work", "solo")
    assert home.versions() == {"app": "1.0", "helper": "1.0", "lib": "1.0", "solo": "1.0"}
    home.parity("create", "-n", "bare", "--no-default-packages", "solo")
    assert home.versions("bare") == {"solo": "1.0"}
    home.configure(f"channels: ['{home.universe.tiny}']", "disallowed_packages: [lib]", "always_yes: true")
    assert "disallowed_packages" in home.json("create", "-n", "no", "app", code=2)["error"]
    home.configure(f"channels: ['{home.universe.tiny}']", f"denylist_channels: ['{home.universe.tiny}']")
    assert "deny list" in home.json("create", "-n", "no", "app", code=2)["error"]
    home.configure("channels: [conda-forge]", f"whitelist_channels: ['{home.universe.tiny}']", "offline: true")
    assert "not on the allow list" in home.json("create", "-n", "no", "app", code=2)["error"]


def test_an_environment_has_settings_of_its_own(home: Home) -> None:
    home.create("lib=1")
    (home.prefix() / ".condarc").write_text("pinned_packages: [lib <2]\nalways_yes: true\n")
    home.parity("update", "-n", "work", *home.channel("tiny"), "lib")
    assert home.versions() == {"lib": "1.0"}
    (home.prefix() / ".condarc").unlink()
    home.parity("update", "-y", "-n", "work", *home.channel("tiny"), "lib")
    assert home.versions() == {"lib": "2.0"}


@pytest.mark.parametrize("copies", [True, False])
def test_files_are_copied_where_that_is_asked_for(cold_home: Home, copies: bool) -> None:
    cold_home.configure(f"always_copy: {str(copies).lower()}")
    cold_home.create("big=1")
    links = {file.stat().st_nlink for file in (cold_home.prefix() / "share" / "big" / "common").iterdir()}
    assert (links == {1}) is copies or not copies  # a file system may have reflinks, which do not count as links


def test_a_dry_run_that_is_configured_changes_nothing(home: Home) -> None:
    home.create("solo")
    home.configure("dry_run: true", "always_yes: true")
    home.parity("create", "-n", "other", *home.channel("tiny"), "solo")
    home.parity("remove", "-n", "work", "solo")
    home.parity("env", "remove", "-n", "work")
    home.parity("clean", "--all")
    home.configure()
    assert home.versions() == {"solo": "1.0"}
    assert not home.prefix("other").exists()


def test_lists_show_urls_where_that_is_asked_for(home: Home) -> None:
    home.create("solo")
    home.configure("show_channel_urls: yes")
    assert home.universe.tiny in home.parity("list", "-n", "work").stdout


def test_answers_are_json_and_silent_by_setting(home: Home) -> None:
    import json

    home.create("solo")
    home.configure("json: true")
    assert json.loads(home.parity("list", "-n", "work").stdout)[0]["name"] == "solo"
    home.configure("quiet: true", "always_yes: true")
    done = home.parity("create", "-n", "other", *home.channel("tiny"), "solo")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_file_with_channels_of_its_own_keeps_them_when_channels_are_overridden(home: Home) -> None:
    file = home.path / "environment.yml"
    file.write_text(f"channels: ['{home.universe.tiny}']\ndependencies: [solo]\n")
    home.configure("channels: [conda-forge]")
    home.parity("create", "-y", "-n", "work", "-f", file, "--override-channels")
    assert home.versions() == {"solo": "1.0"}
    file.write_text("dependencies: [solo]\n")
    refused = home.json("create", "-n", "other", "-f", file, "--override-channels", code=2)
    assert "leaves no channels" in refused["error"]


def test_a_variable_of_a_channel_that_nobody_set_is_named(home: Home) -> None:
    dead = "http://127.0.0.1:9"
    home.configure(f"channels: ['{dead}/t/${{MY_TOKEN}}/c', 'http://user:hunter2@127.0.0.1:9/$PLACE']", "offline: true")
    told = home.parity("search", "solo", code=5).stderr
    assert "not set in the environment: MY_TOKEN (in the channel " in told
    assert "not set in the environment: PLACE (in the channel " in told
    assert "hunter2" not in told
    home.environ |= {"MY_TOKEN": "abc", "PLACE": "x"}
    assert "not set" not in home.parity("search", "solo", code=5).stderr


def test_a_directory_that_is_called_like_a_channel_is_hinted_at(home: Home) -> None:
    home.configure("channel_alias: http://127.0.0.1:9/alias")
    (home.path / "tiny").mkdir()
    words = ("search", "solo", "--override-channels", "-c")
    assert "`-c ./tiny` means the directory" in home.parity(*words, "tiny", code=5).stderr
    assert "means the directory" not in home.parity(*words, "other", code=5).stderr
