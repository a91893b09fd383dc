"""Markers (PEP 508): what they are evaluated in for a machine, and whether a requirement counts there."""

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


def environment(python: str, subdir: str) -> dict[str, str]:
    """What markers are evaluated in on CPython, complete.

    Args:
        python: its version, `3.11` or `3.11.7`.
        subdir: its platform.
    """
    family, _, _machine = subdir.partition("-")
    os_name, system, platform = {"osx": ("posix", "Darwin", "darwin"), "win": ("nt", "Windows", "win32")}.get(
        family, ("posix", "Linux", "linux")
    )
    full = python if python.count(".") > 1 else f"{python}.0"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": os_name,
        "platform_machine": machine(subdir),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": full,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": platform,
        "extra": "",
    }


def machine(subdir: str) -> str:
    """`platform.machine()` of a subdir."""
    family, _, arch = subdir.partition("-")
    if family == "win":
        return {"64": "AMD64", "32": "x86", "arm64": "ARM64"}.get(arch, arch)
    return {"64": "x86_64", "32": "i686"}.get(arch, arch)
