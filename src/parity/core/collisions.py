"""No file is owned by two packages: finds the paths that several packages of one environment would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.model import Collision

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from parity.model import Source


def find(
    conda: Mapping[str, Sequence[str]],
    pypi: Mapping[str, Sequence[str]],
    *,
    fresh: Collection[tuple[Source, str]] | None = None,
    ignore_case: bool = False,
) -> tuple[Collision, ...]:
    """Paths that more than one package brings, sorted; cached bytecode is passed over.

    Args:
        conda: name of a package to the paths it installs.
        pypi: the same of PyPI packages.
        fresh: source and name of packages that are new: what others share is there already; None for all.
        ignore_case: names that differ in case only are one file (Windows, macOS).
    """

    def key(path: str) -> str:
        return path.lower() if ignore_case else path

    everything: set[str] = set()
    count = 0
    for paths in (*conda.values(), *pypi.values()):
        everything.update(map(key, paths) if ignore_case else paths)
        count += len(paths)
    if count == len(everything):
        return ()  # nearly always, and then without a look at each path
    owners: dict[str, list[tuple[Source, str]]] = {}
    for who, path in _owned(conda, pypi):
        if not path.endswith(".pyc") and who not in owners.setdefault(key(path), []):
            owners[key(path)].append(who)
    return tuple(
        Collision(path, tuple(who))
        for path, who in sorted(owners.items())
        if len(who) > 1 and (fresh is None or any(each in fresh for each in who))
    )


def _owned(
    conda: Mapping[str, Sequence[str]], pypi: Mapping[str, Sequence[str]]
) -> Iterable[tuple[tuple[Source, str], str]]:
    for name, paths in conda.items():
        for path in paths:
            yield ("conda", name), path
    for name, paths in pypi.items():
        for path in paths:
            yield ("pypi", name), path
