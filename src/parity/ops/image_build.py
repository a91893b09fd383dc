"""Installs a lock for an image: into a scratch directory, with the path in it that it will have in the image.

Nothing of the machine, the person or the moment enters what is made; where an installer writes such things down, the
image gets something else instead (`Assembled.instead`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import RefusedError
from parity.formats import history, image_files, manifest
from parity.model import Manifest, Solution
from parity.ops import ownership, wheels
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from parity.core.records import Owner
    from parity.model import MatchSpec, Source
    from parity.ops.transaction import Workshop


@dataclass(frozen=True, slots=True)
class Goal:
    """What an image shall hold.

    Attributes:
        solution: packages with URLs that hold on this machine.
        neutral: the same packages as every machine reads them in the lock.
        specs: what was asked for.
        channels: base URLs, highest priority first.
        variables: of the environment.
        prefix: its path in the image.
        moment: time of everything in the image.
    """

    solution: Solution
    neutral: Solution
    specs: Sequence[MatchSpec]
    channels: Sequence[str]
    variables: Mapping[str, str]
    prefix: Path
    moment: datetime


@dataclass(frozen=True, slots=True)
class Assembled:
    """An environment for an image.

    Attributes:
        owners: source and name of the package of each path.
        instead: content for paths that the image shall have otherwise than they are on disk; None to leave one out.
        unrun: names of packages with link scripts, which were not run.
    """

    owners: Mapping[str, tuple[Source, str]]
    instead: Mapping[str, bytes | None]
    unrun: tuple[str, ...] = ()


def check(solution: Solution) -> None:
    """Refuse what would not be a function of the lock alone, before anything is fetched.

    Raises:
        RefusedError: packages that are built on the spot.
    """
    built = [package.name for package in solution.pypi if package.editable or not package.is_wheel]
    if built:
        raise RefusedError(
            f"each machine builds these packages anew, so that an image would differ: {', '.join(built)}",
            hints=["build a wheel of each and lock that", "or take the files of an environment: --from-prefix PREFIX"],
        )


def assemble(
    place: Path, goal: Goal, shop: Workshop, owners: Callable[[Path], Sequence[Owner]], *, host: str
) -> Assembled:
    """Install packages into a directory for an image.

    Args:
        place: empty directory.
        goal: what to install.
        shop: engines and stores; of its settings only those count that change no byte.
        owners: packages of an installed environment with their files.
        host: subdir of this machine, which runs no Python of another.

    Raises:
        RefusedError: a wheel would overwrite a conda package's file, or cannot be installed for another platform here.
        ParityError: as engines raise it.
    """
    solution = goal.solution
    # Scripts of packages could write anything anywhere, times and paths of this machine among it.
    shop = replace(shop, run_scripts=False, compile=None)
    outcome = shop.conda.link(
        place, solution.conda, platform=solution.platform, written_prefix=goal.prefix, requested=goal.specs
    )
    ready = wheels.lay_out(place, goal.prefix, solution, shop)
    if ready is None and solution.platform != host:
        raise RefusedError(
            f"wheels for {solution.platform} that only its own Python can install: this machine does not run it",
            hints=[f"build the image on a machine that is {solution.platform}"],
        )
    brought = wheels.bring_in(place, goal.prefix, solution, ready, shop)
    ownership.settle(place, solution, shop, told=False, known=brought.files)
    shop.store.set_variables(place, dict(goal.variables))
    by_path: dict[str, tuple[Source, str]] = {}
    for owner in owners(place):
        source: Source = "conda" if owner.source == "conda" else "pypi"
        by_path.update(dict.fromkeys(owner.paths, (source, owner.name)))
    by_path.update({f"conda-meta/{each.dist}.json": ("conda", each.name) for each in solution.conda})
    _neutral_records(place, by_path)
    if shop.note is not None:  # which looks at the records
        shop.note(place, goal.prefix, None, False, outcome.notes, bool(solution.pypi))
    return Assembled(by_path, _instead(place, goal), outcome.with_scripts)


def _neutral_records(place: Path, owners: Mapping[str, tuple[Source, str]]) -> None:
    """Take out of the metadata of wheels what tells of the machine."""
    for info in sorted(place.glob("lib/python3*/site-packages/*.dist-info")):
        record = info / "RECORD"
        owner = owners.get(record.relative_to(place).as_posix())
        if owner is None or owner[0] != "pypi" or not record.is_file():
            continue
        local = [name for name in image_files.LOCAL_NOTES if (info / name).exists()]
        direct = info / "direct_url.json"
        if direct.exists() and image_files.is_local(direct.read_bytes()):
            local.append(direct.name)
        text = record.read_text(encoding="utf-8")
        # Both may be hard links into the cache.
        for name in (*local, record.name):
            (info / name).unlink()
        record.write_text(image_files.wheel_record(text, {f"{info.name}/{name}" for name in local}), encoding="utf-8")


def _instead(place: Path, goal: Goal) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    known = {package.name: package for package in goal.neutral.conda}
    for package in goal.solution.conda:
        path = f"conda-meta/{package.dist}.json"
        found[path] = image_files.conda_record((place / path).read_bytes(), known.get(package.name))
    asked = Manifest(
        specs=tuple(goal.specs),
        channels=tuple(goal.channels),
        pypi=goal.neutral.pypi,
        platform=goal.solution.platform,
    )
    revision = history.Revision(
        date=goal.moment.strftime("%Y-%m-%d %H:%M:%S"),
        command="parity image build",
        update=tuple(str(spec) for spec in goal.specs),
        added=tuple(f"{each.channel.rstrip('/')}/{each.subdir}::{each.dist}" for each in goal.neutral.conda),
    )
    found["conda-meta/history"] = history.render_entry(revision).encode("utf-8", "surrogateescape")
    found["conda-meta/parity"] = manifest.dump(asked).encode("utf-8", "surrogateescape")
    return found
