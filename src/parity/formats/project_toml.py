"""`parity.toml`: what a project says of the images that are built of its lock, in one table, `[image]`.

[image]
base = "debian:12-slim"
entrypoint = ["python", "train.py"]
user = "1000:1000"
workdir = "/app"
labels = { "org.opencontainers.image.source" = "https://example.org/train" }
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from parity.core.image import Wish
from parity.errors import Fault, FaultsError
from parity.formats.faults import Faults, conflict_in
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "parity.toml"
_KEYS = ("base", "path", "entrypoint", "cmd", "user", "workdir", "labels", "env")


@dataclass(frozen=True, slots=True)
class ImageTable:
    """The table `[image]`.

    Attributes:
        base: what images stand on; "" where it does not say.
        path: of the environment in them; "" where it does not say.
        wish: how they are run.
    """

    base: str = ""
    path: str = ""
    wish: Wish = field(default_factory=Wish)


def parse(text: str, *, file: str = NAME) -> ImageTable:
    """Read a `parity.toml`.

    Args:
        text: of the file.
        file: its name, for messages.

    Raises:
        FaultsError: all that is wrong in it, each with its line.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        conflict = conflict_in(text, file=file, hint="settle it, and delete the marks")
        place = re.search(r"\(at line (\d+)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise FaultsError([conflict or Fault(f"not valid TOML: {message}", line=line, file=file)]) from None
    faults = Faults(file, _lines_of(text))
    for key in document.keys() - {"image"}:
        faults.add("there is no such table", key, hint="`[image]` is the only one")
    table = faults.table(document, "image")
    for key in [key for key in table if key not in _KEYS]:
        faults.add("there is no such key", f"image.{key}", hint=f"known are {', '.join(_KEYS)}")
    found = ImageTable(
        base=faults.text(table, "base", "image"),
        path=_absolute(faults, table, "path"),
        wish=Wish(
            entrypoint=_words(faults, table, "entrypoint"),
            command=_words(faults, table, "cmd"),
            user=faults.text(table, "user", "image"),
            workdir=_absolute(faults, table, "workdir"),
            labels=_texts(faults, table, "labels"),
            variables=_texts(faults, table, "env"),
        ),
    )
    faults.check()
    return found


def _absolute(faults: Faults, table: Mapping[str, Any], key: str) -> str:
    value = faults.text(table, key, "image")
    if value and not value.startswith("/"):
        faults.add("an absolute path was expected", f"image.{key}", hint=f'as `{key} = "/{value}"`')
    return value


def _words(faults: Faults, table: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        import shlex

        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            faults.add(f"this cannot be taken apart into words: {error}", f"image.{key}", hint="write a list of words")
            return None
    return faults.texts(table, key, "image")


def _texts(faults: Faults, table: Mapping[str, Any], key: str) -> dict[str, str]:
    found = faults.table(table, key, "image")
    return {name: faults.text(found, name, f"image.{key}") for name in found}


def _lines_of(text: str) -> Callable[[str], int]:
    """The line of a key: that of the longest end of its path that stands at the beginning of a line below its table."""
    lines = text.split("\n")

    def line_of(place: str) -> int:
        head, _, rest = re.sub(r"\[\d+\]", "", place).partition(".")
        found = 0
        for number, line in enumerate(lines, 1):
            name = line.strip().strip("[]").strip()
            if line.lstrip().startswith("[") and (place == name or place.startswith(f"{name}.")):
                found, head, rest = number, name, place.removeprefix(name).removeprefix(".")
            key = re.sub(r"\[\d+\]", "", rest).partition(".")[0]
            if found and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
                return number
            if not found and re.match(rf"\s*{re.escape(head)}\s*[.=]", line):
                return number
        return found

    return line_of
