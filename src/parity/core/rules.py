"""Which files of a prefix count: one set of rules for fingerprints, their prediction and verification.

Defined for readers in docs/reference/fingerprint.md; the reasons stand beside each rule here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from parity.values import dataclass

VOLATILE = (
    "/conda-meta",  # bookkeeping of installers: enters by its meaning (packages, variables)
    "/envs",  # a root prefix holds other environments, and the caches they share
    "/pkgs",
    "/conda-bld",
    "/__clobbers__",  # where rattler keeps files that lost their path to another package's: nothing looks there
    "/CACHEDIR.TAG",  # rattler's word to backup programs
    "/.messages.txt",  # what link scripts print (conda)
    "/.lock",  # uv's lock file
    "/activate",  # what a pack brings so that it can be used without Parity
    "parity-unpack",
    "/uninstall.sh",  # of an installer
    ".conda_trash",  # files in use that could not be deleted at once, by conda's and Parity's names
    "*.conda_trash",
    "*.c~",
    ".parity-*",
    ".*.parity-tmp-*",
    ".DS_Store",  # desktops leave these where somebody looks
    "Thumbs.db",
)
"""Paths that never count; what stands below a directory of such a name does not either."""

INSTALLER_NOTES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
"""Files of a dist-info directory that an installer of wheels writes, not the wheel (PEP 376, 610, 627).

They tell who installed it, on whose request and from where; `RECORD` repeats what the fingerprint itself
lists, and its lines of scripts hang on the prefix. Where a conda package brought the directory they are
its own bytes, and count.
"""


class Matchers(NamedTuple):
    """The globs of some rules by what they are held against: names at the top, names anywhere, whole paths."""

    top: re.Pattern[str]
    name: re.Pattern[str]
    path: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Rules:
    """Which paths are left out.

    Attributes:
        ignored: globs. With a `/` at the start they are held against names directly below the prefix, with one
            elsewhere against paths relative to the prefix (`*` goes across `/`), with none against every name.
            A directory that matches stands for everything below it.
    """

    ignored: tuple[str, ...] = VOLATILE

    @property
    def matchers(self) -> Matchers:
        return _matchers(self.ignored)

    def ignores(self, path: str) -> bool:
        """Whether a file or directory is left out by its own path; what is above it is not looked at."""
        top, name, whole = self.matchers
        head, slash, last = path.rpartition("/")
        return bool(
            name.fullmatch(last or head) or (not slash and top.fullmatch(path)) or (whole and whole.fullmatch(path))
        )

    def covers(self, path: str) -> bool:
        """Whether a file counts by its path: nothing on the way to it is left out."""
        at = path.find("/")
        while at >= 0:
            if self.ignores(path[:at]):
                return False
            at = path.find("/", at + 1)
        return not self.ignores(path)


@lru_cache(maxsize=8)
def _matchers(globs: tuple[str, ...]) -> Matchers:
    top = [glob[1:] for glob in globs if glob.startswith("/") and "/" not in glob[1:]]
    path = [glob.removeprefix("/") for glob in globs if "/" in glob[1:]]
    name = [glob for glob in globs if "/" not in glob]
    return Matchers(_pattern(top), _pattern(name), _pattern(path) if path else None)


def _pattern(globs: list[str]) -> re.Pattern[str]:
    from fnmatch import translate

    return re.compile("|".join(f"(?:{translate(glob)})" for glob in globs) or r"(?!)")


def is_installer_note(path: str) -> bool:
    """Whether an installer of wheels wrote this file, by its path; holds only where no conda package owns it."""
    head, _, name = path.rpartition("/")
    return name in INSTALLER_NOTES and head.endswith(".dist-info")


def is_cached_bytecode(path: str) -> bool:
    """Whether Python (or a compiler that is called at run time) may write this file by itself, at any time.

    It does not count, unless its header says that it is hash-based bytecode (`is_hash_based`).
    """
    return "/__pycache__/" in path or path.startswith("__pycache__/")


def is_hash_based(header: bytes) -> bool:
    """Whether a `.pyc` holds the hash of its source, not its time (PEP 552): what `--compile` writes.

    Python never writes one by itself where there was none. Most packages ship bytecode with times, which does not
    always fit the source after it was installed and is then written anew.

    Args:
        header: its first 8 bytes or more.
    """
    return header[2:4] == b"\r\n" and header[4:8] in {b"\1\0\0\0", b"\3\0\0\0"}
