"""Every environment that is known here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.model import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def env_list(prefixes: Iterable[Path], name_of: Callable[[Path], str | None]) -> tuple[Environment, ...]:
    """Environments with their names, without their packages: base first, then named ones, then paths.

    Args:
        prefixes: what the store knows.
        name_of: tells the name of a prefix, None where it has none.
    """
    found = [Environment(prefix, name_of(prefix)) for prefix in prefixes]
    return tuple(sorted(found, key=lambda env: (env.name != "base", env.name is None, env.name or "", str(env.prefix))))
