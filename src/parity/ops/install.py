"""Add packages to an environment, or bring it in line with a changed request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.commits import known_commits
from parity.core.merge import merge_pip, merge_specs
from parity.core.pip_lines import said, without_credentials
from parity.core.plan import make_plan
from parity.errors import UnsatisfiableError
from parity.ops.ownership import check
from parity.ops.resolve import PIP, Engines, Goal, resolve
from parity.ops.transaction import Workshop, change
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from parity.core.ports import Confirm
    from parity.model import InstalledPackage, Manifest, MatchSpec, PipLine, Plan, Solution
    from parity.ops.current import Current


def satisfied(
    specs: Sequence[MatchSpec], pip: Sequence[PipLine], manifest: Manifest, installed: Sequence[InstalledPackage]
) -> bool:
    """Whether a request asks for nothing new: each line was asked for in the same words, and is still there.

    Needs no engine, so that a no-op costs nothing.
    """
    from parity.core.names import normalise, to_pypi

    conda = {package.name for package in installed if package.source == "conda"}
    pypi = {package.name for package in installed if package.source == "pypi"}
    asked = set(manifest.specs)
    names = {spec.name for spec in manifest.specs}

    def there(spec: MatchSpec) -> bool:
        if spec.name in conda:
            return True
        other = to_pypi(spec.name)
        return other is not None and normalise(other) in pypi

    def known(spec: MatchSpec) -> bool:
        only_name = not (spec.version or spec.build or spec.channel or spec.subdir or spec.extra)
        return spec in asked or (only_name and spec.name in names)

    lines = set(map(said, manifest.pip))
    return all(known(spec) and there(spec) for spec in specs) and all(
        line.kind == "requirement" and said(line) in lines and line.name in pypi | conda for line in pip
    )


def install(
    current: Current,
    goal: Goal,
    engines: Engines,
    shop: Workshop,
    *,
    confirm: Confirm,
    asked: Sequence[MatchSpec] = (),
    asked_pip: Sequence[PipLine] = (),
    free: Collection[str] | None = (),
    prune: bool = False,
    force_reinstall: bool = False,
    variables: Sequence[tuple[str, str]] = (),
) -> Plan:
    """Change an environment so that it satisfies what was asked of it before and what is asked now.

    Args:
        current: the environment; its lock is held by the caller.
        goal: channels, platform and virtual packages; its specs and pip lines are those asked for now.
        engines: what answers the goal.
        shop: what carries the answer out.
        confirm: shown the plan; False ends the operation.
        asked: specs of this request, noted in the history.
        asked_pip: pip lines of this request.
        free: names that may move to other versions although what is there would do; None for all.
        prune: forget what was asked before: the environment holds this request and what it needs, nothing else.
        force_reinstall: install the named packages anew.
        variables: environment variables to set on activation.

    Returns:
        The plan, carried out or declined.
    """
    specs = tuple(asked) if prune else merge_specs(current.manifest.specs, asked)
    pip = tuple(asked_pip) if prune else merge_pip(current.manifest.pip, asked_pip)
    keep = () if free is None else tuple(package for package in current.exact if package.name not in free)
    full = replace(
        goal,
        specs=tuple(_with_source(spec, current) if spec not in asked else spec for spec in specs),
        pip=pip if prune else (*pip, *_own_pip(pip, current)),
        platform=current.platform,
        installed=keep,
        preferred=current.pypi_versions,
        commits=known_commits(current.manifest.pypi, current.manifest.pip),
        constraints=(*goal.constraints, *current.python_pin(tuple(asked))),
        upgrade_pypi=None if free is None else tuple(free),
    )
    solution = _resolve(full, () if prune else _for_itself(current), engines)
    plan = make_plan(
        current.prefix,
        current.installed,
        solution,
        owned=current.owned if not prune else {package.name for package in current.installed},
        exact=current.manifest.pypi,
        reinstall=_named(asked, asked_pip) if force_reinstall else (),
        reinstall_pypi=current.solution.python_series != solution.python_series,
    )
    plan = replace(plan, collisions=check(plan, shop))
    manifest = replace(
        current.manifest,
        specs=specs,
        pip=tuple(without_credentials(line) for line in pip),
        channels=tuple(channel.name for channel in goal.channels),
        pypi=solution.pypi,
        platform=current.platform,
    )
    known = shop.store.variables(current.prefix)
    set_anew = {name: value for name, value in variables if known.get(name) != value}
    noted = manifest == current.manifest and not set_anew
    if (plan or not noted) and confirm(plan):
        if plan:
            change(plan, current.solution, manifest, shop, update_specs=asked, variables=set_anew)
        else:
            shop.store.set_variables(current.prefix, set_anew)
            shop.store.write_manifest(current.prefix, manifest)
    return plan


def _for_itself(current: Current) -> tuple[MatchSpec, ...]:
    """Conda packages that nobody asked for and nothing needs, as far as is noted: no reason to take them away."""
    from parity.core.graph import reachable
    from parity.core.package_graph import package_graph
    from parity.model import MatchSpec

    graph = package_graph(current.exact, current.platform).names()
    asked = {"conda:python", *(f"conda:{spec.name}" for spec in current.manifest.specs)}
    needed = reachable(graph, asked & graph.keys())
    return tuple(MatchSpec(key.removeprefix("conda:")) for key in graph if key not in needed)


def _resolve(goal: Goal, others: Sequence[MatchSpec], engines: Engines) -> Solution:
    """The solution that has the other packages too; without them where they stand in its way."""
    try:
        return resolve(replace(goal, specs=(*goal.specs, *others)), engines).solution()
    except UnsatisfiableError:
        if not others:
            raise
        return resolve(goal, engines).solution()


def _named(specs: Sequence[MatchSpec], pip: Sequence[PipLine]) -> set[str]:
    """Names of what is asked for, in the words of conda and of PyPI."""
    from parity.core.names import to_pypi

    pypi = (to_pypi(spec.name) for spec in specs)
    return {spec.name for spec in specs} | {line.name for line in pip} | {name for name in pypi if name}


def _with_source(spec: MatchSpec, current: Current) -> MatchSpec:
    """A spec of an earlier request; what PyPI answered then, PyPI answers now, whatever channels are named."""
    from parity.core.names import to_pypi
    from parity.model import PYPI_CHANNEL

    from_pypi = not spec.channel and to_pypi(spec.name) in current.owned
    if from_pypi and not any(package.name == spec.name for package in current.exact):
        return replace(spec, channel=PYPI_CHANNEL)
    return spec


def _own_pip(lines: Sequence[PipLine], current: Current) -> tuple[PipLine, ...]:
    """The pip that Parity brought along with Python and nobody asked for: it stays, whatever channels are named."""
    if "pip" not in current.owned or any(line.name == "pip" for line in lines):
        return ()
    return (PIP,)
