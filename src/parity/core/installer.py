"""The text of an installer: what stands before the archive in the file, and what it tells about the packages in it.

The first three lines hold the size of the file and the hash of all that follows them, so that a file that was cut off
or altered is known before anything of it is used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.graph import dependency_name
from parity.core.shells.posix import quote
from parity.errors import InputError
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from parity.model import InstalledPackage

CHECKED_FROM = 3
"""Lines that are not under the hash, because the last of them tells it."""

_SIZE = 15
_END_OF_LICENCES = "PARITY-END-OF-LICENCES"
_NAME = regex(r"[A-Za-z][A-Za-z0-9._ -]*")
_SYSTEMS = {"linux": "Linux", "osx": "Darwin"}
_MACHINES = {"64": "x86_64", "32": "i686"}
_GLIBC = regex(r"__glibc\s*>=\s*(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Label:
    """What an installer says of itself.

    Attributes:
        name: of what it installs; its default directory is called so, too.
        version: of that; "" for none.
        platform: subdir.
        licence: text that a person has to accept.
        is_root: whether it brings Parity, and the commands `conda`, `mamba` and `micromamba` with it.
        glibc: the oldest C library, `2.17`; "" for any.
        room: bytes that are needed on the disk.
    """

    name: str
    version: str
    platform: str
    licence: str
    is_root: bool = False
    glibc: str = ""
    room: int = 0


def header(template: str, label: Label) -> tuple[bytes, bytes]:
    """What stands before the archive: the first lines, to be filled by `sealed`, and the checked rest.

    Args:
        template: `install.sh`.
        label: what goes into it.

    Raises:
        InputError: there is no such installer for this platform, or the name cannot be one.
    """
    family, _, machine = label.platform.partition("-")
    if family not in _SYSTEMS:
        raise InputError(f"installers are for Linux and macOS, and this is for {label.platform}")
    if not _NAME.fullmatch(label.name):
        raise InputError(f"`{label.name}` cannot be the name of an installer",
                         hints=["use letters, digits, `.`, `_`, `-` and blanks, and begin with a letter"])  # fmt: skip
    if _END_OF_LICENCES in label.licence:
        raise InputError(f"the text of the licences cannot have a line {_END_OF_LICENCES}")
    values = {
        "TITLE": f"{label.name} {label.version}".strip(),
        "NAME": quote(label.name),
        "VERSION": quote(label.version),
        "DIRECTORY": quote(re.sub(r"[^a-z0-9._]+", "-", label.name.lower())),
        "ROOT": "yes" if label.is_root else "''",
        "SYSTEM": _SYSTEMS[family],
        "MACHINE": _MACHINES.get(machine, machine),
        "GLIBC": label.glibc or "''",
        "ROOM": str(label.room // 1000 + 1),
        "LICENCE": label.licence.rstrip("\n"),
    }
    text = re.sub(r"@([A-Z]+)@", lambda found: values.get(found[1], found[0]), template)
    *first, body = text.encode().split(b"\n", CHECKED_FROM)
    head = b"".join(line + b"\n" for line in first)
    before = len(sealed(head, 0, ""))
    # One more than what is before it, counted from one, padded so that its own length is known.
    start = before + len(body) + _SIZE - len(b"@START@") + 1
    return head, body.replace(b"@START@", str(start).ljust(_SIZE).encode(), 1)


def sealed(head: bytes, size: int, sha256: str) -> bytes:
    """The first lines with the size of the whole file and the hash (hex) of what follows them."""
    return head.replace(b"@SIZE@", str(size).ljust(_SIZE).encode()).replace(b"@SHA256@", sha256.ljust(64).encode())


def licences(text: str, packages: Iterable[tuple[str, str, str]]) -> str:
    """What a person is asked to accept.

    Args:
        text: a licence of the whole; "" for none.
        packages: name, version and licence of each.
    """
    lines = [text.rstrip("\n"), ""] if text.strip() else []
    lines += ["These packages are in it, each under a licence of its own:", ""]
    lines += [f"  {name} {version}: {licence or 'see the package'}" for name, version, licence in sorted(packages)]
    return "\n".join(lines) + "\n"


def glibc_needed(packages: Iterable[InstalledPackage]) -> str:
    """The oldest C library that all packages work with; "" where none says."""
    found = [(int(match[1]), int(match[2])) for package in packages for text in package.depends
             if (match := _GLIBC.match(text))]  # fmt: skip
    return ".".join(map(str, max(found))) if found else ""


def in_order(packages: Sequence[InstalledPackage]) -> Iterator[InstalledPackage]:
    """Conda packages, each after those that it depends on; where two need each other, by name."""
    by_name: Mapping[str, InstalledPackage] = {one.name: one for one in packages if one.source == "conda"}
    seen: set[str] = set()

    def visit(name: str) -> Iterator[InstalledPackage]:
        if name in seen or name not in by_name:
            return
        seen.add(name)
        for needed in sorted(map(dependency_name, by_name[name].depends)):
            yield from visit(needed)
        yield by_name[name]

    for name in sorted(by_name):
        yield from visit(name)
