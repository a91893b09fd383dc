"""In which order rattler links packages: of two that bring one path, the file of the later one stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import rattler

from parity.engines import conda_records as convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.model import CondaPackage


def link_order(packages: Sequence[CondaPackage]) -> tuple[str, ...]:
    """Names of packages, what they depend on first; the same for the same packages in any order."""
    records = [cast("rattler.PackageRecord", convert.to_record(package)) for package in packages]
    return tuple(record.name.normalized for record in rattler.PackageRecord.sort_topologically(records))
