"""From what is asked to a lock: every platform solved at once, what an earlier lock holds kept where it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parity.core.commits import known_commits
from parity.core.names import normalise, to_pypi
from parity.core.pip_lines import said
from parity.errors import FaultsError, ParityError
from parity.model import Solution
from parity.ops.lock_check import incomplete
from parity.ops.resolve import Goal, resolve
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from parity.core.lock import Lock, Locked, LockedEnvironment
    from parity.model import CondaPackage, PipLine, PypiPackage
    from parity.ops.resolve import Engines


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lock shall hold.

    Attributes:
        record: the lock to make, with everything but the packages: without credentials, to be written down.
        goals: for each platform's name, what the engines are asked: with credentials, for memory only.
    """

    record: Lock
    goals: Mapping[str, Goal]

    @property
    def environment(self) -> LockedEnvironment:
        """The one environment that is locked."""
        return self.record.environments[0]


class Surroundings(Protocol):
    """What locking asks of the machine that it runs on."""

    def localise(self, solution: Solution) -> Solution:
        """A solution of a lock with URLs that hold here."""

    def share(self, solution: Solution) -> Solution:
        """A solution with URLs that hold everywhere."""

    def describe_conda(self, packages: Sequence[CondaPackage]) -> Sequence[CondaPackage]:
        """The same packages with SHA-256 and size."""

    def describe_pypi(self, packages: Sequence[PypiPackage], known: Iterable[PypiPackage]) -> Sequence[PypiPackage]:
        """The same packages with size and requirements."""


def lock(
    wanted: Wanted,
    engines: Engines,
    here: Surroundings,
    *,
    existing: Lock | None = None,
    upgrade: Collection[str] | None = (),
) -> Lock:
    """Solve every platform, concurrently.

    A platform of which nothing else is asked than before is taken from the existing lock as it is; the others keep
    its packages where they can.

    Args:
        wanted: what to lock.
        engines: what answers; used from several threads.
        here: of this machine.
        existing: an earlier lock of the same.
        upgrade: names of packages that may move although they would do; None for all.

    Raises:
        UnsatisfiableError, NotFoundError, ...: as the engines say, with the platform named.
    """
    from concurrent.futures import ThreadPoolExecutor

    names = [part.platform for part in wanted.environment.locked]
    known = {name: _known(name, wanted, existing) for name in names}
    asked = [line for each in (existing.environments if existing else ()) for part in each.locked for line in part.pip]
    todo = [name for name in names if upgrade != () or not _same(name, wanted, existing)]

    def solve(name: str) -> Solution | ParityError:
        try:
            goal = _keeping(wanted.goals[name], known[name], asked, here, upgrade)
            return here.share(resolve(goal, engines).solution())
        except ParityError as error:
            return error

    with ThreadPoolExecutor(max_workers=max(len(todo), 1), thread_name_prefix="lock") as pool:
        answers = dict(zip(todo, pool.map(solve, todo), strict=True))
    failed = {name: answer for name, answer in answers.items() if isinstance(answer, ParityError)}
    if failed:
        raise _together(failed, len(names))
    solved = {name: answer for name, answer in answers.items() if isinstance(answer, Solution)}
    solutions = {name: solved.get(name, known[name]) for name in names}
    return _filled(wanted, _described(solutions, existing, here))


def solution_of(lock: Lock | None, platform: str, environment: str) -> Solution | None:
    """What a lock holds for a platform, by the platform's name; None where it holds nothing."""
    part = locked_of(lock, platform, environment)
    return part.solution if part is not None else None


def locked_of(lock: Lock | None, platform: str, environment: str) -> Locked | None:
    """A platform's part of an environment of a lock."""
    for each in lock.environments if lock is not None else ():
        if each.name == environment:
            return next((part for part in each.locked if part.platform == platform), None)
    return None


def _known(name: str, wanted: Wanted, existing: Lock | None) -> Solution:
    """What to keep: the platform's own packages, else those of another kind of the same machine."""
    own = solution_of(existing, name, wanted.environment.name)
    subdir = wanted.goals[name].platform
    if own is not None or existing is None:
        return own or Solution(subdir)
    for platform in existing.platforms:
        other = solution_of(existing, platform.name, wanted.environment.name)
        if platform.subdir == subdir and other is not None:
            return other
    return Solution(subdir)


def _same(name: str, wanted: Wanted, existing: Lock | None) -> bool:
    """Whether a platform's packages need no look: they were locked for exactly this, and nothing is missing."""
    old = locked_of(existing, name, wanted.environment.name)
    new = locked_of(wanted.record, name, wanted.environment.name)
    if existing is None or old is None or new is None:
        return False
    before = next(each for each in existing.environments if each.name == wanted.environment.name)
    platforms = [{each.name: each for each in lock.platforms}.get(name) for lock in (existing, wanted.record)]
    return (
        platforms[0] == platforms[1]
        and _asked(old) == _asked(new)
        and before.channels == wanted.environment.channels
        and before.indexes == wanted.environment.indexes
        and before.options == wanted.environment.options
        # A directory may ask for something else by now.
        and not any(line.kind in {"path", "editable"} or " @ file:" in line.value for line in new.pip)
        and not incomplete(old)
    )


def _asked(part: Locked) -> tuple[list[str], list[tuple[str, str]]]:
    return sorted(map(str, part.specs)), sorted(map(said, part.pip))


def _keeping(
    goal: Goal, known: Solution, asked: Iterable[PipLine], here: Surroundings, upgrade: Collection[str] | None
) -> Goal:
    """A goal that keeps what is known, as the answer to what was asked, but for what shall move."""
    if upgrade is None:
        return replace(goal, upgrade_pypi=None)
    if goal.before is not None:
        old = (each for each in known.conda if each.timestamp is None or each.timestamp <= goal.before)
        known = replace(known, conda=tuple(old))
    free = {*upgrade, *(normalise(to_pypi(name) or name) for name in upgrade)}
    kept = replace(known, conda=tuple(package for package in known.conda if package.name not in free))
    return replace(
        goal,
        installed=_one_a_name((*here.localise(kept).conda, *goal.installed)),
        preferred={package.name: package.version for package in known.pypi if package.name not in free},
        commits=known_commits(known.pypi, asked),
        upgrade_pypi=tuple(sorted(free)),
    )


def _one_a_name(packages: Iterable[CondaPackage]) -> tuple[CondaPackage, ...]:
    found: dict[str, CondaPackage] = {}
    for package in packages:
        found.setdefault(package.name, package)
    return tuple(found.values())


def _together(failed: Mapping[str, ParityError], count: int) -> ParityError:
    """The errors of several platforms as one: each message once, behind the platforms that it is about."""
    first = next(iter(failed.values()))
    first.hints = tuple(dict.fromkeys(_for_locks(hint) for error in failed.values() for hint in error.hints))
    if isinstance(first, FaultsError) or count == 1:
        return first
    about: dict[str, list[str]] = {}
    for name, error in failed.items():
        about.setdefault(error.message, []).append(name)
    first.message = "\n".join(f"{', '.join(names)}: {message}" for message, names in about.items())
    first.args = (first.message,)
    return first


def _for_locks(hint: str) -> str:
    """A hint of an engine in the words of locks: those are for any machine, and have `--as-of`."""
    if "exclude-newer" in hint:
        name = hint.split("`")[1] if hint.count("`") > 1 else "a package"
        return (
            f"the index has no {name} from before that date, or does not say when its files were uploaded: choose a "
            "later date for --as-of, or an index that says it"
        )
    if "--override-virtual" not in hint:
        return hint
    return (
        f"a lock assumes the same {hint.split(maxsplit=1)[0]} on every machine, whatever this one has: say what yours "
        "have with --glibc VERSION or --cuda VERSION, or `system-requirements:` in the file"
    )


def _described(solutions: Mapping[str, Solution], existing: Lock | None, here: Surroundings) -> dict[str, Solution]:
    """Every artifact with SHA-256 and size; each is looked at once, however many platforms it is for."""
    conda = list(dict.fromkeys(package for solution in solutions.values() for package in solution.conda))
    pypi = list(dict.fromkeys(package for solution in solutions.values() for package in solution.pypi))
    before = [package for each in (existing.environments if existing is not None else ())
              for part in each.locked for package in part.solution.pypi]  # fmt: skip
    new_conda = dict(zip(conda, here.describe_conda(conda), strict=True))
    new_pypi = dict(zip(pypi, here.describe_pypi(pypi, before), strict=True))
    return {
        name: Solution(
            solution.platform,
            tuple(new_conda[package] for package in solution.conda),
            tuple(new_pypi[package] for package in solution.pypi),
        )
        for name, solution in solutions.items()
    }


def _filled(wanted: Wanted, solutions: Mapping[str, Solution]) -> Lock:
    environment = wanted.environment
    parts = tuple(replace(part, solution=solutions[part.platform]) for part in environment.locked)
    return replace(wanted.record, environments=(replace(environment, locked=parts),))
