"""Small changes to requirement lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.urls import strip_credentials
from parity.values import replace

if TYPE_CHECKING:
    from parity.model import PipLine


def without_credentials(line: PipLine) -> PipLine:
    """The line as it may be written to a file: URLs without user, password and token."""
    clean = strip_credentials(line.value) if line.kind != "requirement" else _clean_direct(line.value)
    if clean == line.value:
        return line
    return replace(line, value=clean, text=line.text.replace(line.value, clean))


def _clean_direct(requirement: str) -> str:
    head, at, url = requirement.partition(" @ ")
    return f"{head}{at}{strip_credentials(url)}" if at else requirement
