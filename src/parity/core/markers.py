"""Whether a requirement counts: its marker (PEP 508), held against an environment and an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.requirements import Requirement


def applies(requirement: Requirement, markers: Mapping[str, str], extra: str = "") -> bool:
    """Whether a requirement counts, where an extra is asked for or, for "", none.

    Args:
        requirement: of a project.
        markers: what its marker is evaluated in, without `extra`.
        extra: of the project.
    """
    return requirement.marker is None or requirement.marker.evaluate({**markers, "extra": extra})


def comes_with(requirement: Requirement, markers: Mapping[str, str], extra: str) -> bool:
    """Whether a requirement counts with an extra and not without; for "", whether it always counts."""
    return applies(requirement, markers, extra) and not (extra and applies(requirement, markers))
