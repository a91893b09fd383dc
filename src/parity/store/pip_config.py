"""pip's own configuration files, as the lowest layer of the PyPI settings.

uv does not read them, but a machine on which pip finds its index should need nothing more for Parity.
Places, sections and options are those of pip's "Configuration" documentation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.layers import Layer, Value
from parity.core.sources import PIPS_INDEX_STRATEGY

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTIONS = {
    "index-url": "pypi_index_url",
    "extra-index-url": "pypi_extra_index_urls",
    "find-links": "pypi_find_links",
    "cert": "ssl_verify",
}
_SINGLE = {"index-url", "cert"}
_SECTIONS = ("global", "install")


def places(environ: Mapping[str, str], home: Path, platform: str) -> tuple[Path, ...]:
    """Files that pip would read, lowest priority first; none where PIP_CONFIG_FILE is the null device.

    Args:
        environ: `PIP_CONFIG_FILE`, `XDG_CONFIG_HOME`, `XDG_CONFIG_DIRS`, `APPDATA` and `ProgramData` are looked at.
        home: of the user.
        platform: `sys.platform`.
    """
    named = environ.get("PIP_CONFIG_FILE")
    if named in {"/dev/null", "nul"}:
        return ()
    if platform == "win32":
        shared = [Path(environ.get("ProgramData") or "C:/ProgramData") / "pip" / "pip.ini"]
        own = [home / "pip" / "pip.ini", Path(environ.get("APPDATA") or home / "AppData/Roaming") / "pip" / "pip.ini"]
    else:
        xdg = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        shared = [*(Path(folder) / "pip" / "pip.conf" for folder in xdg.split(":") if folder), Path("/etc/pip.conf")]
        own = [
            home / ".pip" / "pip.conf",
            Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf",
        ]
        if platform == "darwin":
            own.append(home / "Library" / "Application Support" / "pip" / "pip.conf")
    return (*shared, *own, *([Path(named)] if named else []))


def read_layers(environ: Mapping[str, str], home: Path, platform: str) -> tuple[Layer, ...]:
    """One layer for each of pip's files that names an index or links, lowest priority first.

    A file that pip itself could not read is left alone: it is not Parity's to judge.
    """
    layers = []
    for path in places(environ, home, platform):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        values = _values(text)
        if values:
            layers.append(Layer(str(path), values))
    return tuple(layers)


def _values(text: str) -> dict[str, Value]:
    if not any(option in text.replace("_", "-") for option in _OPTIONS):
        return {}  # spares the parser's import
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        return {}
    found: dict[str, Value] = {}
    for section in _SECTIONS:
        if not parser.has_section(section):
            continue
        for written, value in parser.items(section):
            option = written.replace("_", "-")
            if option in _OPTIONS and value.strip():
                raw: object = value.strip() if option in _SINGLE else value.split()
                found[_OPTIONS[option]] = Value(raw)
    if "pypi_extra_index_urls" in found:
        found["pypi_index_strategy"] = Value(PIPS_INDEX_STRATEGY)
    return found
