"""`.condarc` read into a layer, with every value's line and mark; `condarc_edit` writes it.

The format is YAML with conda's `#!final`, `#!top` and `#!bottom` comments (conda's documentation,
"Locking and merging configuration"). Scalars are handed on as texts: what they mean, the table of
settings knows better than YAML 1.1 or 1.2 (`default_python: 3.10`, `yes`, `no`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity.core.layers import Layer, Value
from parity.core.settings import lookup
from parity.core.urls import expand_variables, mask
from parity.errors import Fault, FaultsError
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MARK = regex(r"#!\s*(final|top|bottom)\b")


def read(text: str, *, file: str, environ: Mapping[str, str] | None = None, windows: bool = False) -> Layer:
    """Read one file into a layer.

    Args:
        text: content of the file.
        file: its name, for messages and origins.
        environ: variables for `${X}` in the values of settings that may hold them; None leaves texts as they are.
        windows: `%X%` is replaced too.

    Raises:
        FaultsError: it is not YAML, not a map, or has a key twice.
    """
    if not text.strip():
        return Layer(file, {})
    root = compose(text, file)
    if root is None:
        return Layer(file, {})
    if root.id != "mapping":
        message = "a .condarc is a map of settings, as `channels: [conda-forge]`"
        raise FaultsError([Fault(message, line=root.start_mark.line + 1, file=file)])
    lines = text.splitlines()
    values: dict[str, Value] = {}
    faults: list[Fault] = []
    for key_node, node in root.value:
        key, line = str(key_node.value), key_node.start_mark.line
        if key in values:
            faults.append(Fault("this key stands here twice", place=key, line=line + 1, file=file))
            continue
        row = lookup(key)
        expands = row is not None and row.expand and environ is not None

        def leaf(item: str, expands: bool = expands) -> str:
            return expand_variables(item, environ, windows=windows) if expands and environ is not None else item

        values[key] = Value(
            plain(node, leaf), line + 1, final=_mark(lines, line) == "final", marks=_marks(node, lines, leaf, line)
        )
    if faults:
        raise FaultsError(faults)
    return Layer(file, values)


def compose(text: str, file: str) -> Any:
    """The YAML node tree of a text, None for one without content.

    Raises:
        FaultsError: it is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"this is not YAML: {mask(str(error.problem or error.context))}"
        raise FaultsError([Fault(message, line=mark.line + 1 if mark else 0, file=file)]) from None
    except YAMLError as error:
        raise FaultsError([Fault(f"this is not YAML: {mask(str(error))}", file=file)]) from None
    return None if root is None or (root.id == "scalar" and plain(root) is None) else root


def plain(node: Any, leaf: Callable[[str], str] = str) -> Any:
    """A YAML node as dict, list, text or None; `leaf` is applied to every text."""
    if node.id == "mapping":
        return {leaf(str(key.value)): plain(value, leaf) for key, value in node.value}
    if node.id == "sequence":
        return [plain(item, leaf) for item in node.value]
    if node.style is None and node.value in {"", "~", "null", "Null", "NULL"}:
        return None
    return leaf(str(node.value))


def _mark(lines: list[str], line: int) -> str:
    found = _MARK.search(lines[line]) if line < len(lines) else None
    return found.group(1) if found else ""


def _marks(node: Any, lines: list[str], leaf: Callable[[str], str], key_line: int) -> dict[str, str]:
    """Marks of list items and map keys that stand on lines of their own."""
    if node.id == "scalar":
        return {}
    children = [child[0] if node.id == "mapping" else child for child in node.value]
    marks = {}
    for child in children:
        line = child.start_mark.line
        if child.id == "scalar" and line != key_line and (mark := _mark(lines, line)):
            marks[leaf(str(child.value))] = mark
    return marks
