"""uv's explanation of a conflict, read for what the conda side has to know; works on text alone.

The explanation is a proof in sentences (PubGrub): `only numpy>=2 is available and all versions of a depend on
numpy<2`. What it says of a provided package's availability is exactly what the proof needs, so that every version
outside of that is one which the proof does not rule out. Where a sentence is not understood, the provided packages
that are named in it are told without a range, and nothing worse happens than a further question.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from parity.core.names import normalise
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_NAME = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_PACKAGE = rf"{_NAME}(?:\[[^\]]*\])?"
_RANGE = r"(?:[<>=!~]=?=?\s?[\w.!+*]+(?:,\s?[<>=!~]=?=?\s?[\w.!+*]+)*)"
_ONE_OF = rf"(?:one of: )?((?:{_PACKAGE}{_RANGE}?)(?: {_PACKAGE}{_RANGE})*)"
_AVAILABLE = regex(
    rf"only the following versions of {_PACKAGE} are available: ((?:{_PACKAGE}{_RANGE}\s?)+)"
    rf"|only ({_PACKAGE}{_RANGE}) is available"
)
_NOT_AVAILABLE = regex(rf"there (?:is|are) no versions? of ({_PACKAGE}{_RANGE})")
_NEED = regex(rf"(all versions of )?({_PACKAGE})({_RANGE})? depends? on {_ONE_OF}")
_REQUIRED = regex(rf"you require ({_PACKAGE})({_RANGE})?")
_NO_WHEEL = regex(rf"({_PACKAGE})({_RANGE})? (?:has|have) no wheels with a matching Python")
_PYTHON = regex(rf"requested Python version \([^)]*\) does not satisfy Python({_RANGE})")
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def wanted(reason: str, provided: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The provided packages that a conflict is about, each with the ranges of which one would do, where known.

    Args:
        reason: uv's explanation in one line, every list of versions in full.
        provided: normalised names.

    Returns:
        Normalised names, and `python` where the version of the interpreter stands in the way.
    """
    found: dict[str, list[str] | None] = {}

    def note(name: str, alternatives: list[str] | None) -> None:
        if name == "python" or name in provided:
            known = found.get(name)
            both = alternatives is None or (name in found and known is None)
            found[name] = None if both else [*(known or ()), *(alternatives or ())]

    for match in _AVAILABLE.finditer(reason):
        ranges = _packages(match[1] or match[2])
        note(ranges[0][0], _complement([text for _, text in ranges]))
    for match in _NOT_AVAILABLE.finditer(reason):
        ((name, text),) = _packages(match[1])
        note(name, [text])
    for match in _PYTHON.finditer(reason):
        note("python", [match[1]])
    if _NO_WHEEL.search(reason):
        note("python", None)
    for match in re.finditer(_NAME, reason):
        name = normalise(match[0])
        if name in provided and name not in found:
            found[name] = None
    return {name: tuple(dict.fromkeys(ranges or ())) for name, ranges in found.items()}


def chains(reason: str, names: Iterable[str], asked: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """How each name comes to be needed: what a person asked for, then one need after the other.

    Args:
        reason: as for `wanted`.
        names: of provided packages, or `python`.
        asked: normalised name to the line that asks for it.

    Returns:
        Nothing for a name whose way the explanation does not tell.
    """
    needs: dict[str, list[tuple[str, str]]] = {}
    for match in _NEED.finditer(reason):
        every, who, which, what = match.groups()
        head = f"all versions of {who} need" if every else f"{_exact(who, which or '')} needs"
        for target in dict.fromkeys(name for name, _ in _packages(what)):
            said = " or ".join(text for text in what.split() if normalise(_bare(text)) == target)
            needs.setdefault(normalise(_bare(who)), []).append((target, f"{head} {said}"))
    for match in _NO_WHEEL.finditer(reason):
        said = f"{_exact(match[1], match[2] or '')} has no wheels for this Python"
        needs.setdefault(normalise(_bare(match[1])), []).append(("python", said))
    ways: dict[str, tuple[str, ...]] = {}
    for match in _REQUIRED.finditer(reason):
        name = normalise(_bare(match[1]))
        ways.setdefault(name, (f"`{asked.get(name, match[1] + (match[2] or ''))}`",))
    todo = list(ways)
    while todo:
        at = todo.pop(0)
        for to, said in needs.get(at, ()):
            if to not in ways:
                ways[to] = (*ways[at], said)
                todo.append(to)
    return {name: ways[name] for name in names if name in ways}


def _packages(text: str) -> list[tuple[str, str]]:
    """`numpy<1 numpy>=2` as names and ranges."""
    return [(normalise(_bare(match[1])), match[2] or "") for match in re.finditer(rf"({_PACKAGE})({_RANGE})?", text)]


def _bare(package: str) -> str:
    """A name without extras and range."""
    match = re.match(_NAME, package)
    return match[0] if match else package


def _exact(name: str, range_: str) -> str:
    """`name==1.0` as a person says it."""
    return f"{name} {range_.removeprefix('==')}" if range_.startswith("==") else f"{name}{range_}"


def _complement(ranges: Iterable[str]) -> list[str] | None:
    """Ranges that together hold every version outside of all the given ones; None where one cannot be read."""
    options = []
    for text in ranges:
        clauses = [re.fullmatch(r"\s?([<>=!~]=?=?)\s?(.+)", clause) for clause in text.split(",")]
        turned = [f"{_OPPOSITE[match[1]]}{match[2]}" for match in clauses if match and match[1] in _OPPOSITE]
        if len(turned) != len(clauses):
            return None
        options.append(turned)
    return [",".join(dict.fromkeys(choice)) for choice in product(*options)]
