"""Which wheels can be installed where, by the tags in their names (PEP 425 and 600)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.markers import machine
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.tags import Tag


@dataclass(frozen=True, slots=True)
class Target:
    """The interpreter and machine that wheels are chosen for.

    Attributes:
        python_version: full version (`3.11.7`).
        platform: subdir (`linux-64`).
        glibc: version of its C library (`2.36`), for Linux.
        macos: version of macOS (`13.0`, what uv assumes where nothing is said), for Macs.
    """

    python_version: str
    platform: str
    glibc: str = "2.28"
    macos: str = "13.0"


def fitting_wheels(names: Iterable[str], target: Target) -> tuple[str, ...]:
    """Of some names of files the wheels that can be installed for a target, by their tags (PEP 425)."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    known = set(tags_of(target))

    def fits(name: str) -> bool:
        try:
            return name.endswith(".whl") and not known.isdisjoint(parse_wheel_filename(name)[3])
        except InvalidWheelFilename:
            return False

    return tuple(name for name in names if fits(name))


def tags_of(target: Target) -> list[Tag]:
    """The tags of wheels that can be installed for a target, best first."""
    from packaging import tags

    major, minor = (int(part) for part in target.python_version.split(".")[:2])
    platforms = list(_platform_tags(target))
    found = list(tags.cpython_tags((major, minor), platforms=platforms, abis=[f"cp{major}{minor}"]))
    return found + list(tags.compatible_tags((major, minor), f"cp{major}{minor}", platforms))


def _platform_tags(target: Target) -> Iterable[str]:
    arch = machine(target.platform)
    if target.platform.startswith("win-"):
        return {"AMD64": ["win_amd64"], "ARM64": ["win_arm64"], "x86": ["win32"]}[arch]
    if target.platform.startswith("osx-"):
        from packaging.tags import mac_platforms

        version = [int(part) for part in target.macos.split(".")[:2]]
        return mac_platforms((version[0], version[1] if len(version) > 1 else 0), arch)
    legacy = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    found: list[str] = []
    newest = int(target.glibc.split(".")[1]) if target.glibc.startswith("2.") else 17
    for minor in range(newest, 4, -1):
        found.append(f"manylinux_2_{minor}_{arch}")
        if minor in legacy:
            found.append(f"{legacy[minor]}_{arch}")
    return [*found, f"linux_{arch}"]
