"""Virtual packages (CEP-30) of machines that are not this one: what is assumed, and what a person says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import InputError
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The oldest that the usual packages of conda-forge and PyPI still support: RHEL 8 and its like, macOS 13, Windows 10.
_FAMILIES: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (("__unix", "0"), ("__linux", "4.18"), ("__glibc", "2.28")),
    "osx": (("__unix", "0"), ("__osx", "13.0")),
    "win": (("__win", "10"),),
}
_ARCHSPEC = {"64": "x86_64", "aarch64": "aarch64", "arm64": "m1", "ppc64le": "ppc64le"}

NAMES = {"cuda": "cuda", "glibc": "glibc", "libc": "glibc", "linux": "linux", "macos": "osx", "osx": "osx",
         "win": "win", "windows": "win", "archspec": "archspec"}  # fmt: skip
"""The words of `system-requirements` (those of pixi, and the names of the packages) -> the virtual package's name."""

_ON = {"cuda": ("linux", "win"), "glibc": ("linux",), "linux": ("linux",), "osx": ("osx",), "win": ("win",)}
_VERSION = regex(r"\d+(\.\d+)*")
_VARIANT = regex(r"[a-z0-9][a-z0-9._-]*")


def usual(subdir: str) -> dict[str, tuple[str, str, str]]:
    """What every machine of a platform is assumed to have, by name; the same on whatever machine this is asked."""
    family, _, arch = subdir.partition("-")
    found = {name: (name, version, "0") for name, version in _FAMILIES.get(family, ())}
    if arch in _ARCHSPEC:
        found["__archspec"] = ("__archspec", "1", _ARCHSPEC[arch])
    return found


def override(packages: dict[str, tuple[str, str, str]], requirements: Mapping[str, str]) -> None:
    """Change virtual packages in place.

    Args:
        packages: by name.
        requirements: name without underscores (`cuda`, `glibc`) -> version; "" takes the package away.
    """
    for short, version in requirements.items():
        name = f"__{short.removeprefix('__')}"
        if version and name == "__archspec":
            packages[name] = (name, "1", version)
        elif version:
            packages[name] = (name, version, "0")
        else:
            packages.pop(name, None)


def assumed(subdir: str, *requirements: Iterable[tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    """The virtual packages to lock a platform for, sorted by name.

    Args:
        subdir: the platform.
        requirements: pairs of name and version, later ones over earlier ones; those that the platform cannot have
            are passed over.
    """
    packages = usual(subdir)
    for pairs in requirements:
        override(packages, {name: version for name, version in pairs if sensible(name, version, subdir)})
    return tuple(packages[name] for name in sorted(packages))


def sensible(name: str, version: str, subdir: str) -> bool:
    """Whether machines of a platform can have a virtual package (no CUDA on macOS, no glibc on Windows)."""
    family, _, arch = subdir.partition("-")
    if name == "archspec":
        x86 = version.startswith("x86_64") or arch == "64"
        return not version or x86 == (arch == "64")
    return family in _ON.get(name, (family,))


def variant_fits(requirements: Iterable[tuple[str, str]], subdir: str) -> bool:
    """Whether a variant makes sense for a platform; one without requirements does for each."""
    pairs = [(name, version) for name, version in requirements if version]
    found = [sensible(name, version, subdir) for name, version in pairs]
    cuda = any(name == "cuda" for name, _ in pairs)
    return not pairs or (any(found) and (not cuda or sensible("cuda", "1", subdir)))


def requirement(name: str, version: str) -> tuple[str, str]:
    """A pair that a person wrote, checked.

    Raises:
        InputError: there is no such requirement, or the version is none.
    """
    known = NAMES.get(name.lower().removeprefix("__"))
    version = version.strip()
    if known is None:
        from parity.core.words import near

        close = near(name.lower(), NAMES)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(NAMES)}"
        raise InputError(f"`{name}` is nothing that a system can be required to have", hints=[hint])
    if version and known != "archspec" and not _VERSION.fullmatch(version):
        raise InputError(f"`{version}` is no version of {name}", hints=["write numbers with dots, as 12.4"])
    return known, version


def variant(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`cuda-12:cuda=12.4,glibc=2.28` as a name and its requirements.

    Raises:
        InputError: it cannot be read.
    """
    name, _, rest = text.partition(":")
    pairs = []
    for part in filter(None, rest.split(",")):
        key, equals, version = part.partition("=")
        if not equals:
            raise InputError(f"`{part}` gives no version", hints=["write --variant NAME:cuda=12.4,glibc=2.28"])
        pairs.append(requirement(key.strip(), version))
    return variant_name(name.strip()), tuple(sorted(pairs))


def variant_name(name: str) -> str:
    """The name of a variant, checked.

    Raises:
        InputError: it cannot be one.
    """
    if not _VARIANT.fullmatch(name):
        raise InputError(f"`{name}` cannot be the name of a variant", hints=["use a-z, 0-9, `-`, `_` and `.`"])
    return name
