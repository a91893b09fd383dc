"""What a person names on a command line, as something to compare, explain or draw.

An environment (name or path), a lock or an environment file, or one of these in a git revision (`HEAD~1:parity.lock`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import subject
from parity.errors import InputError, NotFoundError
from parity.store import lock_files, prefixes

if TYPE_CHECKING:
    from parity.core.subject import Subject
    from parity.wiring import Services


def find(services: Services, text: str) -> Subject:
    """What a text names: a file, the path of an environment, `REVISION:FILE`, or the name of an environment.

    Raises:
        NotFoundError: nothing of that name is there.
        FaultsError: the file cannot be read.
    """
    path = Path(text).expanduser()
    if path.is_file():
        return _of_text(services, lock_files.decode(lock_files.read_bytes(path), text), path, text)
    if path.is_dir() and (os.sep in text or "/" in text or prefixes.exists(path)):
        return of_prefix(services, services.root.require(path.absolute()))
    revision, colon, name = text.partition(":")
    if colon and not path.drive:
        from parity.engines import git

        content = git.show(revision, name, directory=Path.cwd(), environ=services.environ)
        return _of_text(services, content, Path(name), text)
    if "/" in text or path.suffix in {".lock", ".yml", ".yaml", ".toml", ".txt"}:
        raise NotFoundError(
            f"there is no file {text}", hints=["check the path; HEAD~1:FILE names a file in a git revision"]
        )
    return of_prefix(services, services.root.find(text))


def of_prefix(services: Services, prefix: Path) -> Subject:
    """An environment on disk."""
    manifest = services.store.manifest(prefix)
    label = services.root.display_name(prefix)
    return subject.of_environment(
        services.store.installed(prefix), manifest, label, manifest.platform or services.platform
    )


def usual(services: Services, name: str | None, prefix: str | None, lock: str | None) -> Subject:
    """What a command is about: `-n` or `-p`, a lock that is named, the active environment, the lock of this directory.

    Raises:
        NotFoundError: there is none of these.
    """
    if lock is not None:
        return find(services, lock)
    active = services.root.active(services.environ)
    if name or prefix or active is not None:
        return of_prefix(services, services.root.existing(name, prefix, services.environ))
    try:
        path = lock_files.locate(Path.cwd())
    except NotFoundError:
        return of_prefix(services, services.root.existing(None, None, services.environ))
    return find(services, path.name)


def _of_text(services: Services, text: str, path: Path, label: str) -> Subject:
    from parity.formats import locks

    if locks.detect(path.name, text) is not None:
        base = path.absolute().parent.as_posix()
        return subject.of_lock(locks.parse(text, file=label, base=base), label)
    if path.suffix not in {".yml", ".yaml", ".txt", ""}:
        raise InputError(f"{label} is neither a lock nor an environment file")
    from parity.store import request_files

    request = request_files.parse(
        text, path, environ=services.environ, platform=services.platform, warn=services.output.warn, label=label
    )
    return subject.of_request(request, label)
