"""A pack put in place: checked against the fingerprint inside of it, and written for its path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from parity.core.pack import ACTIVATE, META, UNPACK
from parity.errors import InputError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parity.core.ports import EnvironmentStore, Progress

    class Parts(Protocol):
        """What unpacking needs of the disk, put together in `wiring.packing`."""

        store: EnvironmentStore
        progress: Progress

        def extract(self, archive: Path, target: Path) -> None:
            """Unpack an archive into an empty directory, and nowhere else."""

        def fingerprint(self, place: Path) -> str:
            """The fingerprint of what stands in a directory."""

        def relocate(self, place: Path, prefix: Path) -> Sequence[str]:
            """Write the path of an environment into its files; returns those that are not as they should be."""

        def note(self, place: Path, prefix: Path) -> None:
            """Note what no record tells of the files."""


def unpack(archive: Path, prefix: Path, parts: Parts, *, platform: str, make_room: Callable[[], None]) -> str:
    """Put an environment from a pack in place.

    Args:
        archive: the pack.
        prefix: absolute path of the environment.
        parts: of the disk.
        platform: subdir of this machine.
        make_room: refuses where something stands there that would be lost.

    Returns:
        Its fingerprint, which is the one that the pack tells.

    Raises:
        IntegrityError: the pack is damaged, or does not hold what it says.
        InputError: it is no pack, or one for another platform, or the path does not fit into its files.
        StorageError: it cannot be written, or something stands there.
    """
    store = parts.store
    with store.hold(prefix, f"make {prefix}"):
        make_room()
        stage = store.stage(prefix)
        try:
            with parts.progress.stage("Unpacking"):
                parts.extract(archive, stage)
            meta = _meta(stage, archive)
            _check_platform(meta, platform, archive)
            with parts.progress.stage("Verifying"):
                found = parts.fingerprint(stage)
            if found != meta["fingerprint"]:
                raise IntegrityError(
                    f"{archive.name} does not hold what it says: it has the fingerprint {found}, and should have "
                    f"{meta['fingerprint']}",
                    hints=["fetch or make it again; nothing of it is used"],
                )
            changed = parts.relocate(stage, prefix)
            if changed:
                raise IntegrityError(
                    f"{archive.name} is broken: {', '.join(changed[:5])} cannot be written for its place"
                )
            for name in (ACTIVATE, UNPACK):
                (stage / name).unlink(missing_ok=True)
            parts.note(stage, prefix)
            store.publish(stage, prefix)
            store.register(prefix)
        finally:
            store.discard(stage)
    return str(found)


def _meta(stage: Path, archive: Path) -> dict[str, Any]:
    path = stage / META / "pack.json"
    if not path.is_file():
        raise InputError(
            f"{archive.name} is no pack of Parity's: it has no {META}/pack.json",
            hints=["`parity sync --from FILE` installs from a bundle of downloads"],
        )
    try:
        meta = json.loads(path.read_bytes())
        version = int(meta["version"])
        complete = {"fingerprint", "platform", "files", "links"} <= meta.keys()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(f"{archive.name} is broken: {META}/pack.json cannot be read: {error}") from error
    if version != 1:
        raise InputError(f"{archive.name} is a pack of version {version}, which a newer Parity reads",
                         hints=["update Parity"])  # fmt: skip
    if not complete:
        raise IntegrityError(f"{archive.name} is broken: {META}/pack.json lacks a field")
    return dict(meta)


def _check_platform(meta: dict[str, Any], platform: str, archive: Path) -> None:
    if meta["platform"] not in {platform, "noarch", ""}:
        raise InputError(
            f"{archive.name} is for {meta['platform']}, and this machine is {platform}",
            hints=["make a pack from the same lock on such a machine"],
        )
