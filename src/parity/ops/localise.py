"""The interpreters of a lock on this machine: found, taken from a bundle or channel, or made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.lock_places import INTERPRETERS, is_interpreter, moved
from parity.errors import IntegrityError, NotFoundError, ParityError
from parity.model import MatchSpec
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from parity.core.ports import CondaEngine, InterpreterSource
    from parity.model import Channel, CondaPackage, Solution


@dataclass(frozen=True, slots=True)
class Places:
    """Where interpreters may be.

    Attributes:
        directory: Parity's own channel of them.
        url: of that directory.
        bundles: directories that a person names, searched at any depth.
        channels: configured channels, which may have the same package.
        host: subdir of this machine.
        others: base URL in a lock -> base URL here, for channels that are mirrored by a directory.
    """

    directory: Path
    url: str
    bundles: Sequence[Path] = ()
    channels: Sequence[Channel] = ()
    host: str = ""
    others: Mapping[str, str] | None = None


def localise(
    solution: Solution,
    places: Places,
    conda: CondaEngine,
    interpreters: Callable[[], InterpreterSource],
) -> Solution:
    """A solution of a lock with URLs that hold on this machine.

    An interpreter is looked for in Parity's own channel, in the bundles, in the configured channels; then it is made
    again from a Python of this host. Only the one with the SHA-256 of the lock is taken.

    Raises:
        NotFoundError: none is in reach; says how to get it.
        IntegrityError: what could be made here is another one.
    """
    found = [_here(each, places, conda, interpreters) if is_interpreter(each) else moved(each, places.others or {})
             for each in solution.conda]  # fmt: skip
    return replace(solution, conda=tuple(found))


def _here(
    package: CondaPackage, places: Places, conda: CondaEngine, interpreters: Callable[[], InterpreterSource]
) -> CondaPackage:
    local = moved(package, {INTERPRETERS: places.url})
    target = places.directory / package.subdir / package.fn
    if _is(target, package) or _from_bundle(package, target, places.bundles, conda, places.directory):
        return local
    taken = _from_channel(package, places.channels, conda)
    if taken is not None:
        return taken
    if package.subdir not in {places.host, "noarch"}:
        raise _missing(package, f"it can be made on a {package.subdir} machine only", places)
    try:
        # python_abi, which is made beside an interpreter, has the version of its series.
        wanted = f"=={package.version}" if package.name == "python" else f"{package.version}.*"
        interpreters().provide(MatchSpec("python", wanted), places.host)
    except NotFoundError as error:
        raise _missing(package, error.message, places) from error
    if _is(target, package):
        return local
    there = sorted(path.name for path in target.parent.glob(f"{package.name}-{package.version}-*.conda"))
    raise IntegrityError(
        f"{package.fn} of the lock was made from a Python on another machine, and the one that was made here is "
        f"another: {', '.join(there) or 'none of this version'}",
        hints=_how(package),
    )


def _is(path: Path, package: CondaPackage) -> bool:
    import hashlib

    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == package.sha256


def _from_bundle(
    package: CondaPackage, target: Path, bundles: Sequence[Path], conda: CondaEngine, channel: Path
) -> bool:
    import shutil

    for bundle in bundles:
        if not bundle.is_dir():
            raise NotFoundError(f"{bundle} is no directory", hints=["name one that holds packages with --from"])
        for path in sorted(bundle.rglob(package.fn)):
            if _is(path, package):
                target.parent.mkdir(parents=True, exist_ok=True)
                part = target.with_name(f".{target.name}.part")
                shutil.copyfile(path, part)
                part.replace(target)
                conda.index(channel)
                return True
    return False


def _from_channel(package: CondaPackage, channels: Sequence[Channel], conda: CondaEngine) -> CondaPackage | None:
    if not channels:
        return None
    spec = MatchSpec(package.name, f"=={package.version}", package.build)
    try:
        found = conda.search(spec, channels, package.subdir)
    except ParityError:
        return None  # a channel that cannot be reached has nothing; what else there is is tried
    return next((each for each in found if each.sha256 == package.sha256), None)


def _missing(package: CondaPackage, why: str, places: Places) -> NotFoundError:
    tried = f"; not found in {', '.join(map(str, places.bundles))}" if places.bundles else ""
    return NotFoundError(
        f"the lock holds a Python that was made from one of another machine ({package.subdir}/{package.fn}), "
        f"and it is not here: {why}{tried}",
        hints=_how(package),
    )


def _how(package: CondaPackage) -> list[str]:
    place = f"PARITY_ROOT/interpreters/{package.subdir}"
    return [
        f"copy it from {place} of the machine where the lock was made, and name its directory here with --from DIR",
        "or put it into a channel that you use",
        "or lock with a channel that has Python, as conda-forge: its packages are the same for every machine",
    ]
