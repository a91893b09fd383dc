"""Which files of a prefix count: one set of rules for fingerprints, their prediction and verification.

Defined for readers in docs/reference/fingerprint.md; the reasons stand beside each rule here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

VOLATILE = (
    "conda-meta",  # bookkeeping of installers: enters by its meaning (packages, variables)
    "envs",  # a root prefix holds other environments, and the caches they share
    "pkgs",
    "conda-bld",
    ".messages.txt",  # what link scripts print (conda)
    ".lock",  # uv's lock file
    ".conda_trash",  # files in use that could not be deleted at once, by conda's and Parity's names
    ".parity-*",
    "*/.parity-*",
    ".*.parity-tmp-*",
    "*/.*.parity-tmp-*",
    "*.c~",
    "*.conda_trash",
    ".DS_Store",  # desktops leave these where somebody looks
    "*/.DS_Store",
    "Thumbs.db",
    "*/Thumbs.db",
)
"""Paths that never count; what stands below a named directory does not either."""

INSTALLER_NOTES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
"""Files of a dist-info directory that an installer of wheels writes, not the wheel (PEP 376, 610, 627).

They tell who installed it, on whose request and from where; `RECORD` repeats what the fingerprint itself
lists, and its lines of scripts hang on the prefix. Where a conda package brought the directory they are
its own bytes, and count.
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which paths are left out.

    Attributes:
        ignored: globs over paths relative to the prefix; `*` goes across `/`, and a directory that matches
            stands for everything below it.
    """

    ignored: tuple[str, ...] = VOLATILE

    def ignores(self, path: str) -> bool:
        """Whether a file or directory is left out by its path."""
        return _pattern(self.ignored).fullmatch(path) is not None

    def covers(self, path: str) -> bool:
        """Whether nothing on the way to a file is left out."""
        ignores = _pattern(self.ignored).fullmatch
        at = path.find("/")
        while at >= 0:
            if ignores(path[:at]):
                return False
            at = path.find("/", at + 1)
        return not ignores(path)


@lru_cache(maxsize=8)
def _pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    from fnmatch import translate

    return re.compile("|".join(f"(?:{translate(glob)})" for glob in globs) or r"(?!)")


def is_installer_note(path: str) -> bool:
    """Whether an installer of wheels wrote this file, by its path; holds only where no conda package owns it."""
    head, _, name = path.rpartition("/")
    return name in INSTALLER_NOTES and head.endswith(".dist-info")


def is_cached_bytecode(path: str) -> bool:
    """Whether Python may write this file by itself, at any time, unless its header says that it is hash-based."""
    return path.endswith(".pyc") and "__pycache__/" in path


def is_hash_based(header: bytes) -> bool:
    """Whether bytecode holds the hash of its source, not its time (PEP 552).

    Args:
        header: its first 8 bytes or more.
    """
    return len(header) >= 8 and bool(header[4] & 1) and header[5:8] == b"\0\0\0"
