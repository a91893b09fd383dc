"""Whether this process has an administrator's rights."""

from __future__ import annotations

import os
import sys

from parity.errors import RefusedError


def is_administrator() -> bool:
    """Root on POSIX, an elevated process on Windows."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def require_administrator(setting: str) -> None:
    """Refuse to go on without an administrator's rights.

    Args:
        setting: the setting that asks for them, for the message.

    Raises:
        RefusedError: this is no administrator.
    """
    if not is_administrator():
        raise RefusedError(
            f"only administrators may change environments here ({setting})",
            hints=["`parity config --show-sources` says where that is set"],
        )
