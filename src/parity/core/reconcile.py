"""One answer of two solvers that do not know of each other: conda decides, PyPI objects, conda decides anew.

conda's solution is a set of facts for the PyPI side. Where that side has no answer, it names the facts at fault. Any
other conda solution that is of use differs in one of these, so for each a further solve is tried in which that one is
another: in the range that the PyPI side asks for, or just not this version. Solves are tried in the order in which
they were found (breadth first), so that an answer with few such limits comes before one with many; the same request
is answered the same way always. When no solve is left, there is no answer; after `ROUNDS` the search is given up.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from parity.core.graph import dependency_name
from parity.errors import ConflictError, UnsatisfiableError
from parity.model import MatchSpec
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from parity.core.facts import Facts
    from parity.model import CondaPackage, PypiPackage

ROUNDS = 20
"""How many conda solutions are shown to the PyPI side before the search is given up."""

_SOLVES_A_ROUND = 5
"""How many times conda is asked for each of these, at most on average: not every limit has a new solution."""

PYTHON = "python"
"""The fact that is no project: the version of the interpreter."""


class Questions(Protocol):
    """What the two sides are asked."""

    def conda(self, constraints: tuple[MatchSpec, ...]) -> tuple[CondaPackage, ...]:
        """The conda solution with these limits. Raises UnsatisfiableError."""

    def facts(self, conda: tuple[CondaPackage, ...]) -> Facts:
        """What it means for PyPI."""

    def pypi(self, conda: tuple[CondaPackage, ...], facts: Facts) -> tuple[PypiPackage, ...]:
        """The PyPI solution on top of it. Raises ConflictError where facts are at fault."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Both parts, and the facts that stood between them."""

    conda: tuple[CondaPackage, ...]
    pypi: tuple[PypiPackage, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A limit that conda has no answer for."""

    limit: MatchSpec
    why: str


def search(ask: Questions, specs: Sequence[MatchSpec], *, rounds: int = ROUNDS) -> Answer:
    """Ask both sides in turn until they agree.

    Args:
        ask: the two sides.
        specs: what a person asked of conda, for the explanation.
        rounds: how many conda solutions to try at most.

    Raises:
        UnsatisfiableError: there is no answer, or none was found; with the chains of both sides.
    """
    todo: deque[tuple[MatchSpec, ...]] = deque([()])
    nogoods: list[_Nogood] = []
    queued: set[frozenset[MatchSpec]] = set()
    refusals: list[_Refusal] = []
    first: _Objection | None = None
    tried = solves = 0
    while todo and tried < rounds and solves < _SOLVES_A_ROUND * rounds:
        limits = todo.popleft()
        solves += 1
        try:
            conda = ask.conda(limits)
        except UnsatisfiableError as error:
            if not limits:
                raise
            refusals.append(_Refusal(limits[-1], error.message))
            continue
        nogood = next((each for each in nogoods if each.holds(conda)), None)
        if nogood is None:
            tried += 1
            facts = ask.facts(conda)
            try:
                return Answer(conda, ask.pypi(conda, facts), facts)
            except ConflictError as error:
                first = first or _Objection(error, conda, facts)
                nogood = _Nogood.of(error, conda, facts)
                if not nogood.at_fault:
                    raise
                nogoods.append(nogood)
        for limit in nogood.ways_out(limits):
            further = (*limits, limit)
            if frozenset(further) not in queued:
                queued.add(frozenset(further))
                todo.append(further)
    assert first is not None  # noqa: S101 - without an objection there was an answer
    raise _explanation(first, specs, refusals, tried if todo else 0)


@dataclass(frozen=True, slots=True)
class _Objection:
    """The first conflict, with what it is about."""

    error: ConflictError
    conda: tuple[CondaPackage, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Nogood:
    """Packages that together leave the PyPI side no answer, each with the range that would do; "" where unknown."""

    at_fault: tuple[tuple[CondaPackage, str], ...]

    @classmethod
    def of(cls, error: ConflictError, conda: Iterable[CondaPackage], facts: Facts) -> _Nogood:
        packages = {package.name: package for package in conda}
        found: dict[str, tuple[CondaPackage, str]] = {}
        for name, alternatives in error.wanted.items():
            fact = facts.metadata.get(name)
            owner = packages.get(PYTHON if name == PYTHON else fact.package if fact else "")
            if owner is not None:
                version = owner.version if name == PYTHON or fact is None else fact.version
                found.setdefault(owner.name, (owner, _conda_range(alternatives, version, owner.version)))
        return cls(tuple(found.values()))

    def holds(self, conda: Iterable[CondaPackage]) -> bool:
        there = {(package.name, package.version) for package in conda}
        return all((package.name, package.version) in there for package, _ in self.at_fault)

    def ways_out(self, limits: Collection[MatchSpec]) -> Iterator[MatchSpec]:
        """Limits of which every other solution that may be of use meets one.

        Args:
            limits: those that held already; where a range among them did not keep conda from this version, because
                conda reads versions in another way than PyPI, the version itself is excluded.
        """
        for package, range_ in self.at_fault:
            series = f"!={'.'.join(package.version.split('.')[:2])}.*"
            exactly = f"!={package.version}"
            limit = MatchSpec(package.name, range_ or (series if package.name == PYTHON else exactly))
            yield MatchSpec(package.name, exactly) if limit in limits else limit


def _conda_range(alternatives: Iterable[str], version: str, conda_version: str) -> str:
    """PEP 440 ranges as one range of conda's; "" where conda cannot be asked in these words.

    Args:
        alternatives: one of these would do.
        version: the one that is there, as PyPI reads it.
        conda_version: as conda reads it.
    """
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    from parity.core.pypi_to_conda import conda_range

    try:
        if Version(version) != Version(conda_version):
            return ""  # the package counts in another way than the project
        ranges = [SpecifierSet(text) for text in alternatives]
        if any(one.contains(version, prereleases=True) for one in ranges):
            return ""
        return "|".join(dict.fromkeys(conda_range(str(one)) for one in ranges))
    except (InvalidVersion, ValueError):
        return ""


def _explanation(
    first: _Objection, specs: Sequence[MatchSpec], refusals: Sequence[_Refusal], given_up: int
) -> UnsatisfiableError:
    """Why there is no answer: for each package at fault, how either side comes to it."""
    error = first.error
    owners = {name: one.package for name, one in first.facts.metadata.items()}
    lines = []
    for name in error.wanted:
        if name in error.chains:
            lines.append("pip: " + " -> ".join(error.chains[name]))
        chain = conda_chain(first.conda, specs, PYTHON if name == PYTHON else owners.get(name, name))
        if chain:
            lines.append("conda: " + " -> ".join(chain))
    if not error.chains:
        lines += error.message.splitlines()
    by_limit = {str(refusal.limit): refusal.why for refusal in reversed(refusals)}
    for limit, why in reversed(by_limit.items()):
        lines.append(f"with `{limit}`, conda has no answer:")
        lines += [f"  {line}" for line in why.splitlines()]
    names = " and ".join(error.wanted)
    head = f"conda and PyPI packages do not agree on {names}"
    if given_up:
        head += f" (given up after {given_up} conda solutions)"
    hints = ["ask for another version of what stands first in these lines, or leave one of them out"]
    if given_up:
        hints.insert(0, f"say which {names} to take: add a range for it to the dependencies")
    return UnsatisfiableError("\n".join([f"{head}:", *(f"  {line}" for line in lines)]), hints=hints)


def conda_chain(conda: Iterable[CondaPackage], specs: Sequence[MatchSpec], name: str) -> tuple[str, ...]:
    """How a conda package comes into a solution: the shortest way from what was asked for.

    Of several ways of one length, one whose last need names a version comes first: that is what holds it there.

    Returns:
        The spec, each package on the way with its need, and the package itself; nothing for one that is not there.
    """
    packages = {package.name: package for package in conda}
    if name not in packages:
        return ()
    ways: dict[str, tuple[str, ...]] = {}
    for spec in specs:
        if spec.name in packages:
            ways.setdefault(spec.name, (f"`{spec.text or spec}`",))
    reached = set(ways)
    while ways:
        if name in ways:
            return (*ways[name], f"{name} {packages[name].version}")
        longer: dict[str, tuple[str, ...]] = {}
        for at in sorted(ways):
            for need in packages[at].depends:
                to = dependency_name(need)
                bound = " " in need.strip()
                if to in packages and to not in reached and (to not in longer or (bound and _unbound(longer[to]))):
                    longer[to] = (*ways[at], f"{at} {packages[at].version} needs {need}")
        reached |= set(longer)
        ways = longer
    return (f"{name} {packages[name].version}",)


def _unbound(chain: Sequence[str]) -> bool:
    return " " not in chain[-1].rpartition(" needs ")[2]


def markers(conda: Iterable[CondaPackage], platform: str) -> Mapping[str, str]:
    """The environment in which markers are evaluated (PEP 508) for a conda solution."""
    from parity.core.pypi_to_conda import Target

    version = next((package.version for package in conda if package.name == PYTHON), "3")
    return Target(version, platform).markers()
