"""The PyPI part of an environment that is being made: laid out beside its conda packages, then moved in among them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from parity.core.platforms import layout
from parity.core.ports import WheelOutcome
from parity.errors import ParityError

if TYPE_CHECKING:
    from pathlib import Path

    from parity.model import Solution
    from parity.ops.transaction import Workshop

_TREE = ".parity-wheels"


def lay_out(place: Path, prefix: Path, solution: Solution, shop: Workshop) -> WheelOutcome | None:
    """Make a solution's wheels ready in a directory of the place where its conda packages may just be linked.

    Args:
        place: where the environment is built.
        prefix: where it will stand.
        solution: what it will hold.
        shop: engines and stores.

    Returns:
        What is known of them; None where its own Python is needed, and they are only fetched.
    """
    wheels = [package for package in solution.pypi if package.is_wheel]
    if not wheels:
        return WheelOutcome()
    from parity.ops.fingerprint import places

    where, engine = places(solution), shop.pypi()
    # conda-forge's other Pythons stand behind a package `python` as well, and have their things elsewhere.
    usual = not any(package.name.startswith(("pypy3", "graalpy")) for package in solution.conda)
    if usual and engine.can_lay_out(wheels, where):
        return engine.lay_out(place / _TREE, wheels, where, platform=solution.platform, prefix=prefix)
    with suppress(ParityError):  # it is found again when they are installed
        engine.prefetch(prefix / layout(solution.platform).python, wheels)
    return None


def bring_in(place: Path, prefix: Path, solution: Solution, ready: WheelOutcome | None, shop: Workshop) -> WheelOutcome:
    """Complete the PyPI part: move in what `lay_out` has made ready, and install what needs the Python there.

    Returns:
        What is known of what was made ready.
    """
    done = ready or WheelOutcome()
    if done.files:
        shop.store.take_in(place / _TREE, place)
    rest = [package for package in solution.pypi if package.name not in done.files]
    if rest:
        written = None if prefix == place else prefix
        shop.pypi().install(place / layout(solution.platform).python, rest, written_prefix=written)
    return done
