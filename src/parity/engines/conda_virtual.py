"""Virtual packages: what a machine is, as the solver sees it (CEP-30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rattler

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a machine of another platform is assumed to have, the oldest that its usual packages still support.
_USUAL: dict[str, tuple[tuple[str, str, str], ...]] = {
    "linux": (("__unix", "0", "0"), ("__linux", "4.18", "0"), ("__glibc", "2.28", "0")),
    "osx": (("__unix", "0", "0"), ("__osx", "13.0", "0")),
    "win": (("__win", "10", "0"),),
}
_USUAL_ARCH = {"64": "x86_64", "aarch64": "aarch64", "arm64": "m1", "ppc64le": "ppc64le"}


def detect(platform: str, overrides: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Virtual packages of this machine, or the usual ones of another platform (CEP-30).

    Args:
        platform: target subdir.
        overrides: name without underscores (`cuda`, `glibc`) -> version; "" takes the package away.
    """
    if platform == str(rattler.Subdir.current()):
        packages = {
            generic.name.normalized: (generic.name.normalized, str(generic.version), str(generic.build_string))
            for generic in (virtual.into_generic() for virtual in rattler.VirtualPackage.detect())
        }
    else:
        family, _, arch = platform.partition("-")
        packages = {virtual[0]: virtual for virtual in _USUAL.get(family, ())}
        if arch in _USUAL_ARCH:
            packages["__archspec"] = ("__archspec", "1", _USUAL_ARCH[arch])
    for short, version in overrides.items():
        name = f"__{short.removeprefix('__')}"
        if version and name == "__archspec":
            packages[name] = (name, "1", version)
        elif version:
            packages[name] = (name, version, "0")
        else:
            packages.pop(name, None)
    return tuple(packages[name] for name in sorted(packages))
