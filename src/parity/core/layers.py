"""From layers of raw values to one `Settings`: precedence, merging, types, and where each value comes from.

conda's rules (its "Configuration" documentation, "How configuration values are merged"): sources of higher
priority win; lists are joined, highest priority first, without duplicates; maps are merged; `#!final`,
`#!top` and `#!bottom` let a source of lower priority have the last word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity.core.settings import Setting, Settings, lookup, suggest, table
from parity.core.urls import mask
from parity.errors import Fault, FaultsError
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TRUE = frozenset(("true", "yes", "on", "y", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "0"))
_AS_JSON = ' (in a variable, as JSON: {"name": ...})'


@dataclass(frozen=True, slots=True)
class Value:
    """One value as a source gives it, not yet checked.

    Attributes:
        raw: text, number, bool, None, sequence or mapping of these.
        line: where the key stands, counted from 1; 0 where there are no lines.
        final: marked `#!final`: sources of higher priority do not count.
        marks: item of a list, or key of a map, to its mark: `top`, `bottom` or `final`.
    """

    raw: object
    line: int = 0
    final: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says.

    Attributes:
        source: path of a file, `environment variable X` or `command line --x`.
        values: by key, as written (aliases not yet resolved).
    """

    source: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Origin:
    """A source that a value comes from: `line` is 0 where the source has no lines."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class _Given:
    value: Any
    raw: Value
    source: str


def _boolean(raw: object) -> bool:
    word = str(raw).strip().lower()
    if isinstance(raw, (bool, int, str)):
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise ValueError("true or false")


def _number(raw: object, make: Callable[[str], Any], expected: str) -> Any:
    try:
        number = make(str(raw).strip())
    except ValueError:
        raise ValueError(expected) from None
    if isinstance(raw, bool) or not 0 <= number < float("inf"):
        raise ValueError(expected)
    return number


def _integer(raw: object) -> int:
    # conda lets `local_repodata_ttl` be a bool; elsewhere it does no harm.
    if isinstance(raw, str) and raw.strip().lower() in {"true", "false"}:
        raw = raw.strip().lower() == "true"
    return int(raw) if isinstance(raw, bool) else int(_number(raw, int, "a whole number, 0 or more"))


def _real(raw: object) -> float:
    return float(_number(raw, float, "a number, 0 or more"))


def _text(raw: object) -> str:
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, (str, int, float)):
        return str(raw)
    raise ValueError("a text")


def _bool_or_text(raw: object) -> bool | str:
    try:
        return _boolean(raw)
    except ValueError:
        word = _text(raw)
        # The words in angles are mamba's.
        return word == "<true>" if word in {"<true>", "<false>"} else word.replace("<system>", "truststore")


def _texts(raw: object) -> tuple[str, ...]:
    if isinstance(raw, (list, tuple)) and not any(isinstance(item, (list, tuple, dict)) for item in raw):
        return tuple(_text(item) for item in raw if item is not None)
    raise ValueError("a list of texts")


def _maps(raw: object) -> tuple[Mapping[str, str], ...]:
    if isinstance(raw, (list, tuple)) and all(isinstance(item, dict) for item in raw):
        return tuple(_map(item) for item in raw)
    raise ValueError("a list of maps")


def _map(raw: object) -> Mapping[str, str]:
    if isinstance(raw, dict):
        # Tools put deeper structures under their own keys (`conda_build`, `plugins`); their inside is theirs.
        return {str(key): "" if item is None else _loose(item) for key, item in raw.items()}
    raise ValueError(f"a map of names to texts{_AS_JSON}")


def _loose(raw: object) -> str:
    if isinstance(raw, (list, tuple)):
        return ",".join(_loose(item) for item in raw)
    if isinstance(raw, dict):
        return ",".join(f"{key}={_loose(item)}" for key, item in raw.items())
    return _text(raw)


def _map_of_lists(raw: object) -> Mapping[str, tuple[str, ...]]:
    if isinstance(raw, dict) and all(isinstance(item, (list, tuple)) for item in raw.values()):
        return {str(key): _texts(item) for key, item in raw.items()}
    raise ValueError(f"a map of names to lists{_AS_JSON}")


_COERCE: Mapping[str, Callable[[object], object]] = {
    "bool": _boolean,
    "bool | None": _boolean,
    "bool | str": _bool_or_text,
    "int": _integer,
    "float": _real,
    "str": _text,
    "str | None": _text,
    "ChannelPriority": _text,
    "tuple[str, ...]": _texts,
    "tuple[Mapping[str, str], ...]": _maps,
    "Mapping[str, str]": _map,
    "Mapping[str, tuple[str, ...]]": _map_of_lists,
}


def coerce(row: Setting, raw: object) -> Any:
    """A raw value as the type of its setting.

    Raises:
        ValueError: it is not of that type; the message says what was expected.
    """
    if row.name == "channel_priority":
        # conda's older, boolean form of this setting.
        word = str(raw).strip().lower()
        raw = "flexible" if word in _TRUE else "disabled" if word in _FALSE else word
    value: Any = _COERCE[row.type](raw)
    if row.choices and value not in row.choices:
        raise ValueError("one of " + ", ".join(row.choices))
    if row.form == "bundle" and isinstance(value, str) and value != "truststore" and not _looks_like_path(value):
        raise ValueError("true, false, truststore, or the path of a file or directory of certificates")
    if row.form == "url" and value and "://" not in value:
        raise ValueError("a URL with its scheme, as https://conda.example.org")
    return value


def _looks_like_path(text: str) -> bool:
    """Whether a text can be told from a mistyped word: only that, because nothing here looks at the disk."""
    return any(mark in text for mark in "/\\~$%") or text.lower().endswith((".pem", ".crt", ".cer", ".cert"))


def check_items(row: Setting, value: Any) -> None:
    """Look closer at a value that `coerce` made: for files that are checked or written, where time does not count.

    Raises:
        ValueError: a text is no match spec where one is meant; the message says what was expected.
    """
    if row.form != "spec":
        return
    from parity.core import specs
    from parity.errors import SpecError

    for text in value:
        try:
            specs.parse(text)
        except SpecError as error:
            raise ValueError(f"match specs ({error.message})") from None


def wrong(row: Setting, raw: object, expected: str) -> str:
    """The sentence for a value of the wrong type; credentials in it are masked."""
    shown = mask(repr(raw))
    hint = f"; write it as a list: [{mask(raw)}]" if row.merge == "append" and isinstance(raw, str) else ""
    return f"{row.name} must be {expected}, not {shown if len(shown) <= 80 else shown[:77] + '...'}{hint}"


def resolve(
    layers: Sequence[Layer], *, home: str = ""
) -> tuple[Settings, Mapping[str, tuple[Origin, ...]], tuple[str, ...]]:
    """Merge layers into settings.

    Args:
        layers: lowest priority first.
        home: what `~` stands for in settings that hold paths.

    Returns:
        The settings; for every setting that is not at its default its origins, highest priority first; and
        warnings (unknown keys: other tools share `.condarc`).

    Raises:
        FaultsError: values of wrong types, or a key and its alias in one source; all of them.
    """
    given, warnings = check(layers)
    values: dict[str, Any] = {}
    origins: dict[str, tuple[Origin, ...]] = {}
    for name, items in given.items():
        row = table()[name]
        value, used = _merge(row, items)
        values[name] = _at_home(value, home) if row.path and home else value
        origins[name] = tuple(dict.fromkeys(Origin(item.source, item.raw.line) for item in used))
    return Settings(**values), origins, warnings


def check(layers: Sequence[Layer]) -> tuple[Mapping[str, list[_Given]], tuple[str, ...]]:
    """Check the types of all values; the values by setting name, and warnings.

    Raises:
        FaultsError: see `resolve`.
    """
    given: dict[str, list[_Given]] = {}
    warnings: list[str] = []
    faults: list[Fault] = []
    for layer in layers:
        seen: dict[str, str] = {}
        for key, raw in layer.values.items():
            row = lookup(key)
            if row is None:
                near = suggest(key)
                where = f"{layer.source}:{raw.line}" if raw.line else layer.source
                warnings.append(f"{where}: unknown setting {key!r}" + (f", did you mean {near!r}?" if near else ""))
                continue
            if row.name in seen:
                message = f"the same setting stands here twice, as {seen[row.name]!r} and {key!r}"
                faults.append(Fault(message, place=key, line=raw.line, file=layer.source, hint="keep one of them"))
                continue
            seen[row.name] = key
            if raw.raw is None:
                continue
            try:
                value = coerce(row, raw.raw)
            except ValueError as error:
                message = wrong(row, raw.raw, str(error))
                faults.append(Fault(message, place=key, line=raw.line, file=layer.source))
            else:
                given.setdefault(row.name, []).append(_Given(value, raw, layer.source))
    if faults:
        raise FaultsError(faults, hints=["`parity config --show-sources` lists the files that are read"])
    return given, tuple(warnings)


def _merge(row: Setting, items: list[_Given]) -> tuple[Any, list[_Given]]:
    """The value of one setting and the sources that it comes from, highest priority first."""
    until = next((at for at, item in enumerate(items) if item.raw.final), len(items) - 1)
    items = items[: until + 1]
    if row.merge == "append":
        return _join(items), items[::-1]
    if row.merge == "merge":
        merged: dict[str, Any] = {}
        fixed: set[str] = set()
        for item in items:
            merged |= {key: value for key, value in item.value.items() if key not in fixed}
            fixed |= {key for key, mark in item.raw.marks.items() if mark == "final"}
        return merged, items[::-1]
    return items[-1].value, items[-1:]


def _join(items: list[_Given]) -> tuple[Any, ...]:
    """Join lists; what any source marks `#!top` or `#!bottom` goes there, lower sources outermost."""

    def marked(item: _Given, mark: str) -> list[Any]:
        return [entry for entry in item.value if isinstance(entry, str) and item.raw.marks.get(entry) == mark]

    top = [entry for item in items for entry in marked(item, "top")]
    bottom = [entry for item in reversed(items) for entry in marked(item, "bottom")]
    everything = [entry for item in reversed(items) for entry in item.value]
    upper = _unique([*top, *everything])
    return tuple(reversed(_unique([*reversed(bottom), *reversed(upper)])))


def _unique(entries: list[Any]) -> list[Any]:
    seen: list[Any] = []
    for entry in entries:
        if entry not in seen:
            seen.append(entry)
    return seen


def _at_home(value: Any, home: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_at_home(item, home) for item in value)
    if isinstance(value, str) and (value == "~" or value.startswith(("~/", "~\\"))):
        return home + value[1:]
    return value
