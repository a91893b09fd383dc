"""An environment as it stands on disk: which is meant, and whether something can be told of it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import StorageError
from parity.store import prefixes
from parity.store.files import translated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parity.store.scan import Scan
    from parity.wiring import Services


def target(services: Services, name: str | None, prefix: str | None) -> Path:
    """The environment that is meant; also one that is broken, and a plain virtual environment.

    Raises:
        NotFoundError: nothing of the kind stands there.
    """
    path = services.root.target(name, prefix, services.environ)
    with translated(path, "read"):
        if (path / "conda-meta").is_dir() or is_venv(path):
            return path
    return services.root.existing(name, prefix, services.environ)


def is_venv(path: Path) -> bool:
    """Whether a plain virtual environment (of `venv`, virtualenv or uv) stands there."""
    return (path / "pyvenv.cfg").is_file() and not (path / "conda-meta").is_dir()


def refuse_unfinished(services: Services, prefix: Path) -> None:
    """Refuse to tell anything of an environment that is being changed.

    Raises:
        IntegrityError: a change of it was begun and not finished.
    """
    from parity.errors import IntegrityError

    if prefixes.has_pending(prefix):
        raise IntegrityError(
            f"a change of {prefix} was interrupted or is under way",
            hints=[f"`parity verify --fix {services.root.option_for(prefix)}` finishes it first"],
        )


def warn_unfinished(services: Services, prefix: Path) -> None:
    """Say so where what is told of an environment is told in the middle of a change of it."""
    if prefixes.has_pending(prefix):
        option = services.root.option_for(prefix)
        services.output.warn(
            f"a change of {prefix} is not finished; `parity install {option}` finishes an interrupted one"
        )


def scan(services: Services, prefix: Path, *, full: bool = False) -> Scan:
    """What an environment holds, all of it; see `parity.store.scan`.

    Args:
        services: of this call.
        prefix: absolute path.
        full: do not trust what is remembered of its files.

    Raises:
        NotFoundError: there is no environment.
        IntegrityError: its records cannot be read.
        StorageError: files cannot be read.
    """
    from parity.errors import IntegrityError
    from parity.store.scan import scan

    found = scan(prefix, cache=services.root.cache / "stat", full=full, progress=services.progress)
    if found.broken:
        raise IntegrityError(
            f"records of {prefix} cannot be read: " + ", ".join(sorted(found.broken)),
            hints=[f"`parity verify {services.root.option_for(prefix)}` says more, with --fix it puts them right"],
        )
    refuse_unreadable(prefix, found.unreadable)
    return found


def refuse_unreadable(prefix: Path, paths: Mapping[str, str]) -> None:
    """Refuse to tell what hangs on something that cannot be read.

    Args:
        prefix: absolute path of the environment.
        paths: what cannot be read in it, each with the reason.

    Raises:
        StorageError: there is any.
    """
    if paths:
        what = "; ".join(f"{path}: {reason}" for path, reason in sorted(paths.items())[:5])
        raise StorageError(f"files of {prefix} cannot be read: {what}", hints=["run as the user that owns them"])
