"""Lists and numbers as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def some(names: Iterable[str], shown: int = 8) -> str:
    """The first few of many names, sorted, and how many more there are."""
    known = sorted(names)
    more = f" and {len(known) - shown} more" if len(known) > shown else ""
    return ", ".join(known[:shown]) + more
