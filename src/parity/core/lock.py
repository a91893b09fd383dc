"""The lock as values: exact packages for every platform asked for, and what they were asked for with.

One schema for every lock format (`parity.formats`); the names are those of rattler-lock version 7, which
`parity.lock` is written in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.values import dataclass, field

if TYPE_CHECKING:
    from parity.model import MatchSpec, PipLine, Solution

VirtualPackage = tuple[str, str, str]
"""Name, version and build of a virtual package: `("__glibc", "2.28", "0")`."""

DEFAULT = "default"
"""The environment that is meant where none is named."""


@dataclass(frozen=True, slots=True)
class LockPlatform:
    """A kind of machine that a lock is for.

    Attributes:
        name: unique in the lock: the subdir, and for a variant its name behind it (`linux-64-cuda-12`).
        subdir: `linux-64`.
        virtual: virtual packages that are assumed there, sorted by name.
    """

    name: str
    subdir: str
    virtual: tuple[VirtualPackage, ...] = ()

    @property
    def variant(self) -> str:
        """`cuda-12` of `linux-64-cuda-12`; "" for the plain platform."""
        return self.name.removeprefix(self.subdir).removeprefix("-")


@dataclass(frozen=True, slots=True)
class Locked:
    """One platform's part of a locked environment.

    Attributes:
        platform: name of its `LockPlatform`.
        solution: the exact packages; its `platform` is the subdir.
        specs: match specs that were asked for there; empty where the lock does not say.
        pip: PyPI requirements that were asked for there, credentials removed.
        other: entries that cannot be installed as they are (sources that pixi builds), each a table as JSON text.
    """

    platform: str
    solution: Solution
    specs: tuple[MatchSpec, ...] = ()
    pip: tuple[PipLine, ...] = ()
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LockedEnvironment:
    """One environment of a lock, on all its platforms.

    Attributes:
        name: `default` where only one is meant.
        channels: base URLs without credentials, highest priority first.
        locked: sorted by platform name.
        indexes: PyPI indexes without credentials, in order; empty where the lock does not say.
        options: settings the answer hangs on (`channel-priority`, `exclude-newer`, ...), sorted by key.
        variables: environment variables to set on activation.
        extra: what the format it was read from says beyond these fields, as JSON text.
    """

    name: str
    channels: tuple[str, ...]
    locked: tuple[Locked, ...]
    indexes: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    extra: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock: what `parity.lock` holds, and as much of it as another format can hold.

    Attributes:
        platforms: sorted by name.
        environments: sorted by name, `default` first.
        sources: files it was made from, relative to the lock's directory, with `/`.
        extra: what the format it was read from says beyond these fields, as JSON text.
    """

    platforms: tuple[LockPlatform, ...]
    environments: tuple[LockedEnvironment, ...]
    sources: tuple[str, ...] = ()
    extra: str = field(default="", repr=False)
