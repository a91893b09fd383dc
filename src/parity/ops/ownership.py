"""No file is owned by two packages: looked at before anything is written, and again when wheels are there.

Between conda packages a path that two bring is an accident of their makers, and rattler keeps one of the files: that is
worth a warning, or is refused where a setting asks for that (`path_conflict`). A wheel that would overwrite a conda
package's file is refused: conda's records would describe what is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.collisions import find
from parity.core.noarch import installed_paths, site_packages
from parity.core.platforms import layout
from parity.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from parity.core.ports import CondaEngine
    from parity.model import Collision, Plan, Solution, Source
    from parity.ops.transaction import Workshop

_SHOWN = 3
"""How many paths of two packages are named; the others are counted."""


def check(plan: Plan, shop: Workshop) -> tuple[Collision, ...]:
    """Collisions of what a plan brings, as far as they can be told before it is carried out.

    Lists of conda packages are fetched only where wheels join in: without them nothing would be refused.

    Raises:
        RefusedError: a wheel would overwrite a conda package's file, or a file would have two owners that may have one.
    """
    fresh = {(operation.source, operation.name) for operation in plan.operations if operation.new is not None}
    if not fresh:
        return ()
    wheels = shop.wheel_paths(plan.solution) if shop.wheel_paths is not None and plan.solution.pypi else {}
    found = _find(plan.solution, wheels, shop.conda, fresh, fetch=bool(wheels) or shop.sole_owners)
    refuse(found, every=shop.sole_owners)
    tell(found, shop)
    return found


def settle(place: Path, solution: Solution, shop: Workshop, *, told: bool, known: Mapping[str, Sequence[str]]) -> None:
    """The same of an environment that is built and not published yet, where the wheels' own records tell.

    Args:
        place: where it is built.
        solution: what it holds.
        shop: engines and stores.
        told: what is worth a warning was said before.
        known: paths of PyPI packages, by name, as far as they were learned.

    Raises:
        RefusedError: a wheel has overwritten a conda package's file.
    """
    if told and not solution.pypi:
        return
    names = [package.name for package in solution.pypi if package.name not in known]
    wheels = {**known, **(shop.store.wheel_files(place, names) if names else {})}
    found = _find(solution, wheels, shop.conda, None, fetch=bool(solution.pypi) or shop.sole_owners)
    refuse(found, every=shop.sole_owners)
    if not told:
        tell(found, shop)


def restore(prefix: Path, solution: Solution, fresh: Collection[str], shop: Workshop) -> None:
    """Put conda's files back where a package that was built on the spot has overwritten them, and refuse it.

    What wheels bring was known before; a source distribution tells once it is installed.

    Args:
        prefix: of the environment.
        solution: what it holds.
        fresh: names of the PyPI packages that were just installed.
        shop: engines and stores.

    Raises:
        RefusedError: one did.
    """
    known = shop.wheel_paths(solution) if shop.wheel_paths is not None and fresh else {}
    names = [package.name for package in solution.pypi if package.name in fresh and package.name not in known]
    if not names:
        return
    found = _find(solution, shop.store.wheel_files(prefix, names), shop.conda, None, fetch=True)
    try:
        refuse(found)
    except RefusedError:
        owners = {name for each in found for source, name in each.packages if source == "conda"}
        shop.pypi().remove(prefix / layout(solution.platform).python, names)
        shop.conda.link(prefix, solution.conda, platform=solution.platform, reinstall=sorted(owners))
        raise


def refuse(collisions: Sequence[Collision], *, every: bool = False) -> None:
    """Stop where a wheel would overwrite a file of a conda package; `every`: wherever two packages bring a file.

    Raises:
        RefusedError: names both packages and the path.
    """
    for (one, other), paths in _pairs(collisions).items():
        if {one[0], other[0]} == {"conda", "pypi"}:
            raise RefusedError(
                f"the PyPI package {other[1]} would overwrite files of the conda package {one[1]}: {_listed(paths)}",
                hints=[f"leave {other[1]} out of pip:, or take both from the same side"],
            )
        if every:
            raise RefusedError(
                f"{one[1]} and {other[1]} bring the same files, which `path_conflict` forbids: {_listed(paths)}",
                hints=["leave one of them out, or change the setting"],
            )


def tell(collisions: Sequence[Collision], shop: Workshop) -> None:
    """Warn of paths that two packages bring."""
    for (one, other), paths in _pairs(collisions).items():
        shop.progress.warn(f"{one[1]} and {other[1]} bring the same files, and one of each stays: {_listed(paths)}")


def _find(
    solution: Solution,
    wheels: Mapping[str, Sequence[str]],
    engine: CondaEngine,
    fresh: Collection[tuple[Source, str]] | None,
    *,
    fetch: bool,
) -> tuple[Collision, ...]:
    site = site_packages(solution.conda, solution.platform)
    files = engine.files(solution.conda, fetch=fetch)
    conda = {
        package.name: installed_paths(package, files[package.dist], solution.platform, site)
        for package in solution.conda
        if package.dist in files
    }
    return find(conda, wheels, fresh=fresh, ignore_case=not solution.platform.startswith("linux-"))


def _pairs(collisions: Sequence[Collision]) -> dict[tuple[tuple[Source, str], tuple[Source, str]], list[str]]:
    """Two packages to the paths that both bring; the conda package first."""
    pairs: dict[tuple[tuple[Source, str], tuple[Source, str]], list[str]] = {}
    for collision in collisions:
        one, *others = sorted(collision.packages)
        for other in others:
            pairs.setdefault((one, other), []).append(collision.path)
    return pairs


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
