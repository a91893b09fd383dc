"""The revisions of a `conda-meta/history`: what each changed, and what the environment held after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.platforms import SUBDIRS
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parity.formats.history import Revision

_ENDINGS = (".conda", ".tar.bz2")
_UNKNOWN = "<unknown>"


@dataclass(frozen=True, slots=True)
class Dist:
    """One package as a line of the history names it.

    Attributes:
        text: the line without its sign.
        place: `channel/subdir` as it stands there; "" in the history of an old conda.
        channel: a name or a URL; "" where nothing tells.
        subdir: "" in the history of an old conda.
        name: of the package.
        version: of it.
        build: of it.
    """

    text: str
    place: str
    channel: str
    subdir: str
    name: str
    version: str
    build: str

    @property
    def dist(self) -> str:
        """`name-version-build`."""
        return f"{self.name}-{self.version}-{self.build}"


def dist(text: str) -> Dist | None:
    """Read `channel/subdir::name-version-build`; None for what is no package of a conda channel."""
    place, _, file = text.rpartition("::")
    parts = _stem(file).rsplit("-", 2)
    if len(parts) < 3 or place.partition("/")[0] == "pypi":
        return None
    name, version, build = parts
    head, _, last = place.rpartition("/")
    channel, subdir = (head, last) if last in {*SUBDIRS, "noarch"} else (place, "")
    return Dist(text, place, "" if channel == _UNKNOWN else channel, subdir, name, version, build)


def held(revisions: Sequence[Revision], number: int) -> tuple[Dist, ...]:
    """What the environment held after a revision, sorted by name.

    A package is found again by its name, since tools write its channel as a name or as a URL.

    Raises:
        IndexError: there is no revision of this number.
    """
    state: dict[str, Dist] = {}
    for revision in (*revisions[:number], revisions[number]):
        if revision.state:
            state = {one.name: one for one in _read(revision.state)}
        for one in _read(revision.removed):
            state.pop(one.name, None)
        state |= {one.name: one for one in _read(revision.added)}
    return tuple(state[name] for name in sorted(state))


def as_lines(revisions: Iterable[Revision]) -> list[str]:
    """All revisions as `conda list --revisions` prints them (`conda.history.pretty_content`)."""
    lines = []
    for number, revision in enumerate(revisions):
        removed, added = (
            {
                name: version + (f" ({place})" if place != "defaults" else "")
                for name, (version, _, place) in each.items()
            }
            for each in (_parts(revision.removed), _parts(revision.added))
        )
        lines += [
            f"{revision.date}  (rev {number})",
            *(f"     {name}  {{{removed[name]} -> {added[name]}}}" for name in sorted(removed.keys() & added)),
            *(f"    -{name}-{removed[name]}" for name in sorted(removed.keys() - added)),
            *(f"    +{name}-{added[name]}" for name in sorted(added.keys() - removed)),
            *(f"    {text}" for text in sorted(revision.state)),
            "",
        ]
    return lines


def as_json(revisions: Iterable[Revision]) -> list[dict[str, object]]:
    """All revisions with the keys of `conda list --revisions --json` (`conda.history.History.object_log`)."""
    data: list[dict[str, object]] = []
    for number, revision in enumerate(revisions):
        removed, added = _parts(revision.removed), _parts(revision.added)
        moved: dict[str, list[dict[str, str]]] = {"upgrade": [], "downgrade": []}
        for name in sorted(removed.keys() & added):
            # conda compares the texts, too.
            kind = "upgrade" if added[name] > removed[name] else "downgrade"
            moved[kind].append({"old": "-".join((name, *removed[name])), "new": "-".join((name, *added[name]))})
        data.append({
            "date": revision.date,
            "rev": number,
            "install": [*("-".join((name, *added[name])) for name in sorted(added.keys() - removed)),
                        *sorted(revision.state)],
            "remove": ["-".join((name, *removed[name])) for name in sorted(removed.keys() - added)],
            **moved,
        })  # fmt: skip
    return data


def _versions(texts: Iterable[str]) -> dict[str, str]:
    found = _parts(texts).items()
    return {name: version if place == "defaults" else f"{version} ({place})" for name, (version, _, place) in found}


def _parts(texts: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Name to version, build and place, as conda takes the lines apart."""
    found = {}
    for text in texts:
        place, mark, file = text.rpartition("::")
        name, version, build = ([*_stem(file).rsplit("-", 2), "", ""])[:3]
        found[name.lower()] = (version, build, place if mark else _UNKNOWN)
    return found


def _read(texts: Iterable[str]) -> list[Dist]:
    return [one for one in map(dist, texts) if one is not None]


def _stem(file: str) -> str:
    for ending in _ENDINGS:
        file = file.removesuffix(ending)
    return file
