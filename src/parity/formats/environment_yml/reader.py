"""environment.yml to `Request`: every fault of the file is found before any is reported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core import specs, urls, virtual
from parity.core.platforms import SUBDIRS
from parity.core.words import near
from parity.errors import Fault, FaultsError, InputError, SpecError
from parity.formats import requirements
from parity.formats.environment_yml.nodes import Node, comment_behind, compose, merged
from parity.formats.environment_yml.selectors import selector_matches
from parity.model import Request
from parity.patterns import regex
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parity.model import MatchSpec, PipLine

_KEYS = ("name", "channels", "dependencies", "variables", "platforms", "platform", "prefix", "category",
         "pip-repositories", "system-requirements", "variants")  # fmt: skip
_SELECTOR = regex(r"#\s*\[([^\]]+)\]")
_SEL_KEY = regex(r"sel\(([^)]*)\)")


def read(
    text: str, *, file: str = "", base: str = "", environ: Mapping[str, str] | None = None, platform: str = ""
) -> Request:
    """Read an environment.yml.

    Args:
        text: its content.
        file: its name, for messages.
        base: absolute directory that its relative paths start from.
        environ: values for `${NAME}` and `$NAME` in channels and pip lines.
        platform: subdir whose selectors are followed; "" to take every entry, whatever its selector.

    Raises:
        FaultsError: with every fault in it: wrong keys, types, specs, missing variables.
    """
    return read_with_warnings(text, file=file, base=base, environ=environ, platform=platform)[0]


def read_with_warnings(
    text: str, *, file: str = "", base: str = "", environ: Mapping[str, str] | None = None, platform: str = ""
) -> tuple[Request, tuple[Fault, ...]]:
    """`read`, and what is odd in the file but no reason to refuse it (unknown keys)."""
    root = compose(text, file)
    reader = _Reader(text, file, base, environ or {}, platform)
    request = reader.request(root)
    if reader.faults:
        raise FaultsError(sorted(reader.faults, key=lambda fault: fault.line))
    return request, tuple(reader.warnings)


class _Reader:
    """One pass over one file; what is wrong is noted in `faults` and reading goes on."""

    def __init__(self, text: str, file: str, base: str, environ: Mapping[str, str], platform: str) -> None:
        self.text = text
        self.file = file
        self.base = base
        self.environ = environ
        self.platform = platform
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.pins: dict[str, MatchSpec] = {}

    def request(self, root: Node | None) -> Request:
        if root is None or root.is_null:
            self.fault(None, "", "the file is empty", "write at least `dependencies:` with a list of packages")
            return Request(source=self.file)
        if root.kind != "mapping":
            self.fault(root, "", f"expected keys like `dependencies:`, found {root}",
                       "put the list under `dependencies:`")  # fmt: skip
            return Request(source=self.file)
        top = self.mapping(root, "")
        for key, (node, _) in top.items():
            if key not in _KEYS and not key.startswith("x-"):  # `x-` is where people keep anchors
                self.unknown_key(key, node)
        values = {key: value for key, (_, value) in top.items()}
        channels = tuple(self.channels(values.get("channels")))
        conda, pip = self.dependencies(values.get("dependencies"))
        return Request(
            name=self.name(values.get("name")),
            channels=tuple(channel for channel in channels if channel != "nodefaults"),
            specs=tuple(conda),
            pip=(*self.pip_repositories(values.get("pip-repositories")), *pip),
            variables=tuple(self.variables(values.get("variables"))),
            platforms=tuple(
                dict.fromkeys(
                    name for key in ("platforms", "platform") for name in self.platforms(values.get(key), key)
                )
            ),
            nodefaults="nodefaults" in channels,
            source=self.file,
            system=self.requirements(values.get("system-requirements"), "system-requirements"),
            variants=tuple(self.variants(values.get("variants"))),
        )

    def fault(self, node: Node | None, place: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(urls.mask(message), place, node.line if node else 0, self.file, hint))

    def spec_fault(self, node: Node, place: str, error: SpecError) -> None:
        self.fault(node, place, error.message, next(iter(error.hints), ""))

    def unknown_key(self, key: str, node: Node) -> None:
        close = near(key.lower().replace("_", "-"), _KEYS, cutoff=0.8)  # other tools have keys of their own
        if close:
            self.fault(node, key, f"there is no key `{key}`", f"did you mean `{close[0]}`?")
        else:
            self.warnings.append(Fault(f"the key `{key}` is unknown and was not read", key, node.line, self.file))

    def mapping(self, node: Node, place: str) -> dict[str, tuple[Node, Node]]:
        """Key to key node and value; a key that stands twice is a fault."""
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in merged(node):
            here = f"{place}.{key.value}" if place else key.value
            if key.kind != "scalar":
                self.fault(key, place, f"expected a name before the colon, found {key}")
            elif key.value in found:
                first = found[key.value][0].line
                self.fault(key, here, f"the key `{key.value}` stands twice", f"join it with the one on line {first}")
            else:
                found[key.value] = (key, value)
        return found

    def texts(self, node: Node | None, place: str, what: str) -> Iterator[tuple[str, Node, str]]:
        """Place, node and text of each item of a list; a single text counts as a list of one."""
        if node is None or node.is_null:
            return
        if node.kind == "mapping":
            self.fault(node, place, f"expected a list of {what}s, found {node}", f"write each {what} as `- {what}`")
            return
        for number, item in enumerate([node] if node.kind == "scalar" else node.items):
            here = f"{place}[{number}]" if node.kind == "sequence" else place
            if item.kind != "scalar" or item.is_null or not item.value.strip():
                self.fault(item, here, f"expected a {what}, found {item}", "remove this entry or complete it")
            else:
                yield here, item, item.value.strip()

    def expanded(self, node: Node, place: str, text: str) -> str | None:
        try:
            return requirements.expand_text(text, self.environ)
        except SpecError as error:
            self.spec_fault(node, place, error)
            return None

    def name(self, node: Node | None) -> str | None:
        if node is None or node.is_null:
            return None
        if node.kind != "scalar":
            self.fault(node, "name", f"expected a name, found {node}", "write `name: my-environment`")
            return None
        if not node.value.strip() or re.search(r"[/\\ :#]", node.value):
            self.fault(node, "name", f"`{node.value}` cannot be the name of an environment",
                       "use letters, digits, `-`, `_` and `.`")  # fmt: skip
            return None
        return node.value

    def channels(self, node: Node | None) -> Iterator[str]:
        for place, item, text in self.texts(node, "channels", "channel"):
            if "," in text or " " in text:
                self.fault(item, place, f"`{text}` is not one channel", "write each channel as `- channel`")
                continue
            channel = self.expanded(item, place, text)
            if channel is not None:
                yield channel

    def platforms(self, node: Node | None, key: str) -> Iterator[str]:
        for place, item, text in self.texts(node, key, "platform"):
            if text in SUBDIRS:
                yield text
                continue
            close = near(text, SUBDIRS)
            hint = f"did you mean `{close[0]}`?" if close else f"platforms are {', '.join(SUBDIRS)}"
            self.fault(item, place, f"there is no platform `{text}`", hint)

    def requirements(self, node: Node | None, place: str) -> tuple[tuple[str, str], ...]:
        """Lines like `cuda: "12.4"`, empty for none; `libc` also as pixi's `{family: glibc, version: "2.28"}`."""
        if node is None or node.is_null:
            return ()
        if node.kind != "mapping":
            self.fault(node, place, f'expected lines like `cuda: "12.4"`, found {node}')
            return ()
        found: dict[str, str] = {}
        for name, (key, value) in self.mapping(node, place).items():
            here = f"{place}.{name}"
            version = value.get("version") if name == "libc" and value.kind == "mapping" else value
            if version is None or version.kind != "scalar" or version.is_null:
                self.fault(key, here, f"expected a version, found {value}", f'write `{name}: "1.2"`')
                continue
            try:
                known, text = virtual.requirement(name, version.value)
            except InputError as error:
                self.fault(key, here, error.message, next(iter(error.hints), ""))
            else:
                found[known] = text
        return tuple(sorted(found.items()))

    def variants(self, node: Node | None) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        if node is None or node.is_null:
            return
        if node.kind != "mapping":
            self.fault(node, "variants", f"expected names with their requirements, found {node}",
                       'write `cuda-12: {cuda: "12.4"}`')  # fmt: skip
            return
        for name, (key, value) in self.mapping(node, "variants").items():
            try:
                yield virtual.variant_name(name), self.requirements(value, f"variants.{name}")
            except InputError as error:
                self.fault(key, f"variants.{name}", error.message, next(iter(error.hints), ""))

    def pip_repositories(self, node: Node | None) -> Iterator[PipLine]:
        for place, item, text in self.texts(node, "pip-repositories", "URL"):
            yield from self.pip_line(item, place, f"--extra-index-url {text}")

    def variables(self, node: Node | None) -> Iterator[tuple[str, str]]:
        if node is None or node.is_null:
            return
        from parity.core.activation import is_variable

        if node.kind != "mapping":
            self.fault(node, "variables", f"expected `NAME: value` lines, found {node}", "write `NAME: value`")
            return
        for name, (key, value) in self.mapping(node, "variables").items():
            place = f"variables.{name}"
            if not is_variable(name):
                self.fault(key, place, f"`{name}` cannot be the name of an environment variable",
                           "use letters, digits and `_`, and no digit at the start")  # fmt: skip
            elif value.kind != "scalar":
                self.fault(value, place, f"expected a text, found {value}", "put the value in quotes")
            else:
                yield name, "" if value.is_null else value.value

    def dependencies(self, node: Node | None) -> tuple[list[MatchSpec], list[PipLine]]:
        conda: list[MatchSpec] = []
        pip: list[PipLine] = []
        if node is None or node.is_null:
            return conda, pip
        if node.kind != "sequence":
            self.fault(node, "dependencies", f"expected a list, found {node}", "write each package as `- name`")
            return conda, pip
        for number, item in enumerate(node.items):
            place = f"dependencies[{number}]"
            if item.kind == "scalar":
                conda += self.spec(item, place, item)
            elif item.kind == "mapping" and item.pairs:
                for key, (key_node, value) in self.mapping(item, place).items():
                    if key == "pip":
                        pip += self.pip_section(value, f"{place}.pip")
                    else:
                        conda += self.keyed(key, key_node, value, place)
            else:
                self.fault(item, place, f"expected a package, found {item}", "write each package as `- name`")
        return conda, pip

    def keyed(self, key: str, key_node: Node, value: Node, place: str) -> list[MatchSpec]:
        """An entry `key: value` of the dependencies that is not `pip:`."""
        selector = _SEL_KEY.fullmatch(key.strip())
        if selector:
            try:
                chosen = selector_matches(selector[1], self.platform or SUBDIRS[0]) or not self.platform
            except SpecError as error:
                self.spec_fault(key_node, place, error)
                return []
            found = self.spec(value, f"{place}.{key}", None)
            return found if chosen else []
        if key.lower().rstrip("s") == "pip":
            hint = "write `- pip:`"
        elif value.kind == "scalar":
            version = value.value.strip().lstrip("=")
            hint = f"write `- {key}{version if version[:1] in tuple('<>!~') else f'={version}'}`"
        else:
            hint = "only `pip:` holds a list of its own"
        self.fault(key_node, place, f"expected a package, found the key `{key}:`", hint)
        return []

    def selected(self, node: Node, place: str) -> bool:
        """Whether the `# [selector]` behind an entry, if any, holds on the platform."""
        found = _SELECTOR.match(comment_behind(self.text, node))
        if found is None:
            return True
        try:
            return selector_matches(found[1], self.platform or SUBDIRS[0]) or not self.platform
        except SpecError as error:
            message = f"{error.message}: `{found[0]}` was read as a comment"
            self.warnings.append(Fault(message, place, node.line, self.file))
            return True

    def spec(self, node: Node, place: str, commented: Node | None) -> list[MatchSpec]:
        if node.kind != "scalar" or node.type not in {"str", "", "binary"}:
            self.fault(node, place, f"expected a package, found {node}", "write it as `- name` or `- name=1.2`")
            return []
        try:
            spec = replace(specs.parse(node.value, base=self.base), origin=(self.file, node.line, place))
        except SpecError as error:
            self.spec_fault(node, place, error)
            return []
        if commented is not None and not self.selected(commented, place):
            return []
        if commented is not None and not comment_behind(self.text, commented).startswith("# ["):
            self.check_pin(spec, node, place)
        return [spec]

    def check_pin(self, spec: MatchSpec, node: Node, place: str) -> None:
        """Two entries that pin the same package to different versions can never be met together."""
        if _pin(spec) is None:
            return
        first = self.pins.setdefault(spec.name, spec)
        if not _compatible(first, spec):
            self.fault(node, place, f"`{spec.name}` is asked for twice, as `{first.text}` and as `{spec.text}`",
                       "keep one of the two")  # fmt: skip

    def pip_section(self, node: Node, place: str) -> Iterator[PipLine]:
        if node.is_null:
            return
        if node.kind != "sequence":
            self.fault(node, place, f"expected a list of requirements, found {node}",
                       "write each requirement on its own line as `- name`, indented below `pip:`")  # fmt: skip
            return
        for number, item in enumerate(node.items):
            here = f"{place}[{number}]"
            if item.kind == "mapping":
                self.fault(item, here, f"expected a requirement, found {item}", "put a text that holds `: ` in quotes")
            elif item.kind == "sequence" or item.type not in {"str", ""} or not item.value.strip():
                self.fault(item, here, f"expected a requirement, found {item}", "write it as `- name==1.2`")
            elif self.selected(item, here):
                for line in item.value.splitlines():
                    yield from self.pip_line(item, here, line)

    def pip_line(self, node: Node, place: str, text: str) -> tuple[PipLine, ...]:
        expanded = self.expanded(node, place, text)
        if expanded is None:
            return ()
        try:
            return requirements.parse_item(expanded, base=self.base)
        except SpecError as error:
            self.spec_fault(node, place, error)
            return ()


def _pin(spec: MatchSpec) -> tuple[tuple[str, ...], bool] | None:
    """The parts of the version that a spec pins, and whether exactly; None where it gives a range."""
    found = re.fullmatch(r"==([^,|()*]+)|([^,|()*<>=!~]+)\.\*", spec.version)
    if found is None:
        return None
    if found[1]:
        return tuple(re.sub(r"(\.0)+$", "", found[1]).split(".")), True
    return tuple(found[2].split(".")), False


def _compatible(first: MatchSpec, second: MatchSpec) -> bool:
    a, b = _pin(first), _pin(second)
    if a is None or b is None or a == b:
        return True
    if a[1] and b[1]:
        return False
    (short, exact), (long, _) = sorted((a, b), key=lambda pin: len(pin[0]))
    if exact:  # `==1` and `1.0.*`: zeros left out above may be meant
        short += ("0",) * (len(long) - len(short))
    return long[: len(short)] == short
