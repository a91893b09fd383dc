"""`@EXPLICIT` files: one URL of a conda package a line, with a hash behind `#`.

The format is conda's (`conda list --explicit`; the proposed CEP on text specs): `URL#md5`, `URL#sha256:digest`,
`# platform: linux-64` among the comments. Paths and file URLs are package files on this machine. A line tells name,
version, build and subdir by its URL and nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from parity.core.graph import needed_first
from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.urls import is_url, mask, path_to_url, split_credentials
from parity.errors import Fault, FaultsError
from parity.formats import lock_packages
from parity.formats.faults import Faults
from parity.formats.requirements import absolute
from parity.model import Solution
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parity.model import CondaPackage

MARK = "@EXPLICIT"
HashKind = Literal["sha256", "md5", ""]

_PLATFORM = regex(r"#\s*platform:\s*(?P<platform>[\w-]+)\s*")
_HASH = regex(r"(?:sha256:(?P<sha256>[0-9a-f]{64})|(?:md5:)?(?P<md5>[0-9a-f]{32})|(?P<bare>[0-9a-f]{64}))")
_DRIVE = regex(r"[A-Za-z]:[\\/]")


def parse(text: str, *, file: str = "", base: str = "", platform: str = "") -> Lock:
    """Read an `@EXPLICIT` file.

    Args:
        text: its content.
        file: its name, for messages.
        base: absolute directory that relative paths in it start from.
        platform: subdir to assume where neither a comment nor a URL tells it.

    Raises:
        FaultsError: every line that is no package, each with its number.
    """
    faults: list[Fault] = []
    packages: list[CondaPackage] = []
    comments = (_PLATFORM.fullmatch(line) for _, line in _lines(text))
    stated = next((found["platform"] for found in comments if found), "")
    for number, line in _lines(text):
        if line.startswith("#") or line == MARK:
            continue
        notes = Faults(file, lambda place: 0)
        package = _package(line, base, stated or platform or "noarch", notes)
        if package is not None:
            packages.append(package)
        faults += [Fault(fault.message, line=number, file=file, hint=fault.hint) for fault in notes.found]
    subdirs = sorted({package.subdir for package in packages} - {"noarch"})
    if len(subdirs) > 1 or (stated and subdirs and subdirs != [stated]):
        names = ", ".join(dict.fromkeys([*([stated] if stated else []), *subdirs]))
        faults.append(
            Fault(f"packages of several platforms in one file: {names}", file=file, hint="one file is for one")
        )
    if faults:
        raise FaultsError(faults)
    subdir = stated or next(iter(subdirs), platform or "noarch")
    channels = tuple(dict.fromkeys(package.channel.rstrip("/") for package in packages if package.channel))
    solution = Solution(subdir, tuple(sorted(packages, key=lambda package: (package.name, package.url))))
    return Lock((LockPlatform(subdir, subdir),), (LockedEnvironment(DEFAULT, channels, (Locked(subdir, solution),)),))


def private_channels(text: str) -> tuple[str, ...]:
    """URLs of the channels that a file names with credentials, which `parse` drops. For memory only."""
    lines = [line.partition("#")[0].strip() for _, line in _lines(text)]
    return tuple(dict.fromkeys(line.rsplit("/", 2)[0] for line in lines if is_url(line) and split_credentials(line)[1]))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if line.strip():
            yield number, line.strip()


def _package(line: str, base: str, subdir: str, faults: Faults) -> CondaPackage | None:
    place, _, digest = line.partition("#")
    place = place.strip()
    if not is_url(place):
        path = absolute(place, base)
        if _DRIVE.match(path) or path.startswith(("/", "\\\\")):
            place = path_to_url(path, windows=not path.startswith("/"))
    if not lock_packages.derived(place):
        faults.add(f"`{mask(line)}` is no package", hint="write one URL that ends with .conda or .tar.bz2")
        return None
    hashes = _HASH.fullmatch(digest.strip().lower()) if digest else None
    if digest and hashes is None:
        faults.add(
            f"`{mask(digest)}` is no hash", hint="write `#` and an MD5 digest, or `#sha256:` and a SHA-256 digest"
        )
        return None
    # A file that stands in no channel does not tell its platform.
    entry: dict[str, str | None] = {} if "subdir" in lock_packages.derived(place) else {"subdir": subdir}
    if hashes is not None:
        entry |= {"md5": hashes["md5"], "sha256": hashes["sha256"] or hashes["bare"]}
    return lock_packages.read_conda(entry, place, faults, "")


def render(solution: Solution, *, hashes: HashKind = "sha256") -> str:
    """Write an `@EXPLICIT` file of a platform's conda packages; who is needed by others comes first.

    Args:
        solution: PyPI packages in it are left out: the format cannot hold them.
        hashes: which to write behind the URLs; where a package lacks it, the other one.
    """
    lines = [
        "# This file may be used to create an environment using:",
        "# $ conda create --name <env> --file <this file>",
        f"# platform: {solution.platform}",
        MARK,
    ]
    for package in needed_first(solution.conda):
        digests = {"sha256": f"sha256:{package.sha256}" if package.sha256 else "", "md5": package.md5 or ""}
        digest = (digests[hashes] or digests["md5"] or digests["sha256"]) if hashes else ""
        lines.append(f"{package.url}#{digest}" if digest else package.url)
    return "\n".join(lines) + "\n"
