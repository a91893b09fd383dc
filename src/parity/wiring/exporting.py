"""A lock, or an environment as one, as the text of a format; the command line and the library both come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.lock_places import INTERPRETERS
from parity.values import replace

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.lock import Lock
    from parity.formats.locks import Form
    from parity.model import PypiPackage
    from parity.wiring import Services

FORMATS = {
    "parity": "parity",
    "pixi": "pixi",
    "conda-lock": "conda-lock",
    "explicit": "explicit",
    "pylock": "pylock",
    "environment-yml": "environment",
}
"""What a person calls a format -> what `formats.locks` calls it."""


def render(
    lock: Lock,
    kind: str,
    services: Services,
    *,
    strangers: tuple[PypiPackage, ...] = (),
    environment: str = "",
    platform: str = "",
    form: Form = "full",
    md5: bool = False,
    base: Path,
    prefix: Path | None = None,
    with_prefix: bool = False,
    channels: list[str] | None = None,
    only_these_channels: bool = False,
) -> str:
    """The text of a lock in a format; says what is lost.

    Args:
        lock: to write.
        kind: as `formats.locks` calls it.
        services: of this call.
        strangers: installed packages that no lock can hold.
        environment: of the lock.
        platform: of the lock; "" for all that the format can hold.
        form: of an environment.yml.
        md5: digests of an explicit list.
        base: directory that the file will stand in.
        prefix: of the environment it comes from.
        with_prefix: name the prefix in an environment.yml.
        channels: to name first in an environment.yml.
        only_these_channels: name no other ones.
    """
    from parity.formats import locks

    if kind in {"explicit", "pylock", "environment"} and not platform:
        subdirs = {each.subdir for each in lock.platforms}
        names = {each.name for each in lock.platforms}
        if len(names) > 1 and services.host_platform in subdirs:
            platform = services.host_platform
    if kind == "environment":
        # Here a name and a version are enough.
        lock = _changed(lock, strangers, channels or [], only_these_channels)
    elif strangers:
        services.progress.warn(
            "installed with pip and left out, because nothing tells where from: "
            + ", ".join(sorted(package.name for package in strangers))
        )
    text = locks.render(
        lock,
        kind,
        environment=environment,
        platform=platform,
        base=base.as_posix(),
        hashes="md5" if md5 else "sha256",
        form=form,
        name=services.root.display_name(prefix) if prefix is not None else None,
        prefix=str(prefix) if prefix is not None and with_prefix else "",
        channel_name=services.channel_name,
    )
    losses = locks.losses(lock, kind) if kind != "environment" else ()
    if losses:
        services.output.note(f"the format cannot hold {', '.join(losses)}")
    if kind in {"pixi", "conda-lock", "explicit"} and f"{INTERPRETERS}/" in text:
        services.progress.warn(
            "its Python is one that Parity packaged from a machine's own, which nothing can be fetched from: other "
            "programs cannot make this environment; name a conda channel that has a Python to get one they can"
        )
    return text


def _changed(lock: Lock, strangers: tuple[PypiPackage, ...], channels: list[str], only_these: bool) -> Lock:
    """The lock with packages that have no file, and with other channels."""
    return replace(
        lock,
        environments=tuple(
            replace(
                each,
                channels=tuple(dict.fromkeys([*channels, *(() if only_these else each.channels)])),
                locked=tuple(
                    replace(part, solution=replace(part.solution, pypi=(*part.solution.pypi, *strangers)))
                    for part in each.locked
                ),
            )
            for each in lock.environments
        ),
    )
