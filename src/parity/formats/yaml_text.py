"""YAML for locks: plain values to text that is the same every time, and text to plain values, fast.

Locks are too large for ruamel.yaml (see docs/adr/0002-dependencies.md), and need no comments kept. Reading gives a
plain scalar another type than text only where that type gives the same text back (`1.10` stays text, `12` is a number,
`no` is text), so that a reader who expects text loses nothing; that is what YAML 1.2's core schema means, narrowed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from parity.errors import Fault, FaultsError
from parity.formats.faults import conflict_in
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What no reader of YAML 1.1 or 1.2 takes for anything but this text; everything else is quoted.
_WORD = r"[A-Za-z0-9_./+@=,<>!~*()\[\];?%&|$'^-]"
_PLAIN = regex(
    rf"(?:[A-Za-z_/]|\.\.?/|--?[A-Za-z])(?:{_WORD}|:(?=[^\s])|(?<=\S)\#)*(?: {_WORD}(?:{_WORD}|:(?=[^\s])|(?<=\S)\#)*)*"
)
_SPEC = regex(r"[0-9][0-9A-Za-z._-]*[A-Za-z][0-9A-Za-z._-]*=[0-9A-Za-z._=+!*-]+")
_VERSION = regex(r"\d+(?:\.\d+){2,}")
_DIGEST = regex(r"(?=.*[a-df])[0-9a-f]{32,64}")
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_STEP = regex(r"([^.\[\]]+)|\[(\d+)\]")
_DEPTH = 1000  # levels of nesting; locks have five


def dump(value: Any) -> str:
    """A mapping or list as a YAML document; keys keep their order, lists are not indented under their key."""
    lines: list[str] = []
    _emit(value, "", "", lines, {})
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """A text as a scalar in one line: plain where every reader takes it for text, else quoted."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    if plain or _VERSION.fullmatch(text) or _SPEC.fullmatch(text) or _DIGEST.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escape(ord(c))) for c in text) + '"'


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _emit(value: Any, first: str, rest: str, lines: list[str], known: dict[str, str]) -> None:
    """Add the lines of a mapping or list: the first begins with `first` (it may hold a dash), others with `rest`."""
    if not value:
        lines.append(first + _inline(value, known))
        return
    if isinstance(value, dict):
        for key, item in value.items():
            head = f"{first}{_inline(str(key), known)}:"
            first = rest
            if item and isinstance(item, dict):
                lines.append(head)
                _emit(item, rest + "  ", rest + "  ", lines, known)
            elif item and isinstance(item, list | tuple):
                lines.append(head)
                _emit(item, rest, rest, lines, known)
            else:
                lines.append(f"{head} {_inline(item, known)}")
        return
    for item in value:
        if item and isinstance(item, dict | list | tuple):
            _emit(item, f"{first}- ", rest + "  ", lines, known)
        else:
            lines.append(f"{first}- {_inline(item, known)}")
        first = rest


def _inline(value: Any, known: dict[str, str]) -> str:
    if isinstance(value, str):
        text = known.get(value)
        if text is None:
            text = known[value] = scalar(value)
        return text
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, list | tuple) else repr(value)


@cache
def _loader() -> Any:
    import yaml

    # The C parser is in every wheel of PyYAML; where it was built without, the one in Python does the same slowly.
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Plain values only: no tags of Python's, no dates, no `yes`; a key that stands twice is an error."""

        yaml_implicit_resolvers: Any = {}  # noqa: RUF012

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
            if len(found) != len(node.value):
                seen = set()
                for key, _ in node.value:
                    if key.value in seen:
                        raise yaml.constructor.ConstructorError(
                            None, None, f"the key `{key.value}` stands here twice", key.start_mark
                        )
                    seen.add(key.value)
            return found

        def construct_decimal(self, node: Any) -> float | str:
            return float(node.value) if repr(float(node.value)) == node.value else str(node.value)

    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]{0,17})$"), list("-0123456789")
    )
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))
    Loader.add_constructor("tag:yaml.org,2002:float", Loader.construct_decimal)
    return Loader


def load(text: str, *, file: str = "") -> Any:
    """The plain values of a YAML document.

    Raises:
        FaultsError: it is no YAML, with the line.
    """
    import yaml

    if _too_deep(text):
        raise FaultsError([Fault("not valid YAML: nested too deeply", file=file)])
    try:
        return yaml.load(text, _loader())  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        hint = "let `parity lock --merge` merge it, or delete it and lock again"
        if conflict := conflict_in(text, file=file, hint=hint):
            raise FaultsError([conflict]) from None
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise FaultsError([Fault(f"not valid YAML: {problem}", line=mark.line + 1 if mark else 0, file=file)]) from None
    except (RecursionError, ValueError) as error:
        raise FaultsError([Fault(f"not valid YAML: {type(error).__name__}", file=file)]) from None


def _too_deep(text: str) -> bool:
    """Whether the C parser, which calls itself for every level, could run out of stack."""
    if re.search(rf"(?:[-?]\s+){{{_DEPTH}}}", text):
        return True
    if text.count("[") + text.count("{") < _DEPTH:
        return False
    depth = highest = 0
    for bracket in re.findall(r"[\[{\]}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        highest = max(highest, depth)
    return highest >= _DEPTH


def lines_of(text: str) -> Callable[[str], int]:
    """A function that gives the line of a place such as `packages[3].sha256`, or of what is nearest above it.

    The text is taken apart on the first call, which only happens when something is wrong. 0 stands for no YAML.
    """
    root: Any = _UNREAD

    def line_of(place: str) -> int:
        nonlocal root
        if root is _UNREAD:
            root = _compose(text)
        if root is None:
            return 0
        node, line = root, 1
        for step in _steps(place):
            node = _child(node, step)
            if node is None:
                break
            line = node.start_mark.line + 1
        return line

    return line_of


_UNREAD = object()


def _compose(text: str) -> Any:
    import yaml

    try:
        return None if _too_deep(text) else yaml.compose(text, _loader())
    except yaml.YAMLError:
        return None


def _child(node: Any, step: int | str) -> Any:
    if isinstance(step, int):
        items = node.value if node.id == "sequence" else []
        return items[step] if step < len(items) else None
    pairs = node.value if node.id == "mapping" else []
    return next((value for key, value in pairs if key.value == step), None)


def _steps(place: str) -> Iterator[int | str]:
    for name, number in _STEP.findall(place):
        yield name or int(number)
