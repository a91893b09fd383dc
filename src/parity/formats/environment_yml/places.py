"""On which line of an environment.yml something stands, for messages about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core import specs
from parity.errors import ParityError
from parity.formats import requirements
from parity.formats.environment_yml.nodes import Node, compose

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = {"variable": "variables", "platform": "platforms"}


def line_of(text: str, kind: str, what: str = "") -> int:
    """The line of an entry.

    Args:
        text: of the file.
        kind: `spec`, `pip`, `variable`, `platform`; anything else is a key of the file (`channels`).
        what: name of the package or project, the line of `pip:`, the variable, the platform.

    Returns:
        Counted from 1; 0 where it does not stand there.
    """
    root = compose(text)
    if root is None or root.kind != "mapping":
        return 0
    if kind in {"spec", "pip"}:
        return next((node.line for each, name, node in _entries(root) if each == kind and name == what), 0)
    key = _KEYS.get(kind, kind)
    value = root.get(key)
    if value is not None:
        for name, _ in value.pairs:
            if name.value == what:
                return name.line
        for item in value.items:
            if item.value == what:
                return item.line
    return next((name.line for name, _ in root.pairs if name.value == key), 0)


def _entries(root: Node) -> Iterator[tuple[str, str, Node]]:
    """Kind, name and node of each dependency."""
    dependencies = root.get("dependencies")
    for item in dependencies.items if dependencies is not None else ():
        if item.kind == "scalar":
            yield "spec", _name(item.value), item
        for key, value in item.pairs:
            if key.value == "pip":
                for line in value.items:
                    yield from (("pip", name, line) for name in _projects(line.value))
            elif re.fullmatch(r"sel\([^)]*\)", key.value.strip()):
                yield "spec", _name(value.value), value


def _name(text: str) -> str:
    try:
        return specs.parse(text).name
    except ParityError:
        return ""


def _projects(text: str) -> Iterator[str]:
    for each in text.splitlines():
        try:
            for line in requirements.parse_item(each):
                yield line.name or line.text
        except ParityError:
            continue
