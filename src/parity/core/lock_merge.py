"""Merge what two locks ask for, starting from a common ancestor; the packages then follow from that.

A merge of the packages themselves would be no answer of any solver. What each side asked for is a small set of lines,
which merge one by one; packages are only kept where they can be.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from parity.core.lock import Lock, Locked, LockedEnvironment
from parity.core.pip_lines import in_order, said
from parity.errors import ParityError, RefusedError
from parity.model import Solution
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from parity.model import MatchSpec, PipLine

COMMAND_LINE = "command-line"
"""The option of a lock that holds what was asked for on the command line, as JSON."""

_T = TypeVar("_T")
_MISSING: Any = object()


def merge(base: Lock | None, ours: Lock, theirs: Lock) -> tuple[Lock, Lock]:
    """A three-way merge of two locks' requests.

    Args:
        base: what both sides started from; None where both were made anew.
        ours: this side.
        theirs: the other side.

    Returns:
        A lock without packages that asks for what both sides ask for, and a lock with the packages to keep, which says
        of each platform what those were asked for with.

    Raises:
        ParityError: the sides contradict each other; says in what.
        RefusedError: a lock holds several environments.
    """
    for lock in (base, ours, theirs):
        if lock is not None and len(lock.environments) > 1:
            raise RefusedError("locks with several environments are not merged", hints=["merge the sources, and lock"])
    merger = _Merger()
    start = base or Lock((), ())
    old, left, right = _only(base), _only(ours), _only(theirs)
    names = merger.mapping(
        "platform", *({each.name: each for each in lock.platforms} for lock in (start, ours, theirs))
    )
    environment = replace(
        left,
        channels=merger.ordered("channels", old.channels, left.channels, right.channels),
        indexes=merger.ordered("indexes", old.indexes, left.indexes, right.indexes),
        options=tuple(sorted(_options(merger, old, left, right).items())),
        variables=tuple(merger.mapping("variable", *(dict(each.variables) for each in (old, left, right))).items()),
        locked=(),
    )
    wanted, kept = [], []
    for name in sorted(names):
        subdir = names[name].subdir
        sides = [_part(each, name) for each in (old, left, right)]
        asked = merger.requests(name, *(_reference(sides[i], each) for i, each in enumerate((old, left, right))))
        part = Locked(name, Solution(subdir), *asked)
        wanted.append(part)
        kept.append(_kept(part, *sides, subdir=subdir))
    if merger.conflicts:
        raise ParityError(
            "the two locks contradict each other:\n" + "\n".join(f"  {text}" for text in merger.conflicts),
            hints=["decide in the files that the lock is made from, and run `parity lock`"],
        )
    record = Lock(
        tuple(names[name] for name in sorted(names)),
        (replace(environment, locked=tuple(wanted)),),
        merger.ordered("sources", start.sources, ours.sources, theirs.sources),
        ours.extra,
    )
    return record, replace(record, environments=(replace(environment, locked=tuple(kept)),))


class _Merger:
    """Three-way merges that note what cannot be merged."""

    def __init__(self) -> None:
        self.conflicts: list[str] = []

    def one(self, what: str, old: _T, left: _T, right: _T, *, show: Callable[[_T], str] = str) -> _T:
        """The side that changed; ours, and a conflict noted, where both did differently."""
        if right in (left, old):
            return left
        if left == old:
            return right
        words = [show(each) if each is not _MISSING else "nothing" for each in (left, right)]
        text = f"{what}: one side has {words[0]}, the other {words[1]}"
        if text not in self.conflicts:
            self.conflicts.append(text)
        return left

    def mapping(
        self,
        what: str,
        old: Mapping[str, _T],
        left: Mapping[str, _T],
        right: Mapping[str, _T],
        *,
        show: Callable[[_T], str] = str,
    ) -> dict[str, _T]:
        """Each key by itself, ours first."""
        found = {}
        for key in dict.fromkeys((*left, *right)):
            sides = [each.get(key, _MISSING) for each in (old, left, right)]
            value = self.one(f"{what} {key}", *sides, show=show)
            if value is not _MISSING:
                found[key] = value
        return found

    def ordered(self, what: str, old: Sequence[str], left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
        """A list whose order counts: what either side added or took away; both may not have put it in another order."""
        if right in (old, left):
            return tuple(left)
        if left == old:
            return tuple(right)
        gone = {each for each in old if each not in left or each not in right}
        common = [[each for each in side if each in old and each not in gone] for side in (old, left, right)]
        order = self.one(what, *common, show=", ".join)
        added = [each for each in (*left, *right) if each not in old]
        found = list(dict.fromkeys((*order, *added)))
        # Ours stands where ours put it; what theirs added stands behind what stands before it there.
        result = [each for each in left if each in found]
        for number, each in enumerate(right):
            if each in found and each not in result:
                before = [other for other in right[:number] if other in result]
                result.insert(result.index(before[-1]) + 1 if before else 0, each)
        return tuple(result)

    def requests(
        self, platform: str, old: Locked, left: Locked, right: Locked
    ) -> tuple[tuple[MatchSpec, ...], tuple[PipLine, ...]]:
        """Specs and pip lines, by name."""
        sides = (old, left, right)
        specs = self.mapping("package", *(_by_name(each.specs) for each in sides), show=_lines)
        pip = self.mapping("PyPI requirement", *(_by_project(each.pip) for each in sides), show=_lines)
        return (
            tuple(sorted((spec for each in specs.values() for spec in each), key=str)),
            in_order(line for each in pip.values() for line in each),
        )


def _only(lock: Lock | None) -> LockedEnvironment:
    return lock.environments[0] if lock is not None and lock.environments else LockedEnvironment("default", (), ())


def _part(environment: LockedEnvironment, name: str) -> Locked | None:
    return next((part for part in environment.locked if part.platform == name), None)


def _reference(part: Locked | None, environment: LockedEnvironment) -> Locked:
    """What a side asks for on a platform; where it does not have the platform, what it asks for on its first."""
    return part or next(iter(environment.locked), Locked("", Solution("")))


def _options(merger: _Merger, *sides: LockedEnvironment) -> dict[str, str]:
    plain = [{key: value for key, value in each.options if key != COMMAND_LINE} for each in sides]
    found = merger.mapping("option", plain[0], plain[1], plain[2])
    given: list[dict[str, list[str]]] = [json.loads(dict(each.options).get(COMMAND_LINE, "{}")) for each in sides]
    keys = sorted({key for each in given for key in each})
    lists = {key: merger.ordered(key, *([tuple(each.get(key, ())) for each in given])) for key in keys}
    if any(lists.values()):
        found[COMMAND_LINE] = json.dumps({key: list(value) for key, value in lists.items() if value}, sort_keys=True)
    return found


def _by_name(specs: Iterable[MatchSpec]) -> dict[str, tuple[MatchSpec, ...]]:
    found: dict[str, list[MatchSpec]] = {}
    for spec in specs:
        found.setdefault(spec.name, []).append(spec)
    return {name: tuple(sorted(each, key=str)) for name, each in found.items()}


def _by_project(lines: Iterable[PipLine]) -> dict[str, tuple[PipLine, ...]]:
    found: dict[str, list[PipLine]] = {}
    for line in lines:
        found.setdefault(line.name or line.text, []).append(line)
    return {name: tuple(each) for name, each in found.items()}


def _lines(each: Sequence[object]) -> str:
    return " and ".join(f"`{getattr(one, 'text', '') or one}`" for one in each)


def _kept(wanted: Locked, old: Locked | None, left: Locked | None, right: Locked | None, *, subdir: str) -> Locked:
    """The packages to keep on a platform, under the request that they answer."""
    empty = Solution(subdir)
    solutions = [part.solution if part is not None else empty for part in (old, left, right)]
    if right is not None and (left is None or solutions[1] == solutions[0]) and _asks(right) == _asks(wanted):
        return right
    if left is not None and (right is None or solutions[2] == solutions[0]) and _asks(left) == _asks(wanted):
        return left
    mine = left or Locked(wanted.platform, empty)
    conda = _packages(*({each.name: each for each in solution.conda} for solution in solutions))
    pypi = _packages(*({each.name: each for each in solution.pypi} for solution in solutions))
    # No request stands beside them, so that nobody takes them for the answer to one.
    return replace(mine, solution=Solution(subdir, conda, pypi), specs=(), pip=())


def _packages(old: Mapping[str, _T], left: Mapping[str, _T], right: Mapping[str, _T]) -> tuple[_T, ...]:
    """Of each name the package of the side that changed it, ours where both did."""
    found = {}
    for name in sorted({*left, *right}):
        mine, other = left.get(name), right.get(name)
        chosen = other if mine is None or (mine == old.get(name) and other is not None) else mine
        if chosen is not None:
            found[name] = chosen
    return tuple(found.values())


def _asks(part: Locked) -> tuple[list[str], list[tuple[str, str]]]:
    return sorted(map(str, part.specs)), sorted(map(said, part.pip))
