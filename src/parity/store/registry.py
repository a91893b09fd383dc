"""The list of environments that conda, mamba and Parity share: `~/.conda/environments.txt`, one path a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import StorageError
from parity.store import prefixes
from parity.store.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity.store.root import Root


def registry_file(home: Path) -> Path:
    """Where conda keeps the list for a person."""
    return home / ".conda" / "environments.txt"


def known(home: Path) -> tuple[Path, ...]:
    """The registered prefixes, as they stand in the list; some may be gone. Empty where it cannot be read."""
    try:
        text = registry_file(home).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(dict.fromkeys(Path(line.strip()) for line in text.splitlines() if line.strip()))


def add(home: Path, prefix: Path) -> None:
    """Register a prefix. A home that cannot be written is no obstacle: named environments are found without."""
    if prefix not in known(home):
        _change(home, lambda paths: [*paths, prefix])


def remove(home: Path, prefix: Path) -> None:
    """Take a prefix off the list, and what is below it; as `add`, without error where that cannot be."""
    if any(_within(path, prefix) for path in known(home)):
        _change(home, lambda paths: [path for path in paths if not _within(path, prefix)])


def all_environments(root: Root) -> tuple[Path, ...]:
    """Every environment known: base, those in the directories of environments, and registered ones; none twice."""
    base = [root.path] if prefixes.exists(root.path) else []
    registered = sorted(path for path in known(root.home) if prefixes.exists(path))
    seen: dict[str, Path] = {}
    for path in (*base, *root.environments(), *registered):
        seen.setdefault(str(path.resolve()), path)
    return tuple(seen.values())


def _within(path: Path, prefix: Path) -> bool:
    return path == prefix or prefix in path.parents


def _change(home: Path, edit: Callable[[list[Path]], list[Path]]) -> None:
    from parity.store.locks import hold

    file = registry_file(home)
    try:
        with hold(file.with_name(".environments.txt.lock"), purpose=f"write {file}", timeout=10):
            atomic_write(file, "".join(f"{path}\n" for path in edit(list(known(home)))))
    except StorageError:
        return
