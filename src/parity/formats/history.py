"""conda-meta/history: what was asked of an environment, and what that changed, as conda itself writes it.

The format is that of `conda.history.History`: a `==> date <==` line for each revision, comment lines for the
command and the specs, and a line with `+` or `-` for each package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core import specs
from parity.errors import SpecError
from parity.model import MatchSpec
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = regex(r"==>\s*(.+?)\s*<==")
_COMMAND = regex(r"#\s*cmd:\s*(.*)")
_VERSION = regex(r"#\s*conda version:\s*(.+)")
_SPECS = regex(r"#\s*(?P<action>\w+)\s+specs:\s*(?P<specs>.*)")
_UPDATES = ("update", "install", "create")
_REMOVALS = ("remove", "uninstall")


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an environment.

    Attributes:
        date: `2024-01-02 10:20:30`, local time, as it stands there.
        command: the command line, credentials already masked; "" where there is none.
        version: of the conda that wrote it; "" where there is none.
        update: specs that were asked for.
        remove: specs that were asked to go.
        neutered: specs that conda loosened to find a solution.
        added: packages that came, as `channel/subdir::name-version-build`.
        removed: packages that went.
        state: every package, where an old conda wrote the whole list instead of the difference.
    """

    date: str
    command: str = ""
    version: str = ""
    update: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    neutered: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    state: tuple[str, ...] = ()


def parse(text: str) -> tuple[Revision, ...]:
    """Read a history, oldest revision first. Lines that conda would not know are passed over."""
    found: list[tuple[str, list[str]]] = []
    for line in map(str.strip, text.splitlines()):
        if head := _HEAD.fullmatch(line):
            found.append((head[1], []))
        elif found:
            found[-1][1].append(line)
    return tuple(_revision(date, lines) for date, lines in found)


def render_entry(revision: Revision) -> str:
    """The lines of one revision, to be appended to the file."""
    lines = [f"==> {revision.date} <=="]
    if revision.command:
        lines.append(f"# cmd: {revision.command}")
    if revision.version:
        lines.append(f"# conda version: {revision.version}")
    lines += [f"-{dist}" for dist in revision.removed]
    lines += [f"+{dist}" for dist in revision.added]
    lines += revision.state
    for action, texts in (("update", revision.update), ("remove", revision.remove), ("neutered", revision.neutered)):
        if texts:
            lines.append(f"# {action} specs: {list(texts)!r}")
    return "\n".join(lines) + "\n"


def requested_specs(revisions: Iterable[Revision]) -> tuple[MatchSpec, ...]:
    """What a person has asked for so far, as conda computes it: a later spec replaces an earlier one of its name.

    A spec that cannot be read counts with its name alone, so that an old history stays usable.
    """
    wanted: dict[str, MatchSpec] = {}
    for revision in revisions:
        for spec in map(_read, revision.remove):
            wanted.pop(spec.name, None)
        for spec in map(_read, (*revision.update, *revision.neutered)):
            wanted[spec.name] = spec
    return tuple(wanted.values())


def _read(text: str) -> MatchSpec:
    try:
        return specs.parse(text)
    except SpecError:
        name = re.search(r"[a-z0-9_][a-z0-9_.-]*", text.rpartition("::")[2].lower())
        return MatchSpec(name[0] if name else text, text=text)


def _revision(date: str, lines: list[str]) -> Revision:
    command = version = ""
    asked: dict[str, list[str]] = {"update": [], "remove": [], "neutered": []}
    dists: dict[str, list[str]] = {"+": [], "-": [], "": []}
    for line in lines:
        if found := _COMMAND.fullmatch(line):
            command = found[1]
        elif found := _VERSION.fullmatch(line):
            version = found[1]
        elif found := _SPECS.fullmatch(line):
            action = found["action"]
            action = "update" if action in _UPDATES else "remove" if action in _REMOVALS else action
            if action in asked:
                asked[action] += _texts(found["specs"])
        elif line and not line.startswith("#"):
            sign = line[0] if line[0] in "+-" else ""
            dists[sign].append(line.removeprefix(sign))
    return Revision(
        date,
        command,
        version,
        update=tuple(asked["update"]),
        remove=tuple(asked["remove"]),
        neutered=tuple(asked["neutered"]),
        added=tuple(dists["+"]),
        removed=tuple(dists["-"]),
        state=tuple(dists[""]),
    )


def _texts(written: str) -> list[str]:
    """A list as Python prints it; or, from old condas, specs joined by commas, which ranges hold too."""
    if written.startswith("["):
        from ast import literal_eval

        try:
            return [str(text) for text in literal_eval(written)]
        except (ValueError, SyntaxError):
            return []
    joined: list[str] = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        if joined and part[0] in "<>=!~":
            joined[-1] += f",{part}"
        else:
            joined.append(part)
    return joined
