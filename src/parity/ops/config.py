"""Settings as people ask about them and change them: `parity config`.

Everything here takes and gives values or texts; which file a text belongs to, the caller knows.
Credentials are masked in everything that is meant to be shown.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from parity.core import layers as core_layers
from parity.core.settings import lookup, suggest, table
from parity.core.urls import mask
from parity.errors import Fault, FaultsError, InputError
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity.core.layers import Layer
    from parity.core.settings import Setting, Settings

Verb = Literal["set", "append", "prepend", "remove", "remove-key"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a file; `value` is not used by `remove-key`."""

    verb: Verb
    key: str
    value: str = ""


def apply(text: str, edits: Sequence[Edit], *, file: str) -> str:
    """The text of a `.condarc` after all edits, comments and order kept; all or nothing.

    Raises:
        InputError: an unknown key, a value of a wrong type, a value to remove that is not there.
        FaultsError: the file is broken.
    """
    from parity.formats import condarc_edit

    actions = {
        "set": condarc_edit.set_key,
        "append": condarc_edit.append,
        "prepend": condarc_edit.prepend,
        "remove": condarc_edit.remove_value,
    }
    for edit in edits:
        if edit.verb == "remove-key":
            text = condarc_edit.remove_key(text, edit.key, file=file)
        else:
            text = actions[edit.verb](text, edit.key, edit.value, file=file)
    return text


def merge(text: str, incoming: str, *, file: str) -> str:
    """The text of a `.condarc` after every key of another one has been set in it, or taken out where it is null.

    Raises:
        InputError: an unknown key, a value of a wrong type.
        FaultsError: either text is broken.
    """
    from parity.formats import condarc, condarc_edit

    for key, value in condarc.read(incoming, file="standard input").values.items():
        if value.raw is not None:
            text = condarc_edit.set_key(text, key, value.raw, file=file)
        elif key in condarc.read(text, file=file).values:
            text = condarc_edit.remove_key(text, key, file=file)
    return text


def show(settings: Settings, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Names (all that apply, or those that `keys` name) to their values, credentials masked.

    Raises:
        InputError: unknown key.
    """
    rows = [_row(key) for key in keys] or [row for row in table().values() if row.applies]
    return {row.name: masked(getattr(settings, row.name)) for row in rows}


def show_sources(layers: Sequence[Layer]) -> dict[str, dict[str, Any]]:
    """What each source says, as it says it, credentials masked; in the order of their priority, lowest first."""
    return {layer.source: _typed(layer) for layer in layers if layer.values}


def get(text: str, keys: Sequence[str], *, file: str) -> dict[str, Any]:
    """What one file says, credentials masked: all of it, or those of `keys` that it has.

    Raises:
        InputError: unknown key.
        FaultsError: the file is broken.
    """
    from parity.formats import condarc

    found = _typed(condarc.read(text, file=file))
    if not keys:
        return found
    result = {}
    for key in keys:
        head, _, sub = key.partition(".")
        value = found.get(_row(head).name)
        value = value.get(sub) if sub and isinstance(value, dict) else value
        if value is not None:
            result[key] = value
    return result


def _typed(layer: Layer) -> dict[str, Any]:
    """The values of a source by setting name, as the types they stand for where they are right."""
    result = {}
    for key, value in layer.values.items():
        row = lookup(key)
        try:
            result[row.name if row else key] = masked(
                value.raw if row is None or value.raw is None else core_layers.coerce(row, value.raw)
            )
        except ValueError:
            result[key] = masked(value.raw)
    return result


def describe(keys: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of the table of settings, in its order.

    Raises:
        InputError: unknown key.
    """
    rows = [_row(key) for key in keys] or list(table().values())
    return [
        {
            "name": row.name,
            "type": row.type,
            "default": masked(row.default),
            "description": row.doc,
            "aliases": list(row.aliases),
            "environment_variables": [*row.env, *row.foreign_env] if row.merge != "merge" else [],
            "flag": row.flag,
            "choices": list(row.choices),
            "applies": row.applies,
            "reason": row.inert,
        }
        for row in rows
    ]


def validate(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Check every value of every source; what is left are warnings.

    Raises:
        FaultsError: every value of a wrong type, or that is no match spec where one is meant.
    """
    given, warnings = core_layers.check(layers)
    faults = []
    for name, items in given.items():
        for item in items:
            try:
                core_layers.check_items(table()[name], item.value)
            except ValueError as error:
                message = f"{name} must be {error}"
                faults.append(Fault(message, place=name, line=item.raw.line, file=item.source))
    if faults:
        raise FaultsError(faults)
    return warnings


def not_acted_on(layers: Sequence[Layer]) -> dict[str, str]:
    """The settings that are given and do nothing, each with the reason."""
    rows = dict.fromkeys(lookup(key) for layer in layers for key in layer.values)
    return {row.name: row.inert for row in rows if row is not None and row.inert}


def masked(value: Any) -> Any:
    """A value as JSON has it, credentials masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    if hasattr(value, "items"):
        return {mask(str(key)): masked(item) for key, item in value.items()}
    return value


def as_yaml(key: str, value: Any, indent: str = "") -> list[str]:
    """A key and a JSON value as lines of YAML, in conda's layout."""
    if isinstance(value, dict) and value:
        return [
            f"{indent}{key}:",
            *(line for name, item in value.items() for line in as_yaml(name, item, indent + "  ")),
        ]
    if isinstance(value, list) and value:
        return [f"{indent}{key}:", *(f"{indent}  - {_scalar(item)}" for item in value)]
    return [f"{indent}{key}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        import json

        plain = value and value == value.strip() and value[0] not in "&*!|>%@`{}[]'\"#,?-:" and ": " not in value
        plain = plain and " #" not in value and "\n" not in value and not value.endswith(":")
        ambiguous = value.lower() in {"true", "false", "yes", "no", "on", "off", "null", "~"} or _is_number(value)
        return value if plain and not ambiguous else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_scalar(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(item) for item in value) + "]"
    return str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def template() -> str:
    """A `.condarc` that says nothing: every setting that applies, with its default, as a comment."""
    lines = ["# Settings of Parity. Take away the `# ` before a line to change what it says.", ""]
    for group, rows in groupby((row for row in table().values() if row.applies), key=lambda row: row.group):
        lines += [f"## {group}", ""]
        for row in rows:
            default = as_yaml(row.name, masked(row.default))
            lines += [f"## {row.doc}", *(f"# {line}" for line in default), ""]
    return "\n".join(lines)


def _row(key: str) -> Setting:
    row = lookup(key)
    if row is None:
        near = suggest(key)
        hints = [f"did you mean {near}?"] if near else []
        raise InputError(f"unknown setting {key!r}", hints=[*hints, "`parity config --describe` lists all settings"])
    return row


def reference() -> str:
    """The reference page of settings, docs/reference/settings.md, made from the table."""
    lines = [
        "# Settings",
        "",
        "<!-- Made from the table in src/parity/core/settings.py by `parity config --reference`; do not edit. -->",
        "",
        "Settings stand in `.condarc` files, in conda's places and format, in environment variables and in flags;",
        "what comes later here has priority. `parity config --show-sources` says what comes from where. Every setting",
        "`x` is also read from the variables `PARITY_X` and, below it, `CONDA_X` and `MAMBA_X`; lists are separated by",
        "commas there unless noted, maps are JSON. pip's own files give the PyPI settings their lowest layer.",
        "Lists of several sources are joined, highest priority first; maps are merged; `#!final`, `#!top` and",
        "`#!bottom` behind a line in a file mean what they mean in conda. An unknown key is not an error: other tools",
        "read the same files.",
        "",
    ]
    for group, rows in groupby(table().values(), key=lambda row: row.group):
        lines += [f"## {group}", "", "| setting | type | default | what it does |", "|---|---|---|---|"]
        lines += [*map(_reference_row, rows), ""]
    return "\n".join(lines)


def _reference_row(row: Setting) -> str:
    doc = row.doc
    if row.choices:
        doc += f" One of {', '.join(f'`{choice}`' for choice in row.choices)}."
    if row.flag:
        doc += f" Flag `{row.flag}`."
    if row.aliases:
        doc += f" Also `{'`, `'.join(row.aliases)}`."
    if row.foreign_env:
        doc += f" Also from the variables `{'`, `'.join(row.foreign_env)}`."
    if row.merge == "append" and row.delimiter != ",":
        separator = "the path separator" if row.delimiter == "pathsep" else f"`{row.delimiter}`"
        doc += f" Variables separate by {separator}."
    if not row.applies:
        doc += f" *Not acted on: {row.inert}.*"
    kind = _kind(row).replace("|", "or")
    default = _scalar(masked(row.default))
    return f"| `{row.name}` | {kind} | `{default}` | {doc} |"


def _kind(row: Setting) -> str:
    """The type in words."""
    words: Mapping[str, str] = {
        "tuple[str, ...]": "list",
        "tuple[Mapping[str, str], ...]": "list of maps",
        "Mapping[str, str]": "map",
        "Mapping[str, tuple[str, ...]]": "map of lists",
        "str": "text",
        "str | None": "text",
        "bool | None": "bool",
        "bool | str": "bool or text",
        "float": "number",
        "ChannelPriority": "text",
    }
    return words.get(row.type, row.type)
