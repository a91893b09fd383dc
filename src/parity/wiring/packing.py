"""Packs: from an environment or a lock to an archive, and back; the command line and the library both come here."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.pack import ACTIVATE, META, UNPACK
from parity.errors import EngineError, InputError, NotFoundError
from parity.store import archives, lock_files, parts, prefixes, scan
from parity.store.files import TEMPORARY_MARK
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parity.core.pack import Packed
    from parity.core.ports import EnvironmentStore, Progress
    from parity.model import InstalledPackage, Manifest, PypiPackage
    from parity.wiring import Services
    from parity.wiring.syncing import Choice

INSIDE = Path(archives.__file__).with_name("inside")
"""The directory with what every pack holds."""

_PROGRAMS = {
    "mksquashfs": "squashfs-tools",
    "unsquashfs": "squashfs-tools",
    "mkfs.erofs": "erofs-utils",
    "fsck.erofs": "erofs-utils",
}
"""Programs that make and read images, and the packages of Linux distributions and conda-forge that have them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A pack that was written.

    Attributes:
        path: of the archive.
        fingerprint: of the environment in it.
        sha256: (hex) of the archive.
        size: bytes of the archive.
        files: how many files and links the environment has.
        unpacked: bytes of these files.
        warnings: what will not work elsewhere.
        parts: that stand in place of the archive, in order; empty where it is one file.
    """

    path: Path
    fingerprint: str
    sha256: str
    size: int
    files: int
    unpacked: int
    warnings: tuple[str, ...]
    parts: tuple[Path, ...] = ()


def pack(
    services: Services,
    prefix: Path,
    output: Path,
    *,
    as_is: bool = False,
    lock: bytes | None = None,
    split: int | None = None,
) -> Made:
    """Write an environment into an archive.

    Args:
        services: of this call.
        prefix: absolute path of the environment.
        output: the archive; its name says of which kind.
        as_is: also where files are not what their packages hold.
        lock: text of the lock that goes with it; None to write one from what is installed.
        split: bytes of each part that the archive is split into; None for one file.

    Raises:
        InputError: the name of the archive means no kind.
        RefusedError: it holds what cannot be taken along.
        NotFoundError: the program that makes such an image is not installed.
        StorageError: it cannot be written.
    """
    import hashlib

    kind = archives.kind_of(output)
    moment = source_date(services)
    if kind in archives.IMAGES:
        _program("mksquashfs" if kind == "squashfs" else "mkfs.erofs", services)
    ready = prepare(services, prefix, as_is=as_is, lock=lock)
    with services.progress.stage(f"Writing {output.name}"):
        archives.write(output, kind, prefix, ready.packed.files, moment=moment, run=lambda argv: _run(services, argv))
    with output.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    packed, size = ready.packed, output.stat().st_size
    names = parts.split(output, split) if split is not None else ()
    return Made(output, packed.fingerprint, digest, size, len(packed.files), ready.size, packed.warnings, names)


@dataclass(frozen=True, slots=True)
class Ready:
    """An environment as it goes into an archive.

    Attributes:
        packed: its files.
        size: bytes of these.
        installed: its packages.
    """

    packed: Packed
    size: int
    installed: Sequence[InstalledPackage]


def prepare(
    services: Services,
    prefix: Path,
    *,
    as_is: bool = False,
    lock: bytes | None = None,
    without: Callable[[str], str] | None = None,
    strip: bool = False,
    extra: Mapping[str, tuple[bytes, bool]] | None = None,
) -> Ready:
    """What goes into an archive of an environment.

    Args:
        services: of this call.
        prefix: absolute path of the environment.
        as_is: as for `pack`, like `lock`.
        lock: text of the lock.
        without: by which rule a file is left out; see `ops.pack.Source`, like `strip`.
        strip: leave out symbols of programs.
        extra: further files, by path: content and whether they can be executed.

    Raises: as `pack`.
    """
    from parity import __version__
    from parity.core.platforms import layout
    from parity.ops.pack import Source
    from parity.ops.pack import pack as op
    from parity.store import prefix_contents
    from parity.wiring import standing

    services.heal(prefix)
    found = standing.scan(services, prefix)
    manifest = services.store.manifest(prefix)
    platform = services.platform_of(manifest)
    owners = list(prefix_contents.owners(prefix, platform))
    installed = services.store.installed(prefix)
    python = next((package for package in installed if package.name == "python" and package.source == "conda"), None)
    site = ""
    if python is not None:
        series = ".".join(python.version.split(".")[:2])
        site = next((path.removesuffix("/README.txt") for owner in owners if owner.name == "python"
                     for path in owner.paths if path.endswith("/site-packages/README.txt")),
                    layout(platform).site_packages(series))  # fmt: skip
    source = Source(
        scan=found,
        installed=installed,
        platform=platform,
        site=site,
        variables=services.store.own_variables(prefix),
        owned={path for owner in owners for path in owner.paths},
        version=__version__,
        places=services.places,
        as_is=as_is,
        without=without,
        strip=strip,
    )
    packed = op(source, {**_own_files(services, prefix, lock, source_date(services)), **(extra or {})})
    sizes = (len(one.content) if one.content is not None else found.sizes.get(one.path, 0) for one in packed.files)
    return Ready(packed, sum(sizes), installed)


@contextmanager
def from_lock(services: Services, choice: Choice) -> Iterator[Path]:
    """An environment as a lock says, for as long as the body runs.

    Raises: as `syncing.sync`.
    """
    import tempfile

    from parity.wiring import syncing

    services.root.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=services.root.cache, prefix=TEMPORARY_MARK) as directory:
        prefix = Path(directory, "env")
        try:
            syncing.sync(services, prefix, choice, confirm=lambda _: True, new=True)
            yield prefix
        finally:
            services.store.unregister(prefix)


def source_date(services: Services) -> int:
    """Time of every entry of an archive, seconds since the epoch: SOURCE_DATE_EPOCH, else 0.

    Raises:
        InputError: the variable is no number.
    """
    text = services.environ.get("SOURCE_DATE_EPOCH", "").strip() or "0"
    if not text.isdecimal() or int(text) >= 1 << 32:
        raise InputError(f"SOURCE_DATE_EPOCH is `{text}`, and should be a number of seconds since 1970")
    return int(text)


def lock_text(services: Services, path: Path) -> bytes:
    """A lock in any format as the text of a `parity.lock`."""
    from parity.formats import locks, parity_lock

    data = lock_files.read_bytes(path)
    text = lock_files.decode(data, str(path))
    if locks.detect(path.name, text) == "parity":
        return data
    base = path.absolute().parent.as_posix()
    return parity_lock.render(locks.parse(text, file=str(path), base=base, platform=services.platform)).encode()


def _own_files(services: Services, prefix: Path, lock: bytes | None, moment: int) -> dict[str, tuple[bytes, bool]]:
    """What a pack has of its own: its lock, what makes it work without Parity, and bookkeeping that tells no time."""
    from datetime import UTC, datetime

    from parity.formats import history, parity_lock
    from parity.formats import manifest as manifest_format
    from parity.wiring.subjects import lock_of_prefix

    manifest = services.store.manifest(prefix)
    if lock is None:
        made, strangers = lock_of_prefix(services, prefix)
        if strangers:
            services.progress.warn(
                "the lock in the pack does not name these, because nothing tells where they are from: "
                + ", ".join(package.name for package in strangers)
            )
        text = parity_lock.render(made)
        for directory in {_directory(package) for package in manifest.pypi} - {""}:
            text = text.replace(f" {directory}/", " /")
        lock = text.encode()
    asked = _anywhere(manifest)
    dists = sorted(path.stem for path in (prefix / "conda-meta").glob("[!.]*.json"))
    date = datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
    entry = history.Revision(date, "parity pack", update=tuple(map(str, asked.specs)), added=tuple(dists))
    return {
        ACTIVATE: ((INSIDE / "activate").read_bytes(), True),
        UNPACK: ((INSIDE / "parity-unpack").read_bytes(), True),
        f"{META}/relocate.py": ((INSIDE / "relocate.py").read_bytes(), False),
        f"{META}/variables.sh": (_shell_variables(prefix).encode(), False),
        f"{META}/parity.lock": (lock, False),
        "conda-meta/parity": (manifest_format.dump(asked).encode(), False),
        "conda-meta/history": (history.render_entry(entry).encode(), False),
    }


def _anywhere(manifest: Manifest) -> Manifest:
    """What was asked for, without directories of this machine: files on its disk keep their names."""

    def moved(package: PypiPackage) -> PypiPackage:
        directory = _directory(package)
        if not directory:
            return package
        name = package.url.rpartition("/")[2]
        return replace(package, url=f"file:///{name}", pin=package.pin.replace(f'"{directory}/', '"/'))

    def plain(text: str) -> str:
        for directory in directories:
            text = text.replace(f"{directory}/", "/")
        return text

    directories = {_directory(package) for package in manifest.pypi} - {""}
    pip = tuple(replace(line, base="", text=plain(line.text), value=plain(line.value)) for line in manifest.pip)
    return replace(manifest, lock="", state="", pip=pip, pypi=tuple(map(moved, manifest.pypi)))


def _directory(package: PypiPackage) -> str:
    """Where a wheel stands on this machine's disk; "" for one that does not."""
    from urllib.parse import unquote

    return unquote(package.url.removeprefix("file://").rpartition("/")[0]) if package.url.startswith("file://") else ""


def _shell_variables(prefix: Path) -> str:
    from parity.core.activation import UNSET, is_variable
    from parity.core.shells.posix import quote

    lines = ["# The environment variables of this environment.\n"]
    for name, value in sorted(prefixes.variables(prefix).items()):
        if is_variable(name):
            lines.append(f"unset {name}\n" if value == UNSET else f"export {name}={quote(value)}\n")
    return "".join(lines)


def unpack(services: Services, archive: Path, prefix: Path, *, replace_existing: bool = False) -> str:
    """Put the environment of a pack in place, verified.

    Args:
        services: of this call.
        archive: the pack, of any kind; also where it is there in parts.
        prefix: absolute path of the environment.
        replace_existing: put it in the place of one that stands there.

    Returns:
        Its fingerprint.

    Raises: as `ops.unpack.unpack`.
    """
    from parity.ops.create import make_room
    from parity.ops.unpack import unpack as op

    if prefix == services.root.path or prefixes.exists(prefix):
        services.refuse_protected(prefix)
    with parts.whole(archive, services.root.cache) as file:
        kind = archives.detect(file)
        if kind in archives.IMAGES:
            _program("unsquashfs" if kind == "squashfs" else "fsck.erofs", services)
        return op(
            file,
            prefix,
            _Parts(services),
            platform=services.host_platform,
            make_room=lambda: make_room(prefix, services.workshop, replace_existing=replace_existing),
        )


class _Parts:
    """What `ops.unpack` needs of the disk."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.store: EnvironmentStore = services.store
        self.progress: Progress = services.progress

    def extract(self, archive: Path, target: Path) -> None:
        archives.extract(archive, target, run=lambda argv: _run(self._services, argv))

    def fingerprint(self, place: Path) -> str:
        from parity.core.prints import make

        found = scan.scan(place, progress=self.progress)
        packages = [(package.name, package.version, package.build) for package in found.packages]
        return make("", found.entries, packages, self.store.own_variables(place), owners={}).fingerprint.root

    def relocate(self, place: Path, prefix: Path) -> Sequence[str]:
        from parity.store.inside.relocate import RelocationError, relocate

        try:
            return relocate(str(place), str(prefix))
        except RelocationError as error:
            raise InputError(str(error), hints=["choose another place with -p"]) from error

    def note(self, place: Path, prefix: Path) -> None:
        from parity.store import file_notes, prefix_contents

        file_notes.write(place, prefix_contents.owners(place, self._services.platform), prefix=prefix)


def _program(name: str, services: Services) -> str:
    """Where a program of another project is.

    Raises:
        NotFoundError: it is not installed.
    """
    from parity.ops.run import find_program

    path = services.environ.get("PATH", os.defpath) + os.pathsep + os.pathsep.join(("/usr/sbin", "/sbin"))
    found = find_program(name, path)
    if found is None:
        package = _PROGRAMS.get(name, name)
        raise NotFoundError(
            f"the program {name} is needed for this and is not installed",
            hints=[f"it comes with the package {package} of Linux distributions and conda-forge"],
        )
    return found


def _run(services: Services, argv: Sequence[str]) -> None:
    from parity.engines import process

    done = process.run([_program(argv[0], services), *argv[1:]], env={**services.environ, "LC_ALL": "C", "TZ": "UTC"})
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise EngineError(f"{argv[0]} failed: {said[-1] if said else f'exit code {done.returncode}'}")
