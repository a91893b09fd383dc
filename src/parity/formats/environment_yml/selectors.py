"""Platform selectors: `# [linux64]` behind an entry (conda-lock, conda-build), `sel(linux): spec` (micromamba)."""

from __future__ import annotations

import re

from parity.core.platforms import SUBDIRS
from parity.errors import SpecError


def _words(platform: str) -> frozenset[str]:
    """Every word that holds on a platform."""
    family, _, machine = platform.partition("-")
    words = {platform, family, f"{family}{machine}"}
    words.add("x86" if machine in {"32", "64"} else machine)
    if machine == "64":
        words.add("x86_64")
    if family in {"linux", "osx"}:
        words.add("unix")
    return frozenset(words)


def selector_matches(selector: str, platform: str) -> bool:
    """Whether a selector holds on a platform.

    Args:
        selector: a word (`linux`, `osx`, `win`, `unix`, `linux64`, `arm64`, `osx-arm64`, ...), or several
            joined by `not`, `and`, `or`, binding in this order.
        platform: a subdir.

    Raises:
        SpecError: a word in it is no platform.
    """
    known = frozenset().union(*(_words(subdir) for subdir in SUBDIRS))
    holds = _words(platform)

    def term(text: str) -> bool:
        found = re.fullmatch(r"((?:not\s+)*)(\S+)", text.strip())
        if found is None or found[2] not in known:
            word = found[2] if found else text.strip()
            raise SpecError(f"`{word}` is no platform selector", hints=["use linux, osx, win, unix, linux64 or arm64"])
        return (found[2] in holds) ^ (found[1].count("not") % 2 == 1)

    # every word is looked at, so that a wrong one is seen on each platform
    results = [[term(part) for part in re.split(r"\sand\s", group)] for group in re.split(r"\sor\s", selector)]
    return any(all(group) for group in results)
