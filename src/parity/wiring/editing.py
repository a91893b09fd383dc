"""Adds lines to an environment.yml and takes some out, and brings the lock beside it in line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import NotFoundError
from parity.values import dataclass
from parity.wiring import locking

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from parity.formats.environment_yml import Document
    from parity.wiring import Services
    from parity.wiring.locking import Locks


@dataclass(frozen=True, slots=True)
class Edited:
    """An environment.yml before and after.

    Attributes:
        path: of the file.
        before: its text, before.
        after: its text now, or what it would be with `--dry-run`.
        locks: the lock beside it, before and after; None where there is none, or it was not to be touched.
    """

    path: Path
    before: str
    after: str
    locks: Locks | None


def edit(
    services: Services,
    path: Path,
    *,
    add: Iterable[str] = (),
    pypi: Iterable[str] = (),
    drop: Sequence[str] = (),
    lock: bool = True,
) -> Edited:
    """Edit an environment.yml; everything else in it stays as it is, to the byte.

    Args:
        services: of this call.
        path: of the file.
        add: match specs; one of a package that is there already takes its place.
        pypi: lines for `pip:`, likewise.
        drop: names to take out of `dependencies:` and `pip:`.
        lock: bring a `parity.lock` beside the file in line. Where that fails, the file is as it was.

    Raises:
        NotFoundError: there is no such file, or a name in `drop` is not in it.
        FaultsError, SpecError: the file, or what is added, cannot be read.
        UnsatisfiableError, NetworkError, ...: there is no lock for it.
    """
    from parity.formats.environment_yml import Document
    from parity.store import lock_files
    from parity.store.files import atomic_write

    if not path.is_file():
        raise NotFoundError(
            f"there is no file {path}", hints=["name it with -f, or begin one with the line `dependencies:`"]
        )
    data = lock_files.read_bytes(path)
    before = lock_files.decode(data, str(path))
    document = Document.parse(before, file=str(path))
    for name in drop:
        if not (document.remove(name) | document.remove_pip(name)):
            raise _missing(name, path, document)
    for spec in add:
        document.add(spec)
    for line in pypi:
        document.add_pip(line)
    document.request(base=str(path.absolute().parent), environ=services.environ)  # what it says has to be sound, too
    after = document.text()
    beside = path.absolute().parent / locking.NAME
    if after == before or services.dry_run:
        return Edited(path, before, after, None)
    atomic_write(path, after)
    if not (lock and beside.is_file()):
        return Edited(path, before, after, None)
    try:
        return Edited(path, before, after, locking.Locking(services, output=str(beside)).lock())
    except BaseException:
        atomic_write(path, data)
        raise


def _missing(name: str, path: Path, document: Document) -> NotFoundError:
    from parity.core.words import near

    request = document.request(base=str(path.absolute().parent))
    there = [*(spec.name for spec in request.specs), *(line.name for line in request.pip if line.name)]
    close = near(name, there, 3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"it asks for {', '.join(there) or 'nothing'}"
    return NotFoundError(f"{path} does not ask for `{name}`", hints=[hint])
