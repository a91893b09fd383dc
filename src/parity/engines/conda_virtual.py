"""Virtual packages: what a machine is, as the solver sees it (CEP-30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rattler

from parity.core import virtual

if TYPE_CHECKING:
    from collections.abc import Mapping


def detect(platform: str, overrides: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Virtual packages of this machine, or the usual ones of another platform (CEP-30).

    Args:
        platform: target subdir.
        overrides: name without underscores (`cuda`, `glibc`) -> version; "" takes the package away.
    """
    if platform == str(rattler.Subdir.current()):
        packages = {
            generic.name.normalized: (generic.name.normalized, str(generic.version), str(generic.build_string))
            for generic in (each.into_generic() for each in rattler.VirtualPackage.detect())
        }
    else:
        packages = virtual.usual(platform)
    virtual.override(packages, overrides)
    return tuple(packages[name] for name in sorted(packages))
