"""Remove a whole environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parity.core.ports import EnvironmentStore


def env_remove(
    prefix: Path,
    store: EnvironmentStore,
    *,
    base: Path,
    active: Path | None,
    confirm: Callable[[], bool],
    force: bool = False,
    dry_run: bool = False,
) -> bool:
    """Delete an environment with everything in it.

    Args:
        prefix: the environment.
        store: the environments on disk.
        base: the root prefix, which is never removed.
        active: the prefix that is active in the caller's shell.
        confirm: asks whether to go on.
        force: remove it although it is marked as frozen.
        dry_run: refuse what would be refused, and do nothing else.

    Returns:
        Whether it was removed.

    Raises:
        RefusedError: it is base, active, frozen, or holds base.
        BusyError: another process is changing it.
        StorageError: something in it cannot be deleted.
    """
    if prefix == base or prefix in base.parents:
        raise RefusedError(
            f"{prefix} holds the base environment and is not removed",
            hints=["delete the directory yourself if you want Parity and all its environments to be gone"],
        )
    if prefix == active:
        raise RefusedError(
            f"{prefix} is active in this shell", hints=["`conda deactivate` leaves it, or use another shell"]
        )
    reason = store.frozen(prefix)
    if reason and not force:
        raise RefusedError(f"{prefix} is protected: {reason}", hints=["`--override-frozen` removes it nevertheless"])
    if dry_run or not confirm():
        return False
    with store.hold(prefix, f"remove {prefix}"):
        store.discard(prefix)
        store.unregister(prefix)
    return True
