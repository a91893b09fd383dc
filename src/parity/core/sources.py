"""What environment variables and flags set, as layers; files are read by `formats.condarc`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from parity.core.layers import Layer, Value
from parity.core.settings import PREFIXES, lookup, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.settings import Setting

_PLUGINS = "plugins_"
_IMPORTANT = "!important"
PIPS_INDEX_STRATEGY = "unsafe-best-match"
"""Who told pip of further indexes has seen it take the best version of all. uv, left alone, takes the first index that
has the project, so that nobody can slip in a package of the same name."""


def from_environ(environ: Mapping[str, str], *, pathsep: str = ":") -> tuple[Layer, ...]:
    """One layer for each environment variable that sets something, lowest priority first.

    Variables of other tools come first, then `MAMBA_*`, `CONDA_*` and `PARITY_*`. An empty variable says nothing;
    one that ends with `!important` cannot be overridden, as in conda. A map is written as JSON. `CONDA_PLUGINS_X` is
    the entry X of `plugins`.

    Args:
        environ: the environment.
        pathsep: what separates directories (`:` or `;`).
    """
    ours = {name: text for name, text in environ.items() if text and name.startswith(PREFIXES)}
    named = {lookup(name.partition("_")[2].lower()) for name in ours}
    foreign: list[Layer] = []
    if environ.get("PIP_EXTRA_INDEX_URL") and not environ.get("UV_EXTRA_INDEX_URL"):
        foreign.append(_variable(table()["pypi_index_strategy"], "PIP_EXTRA_INDEX_URL", PIPS_INDEX_STRATEGY))
    layers: dict[str, list[Layer]] = {prefix: [] for prefix in reversed(PREFIXES)}
    for row in table().values():
        for name in row.foreign_env:
            if environ.get(name):
                # pip separates by blanks, uv by blanks or commas.
                items = environ[name].replace(",", " ").split()
                foreign.append(_variable(row, name, items if row.merge == "append" else environ[name]))
                break
        for name in reversed(row.env) if row in named else ():
            if name in ours:
                text, important, _ = ours[name].partition(_IMPORTANT)
                raw = _in_variable(row, text.strip(), pathsep)
                layers[name.partition("_")[0] + "_"].append(_variable(row, name, raw, final=bool(important)))
    for name, text in ours.items():
        prefix, _, key = name.partition("_")
        if key.lower().startswith(_PLUGINS):
            raw = {key.lower().removeprefix(_PLUGINS): text}
            layers[f"{prefix}_"].append(_variable(table()["plugins"], name, raw))
    return (*foreign, *(layer for found in layers.values() for layer in found))


def _in_variable(row: Setting, text: str, pathsep: str) -> object:
    """What the text of a variable stands for."""
    if row.merge == "first":
        return text
    if text[:1] in "{[" and (row.merge == "merge" or row.type != "tuple[str, ...]"):
        import json

        with suppress(ValueError):
            return json.loads(text)
    if row.merge == "merge":
        return text
    delimiter = pathsep if row.delimiter == "pathsep" else row.delimiter
    return [item.strip() for item in text.split(delimiter) if item.strip()]


def _variable(row: Setting, name: str, raw: object, *, final: bool = False) -> Layer:
    return Layer(f"environment variable {name}", {row.name: Value(raw, final=final)})


def from_command_line(arguments: Mapping[str, object]) -> tuple[Layer, ...]:
    """One layer for each flag of the table that was given.

    Args:
        arguments: parsed arguments by dest or by setting name; others are left alone. None, and whatever
            argparse puts where a switch was not used (False, 0, an empty list), count as not given,
            except False for a setting that is on by default.
    """
    layers = []
    for row in table().values():
        for dest in dict.fromkeys((row.name, row.dest)):
            raw = arguments.get(dest) if dest else None
            if raw is None or (not raw and (row.merge != "first" or not row.default)):
                continue
            if (row.merge == "append") != isinstance(raw, (list, tuple)):
                continue  # a command's own argument that happens to have this name
            layers.append(Layer(f"command line {row.flag or '--' + dest.replace('_', '-')}", {row.name: Value(raw)}))
            break
    return tuple(layers)
