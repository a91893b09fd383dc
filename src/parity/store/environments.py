"""Environments on disk, as use cases see them (core.ports.EnvironmentStore)."""

from __future__ import annotations

import glob
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import IntegrityError, StorageError
from parity.model import InstalledPackage, Manifest, MatchSpec
from parity.patterns import regex
from parity.store import files, locks, prefixes, registry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from contextlib import AbstractContextManager

    from parity.core.ports import Progress
    from parity.store.root import Root

MANIFEST = "conda-meta/parity"
HISTORY = "conda-meta/history"
JOURNAL = prefixes.TRANSACTION
_TEMPORARY = regex(rf"(?:\.tmp|prefix_record_)[A-Za-z0-9]{{6}}|\..*{files.TEMPORARY_MARK}[0-9a-f]+")
"""How rattler, uv and Parity call files that get their own name when they are complete."""
STAGE_MARK = ".parity-stage-"
REPLACED_MARK = ".parity-replaced-"


class Environments:
    """Reads and writes environments below one root.

    Args:
        root: where things are.
        platform: subdir of this machine, for prefixes that do not tell theirs.
        progress: told when another process has to be waited for.
        timeout: seconds to wait for a lock; None without end.
        listed: whether new environments enter the list that conda and mamba share.
    """

    def __init__(
        self, root: Root, platform: str, progress: Progress, timeout: float | None = None, *, listed: bool = True
    ) -> None:
        self._root = root
        self._platform = platform
        self._progress = progress
        self._timeout = timeout
        self._listed = listed

    def exists(self, prefix: Path) -> bool:
        return prefixes.exists(prefix)

    def installed(self, prefix: Path) -> tuple[InstalledPackage, ...]:
        return prefixes.installed(prefix, self._platform)

    def wheel_files(self, prefix: Path, names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        from parity.store import prefix_contents

        return prefix_contents.wheel_files(prefix, self._platform, names)

    def manifest(self, prefix: Path) -> Manifest:
        from parity.formats import manifest

        path = prefix / MANIFEST
        try:
            # Bytes that are no UTF-8 are a damage that the parser names.
            return manifest.parse(path.read_text(encoding="utf-8", errors="replace"), file=str(path))
        except FileNotFoundError:
            return Manifest(specs=self._specs_of_others(prefix), platform=self._platform)

    def _specs_of_others(self, prefix: Path) -> tuple[MatchSpec, ...]:
        """What was asked for, from the history that conda, mamba and micromamba write.

        Where it names nothing, as in an environment that another program put together, all that is installed counts as
        asked for, as in conda: nothing may go because nobody is known to want it.
        """
        from parity.formats import history

        try:
            text = (prefix / HISTORY).read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        asked = history.requested_specs(history.parse(text))
        return asked or tuple(
            MatchSpec(package.name) for package in self.installed(prefix) if package.source == "conda"
        )

    def write_manifest(self, prefix: Path, manifest: Manifest) -> None:
        from parity.formats.manifest import dump

        files.atomic_write(prefix / MANIFEST, dump(manifest))

    def history(self, prefix: Path) -> str:
        path = prefix / HISTORY
        try:
            with files.translated(path, "read"):
                return path.read_text(encoding="utf-8", errors="surrogateescape")
        except StorageError:
            if path.exists():
                raise
            return ""

    def append_history(self, prefix: Path, entry: str) -> None:
        # Rewritten as a whole, since half an entry would be taken for a complete one.
        text = self.history(prefix) + entry
        files.atomic_write(prefix / HISTORY, text.encode("utf-8", "surrogateescape"))

    def variables(self, prefix: Path) -> dict[str, str]:
        return dict(prefixes.variables(prefix))

    def own_variables(self, prefix: Path) -> dict[str, str]:
        from parity.core.activation import UNSET

        return {name: value for name, value in prefixes.own_variables(prefix).items() if value != UNSET}

    def set_variables(self, prefix: Path, variables: Mapping[str, str | None]) -> None:
        if variables:
            prefixes.set_variables(prefix, variables)

    def pinned(self, prefix: Path) -> tuple[MatchSpec, ...]:
        from parity.core import specs

        try:
            text = (prefix / "conda-meta" / "pinned").read_text(encoding="utf-8")
        except OSError:
            return ()
        lines = (line.split("#")[0].strip() for line in text.splitlines())
        return tuple(specs.parse(line) for line in lines if line)

    def frozen(self, prefix: Path) -> str | None:
        return prefixes.frozen(prefix)

    def hold(self, prefix: Path, purpose: str) -> AbstractContextManager[None]:
        return locks.hold(self._root.lock_file(prefix), purpose=purpose, progress=self._progress, timeout=self._timeout)

    def recover(self, prefix: Path) -> None:
        # Between the two renames of `publish` nothing has the name; whoever was killed there lost nothing.
        left = _left(prefix, REPLACED_MARK)
        if left and not prefix.exists():
            with files.translated(prefix):
                left[0].rename(prefix)

    def stage(self, prefix: Path) -> Path:
        # The lock of the prefix is held, so any other stage of it was left by a process that is gone.
        with files.translated(prefix.parent, "create"):
            prefix.parent.mkdir(parents=True, exist_ok=True)
            for left in (*_left(prefix, STAGE_MARK), *_left(prefix, REPLACED_MARK)):
                files.delete_tree(left)
            stage = _beside(prefix)
            stage.mkdir()
        return stage

    def publish(self, stage: Path, prefix: Path) -> None:
        with files.translated(prefix):
            old = None
            if prefix.is_dir():
                old = _beside(prefix, REPLACED_MARK)
                prefix.rename(old)
            try:
                stage.rename(prefix)
            except BaseException:
                if old is not None and not prefix.exists():
                    old.rename(prefix)
                raise
        if old is not None:
            files.delete_tree(old)

    def take_in(self, tree: Path, prefix: Path) -> None:
        with files.translated(prefix):
            files.merge_tree(tree, prefix)

    def discard(self, path: Path) -> None:
        # Under the name of a stage, so that whoever makes the environment anew finishes an interrupted deletion.
        if not path.is_dir():
            return
        doomed = path
        if STAGE_MARK not in path.name:
            doomed = _beside(path)
            try:
                path.rename(doomed)
            except OSError:
                # A mount point, or a parent that may not be written: deleted where it stands.
                doomed = path
        files.delete_tree(doomed)

    def mark_building(self, prefix: Path, *, building: bool) -> None:
        mark = prefix / prefixes.BUILDING
        with files.translated(mark):
            if building:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            else:
                mark.unlink(missing_ok=True)

    def sweep(self, prefix: Path) -> None:
        journal = prefix / JOURNAL
        with files.translated(prefix, "remove"):
            try:
                began = journal.stat().st_mtime
            except FileNotFoundError:
                return
            for directory, _, names in os.walk(prefix, topdown=False):
                for name in filter(_TEMPORARY.fullmatch, names):
                    path = Path(directory, name)
                    # A hard link has the times of its origin, but for the one at which it was made.
                    if path.lstat().st_ctime >= began:
                        path.unlink()
                if os.stat(directory).st_mtime >= began:  # noqa: PTH116
                    with suppress(OSError):  # it is not empty
                        os.rmdir(directory)  # noqa: PTH106

    def register(self, prefix: Path) -> None:
        if self._listed:
            registry.add(self._root.home, prefix)

    def unregister(self, prefix: Path) -> None:
        registry.remove(self._root.home, prefix)

    def journal(self, prefix: Path) -> str | None:
        try:
            return (prefix / JOURNAL).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IntegrityError(
                f"the journal of an interrupted change cannot be read: {prefix / JOURNAL}",
                hints=["remove that file, then `parity install` with what the environment needs"],
            ) from error

    def write_journal(self, prefix: Path, text: str | None) -> None:
        if text is not None:
            files.atomic_write(prefix / JOURNAL, text)
        else:
            with suppress(FileNotFoundError):
                os.unlink(prefix / JOURNAL)  # noqa: PTH108


def _beside(prefix: Path, mark: str = STAGE_MARK) -> Path:
    """A hidden name for an environment that is half made, half deleted or being replaced."""
    return prefix.with_name(f".{prefix.name}{mark}{os.urandom(3).hex()}")


def _left(prefix: Path, mark: str) -> list[Path]:
    """What stands beside a prefix under such names; sorted."""
    return sorted(prefix.parent.glob(f".{glob.escape(prefix.name)}{mark}*"))
