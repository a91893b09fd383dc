"""environment.yml: read it, edit it without touching the rest of it, write a fresh one.

The format is conda's ("Creating an environment file manually" in its documentation), with the keys that
conda-lock adds (`platforms`, `category`, `pip-repositories`, selectors in comments) and micromamba's
`sel(linux): spec`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity.formats.environment_yml.reader import read, read_with_warnings
from parity.formats.environment_yml.selectors import selector_matches

if TYPE_CHECKING:
    from parity.formats.environment_yml.document import Document, dump

__all__ = ["Document", "dump", "read", "read_with_warnings", "selector_matches"]


def __getattr__(name: str) -> Any:
    """`Document` and `dump` on first use: most commands only read."""
    if name in __all__:
        from parity.formats.environment_yml import document

        return getattr(document, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
