"""Reading a document of plain values by its schema, collecting every fault with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from parity.errors import Fault, FaultsError
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HEX = {"sha256": re.compile(r"[0-9a-f]{64}"), "md5": re.compile(r"[0-9a-f]{32}")}
_CONFLICT = regex(r"^(<{7}|={7}|>{7})(?: |$)", re.MULTILINE)


def conflict_in(text: str, *, file: str, hint: str) -> Fault | None:
    """What is the matter with a text that git could not merge, for one that cannot be read; None for any other."""
    found = _CONFLICT.search(text)
    if found is None:
        return None
    line = text.count("\n", 0, found.start()) + 1
    return Fault("two branches changed it, and git could not merge them", line=line, file=file, hint=hint)


class Faults:
    """Takes values out of tables; what is not as it should be is noted, and a value of the right type goes on.

    Args:
        file: name of the file, for messages.
        line_of: gives the line of a place; only called when something is wrong.
    """

    def __init__(self, file: str, line_of: Callable[[str], int]) -> None:
        self.found: list[Fault] = []
        self._file = file
        self._line_of = line_of

    def add(self, message: str, place: str = "", *, hint: str = "") -> None:
        self.found.append(Fault(message, place, self._line_of(place) if place else 0, self._file, hint))

    def check(self) -> None:
        """Raise what was found.

        Raises:
            FaultsError: something was.
        """
        if self.found:
            raise FaultsError(self.found)

    def fail(self, message: str, place: str = "", *, hint: str = "") -> NoReturn:
        """Add a last fault, behind which nothing can be read, and raise."""
        self.add(message, place, hint=hint)
        raise FaultsError(self.found)

    def table(self, holder: Mapping[str, Any], key: str, place: str = "", *, required: bool = False) -> dict[str, Any]:
        value = self._get(holder, key, place, required)
        if isinstance(value, dict):
            return {str(name): item for name, item in value.items()}
        if value is not None:
            self.add("a mapping was expected", _join(place, key))
        return {}

    def items(self, holder: Mapping[str, Any], key: str, place: str = "", *, required: bool = False) -> list[Any]:
        value = self._get(holder, key, place, required)
        if isinstance(value, list):
            return value
        if value is not None:
            self.add("a list was expected", _join(place, key))
        return []

    def texts(self, holder: Mapping[str, Any], key: str, place: str = "") -> tuple[str, ...]:
        found = []
        for number, item in enumerate(self.items(holder, key, place)):
            if isinstance(item, dict | list) or item is None:
                self.add("text was expected", f"{_join(place, key)}[{number}]")
            else:
                found.append(as_text(item))
        return tuple(found)

    def text(self, holder: Mapping[str, Any], key: str, place: str = "", *, required: bool = False) -> str:
        value = holder.get(key)
        if isinstance(value, str):
            return value
        value = self._get(holder, key, place, required)
        if isinstance(value, dict | list):
            self.add("text was expected", _join(place, key))
            return ""
        return "" if value is None else as_text(value)

    def number(self, holder: Mapping[str, Any], key: str, place: str = "") -> int | None:
        value = holder.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.add("a number was expected", _join(place, key))
        return None

    def flag(self, holder: Mapping[str, Any], key: str, place: str = "") -> bool:
        value = holder.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.add("true or false was expected", _join(place, key))
        return False

    def digest(self, holder: Mapping[str, Any], key: str, place: str = "") -> str | None:
        """A hash under the name of its algorithm (`sha256`, `md5`), in lower case."""
        if holder.get(key) is None:
            return None
        value = self.text(holder, key, place).lower()
        if not _HEX[key].fullmatch(value):
            self.add(f"this is no {key} digest", _join(place, key))
            return None
        return value

    def _get(self, holder: Mapping[str, Any], key: str, place: str, required: bool) -> Any:
        value = holder.get(key)
        if value is None and required:
            self.add(f"`{key}` is missing", place or key)
        return value


def as_text(value: object) -> str:
    """A scalar as it stood in the file."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
