"""Turns rattler's installer callbacks into what a person wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parity.core.ports import Progress


class Reporter:
    """Turns rattler's installer callbacks into two measures: bytes fetched and packages linked."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._names: dict[int, str] = {}
        self._tasks: dict[int, int] = {}
        self._link_task: int | None = None
        self._linked = 0
        self._scripts: list[str] = []
        self.failed: list[str] = []

    def __getattr__(self, name: str) -> Any:
        """Callbacks that say nothing to a person return a token."""
        if name.startswith("on_"):
            return lambda *_: 0
        raise AttributeError(name)

    def on_populate_cache_start(self, operation: int, package_name: str) -> int:
        self._names[operation] = package_name
        return operation

    def on_download_start(self, cache_entry: int) -> int:
        self._tasks[cache_entry] = self._progress.start(
            f"Downloading {self._names.get(cache_entry, '')}", None, "bytes"
        )
        return cache_entry

    def on_download_progress(self, download_idx: int, progress: int, total: int | None) -> None:
        self._progress.update(self._tasks[download_idx], progress, total)

    def on_download_completed(self, download_idx: int) -> None:
        self._progress.finish(self._tasks.pop(download_idx))

    def on_post_link_start(self, package_name: str, script_path: str) -> int:
        self._scripts.append(package_name)
        return len(self._scripts) - 1

    def on_post_link_complete(self, index: int, success: bool) -> None:
        if not success:
            self.failed.append(self._scripts[index])

    on_pre_unlink_start = on_post_link_start
    on_pre_unlink_complete = on_post_link_complete

    def on_transaction_start(self, total_operations: int) -> None:
        if total_operations:
            self._link_task = self._progress.start(self._title, total_operations, "items")

    def on_transaction_operation_complete(self, operation: int) -> None:
        self._linked += 1
        if self._link_task is not None:
            self._progress.update(self._link_task, self._linked)

    def on_transaction_complete(self) -> None:
        if self._link_task is not None:
            self._progress.finish(self._link_task)
            self._link_task = None
