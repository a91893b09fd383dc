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
