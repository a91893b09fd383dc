"""The event loop that rattler's calls run in, one for each call."""

from __future__ import annotations

import asyncio
import atexit
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

_T = TypeVar("_T")

# A thread of the engine that is still finishing when Python shuts down aborts the process (py-rattler 0.28); a
# moment is enough for it. The command line does not wait: it leaves without a shutdown.
atexit.register(time.sleep, 0.05)


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for a call of rattler; in a thread of its own where this one runs a loop already, as notebooks do."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def gathered(work: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """What calls give that run side by side; raises the first error when all have ended.

    An answer of the engine to a loop that is closed by then is a traceback on the terminal, so all are waited for.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    found = []
    for each in results:
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return found
