"""YAML as nodes that know where they stand in the text.

Values stay as they are written (`no` is no boolean, `1.10` no number), and each node has the offsets at which
it starts and ends: what reading needs to name a line, and editing to change nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from parity.core import urls
from parity.errors import Fault, FaultsError
from parity.formats.faults import conflict_in

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["scalar", "sequence", "mapping"]


class Node:
    """One value of a YAML document.

    Attributes:
        kind: what it is.
        type: YAML's type of a scalar without quotes: `str`, `int`, `float`, `bool`, `null`, ...
        value: the text of a scalar.
        items: of a sequence.
        pairs: of a mapping, in order, equal keys not joined.
        start: offset of its first character.
        end: offset behind its last character; of a block, behind blank lines and comments too.
        line: number of its first line, from 1.
        column: of its first character, from 0.
        flow: written with brackets or braces.
    """

    def __init__(self, kind: Kind, start: int, end: int, line: int, column: int) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.line = line
        self.column = column
        self.type = ""
        self.value = ""
        self.flow = False
        self.items: list[Node] = []
        self.pairs: list[tuple[Node, Node]] = []

    @property
    def is_null(self) -> bool:
        return self.type == "null"

    def get(self, key: str) -> Node | None:
        """The value of the first pair with this key."""
        return next((value for name, value in self.pairs if name.value == key), None)

    def __str__(self) -> str:
        """What it is, in words for a message."""
        if self.kind != "scalar":
            return {"sequence": "a list", "mapping": "a mapping (`key: value`)"}[self.kind]
        words = {"null": "nothing", "int": f"the number {self.value}", "float": f"the number {self.value}"}
        return words.get(self.type, f"`{urls.mask(self.value)}`")


def compose(text: str, file: str = "") -> Node | None:
    """The root of a YAML text; None for an empty one.

    Raises:
        FaultsError: it is no YAML; line and column are in the fault.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        hint = "keep the lines that shall stay, and delete those that begin with <<<<<<<, ======= and >>>>>>>"
        if conflict := conflict_in(text, file=file, hint=hint):
            raise FaultsError([conflict]) from None
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        lines = text.splitlines()
        around = lines[line - 1] if 0 < line <= len(lines) else ""
        message = f"this is not YAML: {problem}, column {column}"
        raise FaultsError([Fault(message, line=line, file=file, hint=_hint(around, problem))]) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        message = "this is not YAML: a character that no text file holds"
        raise FaultsError([Fault(message, line=line, file=file, hint="save the file as UTF-8 text")]) from None
    return None if root is None else _node(root, {})


def _hint(line: str, problem: str) -> str:
    if "\t" in line:
        return "indent with spaces, not with tabs"
    if "mapping values" in problem:
        return "put a text that holds `: ` in quotes, and check the indentation"
    if "single document" in problem:
        return "one file holds one environment: remove the `---`"
    if line.lstrip().startswith(("- *", "- %", "- @", "- `", "- !", "- &", "- >", "- |")):
        return "put this text in quotes"
    return "check indentation, quotes and brackets of this line and the one above"


def _node(raw: Any, seen: dict[int, Node]) -> Node:
    """A ruamel node as ours; a node that aliases refer to is made once, so that no alias can blow up."""
    if id(raw) in seen:
        return seen[id(raw)]
    start, end = raw.start_mark, raw.end_mark
    kind: Kind = (
        "scalar" if isinstance(raw.value, str) else "sequence" if raw.tag == "tag:yaml.org,2002:seq" else "mapping"
    )
    node = Node(kind, start.index, end.index, start.line + 1, start.column)
    seen[id(raw)] = node
    if kind == "scalar":
        node.type, node.value = str(raw.tag).rpartition(":")[2], raw.value
        return node
    node.flow = bool(raw.flow_style)
    if kind == "sequence":
        node.items = [_node(item, seen) for item in raw.value]
    else:
        node.pairs = [(_node(key, seen), _node(value, seen)) for key, value in raw.value]
    return node


def comment_behind(text: str, node: Node) -> str:
    """The `# comment` on the last line of a scalar; "" where there is none."""
    rest = text[node.end : line_end(text, node.end)].strip()
    return rest if rest.startswith("#") else ""


def line_start(text: str, at: int) -> int:
    """Offset of the line that holds `at`."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Offset of the end of the line that holds `at`, before its line break."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if end > at and text[end - 1 : end] == "\r" else end


def merged(node: Node) -> Iterator[tuple[Node, Node]]:
    """The pairs of a mapping with `<<: *anchor` followed; a key of its own wins over a merged one."""
    own = {key.value for key, _ in node.pairs}
    for key, value in node.pairs:
        if key.value != "<<":
            yield key, value
            continue
        for source in value.items if value.kind == "sequence" else [value]:
            yield from ((name, other) for name, other in source.pairs if name.value not in own and name.value != "<<")
