"""The same work on many things, in several threads at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from parity.core.progress import NoProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parity.core.ports import Progress

_A = TypeVar("_A")
_T = TypeVar("_T")


def in_threads(
    work: Callable[[_A], _T],
    items: Sequence[_A],
    threads: int,
    name: str,
    *,
    title: str = "",
    progress: Progress | None = None,
) -> list[_T]:
    """The results of work on each item, in their order.

    A failure or Ctrl-C ends it: what has not begun by then never does.

    Args:
        work: done with one item.
        items: to work on.
        threads: how many at once, at most.
        name: of the threads, for whoever looks at the process.
        title: what `progress` calls it.
        progress: told how many items are done; None where each item tells of itself.
    """
    from concurrent.futures import ThreadPoolExecutor

    if not items:
        return []
    progress = progress or NoProgress()
    done: list[_T] = []
    task = progress.start(title, len(items), "items")
    try:
        with ThreadPoolExecutor(threads, thread_name_prefix=name) as pool:
            jobs = [pool.submit(work, item) for item in items]
            try:
                for number, job in enumerate(jobs, 1):
                    done.append(job.result())
                    progress.update(task, number)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        progress.finish(task)
    return done
