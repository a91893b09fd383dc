"""Which part of a lock is for this machine: the most demanding one whose virtual packages the machine has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.lock import DEFAULT
from parity.errors import InputError, NotFoundError, UnsatisfiableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform, VirtualPackage

_GENERIC = frozenset({"", "0", "x86", "x86_64", "x86_64_v1", "aarch64", "arm64", "m1", "ppc64le", "s390x", "riscv64"})
"""Builds of `__archspec` that every machine of their subdir has."""

# What each microarchitecture (as https://github.com/archspec/archspec-json names them) has of the x86-64 levels that
# the psABI defines.
_LEVELS = {
    2: "nehalem westmere sandybridge ivybridge bulldozer piledriver steamroller",
    3: "haswell broadwell skylake mic_knl excavator zen zen2 zen3",
    4: "skylake_avx512 cannonlake cascadelake icelake sapphirerapids zen4 zen5",
}
_LEVEL_OF = {name: level for level, names in _LEVELS.items() for name in names.split()}


def choose(
    lock: Lock,
    *,
    environment: str = "",
    subdir: str,
    virtual: Sequence[VirtualPackage],
    variant: str | None = None,
    elsewhere: bool = False,
) -> tuple[LockPlatform, LockedEnvironment, Locked]:
    """The part of a lock to install on a machine.

    Args:
        lock: as read.
        environment: name of one of its environments; "" for `default`, or the only one.
        subdir: of the machine.
        virtual: virtual packages of the machine.
        variant: name of a variant to take, "" for the plain platform; None for the most demanding that fits.
        elsewhere: it is for another machine, so that what this one lacks matters only where there is a choice.

    Returns:
        The platform, the environment, and the environment's packages on that platform.

    Raises:
        NotFoundError: the lock has no such environment, platform or variant; says which it has.
        UnsatisfiableError: the machine lacks a virtual package; names each and what was found.
        InputError: several variants fit, or `elsewhere` none does, and none demands more than the others.
    """
    chosen = environment_of(lock, environment)
    platforms = {platform.name: platform for platform in lock.platforms}
    parts = [(platforms[part.platform], part) for part in chosen.locked if part.platform in platforms]
    here = [(platform, part) for platform, part in parts if platform.subdir == subdir]
    if not here:
        there = ", ".join(dict.fromkeys(platform.subdir for platform, _ in parts)) or "no platform"
        raise NotFoundError(
            f"the lock is for {there}, and not for {subdir}",
            hints=["name it among the `platforms:` of the file that the lock is made from, and run `parity lock`"],
        )
    if variant is not None:
        named = [pair for pair in here if pair[0].variant == variant]
        if not named:
            there = ", ".join(platform.variant or "(plain)" for platform, _ in here)
            raise NotFoundError(f"the lock has no variant `{variant}` for {subdir}; it has {there}")
        here = named
    fitting = [pair for pair in here if not unmet(pair[0].virtual, virtual)]
    if not fitting and elsewhere:
        if len(here) > 1:
            there = ", ".join(platform.variant or "(plain)" for platform, _ in here)
            raise InputError(f"the lock has several variants for {subdir}: {there}",
                             hints=["choose one with --variant NAME"])  # fmt: skip
        fitting = here
    if not fitting:
        what = "the lock has nothing for this machine"
        if variant is not None:
            what = f"{here[0][0].name} of the lock is not for this machine"
        lacking = [f"{platform.name}: {'; '.join(unmet(platform.virtual, virtual))}" for platform, _ in here]
        raise UnsatisfiableError(
            f"{what}\n" + "\n".join(f"  {line}" for line in lacking),
            hints=[
                "add a variant for machines like this one: parity lock --variant NAME:cuda=...,glibc=...",
                "to install it all the same, say what to assume: --override-virtual NAME=VERSION",
            ],
        )
    ranked = sorted(fitting, key=lambda pair: (*_demand(pair[0]), pair[0].variant == ""), reverse=True)
    first, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else None
    if second is not None and first.variant and _demand(first) == _demand(second):
        equal = [platform.variant for platform, _ in fitting if _demand(platform) == _demand(first)]
        raise InputError(
            f"several variants of the lock fit this machine equally well: {', '.join(sorted(equal))}",
            hints=["choose one with --variant NAME"],
        )
    platform, part = ranked[0]
    return platform, chosen, part


def environment_of(lock: Lock, name: str = "") -> LockedEnvironment:
    """The environment of a lock that a name means; "" for `default`, or the only one.

    Raises:
        NotFoundError: there is none; says which there are.
    """
    names = [each.name for each in lock.environments]
    wanted = name or (names[0] if len(names) == 1 else DEFAULT)
    for each in lock.environments:
        if each.name == wanted:
            return each
    raise NotFoundError(
        f"the lock has no environment `{wanted}`; it has {', '.join(names) or 'none'}",
        hints=["name one of them"] if names else [],
    )


def unmet(required: Iterable[VirtualPackage], machine: Collection[VirtualPackage]) -> tuple[str, ...]:
    """What a machine lacks of the virtual packages that something was locked for, each in words.

    A version is met by the same or a newer one; a build counts only for `__archspec`, whose build names the CPU.
    """
    there = {name: (version, build) for name, version, build in machine}
    lacking = []
    for name, version, build in required:
        if name not in there:
            lacking.append(f"{name} >={version} is needed, and this machine has no {name}")
        elif name == "__archspec":
            if not _runs(there[name][1], build):
                lacking.append(f"a CPU that is {build} is needed, and this one is {there[name][1]}")
        elif _version(there[name][0]) < _version(version):
            lacking.append(f"{name} >={version} is needed, and this machine has {there[name][0]}")
    return tuple(lacking)


def newest(versions: Iterable[str]) -> str:
    """The newest of some versions of a virtual package."""
    return max(versions, key=_version)


def _runs(machine: str, required: str) -> bool:
    """Whether a CPU runs what is made for another one."""
    return required in _GENERIC or machine == required or (
        required.startswith("x86_64_v") and _level(machine) >= _level(required)
    )  # fmt: skip


def _level(cpu: str) -> int:
    """The x86-64 level of a CPU, 1 where nothing more is known of it."""
    found = re.fullmatch(r"x86_64_v(\d+)", cpu)
    return int(found[1]) if found else _LEVEL_OF.get(cpu, 1)


def _demand(platform: LockPlatform) -> tuple[int, list[tuple[str, tuple[tuple[int, str], ...], int]]]:
    """How much a platform asks of a machine: the number of its virtual packages, then their versions."""
    asked = sorted((name, _version(version), _level(build)) for name, version, build in platform.virtual)
    return len(asked), asked


def _version(text: str) -> tuple[tuple[int, str], ...]:
    """A version to compare with another: numbers as numbers; zeros at its end do not count."""
    parts = [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|[a-z]+", text.lower())]
    while parts and parts[-1] == (0, ""):
        parts.pop()
    return tuple(parts)
