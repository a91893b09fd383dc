"""Make an environment exactly what a lock says: nothing is solved, nothing more is left in it, nothing less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core import sync_state
from parity.core.names import normalise, to_pypi
from parity.core.package_graph import package_graph
from parity.core.pip_lines import without_credentials
from parity.core.plan import make_plan
from parity.core.words import some
from parity.errors import InputError, RefusedError
from parity.model import Manifest, MatchSpec, PipLine, Plan, Solution
from parity.ops.create import build_exactly, make_room
from parity.ops.ownership import check
from parity.ops.transaction import Workshop, change, compile_bytecode
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from parity.core.lock import Locked
    from parity.core.ports import Confirm
    from parity.ops.current import Current


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an environment shall be.

    Attributes:
        solution: its exact packages.
        manifest: what was asked for, the channels, and which lock it is.
        variables: environment variables to set on activation.
        only_these: unset all other variables of the environment: the lock can hold variables, and has no more.
    """

    solution: Solution
    manifest: Manifest
    variables: Mapping[str, str]
    only_these: bool = False


def wanted(
    part: Locked,
    *,
    note: str,
    channels: Collection[str],
    variables: Mapping[str, str],
    only_these: bool = False,
    warn: Callable[[str], None],
) -> Wanted:
    """What an environment shall be, from a part of a lock.

    Args:
        part: the packages of one environment on one platform.
        note: which part of which lock it is (`core.sync_state.note`).
        channels: names or URLs, highest priority first.
        variables: of the environment.
        only_these: the lock's format can hold variables.
        warn: told what should be known of the lock.

    Raises:
        InputError: the lock holds what cannot be installed as it is; names each.
    """
    if part.other:
        raise InputError(
            f"the lock holds packages that have to be built from source first: {', '.join(_names(part.other))}",
            hints=["install it with the tool that made the lock, or lock built packages instead"],
        )
    bare = [package.fn for package in part.solution.conda if not (package.sha256 or package.md5)]
    if bare:
        warn(f"the lock has no hash for what it names, so nobody can tell if it is the same: {some(bare)}")
    specs, pip = _asked(part)
    manifest = Manifest(specs, pip, tuple(channels), part.solution.pypi, part.solution.platform, note)
    return Wanted(part.solution, manifest, variables, only_these)


def make(
    prefix: Path, goal: Wanted, shop: Workshop, *, confirm: Confirm, replace_existing: bool = False
) -> Plan | None:
    """Make a new environment.

    Returns:
        The plan, carried out or declined; None where an environment stands there meanwhile.

    Raises:
        StorageError: something else stands at `prefix`.
    """
    with shop.store.hold(prefix, f"make {prefix}"):
        shop.store.recover(prefix)
        if shop.store.exists(prefix) and not replace_existing:
            return None
        make_room(prefix, shop, replace_existing=replace_existing)
        plan, done = build_exactly(
            prefix, goal.solution, goal.manifest, shop, variables=goal.variables, confirm=confirm
        )
        if done:
            _note(prefix, shop)
    return plan


def sync(current: Current, goal: Wanted, shop: Workshop, *, lost: Collection[str] = (), confirm: Confirm) -> Plan:
    """Make an existing environment equal to what it shall be, also by removing what others put there.

    Args:
        current: the environment; its lock is held by the caller.
        goal: what it shall be.
        shop: what carries it out.
        lost: conda packages that something uninstalled behind conda's back: they are linked anew.
        confirm: shown the plan; False ends the operation.

    Returns:
        The plan, carried out or declined.

    Raises:
        InputError: it is for another platform.
    """
    if current.platform != goal.solution.platform:
        raise InputError(
            f"{current.prefix} is an environment for {current.platform}, and the lock's part is for "
            f"{goal.solution.platform}",
            hints=["choose another name or path for it"],
        )
    prefix, after = current.prefix, goal.solution
    plan = make_plan(
        prefix,
        current.installed,
        after,
        owned={package.name for package in current.installed},
        exact=current.manifest.pypi,
        reinstall=_overwritten(current, after) | set(lost),
        reinstall_pypi=current.solution.python_series != after.python_series,
    )
    plan = replace(plan, collisions=check(plan, shop))
    known = shop.store.variables(prefix)
    changes: dict[str, str | None] = {name: value for name, value in goal.variables.items() if known.get(name) != value}
    if goal.only_these:
        gone = shop.store.own_variables(prefix).keys() - goal.variables.keys()
        changes |= dict.fromkeys(sorted(gone))
        if gone:
            shop.progress.note(f"the lock does not have these variables, and they are unset: {', '.join(sorted(gone))}")
    manifest = replace(goal.manifest, state=current.manifest.state)
    noted = manifest == current.manifest and not changes
    if not plan and not changes:
        if confirm(plan):
            if not noted or not manifest.state:
                shop.store.write_manifest(prefix, manifest)
                _note(prefix, shop)
            compile_bytecode(prefix, after, shop)
        return plan
    if confirm(plan):
        if plan:
            change(plan, current.solution, manifest, shop, update_specs=manifest.specs, variables=changes)
        else:
            shop.store.set_variables(prefix, changes)
            shop.store.write_manifest(prefix, manifest)
        _note(prefix, shop)
    return plan


def _note(prefix: Path, shop: Workshop) -> None:
    """Write down what the environment holds now that it is what the lock says."""
    found = sync_state.state(shop.store.installed(prefix), shop.store.own_variables(prefix))
    manifest = shop.store.manifest(prefix)
    if manifest.state != found:
        shop.store.write_manifest(prefix, replace(manifest, state=found))


def _overwritten(current: Current, after: Solution) -> set[str]:
    """Conda packages to keep whose files are gone: pip has put a package of the same project over them."""
    kept = {package.name for package in after.pypi}
    strangers = {package.name for package in current.installed if package.source == "pypi"} - kept
    return {package.name for package in after.conda if (to_pypi(package.name) or normalise(package.name)) in strangers}


def _asked(part: Locked) -> tuple[tuple[MatchSpec, ...], tuple[PipLine, ...]]:
    """What was asked for; where the lock does not say, what nothing else needs, so that a later install keeps it."""
    if part.specs or part.pip:
        return part.specs, tuple(without_credentials(line) for line in part.pip)
    graph = package_graph(part.solution, part.solution.platform)
    tops = [need.key.partition(":") for need in graph.asked]
    specs = tuple(MatchSpec(name, text=name) for source, _, name in tops if source == "conda")
    pip = tuple(PipLine("requirement", name, name, name=name) for source, _, name in tops if source == "pypi")
    return specs, pip


def _names(entries: Collection[str]) -> list[str]:
    import json

    tables = [json.loads(entry) for entry in entries]
    return sorted(str(table.get("name") or table.get("conda_source") or table.get("conda") or "?") for table in tables)


def combined(conda: Solution, pypi: Solution, provided: Mapping[str, str]) -> Solution:
    """Conda packages of one origin with PyPI packages of another, as where a lock says nothing of conda.

    Args:
        conda: whose conda packages to take.
        pypi: whose PyPI packages to take.
        provided: PyPI name -> version of what the conda packages bring.

    Raises:
        RefusedError: both have a project in different versions: one would overwrite the other.
    """
    clash = [
        f"{package.name} ({provided[package.name]} from conda, {package.version} in the lock)"
        for package in pypi.pypi
        if package.name in provided and package.version != provided[package.name]
    ]
    if clash:
        raise RefusedError(
            f"the lock would overwrite what conda packages brought: {', '.join(clash)}",
            hints=["use an environment that holds only Python", "or lock both together: parity lock"],
        )
    rest = tuple(package for package in pypi.pypi if package.name not in provided)
    return Solution(conda.platform, conda.conda, rest)
