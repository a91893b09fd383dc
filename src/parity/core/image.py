"""What an image is made of: packages grouped into layers, and the configuration, as values.

An image is a pure function of a lock, a base and what is asked for on the command line; nothing of the machine, the
person or the moment enters. The terms are those of the OCI image specification 1.1.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.model import Source

BUDGET = 40
"""Layers of an environment; container engines take 127 in an image, and pull a few at a time."""

LARGE = 4 << 20
"""Bytes from which a package is worth a layer of its own: fetching less takes no longer than asking for it."""

_PER_GROUP = 3
"""Packages that a shared layer should hold at least, on the average."""

PLATFORMS = {
    "linux-64": ("linux", "amd64", ""),
    "linux-aarch64": ("linux", "arm64", "v8"),
    "linux-ppc64le": ("linux", "ppc64le", ""),
    "linux-s390x": ("linux", "s390x", ""),
    "linux-riscv64": ("linux", "riscv64", ""),
    "linux-32": ("linux", "386", ""),
}
"""Conda subdir -> operating system, architecture and variant as OCI (and Go) name them."""

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of an image whose base says none, as container engines have it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a layer.

    Attributes:
        path: without a leading slash.
        kind: of the member.
        source: file on disk to read; None for `data`.
        data: content, where it is no file on disk.
        target: of a link.
        mode: permission bits.
        size: bytes of the content.
    """

    path: str
    kind: Literal["file", "link", "directory"]
    source: str | None = None
    data: bytes = b""
    target: str = ""
    mode: int = 0o644
    size: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A package as layers see it.

    Attributes:
        source: where it comes from.
        name: of the package.
        size: bytes of its files in the image.
    """

    source: Source
    name: str
    size: int

    @property
    def key(self) -> tuple[Source, str]:
        return self.source, self.name


@dataclass(frozen=True, slots=True)
class Group:
    """Packages that share a layer.

    Attributes:
        title: for people: the package's name, or what the packages have in common.
        members: source and name of each, sorted.
    """

    title: str
    members: tuple[tuple[Source, str], ...]


def group(pieces: Sequence[Piece], budget: int = BUDGET) -> tuple[Group, ...]:
    """Put packages into layers so that a change of one changes few of them.

    Large packages stand alone. Small ones are dealt out by a hash of their names, separately for conda and PyPI, over
    a power of two of groups: which group a package is in hangs on no other package, and adding one seldom moves any.

    Args:
        pieces: all packages, in any order.
        budget: most layers to make; one more holds what belongs to no package.

    Raises:
        ValueError: the budget is below 2.
    """
    if budget < 2:
        raise ValueError("packages from conda and from PyPI need a layer each")
    alone = sorted((piece for piece in pieces if piece.size >= LARGE), key=lambda piece: (-piece.size, piece.key))
    most_alone = min(budget // 2, budget - 2)
    alone = alone[:most_alone]
    chosen = {piece.key for piece in alone}
    groups = [Group(piece.name, (piece.key,)) for piece in sorted(alone, key=lambda piece: piece.key)]
    sources: tuple[Source, ...] = ("conda", "pypi")
    for source in sources:
        small = sorted(piece.name for piece in pieces if piece.source == source and piece.key not in chosen)
        count = _count(len(small), (budget - most_alone) // 2)
        dealt: dict[int, list[str]] = {}
        for name in small:
            dealt.setdefault(_number(name) % count, []).append(name)
        groups += [
            Group(f"{source} {number + 1}/{count}", tuple((source, name) for name in names))
            for number, names in sorted(dealt.items())
        ]
    return tuple(groups)


def _count(packages: int, most: int) -> int:
    """Of how many groups; the largest power of two that the number of packages and the budget allow."""
    wanted = max(1, min(packages // _PER_GROUP, most))
    return 1 << (wanted.bit_length() - 1)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def divide(
    members: Iterable[Member], owners: Mapping[str, tuple[Source, str]], budget: int = BUDGET
) -> list[tuple[Group, list[Member]]]:
    """Members of an environment, layer by layer; what belongs to no package comes last.

    Args:
        members: of the environment, in any order.
        owners: the package of each path; paths that nobody owns are not in it.
        budget: most layers to make, the last one not counted.
    """
    sizes: dict[tuple[Source, str], int] = {}
    parts: dict[tuple[Source, str] | None, list[Member]] = {}
    for member in members:
        owner = owners.get(member.path)
        if member.kind == "directory":
            continue  # those that hold something follow from it; empty ones mean nothing to anybody
        parts.setdefault(owner, []).append(member)
        if owner is not None:
            sizes[owner] = sizes.get(owner, 0) + member.size
    groups = group([Piece(source, name, size) for (source, name), size in sizes.items()], budget)
    found = [(each, [member for key in each.members for member in parts[key]]) for each in groups]
    rest = parts.get(None)
    return [*found, (Group("environment", ()), rest)] if rest else found


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for beside the packages.

    Attributes:
        entrypoint: program and arguments that every container starts with; None to keep the base's.
        command: arguments, or the program where there is no entry point; None to keep the base's.
        user: `UID`, `UID:GID` or a name of the base's; "" to keep the base's.
        workdir: absolute path; "" to keep the base's.
        labels: further ones, as of `org.opencontainers.image.source`.
        variables: further environment variables.
    """

    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    user: str = ""
    workdir: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


def activated(base: Sequence[str], prefix: str, variables: Mapping[str, str]) -> list[str]:
    """The environment variables of an image in which an environment is always active.

    Args:
        base: `NAME=value` of the base image.
        prefix: of the environment in the image.
        variables: of the environment and of the wish.
    """
    found = dict(text.partition("=")[::2] for text in base)
    found["PATH"] = f"{prefix}/bin:{found.get('PATH') or DEFAULT_PATH}"
    found |= {"CONDA_PREFIX": prefix, "CONDA_DEFAULT_ENV": prefix, "CONDA_SHLVL": "1"}
    found |= dict(sorted(variables.items()))
    return [f"{name}={value}" for name, value in found.items()]
