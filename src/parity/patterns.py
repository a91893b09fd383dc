"""Regular expressions that are compiled when they are first used: a command imports a hundred and needs a few."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, AnyStr

__all__ = ["regex"]

if TYPE_CHECKING:

    def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]: ...

else:
    _METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer", "pattern")

    class _Later:
        """Has what a pattern has; `re.sub` and the like do not take it in place of one."""

        def __init__(self, text, flags):
            self._asked = text, flags

        def __getattr__(self, name):
            compiled = re.compile(*self._asked)
            for each in _METHODS:
                setattr(self, each, getattr(compiled, each))
            return getattr(compiled, name)

    def regex(text, flags=0):
        """As `re.compile`, later.

        Args:
            text: the expression; a mistake in it is an error when it is first used.
            flags: of `re`.
        """
        return _Later(text, flags)
