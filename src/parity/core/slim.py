"""What an environment in an image can do without: files that nothing reads when programs run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parity.core.image import Member

RULES = {
    "static libraries": re.compile(r"lib/(?:.*/)?[^/]+\.(?:a|la)"),
    "bytecode": re.compile(r".*\.pyc"),
    "documentation": re.compile(r"(?:share/)?(?:man|doc|docs|info|gtk-doc)/(?!.*licen[cs]e).*", re.IGNORECASE),
    "tests": re.compile(r"lib/python3\.\d+t?/(?:test|idlelib/idle_test|site-packages/[^/]+/(?:.*/)?tests)/.*"),
}
"""By name, what a whole path relative to the environment matches. Licences stay, as most of them demand."""


def rule_of(path: str) -> str:
    """The rule by which a file is left out; "" for one that stays."""
    return next((name for name, rule in RULES.items() if rule.fullmatch(path)), "")


def slim(members: Iterable[Member], prefix: str) -> tuple[list[Member], dict[str, tuple[int, int]]]:
    """Leave out what is not needed.

    Args:
        members: of an environment.
        prefix: its path in the image.

    Returns:
        What stays; and by rule how many files and bytes went.
    """
    kept: list[Member] = []
    saved: dict[str, tuple[int, int]] = {}
    top = prefix.strip("/") + "/"
    for member in members:
        rule = rule_of(member.path.removeprefix(top)) if member.kind != "directory" else ""
        if not rule:
            kept.append(member)
            continue
        files, size = saved.get(rule, (0, 0))
        saved[rule] = (files + 1, size + member.size)
    return kept, saved


def rules_of(text: str) -> Callable[[str], str]:
    """Rules of a person's file, for whole paths relative to the environment.

    A line is a glob in which `*` also stands for `/`; one with `!` before it lets files stay; the last line that
    matches counts. A comment names the rules after it.

    Args:
        text: of the file.

    Returns:
        As `rule_of`.
    """
    from fnmatch import translate

    title = "left out"
    found: list[tuple[str, re.Pattern[str]]] = []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            title = line.lstrip("# ") or title
        elif line:
            found.append(("" if line.startswith("!") else title, re.compile(translate(line.removeprefix("!")))))
    found.reverse()

    def rule(path: str) -> str:
        return next((name for name, pattern in found if pattern.match(path)), "")

    return rule
