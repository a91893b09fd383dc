"""Make a new environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.pip_lines import without_credentials
from parity.core.plan import make_plan
from parity.errors import StorageError
from parity.model import Manifest, Plan, Solution
from parity.ops.ownership import check
from parity.ops.resolve import Engines, Goal, Resolution, resolve, settled
from parity.ops.transaction import Workshop, build
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parity.core.ports import Confirm


def create(
    prefix: Path,
    goal: Goal,
    engines: Engines,
    shop: Workshop,
    *,
    confirm: Confirm,
    early: bool = True,
    variables: Sequence[tuple[str, str]] = (),
    replace_existing: bool = False,
) -> Plan:
    """Make an environment that satisfies a goal.

    Args:
        prefix: absolute path of the environment.
        goal: what it shall satisfy.
        engines: what answers the goal.
        shop: what carries the answer out.
        confirm: shown the plan; False ends the operation.
        early: link conda packages while PyPI packages are still being resolved, before `confirm` is asked.
        variables: environment variables to set on activation.
        replace_existing: take the place of an environment that stands there.

    Returns:
        The plan, carried out or declined.

    Raises:
        StorageError: something else stands at `prefix`.
        UnsatisfiableError, NetworkError, ...: see `parity.errors`.
    """
    with shop.store.hold(prefix, f"make {prefix}"):
        make_room(prefix, shop, replace_existing=replace_existing)
        resolution = resolve(goal, engines)
        manifest = Manifest(
            specs=goal.specs,
            pip=tuple(without_credentials(line) for line in goal.pip),
            channels=tuple(channel.name for channel in goal.channels),
            platform=goal.platform,
        )
        plans: list[Plan] = []
        early = early and not shop.sole_owners  # what may be refused is looked at before anything is linked

        def ask(solution: Solution) -> bool:
            plan = make_plan(prefix, (), solution)
            plans.append(plan if early else replace(plan, collisions=check(plan, shop)))
            return confirm(plans[-1])

        build(
            prefix, resolution, manifest, shop, confirm=ask, early=early, variables=variables, update_specs=goal.specs
        )
    return plans[-1]


def clone(
    prefix: Path, source: Path, shop: Workshop, *, platform: str, confirm: Confirm, replace_existing: bool = False
) -> Plan:
    """Make an environment that holds exactly what another holds.

    Raises:
        NotFoundError: there is no environment at `source`.
        StorageError: something stands at `prefix`, or it is the source itself.
    """
    from parity.ops.current import read

    with shop.store.hold(prefix, f"make {prefix}"):
        make_room(prefix, shop, replace_existing=replace_existing and prefix != source)
        current = read(source, shop.store, shop.conda, platform=platform)
        foreign = sorted(set(current.pypi_versions) - current.owned)
        if foreign:
            shop.progress.warn(
                f"installed with pip and not cloned, because nothing tells where from: {', '.join(foreign)}"
            )
        variables = shop.store.variables(source)
        return build_exactly(prefix, current.solution, current.manifest, shop, variables=variables, confirm=confirm)[0]


def build_exactly(
    prefix: Path,
    solution: Solution,
    manifest: Manifest,
    shop: Workshop,
    *,
    variables: Mapping[str, str],
    confirm: Confirm,
) -> tuple[Plan, bool]:
    """Make an environment of packages that are known; room is made for it, and its lock is held by the caller.

    Returns:
        The plan, and whether it was carried out.
    """
    plan = make_plan(prefix, (), solution)
    if shop.sole_owners:
        plan = replace(plan, collisions=check(plan, shop))
    stop = shop.pypi().stop if solution.pypi else lambda: None
    done = build(
        prefix,
        Resolution(solution.platform, solution.conda, settled(solution.pypi), stop),
        manifest,
        shop,
        confirm=lambda _: confirm(plan),
        early=False,
        variables=tuple(variables.items()),
        update_specs=manifest.specs,
    )
    return plan, done is not None


def make_room(prefix: Path, shop: Workshop, *, replace_existing: bool) -> None:
    """Refuse to build where something stands that would be lost; clear away what a killed creation left."""
    shop.store.recover(prefix)
    if shop.store.exists(prefix):
        if not replace_existing:
            raise StorageError(
                f"an environment stands at {prefix} already",
                hints=[
                    "add to it: parity install",
                    "bring it in line with a file: parity update -f FILE",
                    "put a new one in its place: parity create --force",
                ],
            )
        from parity.ops.current import refuse_frozen

        refuse_frozen(prefix, shop.store)
    elif (prefix / "conda-meta").is_dir():
        shop.store.discard(prefix)
    else:
        check_place(prefix)


def check_place(prefix: Path) -> None:
    """Refuse a place where something stands that is no conda environment.

    Raises:
        StorageError: it does.
    """
    if prefix.exists() and not prefix.is_dir():
        raise StorageError(f"{prefix} is a file", hints=["choose another name or path"])
    if (prefix / "pyvenv.cfg").is_file():
        raise StorageError(
            f"{prefix} is a virtual environment, which holds no conda packages", hints=["choose another name or path"]
        )
    if prefix.is_dir() and not (prefix / "conda-meta").is_dir() and any(prefix.iterdir()):
        raise StorageError(f"{prefix} is not empty and is no environment", hints=["choose another name or path"])
