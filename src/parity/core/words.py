"""Lists and numbers as a person reads them, and words that a person may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_ALIKE = 0.75
_ALIKE_IF_SHORT = 0.66
_SHORT = 3
"""Letters of a word in which one wrong letter is a third of it."""


def some(names: Iterable[str], shown: int = 8) -> str:
    """The first few of many names, sorted, and how many more there are."""
    known = sorted(names)
    more = f" and {len(known) - shown} more" if len(known) > shown else ""
    return ", ".join(known[:shown]) + more


def near(word: str, known: Collection[str], count: int = 1, *, cutoff: float = 0.0) -> list[str]:
    """Those of the known words that somebody who wrote another may have meant, the likeliest first.

    Args:
        word: as it was written.
        known: what it could have been.
        count: how many to name at most.
        cutoff: how alike they have to be, from 0 to 1, where a slip of the pen is not enough.
    """
    from difflib import get_close_matches

    alike = cutoff or (_ALIKE_IF_SHORT if len(word) <= _SHORT else _ALIKE)
    return get_close_matches(word, known, n=count, cutoff=alike)
