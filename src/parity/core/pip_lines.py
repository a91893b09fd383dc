"""Small changes to requirement lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.urls import strip_credentials
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.model import PipLine


def without_credentials(line: PipLine) -> PipLine:
    """The line as it may be written to a file: URLs without user, password and token."""
    clean = strip_credentials(line.value) if line.kind != "requirement" else _clean_direct(line.value)
    if clean == line.value:
        return line
    return replace(line, value=clean, text=line.text.replace(line.value, clean))


def start_of(line: PipLine) -> str:
    """The directory that a path in a line starts from; "" for a line that holds no relative path, as most do."""
    holds = line.value and "://" not in line.value and (line.kind != "requirement" or "@" in line.value)
    return line.base if holds and not line.value.startswith("/") else ""


def said(line: PipLine) -> tuple[str, str]:
    """What a line says: two that say the same are one, from whatever file they come."""
    return line.text, start_of(line)


def in_order(lines: Iterable[PipLine]) -> tuple[PipLine, ...]:
    """Lines as a lock holds them, whatever order they were written in: two branches may have added some."""
    return tuple(sorted(lines, key=said))


def _clean_direct(requirement: str) -> str:
    head, at, url = requirement.partition(" @ ")
    return f"{head}{at}{strip_credentials(url)}" if at else requirement
