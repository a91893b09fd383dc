"""Edit an environment.yml line by line: what is not edited stays as it is, to the byte; and write a fresh one.

No YAML emitter is involved. The composed nodes say at which offsets an entry stands; an edit inserts or cuts
text there, in the indentation and line ending that the file itself uses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core import specs
from parity.errors import Fault, FaultsError, InputError, SpecError
from parity.formats import requirements
from parity.formats.environment_yml.nodes import Node, comment_behind, compose, line_end, line_start
from parity.formats.environment_yml.reader import read
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parity.model import Request

# Texts, because compiling them takes longer than reading a whole file, and only edits need them; `re` keeps the result.
_SPECIAL = r"(?i:~|null|true|false|yes|no|on|off|y|n|[-+]?(?:\.?\d[\d_.,:exo+-]*|\.inf|\.nan))"
_PRINTABLE = r"\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_PLAIN = rf"(?![!&*|>@%`\"'#,\[\]{{}}]|[-?:](?:\s|$)|---|\.\.\.|\s)[{_PRINTABLE}]+"
_HIDDEN = rf"[^{_PRINTABLE}]"


class Document:
    """An environment.yml that can be edited."""

    def __init__(self, text: str, file: str = "") -> None:
        self._text = text
        self._file = file
        root = self._root()
        deps = root.get("dependencies") if root else None
        # only what this document has made itself goes away again when it becomes empty
        self._keep_dependencies = deps is not None
        self._keep_pip = any(value.is_null for value in _pip_sections(deps))

    @classmethod
    def parse(cls, text: str, *, file: str = "") -> Document:
        """Read a text; only its YAML is looked at, `request` looks at what it says.

        Raises:
            FaultsError: it is no YAML, or no mapping.
        """
        return cls(text, file)

    def text(self) -> str:
        """The whole file as it stands now."""
        return self._text

    def request(self, *, base: str = "", environ: Mapping[str, str] | None = None, platform: str = "") -> Request:
        """What the file asks for: see `read`.

        Raises:
            FaultsError: with every fault in it.
        """
        return read(self._text, file=self._file, base=base, environ=environ, platform=platform)

    def add(self, text: str) -> None:
        """Add a conda match spec, or put it in the place of the one with the same name.

        Entries with a selector (`# [linux]`) belong to their platform and are left as they are.

        Raises:
            SpecError: it cannot be read.
        """
        name = specs.parse(text).name
        text = text.strip()
        node = self._dependencies()
        for item in _conda(node, name):
            if not comment_behind(self._text, item).startswith("# ["):
                self._replace(item.start, item.end, _scalar(text, flow=node is not None and node.flow))
                return
        scalars = [item for item in node.items if item.kind == "scalar"] if node else []
        self._insert(node, text, after=scalars[-1] if scalars else None)

    def remove(self, name: str) -> bool:
        """Take every conda entry with this name out, its comment with it; False where there is none."""
        name = name.lower()
        removed = False
        while (node := self._dependencies()) is not None and (item := next(_conda(node, name), None)):
            self._cut(node, item)
            removed = True
        self._drop_dependencies()
        return removed

    def add_pip(self, text: str) -> None:
        """Add a line to the `pip:` section, which is made where there is none; replaces the one with the same name.

        Raises:
            SpecError: it cannot be read.
        """
        line = requirements.parse_line(text)
        text = text.strip()
        sections = list(_pip_sections(self._dependencies()))
        for section in sections:
            for item in _pip(section, line.name):
                self._replace(item.start, item.end, _scalar(text, flow=section.flow))
                return
        if not sections:
            self._insert_pip_section(text)
        elif sections[-1].is_null:
            key = self._pip_key()
            self._open(key, sections[-1], [" " * key.column + "- " + _scalar(text)])
        else:
            items = sections[-1].items
            self._insert(sections[-1], text, after=items[-1] if items else None)

    def remove_pip(self, name: str) -> bool:
        """Take the pip lines of a project out; a `pip:` section left empty goes too. False where there is none."""
        name = specs.pypi_name(name)
        removed = False
        while found := next(
            ((section, item) for section in _pip_sections(self._dependencies()) for item in _pip(section, name)), None
        ):
            self._cut(*found)
            removed = True
        node = self._dependencies()
        if removed and node is not None and not self._keep_pip:
            for item in node.items:
                if item.kind == "mapping" and len(item.pairs) == 1 and all(_is_empty(value) for _, value in item.pairs):
                    self._cut(node, item)
                    break
        self._drop_dependencies()
        return removed

    def _root(self) -> Node | None:
        root = compose(self._text, self._file)
        if root is None or root.is_null:
            return None
        if root.kind != "mapping":
            message = f"expected keys like `dependencies:`, found {root}"
            raise FaultsError([Fault(message, "", root.line, self._file, "put the list under `dependencies:`")])
        return root

    def _dependencies(self) -> Node | None:
        """The value of `dependencies:`; None where the key is missing."""
        root = self._root()
        node = root.get("dependencies") if root else None
        if node is not None and node.kind != "sequence" and not node.is_null:
            message = f"expected a list, found {node}"
            raise FaultsError([Fault(message, "dependencies", node.line, self._file, "write each package as `- name`")])
        return node

    def _pip_key(self) -> Node:
        node = self._dependencies()
        pairs = [pair for item in (node.items if node else []) for pair in item.pairs]
        return [key for key, _ in pairs if key.value == "pip"][-1]

    def _newline(self, at: int = 0) -> str:
        """The line break of the line that holds `at`, else of the file."""
        end = line_end(self._text, at)
        here = self._text[end : self._text.find("\n", end) + 1] if end < len(self._text) else ""
        return here or ("\r\n" if "\r\n" in self._text else "\n")

    def _replace(self, start: int, end: int, text: str) -> None:
        self._text = self._text[:start] + text + self._text[end:]

    def _insert(self, node: Node | None, text: str, *, after: Node | None) -> None:
        """Insert an entry behind another, or as the first."""
        if node is None or node.is_null:
            self._start_dependencies([_scalar(text)])
        elif node.flow:
            self._insert_flow(node, _scalar(text, flow=True), after)
        else:
            prefix = self._dash(node.items[0])
            self._insert_lines(after, node.items[0], [prefix + _scalar(text)])

    def _insert_flow(self, node: Node, entry: str, after: Node | None) -> None:
        if after is not None:
            self._replace(after.end, after.end, f", {entry}")
        else:
            at = node.items[0].start if node.items else node.start + 1
            self._replace(at, at, f"{entry}, " if node.items else entry)

    def _insert_lines(self, after: Node | None, before: Node, lines: list[str]) -> None:
        """Insert whole lines behind an entry, or in front of one."""
        if after is None:
            at = line_start(self._text, self._dash_at(before))
            newline = self._newline(at)
            self._replace(at, at, "".join(line + newline for line in lines))
        else:
            at = line_end(self._text, _last(self._text, after))
            newline = self._newline(at)
            self._replace(at, at, "".join(newline + line for line in lines))

    def _insert_pip_section(self, text: str) -> None:
        node = self._dependencies()
        if node is None or node.is_null:
            self._start_dependencies(["pip:", f"  - {_scalar(text)}"])
        elif node.flow:
            entry = f"{{pip: [{_scalar(text, flow=True)}]}}"
            self._insert_flow(node, entry, node.items[-1] if node.items else None)
        else:
            prefix = self._dash(node.items[0])
            lines = [f"{prefix}pip:", f"{' ' * len(prefix)}- {_scalar(text)}"]
            self._insert_lines(node.items[-1], node.items[0], lines)

    def _start_dependencies(self, entry: list[str]) -> None:
        """The first entry of a `dependencies:` that is missing or says nothing."""
        root = self._root()
        if root is not None and root.flow:
            message = "a file written in braces cannot be edited"
            raise InputError(message, hints=["write `dependencies:` and its list on lines of their own"])
        channels = root.get("channels") if root else None
        block = channels is not None and channels.kind == "sequence" and not channels.flow
        prefix = self._dash(channels.items[0]) if channels is not None and block else "  - "
        lines = [prefix + entry[0], *(" " * len(prefix) + line.removeprefix("  ") for line in entry[1:])]
        found = next((pair for pair in root.pairs if pair[0].value == "dependencies"), None) if root else None
        if found:
            self._open(found[0], found[1], lines)
            return
        head = self._text
        ended = head.endswith("\n") or not head
        newline = self._newline(max(len(head) - 1, 0))
        self._text = head + ("" if ended else newline) + newline.join(["dependencies:", *lines])
        self._text += newline if ended else ""

    def _open(self, key: Node, value: Node, lines: list[str]) -> None:
        """Put lines under a key that has no value, or an explicit `null`."""
        if value.end > value.start:
            self._replace(value.start, value.end, "")
        at = line_end(self._text, key.end)
        newline = self._newline(at)
        self._replace(at, at, "".join(newline + line for line in lines))

    def _cut(self, node: Node, item: Node) -> None:
        """Take one entry out of a list."""
        if node.flow:
            index = node.items.index(item)
            if index + 1 < len(node.items):
                self._replace(item.start, node.items[index + 1].start, "")
            else:
                self._replace(node.items[index - 1].end if index else item.start, item.end, "")
            return
        self._cut_lines(self._dash_at(item), _last(self._text, item))

    def _cut_lines(self, first: int, last: int) -> None:
        """Take the lines out that hold two offsets, and all between."""
        start, end = line_start(self._text, first), line_end(self._text, last)
        if end < len(self._text):
            end = self._text.find("\n", end) + 1
        elif start:  # the last line of a file that does not end with a line break
            start -= 2 if self._text[start - 2 : start] == "\r\n" else 1
        self._replace(start, end, "")

    def _drop_dependencies(self) -> None:
        """Take a `dependencies:` key out again that `add` made and that is empty now."""
        root = self._root()
        if self._keep_dependencies or root is None:
            return
        key, value = next((pair for pair in root.pairs if pair[0].value == "dependencies"), (None, None))
        if key is not None and value is not None and value.is_null:
            self._cut_lines(key.start, key.end)

    def _dash_at(self, item: Node) -> int:
        """Offset of the `-` of an entry of a block list."""
        at = self._text.rfind("-", 0, item.start)
        if at < 0 or self._text[at + 1 : item.start].strip():
            raise InputError(
                f"line {item.line} cannot be edited: it refers to another place of the file",
                hints=["write the entry out"],
            )
        return at

    def _dash(self, item: Node) -> str:
        """What stands in front of an entry on its line: indentation, dash and spaces."""
        at = self._dash_at(item)
        prefix = self._text[line_start(self._text, at) : item.start]
        return prefix if re.fullmatch(r" *- +", prefix) else " " * (at - line_start(self._text, at)) + "- "


def _last(text: str, node: Node) -> int:
    """Offset of the last character that belongs to an entry: blocks end only where the next token starts."""
    while node.kind != "scalar" and not node.flow:
        children = node.items or [value if value.end > value.start else key for key, value in node.pairs]
        node = children[-1]
    end = node.end
    while end > node.start and text[end - 1] in "\r\n ":  # block scalars (`|`) end on the next line
        end -= 1
    return end


def _conda(node: Node | None, name: str) -> Iterator[Node]:
    """The entries of a dependencies list that ask for a conda package."""
    for item in node.items if node else ():
        if item.kind == "scalar":
            try:
                found = specs.parse(item.value).name
            except SpecError:
                continue
            if found == name:
                yield item


def _pip_sections(node: Node | None) -> Iterator[Node]:
    for item in node.items if node else ():
        yield from (value for key, value in item.pairs if key.value == "pip")


def _pip(section: Node, name: str) -> Iterator[Node]:
    """The entries of a pip section that ask for a project."""
    for item in section.items if name else ():
        if item.kind == "scalar":
            try:
                lines = requirements.parse_item(item.value)
            except SpecError:
                continue
            if any(line.name == name for line in lines):
                yield item


def _is_empty(node: Node) -> bool:
    return node.is_null or (node.kind == "sequence" and not node.items)


def _scalar(text: str, *, flow: bool = False) -> str:
    """A text as YAML: plain where that is safe, else in quotes."""
    plain = re.fullmatch(_PLAIN, text) and not re.fullmatch(_SPECIAL, text)
    plain = plain and not text.endswith(":") and text == text.strip()
    if plain and ": " not in text and " #" not in text and not (flow and re.search(r"[,\[\]{}]", text)):
        return text
    if re.search(_HIDDEN, text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(_HIDDEN, lambda found: f"\\U{ord(found[0]):08x}", escaped) + '"'
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class _Section:
    key: str
    entries: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        if self.entries:
            yield f"{self.key}:"
            yield from (f"  - {_scalar(entry)}" for entry in self.entries)


def dump(request: Request) -> str:
    """The text of a fresh environment.yml that reads as this request.

    Channels and pip lines are written as they are: take credentials out first where the text is to be kept.
    """
    channels = (*request.channels, *(("nodefaults",) if request.nodefaults else ()))
    lines = [f"name: {_scalar(request.name)}"] if request.name is not None else []
    lines += _Section("channels", channels).lines()
    lines += _Section("platforms", request.platforms).lines()
    lines.append("dependencies:" if request.specs or request.pip else "dependencies: []")
    lines += [f"  - {_scalar(str(spec))}" for spec in request.specs]
    if request.pip:
        lines.append("  - pip:")
        lines += [f"      - {_scalar(line.text)}" for line in request.pip]
    if request.variables:
        lines.append("variables:")
        lines += [f"  {_scalar(name)}: {_scalar(value)}" for name, value in request.variables]
    return "\n".join(lines) + "\n"
