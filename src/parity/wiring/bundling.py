"""Offline bundles: every file that a lock names, carried to where there is no network."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import bundle
from parity.core.pack import PackedFile
from parity.errors import InputError, NotFoundError, RefusedError
from parity.store import archives, lock_files, parts
from parity.store.files import TEMPORARY_MARK, translated
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parity.model import Package, Solution
    from parity.wiring import Services


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was written.

    Attributes:
        path: of the archive or directory.
        platforms: names of the lock's platforms that it is for.
        files: how many files of packages it holds.
        size: bytes of these.
        parts: that stand in place of an archive, in order; empty where it is one file.
    """

    path: Path
    platforms: tuple[str, ...]
    files: int
    size: int
    parts: tuple[Path, ...] = ()


def make(
    services: Services,
    lock: Path,
    output: Path,
    *,
    platforms: Sequence[str] = (),
    along: Sequence[Path] = (),
    split: int | None = None,
) -> Bundled:
    """Fetch every file of a lock, each held against its SHA-256, and put them into one archive or directory.

    Args:
        services: of this call.
        lock: in any format.
        output: `.tar.zst`, `.tar.gz` or `.zip`; a name without such an ending is a directory.
        platforms: names or subdirs of the lock's platforms; all where empty.
        along: further files to put into it, as an installer of Parity.
        split: bytes of each part that an archive is split into; None for one file.

    Raises:
        InputError: the output is no kind of archive, or a directory that should be split.
        NotFoundError: the lock has no such platform; or a file that should go along is not there.
        RefusedError: it names what is no file: repositories and directories.
        IntegrityError, NetworkError, OfflineError: a file cannot be had, or is another.
    """
    import shutil
    from concurrent.futures import ThreadPoolExecutor
    from tempfile import TemporaryDirectory

    from parity.engines.pypi_download import Downloader
    from parity.engines.pypi_request import secrets_of
    from parity.wiring.packing import lock_text, source_date

    if split is not None and _is_directory(output):
        raise InputError("a directory is not split", hints=["name a bundle .tar.zst, .tar.gz or .zip"])
    for path in along:
        if not path.is_file():
            raise NotFoundError(f"there is no file {path}")
    found = lock_files.read(lock, platform=services.platform)
    names = [one.name for one in found.platforms if not platforms or {one.name, one.subdir} & set(platforms)]
    unknown = set(platforms) - {name for one in found.platforms for name in (one.name, one.subdir)}
    if unknown or not names:
        known = ", ".join(one.name for one in found.platforms)
        raise NotFoundError(f"{lock.name} is not for {', '.join(sorted(unknown))}", hints=[f"it is for {known}"])
    packages: list[Package] = []
    for environment in found.environments:
        for part in environment.locked:
            if part.platform in names:
                packages += services.localise(part.solution)
    files, without = bundle.artifacts(packages)
    if without:
        raise RefusedError(
            f"no file with a hash stands for these in the lock, so that they cannot be carried: {', '.join(without)}",
            hints=["lock built packages instead of repositories and directories"],
        )
    secrets = services.secrets
    services.channels([channel for environment in found.environments for channel in environment.channels])
    downloader = Downloader(
        {**secrets_of(secrets.values()), **secrets_of(services.index_urls)},
        services.environ,
        offline=services.offline,
        progress=services.progress,
    )

    def with_token(url: str) -> str:
        base = next(
            (base for base in secrets if url.startswith(base.rstrip("/") + "/") and "@" not in secrets[base]), ""
        )
        return secrets[base].rstrip("/") + url[len(base.rstrip("/")) :] if base else url

    services.root.cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=services.root.cache, prefix=TEMPORARY_MARK) as scratch:
        top = Path(scratch)
        (top / bundle.LOCK).write_bytes(lock_text(services, lock))

        def fetch(one: bundle.Artifact) -> None:
            target = top / one.path
            target.parent.mkdir(parents=True)
            downloader.file(with_token(one.url), target, {"sha256": one.sha256}, one.what, size=one.size)

        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="download") as pool:
            for job in [pool.submit(fetch, one) for one in files]:
                job.result()
        others = [bundle.along(path.name) for path in along]
        for path, name in zip(along, others, strict=True):
            target = top / name
            target.parent.mkdir(exist_ok=True)
            with translated(path, "read"):
                shutil.copyfile(path, target)
        size = sum((top / one.path).stat().st_size for one in files)
        listed = [PackedFile(name) for name in (bundle.LOCK, *others, *(one.path for one in files))]
        listed.sort(key=lambda one: one.path)
        if _is_directory(output):
            with translated(output, "create"):
                output.mkdir(parents=True, exist_ok=True)
                shutil.copytree(top, output, dirs_exist_ok=True)
        else:
            kind = archives.kind_of(output)
            if kind in archives.IMAGES:
                raise InputError("a bundle is a directory or an archive", hints=["name it .tar.zst, .tar.gz or .zip"])
            archives.write(output, kind, top, listed, moment=source_date(services))
    taken = parts.split(output, split) if split is not None else ()
    return Bundled(output, tuple(names), len(files), size, taken)


def _is_directory(output: Path) -> bool:
    return output.is_dir() or not any(output.name.lower().endswith(suffix) for suffix in archives.SUFFIXES)


@contextmanager
def opened(services: Services, places: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Bundles as directories, archives unpacked for as long as the body runs.

    Raises:
        NotFoundError: there is no such file or directory.
        IntegrityError: an archive is damaged.
    """
    from tempfile import TemporaryDirectory

    found = []
    services.root.cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=services.root.cache, prefix=TEMPORARY_MARK) as scratch:
        for number, place in enumerate(places):
            if place.is_dir():
                found.append(place.absolute())
                continue
            target = Path(scratch, str(number))
            target.mkdir()
            with parts.whole(place, services.root.cache) as file:
                if not file.exists():
                    raise NotFoundError(f"there is no {place}", hints=["name a bundle, or a directory of packages"])
                with services.progress.stage(f"Unpacking {file.name}"):
                    archives.extract(file, target)
            found.append(target)
        yield tuple(found)


def lock_in(directory: Path) -> Path | None:
    """The lock that a bundle brings; None for a plain directory of packages."""
    path = directory / bundle.LOCK
    return path if path.is_file() else None


def use(services: Services, solution: Solution, bundles: Sequence[Path]) -> None:
    """Take the files of a solution from bundles: into the cache of conda packages, and in place of wheels' addresses.

    Only what has the SHA-256 of the lock is taken. Where all is there, the network is not asked for anything.
    """
    import hashlib

    by_name: dict[str, list[Path]] = {}
    for directory in bundles:
        for path in sorted(directory.rglob("*")):
            by_name.setdefault(path.name, []).append(path)

    def find(one: bundle.Artifact) -> Path | None:
        for path in by_name.get(one.name, ()):
            if path.is_file():
                with path.open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() == one.sha256:
                        return path
        return None

    files, without = bundle.artifacts(solution)
    here = {one.sha256: place for one in files if (place := find(one)) is not None}
    conda = [package for package in solution.conda if package.sha256 in here and not package.url.startswith("file:")]
    if conda:
        moved = [replace(package, url=here[str(package.sha256)].as_uri()) for package in conda]
        services.conda.prefetch(moved, platform=solution.platform)
    if not without and len(here) == len(files):
        services.work_offline()
    if solution.pypi:
        services.pypi.use_local(here)
