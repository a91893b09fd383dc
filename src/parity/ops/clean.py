"""Free disk space: collect what can go, ask, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parity.errors import StorageError
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path


class Removable(Protocol):
    """Something that can be deleted without breaking an environment."""

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int: ...
    @property
    def lock(self) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What `clean` found and did.

    Attributes:
        found: by section, what can be deleted.
        removed: whether it was deleted.
        failed: path to the reason, for what could not be.
    """

    found: Mapping[str, tuple[Removable, ...]]
    removed: bool = False
    failed: Mapping[Path, str] = field(default_factory=dict)

    def size(self, section: str | None = None) -> int:
        """Bytes of one section, or of all."""
        return sum(
            item.size
            for name, items in self.found.items()
            if section in {None, name}
            for item in items
            if item.path not in self.failed
        )

    def __bool__(self) -> bool:
        return any(self.found.values())


def find(sections: Mapping[str, Callable[[], Iterable[Removable]]], chosen: Collection[str]) -> Cleaning:
    """Look for what can be deleted.

    Args:
        sections: name to what looks for its items.
        chosen: names of the sections asked for.
    """
    seen: set[Path] = set()
    found = {}
    for name, look in sections.items():
        if name in chosen:
            found[name] = tuple(item for item in look() if item.path not in seen)
            seen.update(item.path for item in found[name])
    return Cleaning(found)


def clean(
    cleaning: Cleaning,
    remove: Callable[[Path, Path | None], bool],
    progress: Callable[[str], AbstractContextManager[None]],
) -> Cleaning:
    """Delete what was found.

    Args:
        cleaning: what `find` returned.
        remove: deletes a path under its lock; False where somebody has begun to use it, and it stays.
        progress: shows that something is being done while it lasts.
    """
    failed = {}
    for name, items in cleaning.found.items():
        with progress(f"Cleaning {name}"):
            for item in items:
                try:
                    if not remove(item.path, item.lock):
                        failed[item.path] = "it is in use"
                except StorageError as error:
                    failed[item.path] = error.message
    return Cleaning(cleaning.found, removed=True, failed=failed)
