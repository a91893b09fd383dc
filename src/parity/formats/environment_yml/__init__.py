"""environment.yml: read it, edit it without touching the rest of it, write a fresh one.

The format is conda's ("Creating an environment file manually" in its documentation), with the keys that
conda-lock adds (`platforms`, `category`, `pip-repositories`, selectors in comments) and micromamba's
`sel(linux): spec`.
"""

from __future__ import annotations

from parity.formats.environment_yml.document import Document, dump
from parity.formats.environment_yml.reader import read, read_with_warnings
from parity.formats.environment_yml.selectors import selector_matches

__all__ = ["Document", "dump", "read", "read_with_warnings", "selector_matches"]
