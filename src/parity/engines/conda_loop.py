"""The event loop that rattler's calls run in, one for each call."""

from __future__ import annotations

import asyncio
import atexit
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")

# A thread of the engine that is still finishing when Python shuts down aborts the process (py-rattler 0.28); a
# moment is enough for it. The command line does not wait: it leaves without a shutdown.
atexit.register(time.sleep, 0.05)


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for a call of rattler."""
    return asyncio.run(work)
