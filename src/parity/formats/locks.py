"""Every lock format behind one door: what a text is, read, and written.

kind          read  written  holds
parity        yes   yes      everything that `core.lock` has
pixi          4-7   7        conda, PyPI, platforms, environments
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from parity.errors import Fault, FaultsError, InputError

if TYPE_CHECKING:
    from parity.core.lock import Lock

Kind = Literal["parity", "pixi"]

KINDS: tuple[Kind, ...] = ("parity", "pixi")
"""What `render` writes."""

_NAMES: tuple[tuple[str, Kind], ...] = (
    (r"parity\.lock", "parity"),
    (r"pixi\.lock", "pixi"),
)
_HEAD = 4000  # characters in which a format shows itself


def detect(name: str, text: str) -> Kind | None:
    """Which lock format a file is in; None for what is no lock, such as an environment.yml.

    Args:
        name: of the file, with or without directories; "" where it has none.
        text: its content, or the beginning of it.
    """
    filename = re.split(r"[/\\]", name)[-1].lower()
    by_content = _by_content(text[:_HEAD], text)
    if by_content is not None:
        return by_content
    return next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, filename)), None)


def _by_content(head: str, text: str) -> Kind | None:
    if re.search(r"^version:\s*\d+\s*$", head, re.MULTILINE) and re.search(r"^environments:", text, re.MULTILINE):
        return "parity" if re.search(r"^parity:", text, re.MULTILINE) else "pixi"
    return None


def parse(text: str, *, file: str = "", base: str = "") -> Lock:
    """Read a lock in any format.

    Args:
        text: its content.
        file: its name, which may tell the format, for messages.
        base: absolute directory that relative paths in it start from.

    Raises:
        FaultsError: it is no lock, or holds faults; each with line and place.
    """
    kind = detect(file, text)
    if kind in {"parity", "pixi"}:
        from parity.formats import pixi_lock

        return pixi_lock.parse(text, file=file, base=base)
    raise FaultsError([Fault("this is no lock of a known format", file=file, hint=f"known are {', '.join(KINDS)}")])


def render(lock: Lock, kind: str, *, base: str = "") -> str:
    """Write a lock.

    Args:
        lock: what to write.
        kind: one of `KINDS`.
        base: absolute directory that the file will stand in; paths are written relative to it.

    Raises:
        InputError: the format is not known.
    """
    if kind in {"parity", "pixi"}:
        from parity.formats import parity_lock

        return parity_lock.render(lock, base=base, own=kind == "parity")
    raise InputError(f"`{kind}` is no format of a lock", hints=[f"known are {', '.join(KINDS)}"])
