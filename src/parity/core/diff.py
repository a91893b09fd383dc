"""What differs between two locks, environments or requests, and why each package is there.

Packages are compared by name, version, build, channel and hash; a package that moved between conda and PyPI is one
change. What is the same change on several platforms stands once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from parity.core.commits import commit_of
from parity.core.names import to_pypi
from parity.core.package_graph import key_of
from parity.core.subject import ANYWHERE
from parity.core.why import shortest
from parity.errors import InputError
from parity.model import CondaPackage, PypiPackage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from parity.core.package_graph import Node, PackageGraph
    from parity.core.subject import Part, Subject
    from parity.core.why import Chain

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Item:
    """What is compared of a package.

    Attributes:
        build: of a PyPI package, the commit that it is built from, shortened; "" for others.
        channel: its name; `pypi` for PyPI packages.
        hash: SHA-256 or, where only that is known, `md5:...`; "" for an unknown one.
        size: bytes of the archive, None where unknown.
    """

    name: str
    source: str
    version: str
    build: str
    channel: str
    hash: str = ""
    size: int | None = None
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change happens.

    Attributes:
        environment: name in the lock.
        platform: name of the platform.
        old: before; None where it was added.
        new: after; None where it was removed.
        why: names from the person's line to the package, on the side that has it (the new one, if both do); empty
            where nothing tells whether it was asked for.
    """

    environment: str
    platform: str
    old: Item | None
    new: Item | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one package, on all platforms where it is the same.

    Attributes:
        kind: added, removed or changed.
        name: of the package.
        places: at least one, sorted by environment and platform.
        everywhere: it is the same on every platform and in every environment that both sides have.
    """

    kind: Kind
    name: str
    places: tuple[Place, ...]
    everywhere: bool

    @property
    def old(self) -> Item | None:
        """What there was, at the first place; builds and sizes may differ at others."""
        return self.places[0].old

    @property
    def new(self) -> Item | None:
        """What there is, at the first place; builds and sizes may differ at others."""
        return self.places[0].new


@dataclass(frozen=True, slots=True)
class LineChange:
    """A change of what is asked for.

    Attributes:
        kind: added, removed or changed.
        old: line before, "" where it was added.
        new: line after, "" where it was removed.
        platforms: where, if not everywhere.
    """

    kind: Kind
    old: str
    new: str
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two subjects.

    Attributes:
        lines: changes of what is asked for.
        changes: changes of packages, sorted by name.
        added_parts: `platform`, or `environment/platform`, that only the second one has.
        removed_parts: those that only the first one has.
        unchanged: how many packages are the same wherever both have them.
    """

    lines: tuple[LineChange, ...] = ()
    changes: tuple[Change, ...] = ()
    added_parts: tuple[str, ...] = ()
    removed_parts: tuple[str, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.lines or self.changes or self.added_parts or self.removed_parts)

    def count(self, kind: Kind) -> int:
        """How many packages were added, removed or changed."""
        return sum(change.kind == kind for change in self.changes)


@dataclass(slots=True)
class _Found:
    places: list[Place] = field(default_factory=list)
    same: set[tuple[str, str]] = field(default_factory=set)


def diff(old: Subject, new: Subject, channel: Callable[[str], str] = str) -> Diff:
    """Compare two subjects.

    A request is compared with what was asked for on the other side; an environment on disk with the part of a lock
    that is for its platform; parts of two locks with those of the same name, else of the same platform. Of a format
    that holds PyPI packages only, nothing is said about conda's.

    Args:
        old: what there was.
        new: what there is.
        channel: the name of a channel by its URL.

    Raises:
        InputError: a file is compared with a lock that does not say what was asked for.
        NotFoundError: an environment is compared with a lock that has nothing for its platform.
    """
    pairs, removed, added = _pairs(old, new)
    lines = _line_changes(pairs)
    found: list[Place] = []
    same: set[str] = set()
    for before, after in pairs:
        if before.packages is None or after.packages is None:
            continue
        here, unchanged = _places(before, after, channel)
        found += here
        same |= unchanged
    changed = {place.new.name if place.new else place.old.name if place.old else "" for place in found}
    exact = [pair for pair in pairs if pair[0].packages is not None and pair[1].packages is not None]
    return Diff(lines, _collapse(found, len(exact)), added, removed, len(same - changed))


_Pairs = list[tuple["Part", "Part"]]


def _pairs(old: Subject, new: Subject) -> tuple[_Pairs, tuple[str, ...], tuple[str, ...]]:
    """Parts to compare with each other, and the names of those that only one side has."""
    if "file" in {old.kind, new.kind}:
        for subject in (old, new):
            if not any(_says(part) for part in subject.parts):
                raise InputError(f"{subject.label} does not say what was asked for: it cannot be compared with a file")
        # A request is for every platform; what was asked for on one of them stands for all.
        return [(old.parts[0], new.parts[0])] if old.parts and new.parts else [], (), ()
    for one, other in ((old, new), (new, old)):
        if one.kind == "environment":
            part = one.parts[0]
            named = any(each.platform == part.platform for each in other.parts)
            partner = other.part(subdir=part.platform if named else part.subdir)
            return [(part, partner) if one is old else (partner, part)], (), ()
    before = {(part.environment, part.platform): part for part in old.parts}
    after = {(part.environment, part.platform): part for part in new.parts}
    several = len({name for name, _ in (*before, *after)}) > 1

    def names(keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        return tuple(sorted(f"{name}/{platform}" if several else platform for name, platform in keys))

    pairs = [(before[key], after[key]) for key in sorted(before.keys() & after.keys())]
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    for key in sorted(gone):
        like = _partner(before[key], [after[other] for other in sorted(come)], [part for _, part in pairs])
        if like is not None:
            pairs.append((before[key], like))
            if ANYWHERE in {before[key].subdir, like.subdir}:  # has no name that could differ
                gone, come = gone - {key}, come - {(like.environment, like.platform)}
    return pairs, names(gone), names(come)


def _partner(part: Part, others: Sequence[Part], taken: Sequence[Part]) -> Part | None:
    """The part for the same machines under another name (a variant, say) that has most in common with one."""
    held = {(key_of(package), package.version) for package in part.packages or ()}

    def common(other: Part) -> int:
        return len(held & {(key_of(package), package.version) for package in other.packages or ()})

    fitting = [
        other
        for other in others
        if other.environment == part.environment
        and (other.subdir == part.subdir or ANYWHERE in {other.subdir, part.subdir})
        and not any(other is each for each in taken)
    ]
    return max(fitting, key=common, default=None)


# -- packages ----------------------------------------------------------------------------------------


def item(package: Node, channel: Callable[[str], str] = str) -> Item:
    """What is compared of a package."""
    if not isinstance(package, CondaPackage) and package.source == "pypi":
        commit, known = commit_of(package.url)[:10], package.sha256 or ""
        return Item(package.name, "pypi", package.version, commit, "pypi", known, package.size, package.editable)
    assert not isinstance(package, PypiPackage)  # noqa: S101 - that one is from PyPI
    known = package.sha256 or (f"md5:{package.md5}" if package.md5 else "")
    return Item(package.name, "conda", package.version, package.build, channel(package.channel), known, package.size)


def _places(before: Part, after: Part, channel: Callable[[str], str]) -> tuple[list[Place], set[str]]:
    old = {key_of(package): package for package in before.packages or ()}
    new = {key_of(package): package for package in after.packages or ()}
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    moved = _moved(gone, come)
    if before.pypi_only or after.pypi_only:
        gone, come = ([key for key in keys if not key.startswith("conda:")] for keys in (gone, come))
    partner = {**{key: key for key in old.keys() & new.keys()}, **moved}
    changed = [(a, b) for a, b in sorted(partner.items()) if _differ(old[a], new[b], channel)]
    if not (changed or set(gone) - moved.keys() or set(come) - set(moved.values())):
        return [], {key.partition(":")[2] for key in partner}
    graph_old, graph_new = before.graph, after.graph
    why_old, why_new = shortest(graph_old), shortest(graph_new)

    def place(a: str | None, b: str | None) -> Place:
        return Place(
            after.environment,
            after.platform,
            item(old[a], channel) if a else None,
            item(new[b], channel) if b else None,
            _words(why_new, b, graph_new) if b else _words(why_old, a or "", graph_old),
        )

    found = [place(a, b) for a, b in changed]
    found += [place(key, None) for key in gone if key not in moved]
    found += [place(None, key) for key in come if key not in moved.values()]
    touched = {a for a, _ in changed}
    return found, {a.partition(":")[2] for a in partner if a not in touched}


def _moved(gone: Iterable[str], come: Iterable[str]) -> dict[str, str]:
    """Packages that left one world and came to the other: key before -> key after."""

    def project(key: str) -> str:
        source, _, name = key.partition(":")
        return name if source == "pypi" else to_pypi(name) or name

    arrivals = {(key.partition(":")[0], project(key)): key for key in come}
    found = {}
    for key in gone:
        other = "pypi" if key.startswith("conda:") else "conda"
        if (other, project(key)) in arrivals:
            found[key] = arrivals[other, project(key)]
    return found


def _differ(one: Node, other: Node, channel: Callable[[str], str]) -> bool:
    a, b = item(one, channel), item(other, channel)
    if (a.source, a.version, a.build, a.editable) != (b.source, b.version, b.build, b.editable):
        # The version of a directory of sources is known only where it is installed.
        return not (a.source == b.source == "pypi" and a.editable == b.editable and "" in {a.version, b.version})
    if a.hash and b.hash and a.hash.startswith("md5:") == b.hash.startswith("md5:"):
        return a.hash != b.hash or a.channel != b.channel
    md5 = {package.md5 for package in (one, other) if not isinstance(package, PypiPackage) and package.md5}
    return a.channel != b.channel or len(md5) > 1


def _words(why: Mapping[str, Chain], key: str, graph: PackageGraph) -> tuple[str, ...]:
    chain = why.get(key)
    if chain is None or (len(chain.steps) == 1 and not graph.stated):
        return ()  # nothing tells whether somebody asked for it
    return tuple(step.key.partition(":")[2] for step in chain.steps)


def _collapse(places: Iterable[Place], parts: int) -> tuple[Change, ...]:
    """Equal changes on several platforms as one; builds and sizes may differ among them where versions say it all."""
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in places:
        groups.setdefault(_sameness(place), []).append(place)
    found = []
    for group in groups.values():
        first = group[0]
        kind: Kind = "added" if first.old is None else "removed" if first.new is None else "changed"
        some = first.new or first.old
        assert some is not None  # noqa: S101
        found.append(Change(kind, some.name, tuple(group), len(group) == parts))
    return tuple(sorted(found, key=lambda change: (change.name, change.places[0].platform, change.kind)))


def _sameness(place: Place) -> tuple[object, ...]:
    def part(item: Item | None, *, build: bool) -> tuple[object, ...]:
        if item is None:
            return ()
        return (item.name, item.source, item.version, item.channel, item.editable, item.build if build else "")

    old, new = place.old, place.new
    # Where only the build changed it is what there is to see.
    only_build = old is not None and new is not None and (old.source, old.version) == (new.source, new.version)
    return part(old, build=only_build), part(new, build=only_build)


# -- lines -------------------------------------------------------------------------------------------


def _line_changes(pairs: _Pairs) -> tuple[LineChange, ...]:
    where: dict[tuple[Kind, str, str], list[str]] = {}
    for before, after in pairs:
        if not _says(before) or not _says(after):
            continue  # a lock that does not say what was asked for is not one that asks for nothing
        old, new = _lines(before), _lines(after)
        for key in sorted(old.keys() | new.keys()):
            a, b = old.get(key, ""), new.get(key, "")
            if a != b:
                kind: Kind = "added" if not a else "removed" if not b else "changed"
                where.setdefault((kind, a, b), []).append(after.platform)
    return tuple(
        LineChange(kind, a, b, () if len(platforms) == len(pairs) else tuple(dict.fromkeys(platforms)))
        for (kind, a, b), platforms in where.items()
    )


def _says(part: Part) -> bool:
    return bool(part.specs or part.pip) or part.packages is None


def _lines(part: Part) -> dict[str, str]:
    """What is asked for, by what it is about: one spelling for each meaning."""
    found = {f"conda {spec.name}": str(spec) for spec in part.specs}
    for line in part.pip:
        found[f"pip {line.name or line.text}"] = f"pip: {line.text}"
    return found
