"""Take an environment back to what it held at an earlier revision of its history; nothing is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.names import to_pypi
from parity.core.plan import make_plan
from parity.core.words import some
from parity.errors import InputError, NoChannelError, NotFoundError, RefusedError
from parity.formats import history, revisions
from parity.model import MatchSpec, Plan, Solution
from parity.ops.ownership import check
from parity.ops.transaction import Workshop, change
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from parity.core.ports import Confirm
    from parity.formats.revisions import Dist
    from parity.model import Channel, CondaPackage, Manifest, PypiPackage
    from parity.ops.current import Current


def number_of(text: str, past: str) -> int:
    """The revision that a person means; below 0 counts from the end, as in conda.

    Args:
        text: as it was typed.
        past: text of the history.

    Raises:
        InputError: it is no number.
        NotFoundError: there is no such revision.
    """
    try:
        number = int(text)
    except ValueError:
        raise InputError(f"expected revision number, not: '{text}'") from None
    count = len(history.parse(past))
    if not -count <= number < count:
        there = f"the last revision is {count - 1}" if count else "the environment has no history"
        raise NotFoundError(f"no such revision: {number}", hints=[f"{there}; `list --revisions` shows them"])
    return number % count


def revert(
    current: Current,
    number: int,
    shop: Workshop,
    *,
    channels: Callable[[str], Sequence[Channel]],
    confirm: Confirm,
    needed: Collection[str] = (),
) -> Plan:
    """Make an environment hold the conda packages that it held after a revision.

    The history tells of conda packages only: PyPI packages stay as they are where Python stays in its series and no
    conda package brings the same project.

    Args:
        current: the environment; its lock is held by the caller.
        number: of the revision, from 0.
        shop: what carries the plan out.
        channels: where to look for a package, by what the history says of its channel ("" where it says nothing).
        confirm: shown the plan; False ends the operation.
        needed: names of packages that may not go.

    Returns:
        The plan, carried out or declined.

    Raises:
        NotFoundError: packages are no longer in their channels; names each.
        RefusedError: a package would go that is needed.
    """
    past = history.parse(shop.store.history(current.prefix))
    conda = _packages(revisions.held(past, number), current, shop, channels)
    lost = sorted({package.name for package in current.exact} & set(needed) - {package.name for package in conda})
    if lost:
        raise RefusedError(f"revision {number} is from before {', '.join(lost)}, which {current.prefix} needs")
    after = Solution(current.platform, conda, _pypi(Solution(current.platform, conda, ()), current, shop))
    plan = make_plan(current.prefix, current.installed, after, owned=current.owned, exact=current.manifest.pypi)
    plan = replace(plan, collisions=check(plan, shop))
    if plan and confirm(plan):
        manifest = _manifest(current.manifest, history.requested_specs(past[: number + 1]), after)
        known = {spec.name: spec for spec in history.requested_specs(past)}
        names = {spec.name for spec in manifest.specs}
        change(
            plan,
            current.solution,
            manifest,
            shop,
            update_specs=[spec for spec in manifest.specs if known.get(spec.name) != spec],
            remove_specs=[MatchSpec(name) for name in known if name not in names],
        )
    return plan


def _packages(
    dists: Iterable[Dist], current: Current, shop: Workshop, channels: Callable[[str], Sequence[Channel]]
) -> tuple[CondaPackage, ...]:
    """The exact packages: those that are there, the others from their channels."""
    there = {package.dist: package for package in current.exact}
    found: list[CondaPackage] = []
    missing: list[str] = []
    with shop.progress.stage("Looking for packages"):
        for one in dists:
            package = there.get(one.dist)
            if package is None or (one.channel and package.channel not in _urls(channels(one.channel))):
                package = _look_up(one, channels(one.channel), current.platform, shop) or package
            if package is None:
                missing.append(one.text)
            else:
                found.append(package)
    if missing:
        raise NotFoundError(
            f"no longer in their channels: {some(missing, 20)}",
            hints=["`-c CHANNEL` names one that has them", "a lock keeps what an environment holds: `parity lock`"],
        )
    return tuple(found)


def _urls(channels: Iterable[Channel]) -> set[str]:
    return {url.rstrip("/") + end for channel in channels for url in channel.urls for end in ("", "/")}


def _look_up(one: Dist, channels: Iterable[Channel], platform: str, shop: Workshop) -> CondaPackage | None:
    spec = MatchSpec(one.name, f"=={one.version}", one.build)
    for channel in channels:
        try:
            among = shop.conda.search(spec, [channel], platform)
        except NoChannelError:
            continue  # what is gone has nothing; the error tells of all packages that cannot be had
        fitting = [each for each in among if each.dist == one.dist and one.subdir in {"", each.subdir}]
        if fitting:
            return max(fitting, key=lambda each: each.fn.endswith(".conda"))
    return None


def _pypi(after: Solution, current: Current, shop: Workshop) -> tuple[PypiPackage, ...]:
    """The PyPI packages that stay; says what becomes of them."""
    there = current.manifest.pypi
    if not there:
        return ()
    before = current.solution.python_series
    if before != after.python_series:
        python = f"Python {after.python_series}" if after.python_series else "no Python"
        shop.progress.warn(
            f"the revision has {python}, and these PyPI packages were installed for {before}; they go, and have to be "
            f"asked for again: {some(package.name for package in there)}"
        )
        return ()
    fresh = [package for package in after.conda if package not in current.exact]
    brought = {project.name for each in shop.conda.distributions(fresh).values() for project in each}
    kept = tuple(package for package in there if package.name not in brought)
    if kept:
        shop.progress.note(f"the history tells of conda packages only: {len(kept)} PyPI packages stay as they are")
    return kept


def _manifest(manifest: Manifest, asked: Sequence[MatchSpec], after: Solution) -> Manifest:
    """What was asked for by then, as far as it is there, and what PyPI answers now."""
    conda = {package.name for package in after.conda}
    pypi = {package.name for package in after.pypi}
    gone = {package.name for package in manifest.pypi} - pypi
    specs = [spec for spec in asked if spec.name in conda]
    if not asked and not manifest.pip:
        specs = [MatchSpec(name) for name in sorted(conda)]  # nobody is known to want less
    specs += [spec for spec in manifest.specs if spec.name not in conda and to_pypi(spec.name) in pypi]
    return replace(
        manifest,
        specs=tuple(specs),
        pip=tuple(line for line in manifest.pip if line.name not in gone),
        pypi=after.pypi,
        platform=after.platform,
    )
