"""Take packages out of an environment, and with them what nothing needs any more. Needs no channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.graph import dependents, reachable
from parity.core.merge import without
from parity.core.names import to_conda, to_pypi
from parity.core.package_graph import find, may_come_from, package_graph
from parity.core.plan import make_plan
from parity.errors import NotFoundError
from parity.model import MatchSpec, Plan, Solution
from parity.ops.transaction import Workshop, change
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.ports import Confirm
    from parity.model import PipLine, PypiPackage
    from parity.ops.current import Current


def remove(
    current: Current, names: Sequence[str], shop: Workshop, *, confirm: Confirm, only_these: bool = False
) -> Plan:
    """Remove packages by name, what depends on them, and dependencies that nothing needs any more.

    Args:
        current: the environment; its lock is held by the caller.
        names: conda names, or names of PyPI packages.
        shop: what carries the plan out.
        confirm: shown the plan; False ends the operation.
        only_these: leave everything else, also what does not work without them.

    Raises:
        NotFoundError: a package is not installed.
    """
    graph = _graph(current)
    gone_keys, missing = set(), []
    for name in names:
        key = find(name, graph)
        if key is None:
            missing.append(name)
        else:
            gone_keys.add(key)
    if missing:
        raise NotFoundError(
            f"not installed in {current.prefix}: {', '.join(missing)}", hints=["`parity list` shows what is"]
        )
    gone = frozenset(gone_keys) if only_these else dependents(graph, gone_keys)
    conda_gone = {key.removeprefix("conda:") for key in gone if key.startswith("conda:")}
    pypi_gone = {key.removeprefix("pypi:") for key in gone if key.startswith("pypi:")}
    specs = tuple(
        spec
        for spec in without(current.manifest.specs, conda_gone)
        if (to_pypi(spec.name) or spec.name) not in pypi_gone
    )
    pip = tuple(line for line in current.manifest.pip if not line.name or line.name not in pypi_gone)
    left = {key: [d for d in needs if d not in gone] for key, needs in graph.items() if key not in gone}
    kept = frozenset(left)
    if not only_these and (current.manifest.specs or current.manifest.pip):
        # Where nothing tells what was asked for, nothing can be called an orphan.
        kept = reachable(left, _roots(left, specs, pip, current))
    solution = Solution(
        current.platform,
        tuple(package for package in current.exact if f"conda:{package.name}" in kept),
        tuple(package for package in current.manifest.pypi if f"pypi:{package.name}" in kept),
    )
    plan = make_plan(current.prefix, current.installed, solution, owned=current.owned | pypi_gone)
    if plan and confirm(plan):
        manifest = replace(current.manifest, specs=specs, pip=pip, pypi=solution.pypi)
        change(plan, current.solution, manifest, shop, remove_specs=[MatchSpec(name) for name in names])
    return plan


def _graph(current: Current) -> dict[str, list[str]]:
    """Installed package -> installed packages it needs; keys tell the two worlds apart."""
    return package_graph(current.installed, current.platform, current.manifest.specs, current.manifest.pip).names()


def _roots(
    graph: dict[str, list[str]], specs: Sequence[MatchSpec], pip: Sequence[PipLine], current: Current
) -> frozenset[str]:
    """Packages that were asked for, or that a person put there with pip."""
    named = [line.name for line in pip if line.name]
    roots = {f"conda:{spec.name}" for spec in specs} | {f"pypi:{to_pypi(spec.name)}" for spec in specs}
    roots |= {f"pypi:{name}" for name in named} | {f"conda:{to_conda(name)}" for name in named}
    foreign = {f"pypi:{p.name}" for p in current.installed if p.source == "pypi" and p.name not in current.owned}
    always = {"pypi:pip", "conda:pip", "conda:python"}
    unnamed = {f"pypi:{package.name}" for package in current.manifest.pypi if _may_come_from(package, pip)}
    return frozenset(key for key in roots | foreign | unnamed | always if key in graph)


def _may_come_from(package: PypiPackage, pip: Sequence[PipLine]) -> bool:
    """Whether a line that names no project may be what asked for a package."""
    return any(line.kind == "requirements-file" or may_come_from(package, line) for line in pip)
