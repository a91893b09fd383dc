"""Show what differs between two locks, environments or environment files: packages, versions, builds, and why.

parity diff HEAD~1:parity.lock parity.lock
parity diff work parity.lock
parity diff --markdown main:parity.lock parity.lock
Exits with 0 where both are the same and with 1 where they differ, as the program `diff` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.output import human_size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from parity.core.diff import Change, Diff, Item, LineChange
    from parity.wiring import Services

_TITLES = ("", "Package", "Before", "After", "Channel", "Size", "Where", "Because of")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def configure(parser: argparse.ArgumentParser) -> None:
    what = "name or path of an environment, lock, environment.yml, or REVISION:FILE of git"
    parser.add_argument("old", metavar="A", nargs="?", default="HEAD:parity.lock", help=f"{what}; HEAD:parity.lock")
    parser.add_argument("new", metavar="B", nargs="?", default="parity.lock", help="the same; parity.lock")
    parser.add_argument("--markdown", action="store_true", help="a table for a pull request")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.core.diff import diff
    from parity.wiring import subjects

    old, new = subjects.pair(services, args.old, args.new)
    found = diff(old, new, services.channel_name)
    output = services.output
    for side in (old, new):
        if any(part.pypi_only for part in side.parts):
            output.note(f"{side.label} holds PyPI packages only: conda's are not compared")
    if output.json:
        output.result(as_json(found, old.label, new.label))
    elif args.markdown:
        for line in markdown(found, old.label, new.label):
            output.line(line)
    else:
        _show(found, services)
    return 1 if found else 0


def _show(found: Diff, services: Services) -> None:
    output = services.output
    for line in found.lines:
        output.line(f"asked for: {_line(line)}")
    for sign, parts in (("-", found.removed_parts), ("+", found.added_parts)):
        if parts:
            output.line(f"platforms: {' '.join(sign + part for part in parts)}")
    if found.changes:
        if found.lines or found.added_parts or found.removed_parts:
            output.line()
        rows = [[_SIGNS[change.kind], *row(change)] for change in found.changes]
        output.table(*_without_empty(_TITLES, rows))
    output.line(summary(found))


def _without_empty(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Leave out columns in which nothing stands."""
    shown = [at for at in range(len(titles)) if not at or any(row[at] for row in rows)]
    return [titles[at] for at in shown], [[row[at] for at in shown] for row in rows]


def summary(found: Diff) -> str:
    """One line: how many packages were added, removed and changed."""
    if not found:
        return "No difference."
    if not found.changes and not found.unchanged:
        if not found.lines:
            return "no platform in common"
        return f"{len(found.lines)} difference{'s' if len(found.lines) != 1 else ''} in what is asked for"
    counts = [f"{found.count(kind)} {kind}" for kind in ("added", "removed", "changed") if found.count(kind)]
    return f"{', '.join(counts) or 'no package changed'}; {found.unchanged} unchanged"


def row(change: Change) -> list[str]:
    """Package, before, after, channel, size, where and because of what."""
    old, new = change.old, change.new
    item = new or old
    assert item is not None  # noqa: S101
    # A build is worth a word where the version does not tell the two apart.
    builds = old is not None and new is not None and (old.version, old.source) == (new.version, new.source)
    channels = dict.fromkeys(each.channel for each in (old, new) if each is not None)
    sizes = {place.new.size if place.new else place.old.size if place.old else None for place in change.places}
    known = {size for size in sizes if size is not None}
    size = human_size(max(known)) if known else ""
    hashes = builds and old is not None and new is not None and old.build == new.build and len(channels) == 1
    return [
        item.name,
        _version(old, build=builds) + (" (other bytes)" if hashes and new is None else ""),
        _version(new, build=builds) + (" (other bytes)" if hashes else ""),
        " -> ".join(channels),
        f"up to {size}" if len(known) > 1 else size,
        where(change),
        because(change),
    ]


def _version(item: Item | None, *, build: bool) -> str:
    if item is None:
        return ""
    text = f"{item.version} {item.build}" if build and item.build else item.version
    return f"{text} (editable)" if item.editable else text


def where(change: Change) -> str:
    """Platforms, with environments where several are meant; "" for everywhere."""
    if change.everywhere:
        return ""
    environments = {place.environment for place in change.places}
    return " ".join(
        f"{place.environment}/{place.platform}" if environments != {"default"} else place.platform
        for place in change.places
    )


def because(change: Change) -> str:
    """The chain of packages from what was asked for to this one."""
    why = change.places[0].why
    return "asked for" if len(why) == 1 else " > ".join(why[:-1])


def _line(line: LineChange) -> str:
    text = {"added": f"+ {line.new}", "removed": f"- {line.old}"}.get(line.kind, f"~ {line.old} -> {line.new}")
    return f"{text}  ({', '.join(line.platforms)})" if line.platforms else text


def markdown(found: Diff, old: str, new: str) -> list[str]:
    """The difference as GitHub-flavoured Markdown."""
    lines = [f"### `{old}` → `{new}`", "", summary(found)]
    if found.lines:
        lines += ["", "Asked for:", "", *(f"- `{_line(line)}`" for line in found.lines)]
    if found.added_parts:
        lines += ["", f"New platforms: {', '.join(found.added_parts)}"]
    if found.removed_parts:
        lines += ["", f"Platforms that are gone: {', '.join(found.removed_parts)}"]
    if found.changes:
        rows = [[_SIGNS[change.kind], *(cell.replace("|", "\\|") for cell in row(change))] for change in found.changes]
        titles, rows = _without_empty(_TITLES, rows)
        lines += ["", f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
        # A minus that no renderer takes for the beginning of a list.
        lines += [f"| {' | '.join([first.replace('-', '−'), f'**{name}**', *rest])} |" for first, name, *rest in rows]
    return lines


def as_json(found: Diff, old: str, new: str) -> dict[str, object]:
    """The difference as plain values."""

    def item(item: Item | None) -> dict[str, object] | None:
        return None if item is None else {key: getattr(item, key) for key in item.__slots__}

    return {
        "old": old,
        "new": new,
        "same": not found,
        "lines": [
            {"kind": line.kind, "old": line.old, "new": line.new, "platforms": list(line.platforms)}
            for line in found.lines
        ],
        "added_platforms": list(found.added_parts),
        "removed_platforms": list(found.removed_parts),
        "unchanged": found.unchanged,
        "changes": [
            {
                "kind": change.kind,
                "name": change.name,
                "everywhere": change.everywhere,
                "places": [
                    {
                        "environment": place.environment,
                        "platform": place.platform,
                        "old": item(place.old),
                        "new": item(place.new),
                        "why": list(place.why),
                    }
                    for place in change.places
                ],
            }
            for change in found.changes
        ],
    }
