"""Edits of a `.condarc` text that leave every other line, comments included, as it is.

YAML tells where things stand; the edit itself is a splice of lines, because no YAML library keeps comments
where a person put them when list items come and go. Keys may have a dot for one entry of a map
(`proxy_servers.https`, `custom_multichannels.ours`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from parity.core.layers import check_items, coerce, wrong
from parity.core.settings import lookup, suggest
from parity.core.urls import mask
from parity.errors import InputError
from parity.formats.condarc import compose, plain, read

if TYPE_CHECKING:
    from parity.core.settings import Setting


def set_key(text: str, key: str, value: object, *, file: str = "") -> str:
    """Set a key, or one entry of a map, to a value of its type.

    Raises:
        InputError: unknown key (with the nearest known one) or wrong type.
        FaultsError: the file is broken.
    """
    row, sub = _target(key)
    if sub:
        return _Text(text, file).put(row, sub, _checked(row, {sub: value})[sub])
    if row.merge == "append" and isinstance(value, str):
        hint = f"`parity config --append {row.name} {mask(value)}` or `--prepend`"
        raise InputError(f"{row.name} is a list", hints=[hint])
    if row.merge == "merge" and not isinstance(value, dict):
        raise InputError(f"{row.name} is a map", hints=[f"`parity config --set {row.name}.NAME VALUE`"])
    return _Text(text, file).put(row, "", _checked(row, value))


def append(text: str, key: str, value: str, *, file: str = "") -> str:
    """Put a value at the end of a list (lowest priority); one that is there already moves. Raises as `set_key`."""
    return _insert(text, key, value, file, first=False)


def prepend(text: str, key: str, value: str, *, file: str = "") -> str:
    """Put a value at the start of a list (highest priority); one that is there already moves. Raises as `set_key`."""
    return _insert(text, key, value, file, first=True)


def remove_value(text: str, key: str, value: str, *, file: str = "") -> str:
    """Take a value out of a list.

    Raises:
        InputError: the key is no list, or does not hold the value.
        FaultsError: the file is broken.
    """
    row, sub = _list_target(key)
    document = _Text(text, file)
    items = document.items(row, sub)
    if value not in items:
        raise InputError(f"{mask(value)!r} is not in {key}" + (f" of {file}" if file else ""))
    return document.drop_item(row, sub, items.index(value))


def remove_key(text: str, key: str, *, file: str = "") -> str:
    """Take a key, known or not, or one entry of a map out.

    Raises:
        InputError: it is not there.
        FaultsError: the file is broken.
    """
    document = _Text(text, file)
    head, _, sub = key.partition(".")
    row = lookup(head)
    names = (head,) if row is None else (row.name, *row.aliases)
    pair = document.pair(document.root, (key,)) or document.pair(document.root, names)
    if pair is not None and sub and pair[0].value != key:
        entry = document.pair(pair[1], (sub,))
        if entry is not None and len(pair[1].value) > 1:
            return document.drop_entry(pair, entry)
        pair = pair if entry is not None else None
    if pair is None:
        raise InputError(f"{key!r} is not set" + (f" in {file}" if file else ""))
    return document.drop_pair(pair)


def _target(key: str) -> tuple[Setting, str]:
    """The setting that a key names, and the entry of a map after a dot."""
    head, _, sub = key.partition(".")
    row = lookup(head)
    if row is None:
        near = suggest(head)
        hints = [f"did you mean {near}?"] if near else []
        raise InputError(f"unknown setting {head!r}", hints=[*hints, "`parity config --describe` lists all settings"])
    if sub and row.merge != "merge":
        raise InputError(f"{row.name} has no entries, so {key!r} means nothing", hints=[f"write {row.name}"])
    return row, sub


def _list_target(key: str) -> tuple[Setting, str]:
    row, sub = _target(key)
    if row.type != ("Mapping[str, tuple[str, ...]]" if sub else "tuple[str, ...]"):
        raise InputError(f"{key} is not a list", hints=[f"`parity config --set {key} VALUE` sets it"])
    return row, sub


def _checked(row: Setting, value: object) -> Any:
    try:
        checked = coerce(row, value)
        check_items(row, checked)
        return _yaml(checked)
    except ValueError as error:
        raise InputError(wrong(row, value, str(error))) from None


def _yaml(value: Any) -> Any:
    """Tuples and maps of a setting as what YAML writes."""
    if isinstance(value, tuple):
        return [_yaml(item) for item in value]
    return {key: _yaml(item) for key, item in value.items()} if isinstance(value, dict) else value


def _insert(text: str, key: str, value: str, file: str, *, first: bool) -> str:
    row, sub = _list_target(key)
    if not sub:
        _checked(row, [value])
    document = _Text(text, file)
    items = document.items(row, sub)
    if value in items:
        if items[0 if first else -1] == value:
            return text
        document = _Text(document.drop_item(row, sub, items.index(value)), file)
    return document.add_item(row, sub, value, first=first)


class _Text:
    """A text with its YAML nodes; every method returns a new text."""

    def __init__(self, text: str, file: str) -> None:
        read(text, file=file)  # raises every fault in its usual form
        self.root: Any = compose(text, file) if text.strip() else None
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.text = text
        self.lines = text.splitlines(keepends=True)
        if self.lines and not self.lines[-1].endswith("\n"):
            self.lines[-1] += self.newline
        self.flat = re.search(r"^[^\s#-][^\n]*:[^\S\n]*(?:#[^\n]*)?\n- ", text, re.MULTILINE) is not None

    def pair(self, node: Any, names: tuple[str, ...]) -> Any:
        """The first (key, value) of a map node whose key is among the names."""
        if node is None or node.id != "mapping":
            return None
        return next((pair for pair in node.value if str(pair[0].value) in names), None)

    def _find(self, row: Setting) -> Any:
        return self.pair(self.root, (row.name, *row.aliases))

    def items(self, row: Setting, sub: str) -> list[str]:
        """The items of a list, empty where there is none."""
        pair = self._find(row)
        if pair is not None and sub:
            pair = self.pair(pair[1], (sub,))
        return [str(item.value) for item in pair[1].value] if pair is not None and pair[1].id == "sequence" else []

    def put(self, row: Setting, sub: str, value: Any) -> str:
        """Set a key or an entry of a map."""
        pair = self._find(row)
        if pair is None:
            return self._add({row.name: {sub: value} if sub else value})
        name = str(pair[0].value)
        if not sub:
            return self._replace(pair, name, value, self.root)
        if pair[1].id != "mapping" or pair[1].flow_style:
            entries = plain(pair[1]) if pair[1].id == "mapping" else {}
            return self._replace(pair, name, {**entries, sub: value}, self.root)
        entry = self.pair(pair[1], (sub,))
        if entry is not None:
            return self._replace(entry, sub, value, pair[1])
        indent = pair[1].value[0][0].start_mark.column
        at = _last_line(pair[1]) + 1
        return "".join([*self.lines[:at], *self._block({sub: value}, indent), *self.lines[at:]])

    def add_item(self, row: Setting, sub: str, value: str, *, first: bool) -> str:
        """Put an item at one end of a list."""
        pair = self._find(row)
        if pair is not None and sub:
            pair = self.pair(pair[1], (sub,))
        node = None if pair is None else pair[1]
        if node is None or not self._one_a_line(node):
            items = self.items(row, sub)
            return self.put(row, sub, [value, *items] if first else [*items, value])
        edge = node.value[0 if first else -1]
        before = self.lines[edge.start_mark.line][: edge.start_mark.column]
        at = edge.start_mark.line + (0 if first else 1)
        line = self._block([value], 0)[0].lstrip(" ").removeprefix("-").lstrip(" ")
        return "".join([*self.lines[:at], before + line, *self.lines[at:]])

    def drop_item(self, row: Setting, sub: str, at: int) -> str:
        """Take the item at an index out of a list."""
        pair = self._find(row)
        node = self.pair(pair[1], (sub,))[1] if sub else pair[1]
        if len(node.value) > 1 and self._one_a_line(node):
            line = node.value[at].start_mark.line
            return "".join([*self.lines[:line], *self.lines[line + 1 :]])
        items = self.items(row, sub)
        return self.put(row, sub, items[:at] + items[at + 1 :])

    def drop_pair(self, pair: Any) -> str:
        """Take a top-level key out."""
        if self.root.flow_style:
            return self._whole({key: item for key, item in plain(self.root).items() if key != str(pair[0].value)})
        return "".join([*self.lines[: pair[0].start_mark.line], *self.lines[_last_line(pair[1], pair[0]) + 1 :]])

    def drop_entry(self, pair: Any, entry: Any) -> str:
        """Take one of several entries out of a map."""
        if self.root.flow_style or pair[1].flow_style:
            entries = {key: item for key, item in plain(pair[1]).items() if key != str(entry[0].value)}
            return self._replace(pair, str(pair[0].value), entries, self.root)
        return "".join([*self.lines[: entry[0].start_mark.line], *self.lines[_last_line(entry[1], entry[0]) + 1 :]])

    def _one_a_line(self, node: Any) -> bool:
        """Whether a list has each item, a scalar, on a line of its own after a dash."""
        if node.id != "sequence" or node.flow_style or not node.value:
            return False
        return all(
            item.id == "scalar"
            and _last_line(item) == item.start_mark.line
            and self.lines[item.start_mark.line][: item.start_mark.column].strip() == "-"
            for item in node.value
        )

    def _replace(self, pair: Any, name: str, value: Any, holder: Any) -> str:
        """Another value for a key; a comment behind a value of one line stays."""
        key, node = pair
        if holder.flow_style:
            return self._whole({**plain(self.root), name: value})
        first, last = key.start_mark.line, _last_line(node, key)
        block = self._block({name: value}, key.start_mark.column)
        # What stands behind the value on its line, or behind the key where the value starts below.
        tail = self.lines[first][key.end_mark.column :] if node.start_mark.line > first else self.lines[last]
        tail = tail.partition(":")[2] if node.start_mark.line > first else tail[node.end_mark.column :]
        if tail.lstrip().startswith("#"):
            block[0] = block[0].rstrip() + (tail if tail[0].isspace() else "  " + tail)
        return "".join([*self.lines[:first], *block, *self.lines[last + 1 :]])

    def _add(self, value: dict[str, Any]) -> str:
        """A new key at the end."""
        if self.root is not None and self.root.flow_style:
            return self._whole({**plain(self.root), **value})
        return "".join([*self.lines, *self._block(value, 0)])

    def _whole(self, value: dict[str, Any]) -> str:
        """The document written anew: for one in braces, where lines say nothing."""
        start, end = self.root.start_mark.line, _last_line(self.root)
        block = self._block(value, 0) if value else []
        return "".join([*self.lines[:start], *block, *self.lines[end + 1 :]])

    def _block(self, value: Any, indent: int) -> list[str]:
        """YAML of a value as lines, in the style of the file."""
        from io import StringIO

        from ruamel.yaml import YAML

        yaml = YAML(typ="rt", pure=True)
        yaml.width = 1_000_000
        yaml.indent(mapping=2, sequence=2 if self.flat else 4, offset=0 if self.flat else 2)
        stream = StringIO()
        yaml.dump(value, stream)
        return [" " * indent + line + self.newline for line in stream.getvalue().splitlines()]


def _last_line(node: Any, key: Any = None) -> int:
    """The last line that a node has content on, counted from 0; `key` for values that may be empty."""
    if node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1], last[0]) if node.id == "mapping" else _last_line(last)
    if key is not None and node.id == "scalar" and not node.value and node.style is None:
        return int(key.end_mark.line)
    ends_before = node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line
    return int(node.end_mark.line) - (1 if ends_before else 0)
