from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parity.core.layers import Layer, Origin, Value, resolve
from parity.core.settings import Settings, lookup, suggest, table
from parity.core.sources import from_command_line, from_environ
from parity.errors import FaultsError
from parity.ops import config


def layer(source: str, /, **values: object) -> Layer:
    return Layer(source, {key: value if isinstance(value, Value) else Value(value) for key, value in values.items()})


def settled(*layers: Layer) -> Settings:
    return resolve(layers)[0]


def test_defaults_are_those_of_the_table() -> None:
    settings, origins, warnings = resolve([])
    assert {name: getattr(settings, name) for name in table()} == {row.name: row.default for row in table().values()}
    assert settings.channels == ("conda-forge",)
    assert settings.channel_priority == "strict"
    assert (dict(origins), warnings) == ({}, ())


def test_every_default_has_the_type_that_its_row_declares() -> None:
    from parity.core.layers import coerce

    for row in table().values():
        if row.default is not None:
            assert coerce(row, row.default) == row.default


def test_no_key_and_no_variable_stands_for_two_settings() -> None:
    keys = [key for row in table().values() for key in (row.name, *row.aliases)]
    variables = [name for row in table().values() for name in (*row.env, *row.foreign_env)]
    assert len(keys) == len(set(keys))
    assert len(variables) == len(set(variables))


def test_higher_layers_win_lists_are_joined_and_maps_merged() -> None:
    low = layer("low", channels=["a", "b"], offline="yes", proxy_servers={"http": "1", "https": "1"})
    high = layer("high", channels=["b", "c"], offline="no", proxy_servers={"https": "2"})
    settings, origins, _ = resolve([low, high])
    assert settings.channels == ("b", "c", "a")
    assert settings.offline is False
    assert dict(settings.proxy_servers) == {"http": "1", "https": "2"}
    assert origins["channels"] == (Origin("high"), Origin("low"))
    assert origins["offline"] == (Origin("high"),)


def test_marks_give_lower_layers_the_last_word() -> None:
    low = layer(
        "low", channels=Value(["a", "t", "z"], marks={"t": "top", "z": "bottom"}), offline=Value("yes", final=True)
    )
    high = layer("high", channels=Value(["x", "u", "y"], marks={"u": "top", "y": "bottom"}), offline="no")
    settings = settled(low, high)
    assert settings.channels == ("t", "u", "x", "a", "y", "z")
    assert settings.offline is True
    assert settled(layer("low", channels=Value(["a"], final=True)), high).channels == ("a",)
    fixed = layer("low", proxy_servers=Value({"http": "1", "https": "1"}, marks={"http": "final"}))
    assert dict(settled(fixed, layer("high", proxy_servers={"http": "2", "https": "2"})).proxy_servers) == {
        "http": "1",
        "https": "2",
    }


@pytest.mark.parametrize(
    ("key", "raw", "name", "value"),
    [
        ("yes", "on", "always_yes", True),
        ("channel_priority", "true", "channel_priority", "flexible"),
        ("channel_priority", "False", "channel_priority", "disabled"),
        ("channel_priority", "Strict", "channel_priority", "strict"),
        ("verify_ssl", "no", "ssl_verify", False),
        ("ssl_verify", "/ca.pem", "ssl_verify", "/ca.pem"),
        ("envs_path", ["/e"], "envs_dirs", ("/e",)),
        ("whitelist_channels", ["a"], "allowlist_channels", ("a",)),
        ("default_python", "3.10", "default_python", "3.10"),
        ("remote_read_timeout_secs", "2", "remote_read_timeout_secs", 2.0),
        ("local_repodata_ttl", "true", "local_repodata_ttl", 1),
        ("show_channel_urls", None, "show_channel_urls", None),
        ("custom_multichannels", {"m": ["a", "b"]}, "custom_multichannels", {"m": ("a", "b")}),
        ("channel_settings", [{"channel": "a", "auth": "b"}], "channel_settings", ({"channel": "a", "auth": "b"},)),
    ],
)
def test_aliases_and_conversions(key: str, raw: object, name: str, value: object) -> None:
    assert getattr(settled(layer("f", **{key: raw})), name) == value


def test_all_faults_are_collected_with_their_places() -> None:
    bad = layer(
        "/etc/condarc",
        offline=Value("maybe", 3),
        channels=Value("https://u:secret@h/c", 4),
        fetch_threads=Value("-1", 5),
        channel_priority=Value("high", 6),
        yes=Value("on", 7),
        always_yes=Value("on", 8),
        remote_max_retries=Value("two", 9),
        proxy_servers=Value(["a"], 10),
    )
    with pytest.raises(FaultsError) as caught:
        resolve([bad])
    assert [(fault.place, fault.line) for fault in caught.value.faults] == [
        ("offline", 3),
        ("channels", 4),
        ("fetch_threads", 5),
        ("channel_priority", 6),
        ("always_yes", 8),
        ("remote_max_retries", 9),
        ("proxy_servers", 10),
    ]
    text = str(caught.value)
    assert "secret" not in text
    assert "one of strict, flexible, disabled" in text
    assert "/etc/condarc:3" in text


def test_unknown_keys_are_warnings_with_a_suggestion() -> None:
    _, _, warnings = resolve([layer("f", chanels=Value(["a"], 2), xyzzy=1)])
    assert warnings == ("f:2: unknown setting 'chanels', did you mean 'channels'?", "f: unknown setting 'xyzzy'")
    assert suggest("always_yess") == "always_yes"
    assert suggest("xyzzy") == ""


def test_environment_variables_in_their_order() -> None:
    environ = {
        "CONDA_CHANNELS": "a, b",
        "PARITY_CHANNELS": "c",
        "CONDA_ALWAYS_YES": "1",
        "CONDA_ENVS_PATH": "/x:/y",
        "CONDA_PINNED_PACKAGES": "a>=1,<2&b",
        "CONDA_OFFLINE": "",
        "CONDA_PREFIX": "/p",
        "CONDA_SSL_VERIFY": "true",
        "PARITY_SSL_VERIFY": "/ca.pem",
    }
    settings, origins, warnings = resolve(from_environ(environ))
    assert settings.channels == ("c", "a", "b")
    assert settings.always_yes is True
    assert settings.envs_dirs == ("/x", "/y")
    assert settings.pinned_packages == ("a>=1,<2", "b")
    assert settings.ssl_verify == "/ca.pem"
    assert settings.offline is False
    assert str(origins["ssl_verify"][0]) == "environment variable PARITY_SSL_VERIFY"
    assert warnings == ()
    assert settled(*from_environ({"CONDA_ENVS_DIRS": r"C:\a;D:\b"}, pathsep=";")).envs_dirs == (r"C:\a", r"D:\b")


def test_maps_finals_and_plugins_in_variables() -> None:
    environ = {
        "CONDA_PROXY_SERVERS": '{"https": "http://p:1"}',
        "CONDA_CUSTOM_MULTICHANNELS": '{"m": ["a", "b"]}',
        "CONDA_CHANNELS": "a,b!important",
        "CONDA_PLUGINS_AUTO_ACCEPT_TOS": "yes",
        "MAMBA_ALWAYS_YES": "1",
        "MAMBA_OFFLINE": "1",
        "CONDA_OFFLINE": "0",
        "CONDA_SHLVL": "1",
    }
    layers = [*from_environ(environ), layer("command line --channel", channels=["c"])]
    settings = settled(*layers)
    assert dict(settings.proxy_servers) == {"https": "http://p:1"}
    assert dict(settings.custom_multichannels) == {"m": ("a", "b")}
    assert settings.channels == ("a", "b")
    assert dict(settings.plugins) == {"auto_accept_tos": "yes"}
    assert (settings.always_yes, settings.offline) == (True, False)
    with pytest.raises(FaultsError, match="as JSON"):
        resolve(from_environ({"CONDA_PROXY_SERVERS": "https"}))


def test_variables_of_pip_and_uv_have_the_lowest_priority() -> None:
    environ = {
        "PIP_INDEX_URL": "https://pip/simple",
        "UV_INDEX_URL": "https://uv/simple",
        "PIP_EXTRA_INDEX_URL": "https://a/simple https://b/simple",
        "UV_FIND_LINKS": "/w,/v",
    }
    settings = settled(*from_environ(environ))
    assert settings.pypi_index_url == "https://uv/simple"
    assert settings.pypi_extra_index_urls == ("https://a/simple", "https://b/simple")
    assert settings.pypi_find_links == ("/w", "/v")
    assert settled(*from_environ({**environ, "CONDA_PYPI_INDEX_URL": "https://c"})).pypi_index_url == "https://c"


def test_only_flags_that_were_given_count() -> None:
    unused: dict[str, object] = {
        "yes": False,
        "channels": [],
        "verbose": 0,
        "offline": None,
        "name": "x",
        "copy": False,
    }
    assert from_command_line(unused) == ()
    used: dict[str, object] = {"yes": True, "channels": ["a"], "verbose": 2, "ssl_verify": False, "subdirs": "text"}
    settings, origins, _ = resolve([layer("f", channels=["b"]), *from_command_line(used)])
    assert (settings.always_yes, settings.channels, settings.verbosity) == (True, ("a", "b"), 2)
    assert settings.ssl_verify is False
    assert settings.subdirs == ()
    assert str(origins["always_yes"][0]) == "command line --yes"


CONDA_KEYS = """
add_anaconda_token add_pip_as_python_dependency aggressive_update_packages allow_conda_downgrades allow_cycles
allow_non_channel_urls allow_softlinks allowlist_channels always_copy always_softlink always_yes anaconda_upload
auto_activate auto_activate_base auto_stack auto_update_conda bld_path changeps1 channel_alias channel_priority
channel_settings channels client_ssl_cert client_ssl_cert_key clobber conda_build console create_default_packages
croot custom_channels custom_multichannels debug default_activation_env default_channels default_python
default_threads denylist_channels deps_modifier dev disallowed_packages download_only dry_run enable_private_envs
env_prompt environment_specifier envs_dirs envvars_force_uppercase error_upload_url execute_threads experimental
export_platforms extra_safety_checks fetch_threads force force_32bit force_reinstall force_remove ignore_pinned json
list_fields local_repodata_ttl migrated_channel_aliases migrated_custom_channels no_lock no_plugins non_admin_enabled
notify_outdated_conda number_channel_notices offline override_channels_enabled override_virtual_packages path_conflict
pinned_packages pip_interop_enabled pkgs_dirs plugins prefix_data_interoperability preview protect_frozen_envs
proxy_servers quiet register_envs remote_backoff_factor remote_connect_timeout_secs remote_max_retries
remote_read_timeout_secs repodata_fns repodata_threads repodata_use_shards repodata_use_zst report_errors
restore_free_channel rollback_enabled root_prefix safety_checks sat_solver separate_format_cache shortcuts
shortcuts_only show_channel_urls signing_metadata_url_base solver solver_ignore_timestamps ssl_verify subdir subdirs
target_prefix_override trace track_features unsatisfiable_hints unsatisfiable_hints_check_depth update_modifier
use_index_cache use_local use_only_tar_bz2 verbosity verify_threads whitelist_channels
"""


@pytest.mark.parametrize("key", CONDA_KEYS.split())
def test_every_key_of_conda_is_known_and_applies_or_says_why_not(key: str) -> None:
    row = lookup(key)
    assert row is not None
    assert row.doc
    assert row.applies or row.inert


@pytest.mark.parametrize("word", ["maybe", "tru", "1.5", "enabled"])
def test_a_mistyped_answer_is_no_path_of_certificates(word: str) -> None:
    with pytest.raises(FaultsError, match="true, false, truststore, or the path"):
        settled(layer("f", ssl_verify=word))


@pytest.mark.parametrize(
    ("written", "value"),
    [("ca.pem", "ca.pem"), ("certs/", "certs/"), ("truststore", "truststore"), ("<system>", "truststore"),
     ("<false>", False), ("~/ca", "~/ca"), (r"C:\\ca", r"C:\\ca")],
)  # fmt: skip
def test_what_may_say_which_certificates_count(written: str, value: object) -> None:
    assert settled(layer("f", verify_ssl=written)).ssl_verify == value


def test_an_alias_is_a_url() -> None:
    with pytest.raises(FaultsError, match="a URL with its scheme"):
        settled(layer("f", channel_alias="conda.example.org"))


def test_validation_looks_at_match_specs_too() -> None:
    with pytest.raises(FaultsError, match="pinned_packages must be match specs") as caught:
        config.validate([layer("f", pinned_packages=Value(["numpy <2", "numpy >>2"], 3))])
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [("f", 3)]


def test_settings_that_do_nothing_are_listed_with_the_reason() -> None:
    given = [layer("f", self_update="no", offline="yes"), layer("g", report_errors="no")]
    idle = config.not_acted_on(given)
    assert list(idle) == ["auto_update_conda", "report_errors"]
    assert all(idle.values())


def test_paths_start_at_home() -> None:
    found = resolve([layer("f", envs_dirs=["~/e", "/x~"], ssl_verify="~/ca.pem", env_prompt="~/")], home="/h")[0]
    assert (found.envs_dirs, found.ssl_verify, found.env_prompt) == (("/h/e", "/x~"), "/h/ca.pem", "~/")


def test_keys_that_do_nothing_say_why() -> None:
    row = lookup("self_update")
    assert row is not None
    assert not row.applies
    assert row.inert


def test_settings_show_no_secrets_by_accident() -> None:
    assert "secret" not in repr(settled(layer("f", channels=["https://u:secret@h/c"])))


def test_the_reference_page_is_in_step_with_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
    assert page.read_text(encoding="utf-8") == config.reference(), (
        "run `python -m parity config --reference > docs/reference/settings.md`"
    )


def test_the_template_is_a_condarc_that_says_nothing_until_uncommented() -> None:
    from parity.formats import condarc

    text = config.template()
    assert condarc.read(text, file="f").values == {}
    lines = [line.removeprefix("# ") for line in text.splitlines()[1:] if not line.startswith("## ")]
    given = settled(condarc.read("\n".join(lines), file="f"))
    assert {name: getattr(given, name) for name in table()} == {row.name: row.default for row in table().values()}


def test_settings_import_nothing_heavy() -> None:
    code = "import sys, parity.core.settings, parity.core.layers, parity.core.channels; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"ruamel.yaml", "rich", "packaging", "urllib.parse", "difflib", "subprocess", "asyncio"}


def test_masking_of_shown_values() -> None:
    settings = settled(layer("f", custom_channels={"m": "https://u:secret@h"}, pypi_index_url="https://tok@h/simple"))
    shown: dict[str, Any] = config.show(settings)
    assert shown["custom_channels"] == {"m": "https://***@h"}
    assert shown["pypi_index_url"] == "https://***@h/simple"
