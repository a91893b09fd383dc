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
from parity.wiring import standing

if TYPE_CHECKING:
    from parity.core.lock import Lock
    from parity.core.subject import Subject
    from parity.model import PypiPackage
    from parity.wiring import Services


def find(services: Services, text: str) -> Subject:
    """What a text names: a file, the path of an environment, `REVISION:FILE`, or the name of an environment.

    Raises:
        NotFoundError: nothing of that name is there.
        FaultsError: the file cannot be read.
    """
    path = Path(text).expanduser()
    content = _content(services, text)
    if content is not None:
        return _of_text(services, *content, text)
    if path.is_dir() and (os.sep in text or "/" in text or prefixes.exists(path) or standing.is_venv(path)):
        return of_prefix(services, _existing(services, None, str(path.absolute())))
    if not _may_be_name(text):
        raise NotFoundError(
            f"there is no file {text}", hints=["check the path; HEAD~1:FILE names a file in a git revision"]
        )
    return of_prefix(services, services.root.find(text))


def pair(services: Services, one: str, other: str) -> tuple[Subject, Subject]:
    """Two things to compare, as `find` finds them; a `pylock.toml` is read for the machines that the other is for.

    Raises:
        NotFoundError, FaultsError: see `find`.
    """
    first, second = find(services, one), find(services, other)
    return _read_for(services, one, first, second), _read_for(services, other, second, first)


def _content(services: Services, text: str) -> tuple[str, Path] | None:
    """Text and path of a file, or of one in a git revision; None where neither is named."""
    path = Path(text).expanduser()
    if path.is_file():
        return lock_files.decode(lock_files.read_bytes(path), text), path
    revision, colon, name = text.partition(":")
    if path.is_dir() or not colon or path.drive:
        return None
    from parity.engines import git

    return git.show(revision, name, directory=Path.cwd(), environ=services.environ), Path(name)


def _read_for(services: Services, text: str, found: Subject, beside: Subject) -> Subject:
    """A `pylock.toml` as it is on each machine that the other side names a Python for; others as they are."""
    content = _content(services, text) if any(part.pypi_only for part in found.parts) else None
    if content is None:
        return found
    from parity.errors import FaultsError
    from parity.formats import pylock
    from parity.formats.wheel_tags import Target
    from parity.values import replace

    parts, refused = [], None
    for part in beside.parts:
        if not part.python:
            continue
        machine = part.virtual or services.conda.detect_virtual(part.subdir, services.virtual_overrides())
        virtual = {name: version for name, version, _ in machine}
        target = Target(part.python, part.subdir, virtual.get("__glibc", "2.28"), virtual.get("__osx", "13.0"))
        base = content[1].absolute().parent.as_posix()
        try:
            packages = pylock.parse(content[0], target=target, base=base, file=text)
        except FaultsError as error:  # it is not for this machine
            refused = error
            continue
        parts.append(replace(part, packages=packages, specs=(), pip=(), pypi_only=True))
    if not parts and refused is not None:
        raise refused
    return replace(found, parts=tuple(parts)) if parts else found


def _may_be_name(text: str) -> bool:
    """Whether this could be meant as the name of an environment, and not as a file."""
    return not ("/" in text or os.sep in text or text.endswith((".lock", ".yml", ".yaml", ".toml", ".txt")))


def _existing(services: Services, name: str | None, prefix: str | None) -> Path:
    """As `Root.existing`, also where a plain virtual environment stands."""
    path = services.root.target(name, prefix, services.environ)
    return path if standing.is_venv(path) else services.root.existing(name, prefix, services.environ)


def of_prefix(services: Services, prefix: Path) -> Subject:
    """An environment on disk, also a plain virtual one."""
    label = services.root.display_name(prefix)
    if standing.is_venv(prefix):
        from parity.model import Manifest
        from parity.store import prefix_contents

        found = prefix_contents.read(prefix, services.platform)
        return subject.of_environment(found.installed, Manifest(), label, services.platform, found.python_version)
    manifest = services.store.manifest(prefix)
    return subject.of_environment(services.store.installed(prefix), manifest, label, services.platform_of(manifest))


def usual(services: Services, name: str | None, prefix: str | None, lock: str | None) -> Subject:
    """What a command is about: `-n` or `-p`, a lock that is named, the active environment, the lock of this directory.

    Raises:
        NotFoundError: there is none of these.
    """
    if lock is not None:
        return find(services, lock)
    active = services.root.active(services.environ)
    if name or prefix or active is not None:
        return of_prefix(services, _existing(services, name, prefix))
    try:
        path = lock_files.locate(Path.cwd())
    except NotFoundError:
        return of_prefix(services, services.root.existing(None, None, services.environ))
    return find(services, path.name)


def usual_lock(
    services: Services, name: str | None, prefix: str | None, lock: str | None
) -> tuple[Lock, tuple[PypiPackage, ...], Path | None]:
    """As `usual`, as a lock.

    Returns:
        The lock; what it cannot hold of an environment, because nothing tells where it is from; and the environment's
        prefix, None for a lock.

    Raises:
        NotFoundError: there is none.
        InputError: the file is no lock.
    """
    if lock is None and not (name or prefix) and services.root.active(services.environ) is None:
        try:
            lock = lock_files.locate(Path.cwd()).name
        except NotFoundError:
            lock = None
    if lock is None:
        found = services.root.existing(name, prefix, services.environ)
        return (*lock_of_prefix(services, found), found)
    path = Path(lock).expanduser()
    revision, colon, inside = lock.partition(":")
    if not path.is_file() and not colon and _may_be_name(lock):
        found = services.root.find(lock)
        return (*lock_of_prefix(services, found), found)
    if colon and not path.is_file() and not path.drive:
        from parity.engines import git
        from parity.formats import locks

        text = git.show(revision, inside, directory=Path.cwd(), environ=services.environ)
        return locks.parse(text, file=lock, base=Path.cwd().as_posix(), platform=services.platform), (), None
    return lock_files.read(lock_files.locate(Path.cwd(), lock), platform=services.platform), (), None


def lock_of_prefix(services: Services, prefix: Path) -> tuple[Lock, tuple[PypiPackage, ...]]:
    """An installed environment as a lock; see `parity.core.environment_lock`."""
    from parity.core.environment_lock import lock_of
    from parity.core.lock_places import shared
    from parity.model import PYPI_CHANNEL
    from parity.values import replace

    manifest = services.store.manifest(prefix)
    conda = services.conda.installed(prefix)
    channels: list[str] = []
    for channel in services.channels(manifest.channels):
        channels += [PYPI_CHANNEL] if channel.name == PYPI_CHANNEL else channel.urls
    found, strangers = lock_of(
        conda,
        services.store.installed(prefix),
        manifest,
        platform=services.platform_of(manifest),
        channels=list(dict.fromkeys(channels or [package.channel.rstrip("/") for package in conda])),
        variables=services.store.own_variables(prefix),
    )
    (environment,) = found.environments
    (part,) = environment.locked
    part = replace(part, solution=shared(part.solution, services.places))
    return replace(found, environments=(replace(environment, locked=(part,)),)), strangers


def _of_text(services: Services, text: str, path: Path, label: str) -> Subject:
    from parity.formats import locks

    if locks.detect(path.name, text) is not None:
        base = path.absolute().parent.as_posix()
        only = locks.detect(path.name, text) == "pylock"
        return subject.of_lock(locks.parse(text, file=label, base=base), label, pypi_only=only)
    if path.suffix not in {".yml", ".yaml", ".txt", ""}:
        raise InputError(f"{label} is neither a lock nor an environment file")
    from parity.store import request_files

    request = request_files.parse(
        text, path, environ=services.environ, platform=services.platform, warn=services.output.warn, label=label
    )
    return subject.of_request(request, label)
