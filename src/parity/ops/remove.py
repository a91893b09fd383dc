"""Take packages out of an environment, and with them what nothing needs any more. Needs no channel."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from parity.core.graph import dependency_name, dependents, python_dependencies, reachable
from parity.core.merge import without
from parity.core.names import normalise, to_conda, to_pypi
from parity.core.plan import make_plan
from parity.core.pypi_to_conda import Target
from parity.errors import NotFoundError
from parity.model import MatchSpec, Plan, Solution
from parity.ops.transaction import Workshop, change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.ports import Confirm
    from parity.model import Manifest, PipLine, PypiPackage
    from parity.ops.current import Current


def remove(current: Current, names: Sequence[str], shop: Workshop, *, confirm: Confirm) -> Plan:
    """Remove packages by name, what depends on them, and dependencies that nothing needs any more.

    Args:
        current: the environment; its lock is held by the caller.
        names: conda names, or names of PyPI packages.
        shop: what carries the plan out.
        confirm: shown the plan; False ends the operation.

    Raises:
        NotFoundError: a package is not installed.
    """
    graph = _graph(current)
    gone_keys, missing = set(), []
    for name in names:
        key = _find(name, graph)
        if key is None:
            missing.append(name)
        else:
            gone_keys.add(key)
    if missing:
        raise NotFoundError(
            f"not installed in {current.prefix}: {', '.join(missing)}", hints=["`parity list` shows what is"]
        )
    gone = dependents(graph, gone_keys)
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
    if current.manifest.specs or current.manifest.pip:
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


def _find(name: str, graph: dict[str, list[str]]) -> str | None:
    candidates = (
        f"conda:{name.lower()}",
        f"pypi:{normalise(name)}",
        f"pypi:{to_pypi(name)}",
        f"conda:{to_conda(name)}",
    )
    return next((key for key in candidates if key in graph), None)


def _graph(current: Current) -> dict[str, list[str]]:
    """Installed package -> installed packages it needs; keys tell the two worlds apart."""
    conda = {package.name for package in current.exact}
    graph = {
        f"conda:{package.name}": [f"conda:{name}" for name in map(dependency_name, package.depends) if name in conda]
        for package in current.exact
    }
    requires = {package.name: package.depends for package in current.installed if package.source == "pypi"}
    if not requires:
        return graph
    python = next((package.version for package in current.exact if package.name == "python"), "3")
    environment = Target(python, current.platform).markers()
    for name, needs in python_dependencies(requires, environment, _extras(current.manifest)).items():
        graph[f"pypi:{name}"] = [
            *(["conda:python"] if "python" in conda else []),
            *(f"pypi:{need}" for need in needs if need in requires),
            *(f"conda:{to_conda(need)}" for need in needs if need not in requires and to_conda(need) in conda),
        ]
    return graph


def _extras(manifest: Manifest) -> dict[str, list[str]]:
    """Normalised PyPI name -> extras that a person asked for."""
    from parity.core.translate import translate
    from parity.errors import ParityError

    lines = list(manifest.pip)
    for spec in manifest.specs:
        # A spec that only a conda channel can answer has no extras.
        with suppress(ParityError):
            lines += translate([spec])
    found: dict[str, list[str]] = {}
    for line in lines:
        match = re.match(r"[\w.-]+\s*\[([^\]]*)\]", line.value)
        if match and line.name:
            found.setdefault(line.name, []).extend(extra.strip() for extra in match[1].split(",") if extra.strip())
    return found


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
    for line in pip:
        if line.kind == "requirements-file":
            return True
        if line.kind in {"path", "editable"} and not line.name:
            last = line.value.rstrip("/").rpartition("/")[2]
            if package.editable or package.url.startswith("git+") or package.url.rstrip("/").endswith(last):
                return True
    return False
