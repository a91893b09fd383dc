"""Move packages of an environment to newer versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.names import normalise, to_pypi
from parity.errors import InputError, NotFoundError
from parity.ops.install import install

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.ports import Confirm
    from parity.model import MatchSpec, Plan
    from parity.ops.current import Current
    from parity.ops.resolve import Engines, Goal
    from parity.ops.transaction import Workshop


def update(
    current: Current,
    specs: Sequence[MatchSpec],
    goal: Goal,
    engines: Engines,
    shop: Workshop,
    *,
    everything: bool = False,
    confirm: Confirm,
) -> Plan:
    """Update the named packages, or all.

    A name given alone lifts the version asked for before, as in conda; other packages move only where they must.

    Args:
        current: the environment; its lock is held by the caller.
        specs: what to update.
        goal: channels, platform and virtual packages.
        engines: what answers the goal.
        shop: what carries the answer out.
        everything: update all packages.
        confirm: shown the plan; False ends the operation.

    Raises:
        InputError: neither names nor `everything`.
        NotFoundError: a named package is not installed.
    """
    if everything:
        return install(current, goal, engines, shop, confirm=confirm, free=None)
    if not specs:
        raise InputError("no package is named", hints=["parity update NAME ... , or parity update --all"])
    conda = {package.name for package in current.installed if package.source == "conda"}
    pypi = {package.name for package in current.installed if package.source == "pypi"}
    missing = [spec.name for spec in specs if spec.name not in conda and _pypi_name(spec.name) not in pypi]
    if missing:
        raise NotFoundError(
            f"not installed in {current.prefix}: {', '.join(missing)}", hints=["`parity install` adds packages"]
        )
    free = {spec.name for spec in specs} | {_pypi_name(spec.name) for spec in specs}
    asked_before = {spec.name for spec in current.manifest.specs}
    # A PyPI package that was asked for in `pip:` stays there; only its version may move.
    from_pip = {line.name for line in current.manifest.pip}
    asked = [spec for spec in specs if spec.name in conda | asked_before or _pypi_name(spec.name) not in from_pip]
    return install(current, goal, engines, shop, confirm=confirm, asked=asked, free=free)


def _pypi_name(name: str) -> str:
    return normalise(to_pypi(name) or name)
