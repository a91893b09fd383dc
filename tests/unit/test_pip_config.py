from __future__ import annotations

from pathlib import Path

from parity.core.layers import resolve
from parity.core.sources import from_environ
from parity.store import pip_config


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_places_are_those_of_pip() -> None:
    linux = pip_config.places({"XDG_CONFIG_DIRS": "/a:/b", "PIP_CONFIG_FILE": "/mine"}, Path("/h"), "linux")
    assert [str(path) for path in linux] == [
        "/a/pip/pip.conf",
        "/b/pip/pip.conf",
        "/etc/pip.conf",
        "/h/.pip/pip.conf",
        "/h/.config/pip/pip.conf",
        "/mine",
    ]
    assert pip_config.places({"PIP_CONFIG_FILE": "/dev/null"}, Path("/h"), "linux") == ()
    windows = pip_config.places({"APPDATA": "/roaming"}, Path("/h"), "win32")
    assert windows[-1] == Path("/roaming/pip/pip.ini")
    assert Path("/h/Library/Application Support/pip/pip.conf") in pip_config.places({}, Path("/h"), "darwin")


def test_indexes_and_links_are_read(tmp_path: Path) -> None:
    write(tmp_path / ".pip" / "pip.conf", "[global]\nindex-url = https://old/simple\ntimeout = 5\n")
    write(
        tmp_path / ".config" / "pip" / "pip.conf",
        "[global]\nindex_url = https://new/simple\nextra-index-url =\n  https://a/simple\n  https://b/simple\n"
        "[install]\nfind-links = /w /v\n[freeze]\nindex-url = https://no/simple\n",
    )
    mine = [layer for layer in pip_config.read_layers({}, tmp_path, "linux") if str(tmp_path) in layer.source]
    settings, origins, _ = resolve(mine)
    assert settings.pypi_index_url == "https://new/simple"
    assert settings.pypi_extra_index_urls == ("https://a/simple", "https://b/simple")
    assert settings.pypi_index_strategy == "unsafe-best-match"
    assert settings.pypi_find_links == ("/w", "/v")
    assert origins["pypi_index_url"][0].source == str(tmp_path / ".config" / "pip" / "pip.conf")


def test_files_that_say_nothing_or_are_broken_count_for_nothing(tmp_path: Path) -> None:
    for text in ("", "[global]\ntimeout = 5\n", "index-url = https://x\n", "[global]\nindex-url =\n"):
        write(tmp_path / "pip.conf", text)
        layers = pip_config.read_layers({"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}, tmp_path, "linux")
        assert not any(str(tmp_path) in layer.source for layer in layers)


def test_who_tells_pip_of_further_indexes_gets_pips_choice_among_them() -> None:
    def strategy(**environ: str) -> str:
        return resolve(from_environ(environ))[0].pypi_index_strategy

    assert strategy() == "first-index"
    assert strategy(PIP_EXTRA_INDEX_URL="https://a/simple") == "unsafe-best-match"
    assert strategy(UV_EXTRA_INDEX_URL="https://a/simple", PIP_EXTRA_INDEX_URL="https://b/simple") == "first-index"
    assert strategy(PIP_EXTRA_INDEX_URL="https://a/simple", UV_INDEX_STRATEGY="first-index") == "first-index"
    assert strategy(PIP_EXTRA_INDEX_URL="https://a/simple", PARITY_PYPI_INDEX_STRATEGY="first-index") == "first-index"
