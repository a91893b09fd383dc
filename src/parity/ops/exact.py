"""Put the exact packages of a list into an environment, as `conda install --file` does with an `@EXPLICIT` file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.merge import merge_specs
from parity.core.plan import make_plan
from parity.errors import InputError
from parity.model import Plan, Solution
from parity.ops.ownership import check
from parity.ops.transaction import Workshop, change
from parity.values import replace

if TYPE_CHECKING:
    from parity.core.ports import Confirm
    from parity.ops.current import Current
    from parity.ops.sync import Wanted


def add(current: Current, wanted: Wanted, shop: Workshop, *, confirm: Confirm) -> Plan:
    """Install what a lock names, in place of packages of the same names; all others stay as they are.

    Nothing is solved: that the packages fit those that are there is what the list promises.

    Args:
        current: the environment; its lock is held by the caller.
        wanted: what the lock says.
        shop: what carries the plan out.
        confirm: shown the plan; False ends the operation.

    Raises:
        InputError: the lock is for another platform.
    """
    solution = wanted.solution
    if solution.platform not in {current.platform, "noarch"}:
        raise InputError(
            f"{current.prefix} is an environment for {current.platform}, and the list is for {solution.platform}",
            hints=["choose another name or path for it"],
        )
    conda = {package.name: package for package in (*current.exact, *solution.conda)}
    pypi = {package.name: package for package in (*current.manifest.pypi, *solution.pypi)}
    after = Solution(
        current.platform, tuple(conda[name] for name in sorted(conda)), tuple(pypi[name] for name in sorted(pypi))
    )
    plan = make_plan(
        current.prefix,
        current.installed,
        after,
        owned=current.owned,
        exact=current.manifest.pypi,
        reinstall_pypi=current.solution.python_series != after.python_series,
    )
    plan = replace(plan, collisions=check(plan, shop))
    if plan and confirm(plan):
        asked = wanted.manifest.specs
        specs = merge_specs(current.manifest.specs, asked)
        channels = tuple(dict.fromkeys((*current.manifest.channels, *wanted.manifest.channels)))
        manifest = replace(current.manifest, specs=specs, pypi=after.pypi, channels=channels, platform=current.platform)
        change(plan, current.solution, manifest, shop, update_specs=asked, variables=dict(wanted.variables))
    return plan
