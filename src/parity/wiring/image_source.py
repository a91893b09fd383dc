"""The files of an environment for an image: installed from a lock, or taken as they stand."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.core.image import Member
from parity.errors import InputError, RefusedError
from parity.store import layer_files, lock_files
from parity.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from parity.core.lock import Lock
    from parity.model import Solution
    from parity.model import Source as Origin
    from parity.ops.image_build import Goal
    from parity.wiring import Services
    from parity.wiring.imaging import Order


@dataclass(frozen=True, slots=True)
class Source:
    """What an image is made of.

    Attributes:
        members: files of the environment.
        owners: source and name of the package of each path.
        variables: of the environment.
        fingerprint: of it; "" where it cannot be told.
        solution: its packages, as every machine reads them.
        prefix: its path in the image.
        unrun: packages with link scripts, which were not run.
        saved: by rule, files and bytes that were left out.
    """

    members: Sequence[Member]
    owners: Mapping[str, tuple[Origin, str]]
    variables: Mapping[str, str]
    fingerprint: str
    solution: Solution
    prefix: str
    unrun: tuple[str, ...] = ()
    saved: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def load(services: Services, order: Order, place: Path, moment: datetime) -> Source:
    """Install what an order names, or look at the environment that it names.

    Args:
        services: of the call.
        order: what to build.
        place: empty directory.
        moment: time of everything in the image.

    Raises:
        RefusedError: it would not be the same on every machine; or the environment is not what it should be.
    """
    found = _of_prefix(services, order.from_prefix) if order.from_prefix else _of_lock(services, order, place, moment)
    if not order.slim:
        return found
    from parity.core.slim import slim

    members, saved = slim(found.members, found.prefix)
    return replace(found, members=members, saved=saved)


def _of_prefix(services: Services, prefix: Path) -> Source:
    """An environment as it stands, at its own path: what is written into its files holds nowhere else."""
    from parity.formats import image_files
    from parity.wiring import fingerprints, verifying

    report = verifying.verify(services, prefix)
    if not report.same:
        raise RefusedError(f"{prefix} is not what it should be: {len(report.findings)} files or packages differ",
                           hints=[f"`parity verify {services.root.option_for(prefix)}` names them"])  # fmt: skip
    current = services.current(prefix)
    instead: dict[str, bytes | None] = {}
    for package in current.exact:
        path = f"conda-meta/{package.dist}.json"
        instead[path] = image_files.conda_record((prefix / path).read_bytes(), None)
    owners: dict[str, tuple[Origin, str]] = {}
    for each in _owners(services, prefix):
        owners.update(dict.fromkeys(each.paths, ("conda" if each.source == "conda" else "pypi", each.name)))
    owners.update({f"conda-meta/{each.dist}.json": ("conda", each.name) for each in current.exact})
    top = str(prefix).strip("/")
    variables = _variables(prefix)
    print_ = fingerprints.measure(services, prefix, owners=False)
    members = _members(prefix, str(prefix), instead)
    return Source(members, {f"{top}/{path}": owner for path, owner in owners.items()}, variables,
                  print_.fingerprint.root, current.solution, str(prefix))  # fmt: skip


def _of_lock(services: Services, order: Order, place: Path, moment: datetime) -> Source:
    from parity.ops import image_build

    if order.lock is None:
        raise InputError("name a lock")
    goal = _goal(services, order, order.lock, moment)
    owners_at = partial(_owners, services)
    made = image_build.assemble(place, goal, services.workshop, owners_at, host=services.host_platform)
    members = _members(place, order.prefix, made.instead)
    top = order.prefix.strip("/")
    owners = {f"{top}/{path}": owner for path, owner in made.owners.items()}
    return Source(members, owners, _variables(place), _predicted(services, order.lock.name, goal),
                   goal.neutral, order.prefix, made.unrun)  # fmt: skip


def _goal(services: Services, order: Order, path: Path, moment: datetime) -> Goal:
    """The part of a lock to build; read twice: files beside the lock are elsewhere on each machine."""
    from parity.formats import locks
    from parity.ops import image_build

    text = lock_files.decode(lock_files.read_bytes(path), str(path))
    kind = locks.detect(path.name, text)
    if kind == "pylock":
        raise InputError(f"{path.name} names no Python, and an image needs one",
                         hints=["lock both together: `parity lock`"])  # fmt: skip

    def part(base: str) -> tuple[Lock, Any, Any]:
        lock = locks.parse(text, file=str(path), base=base, platform=services.platform)
        return (lock, *_choose(services, order, lock))

    _, environment, here = part(path.absolute().parent.as_posix())
    _, _, neutral = part("/")
    if here.other:
        raise RefusedError(f"{path.name} holds packages that have to be built from source first",
                           hints=["lock built packages instead"])  # fmt: skip
    image_build.check(neutral.solution)
    bare = [each.name for each in here.solution if not each.sha256]
    if bare:
        raise RefusedError(f"the lock has no SHA-256 for {', '.join(bare)}, so nobody can tell what it would hold",
                           hints=["`parity lock` writes all hashes"])  # fmt: skip
    return image_build.Goal(
        solution=services.localise(here.solution),
        neutral=neutral.solution,
        specs=here.specs,
        channels=environment.channels,
        variables=dict(environment.variables),
        prefix=Path(order.prefix),
        moment=moment,
    )


def _choose(services: Services, order: Order, lock: Lock) -> tuple[Any, Any]:
    """The environment and its part; what the lock demands of a machine is not asked of the one that builds."""
    from parity.core.lock_choice import choose

    fit = [each for each in lock.platforms if each.subdir == services.platform]
    wanted = fit if order.variant is None else [each for each in fit if order.variant in {each.name, ""}]
    virtual = dict.fromkeys(services.virtual_packages())
    if len(fit) == 1 or order.variant:
        named = {item[0] for each in wanted for item in each.virtual}
        virtual = {item: None for item in virtual if item[0] not in named}
        virtual |= {item: None for each in wanted for item in each.virtual}
    _, environment, part = choose(lock, environment=order.environment, subdir=services.platform,
                                  virtual=tuple(virtual), variant=order.variant)  # fmt: skip
    return environment, part


def _owners(services: Services, prefix: Path) -> list[Any]:
    from parity.store import prefix_contents

    return list(prefix_contents.owners(prefix, services.platform))


def _members(prefix: Path, inside: str, instead: Mapping[str, bytes | None]) -> list[Member]:
    """The files of an environment for an image.

    Bytecode that holds the time of its source is left out: all times are the same, and it would never be used.
    """
    from parity.core.rules import Rules

    rules, top = Rules(), inside.strip("/") + "/"
    found = []
    missing = dict(instead)
    for member in layer_files.prefix_entries(prefix, inside):
        path = member.path.removeprefix(top)
        if path in instead:
            data = missing.pop(path)
            if data is not None:
                found.append(Member(member.path, "file", data=data, size=len(data)))
        elif (rules.covers(path) or path.startswith("conda-meta/")) and not _holds_time(member):
            found.append(member)
    added = {path: data for path, data in missing.items() if data is not None}
    found += [Member(top + path, "file", data=data, size=len(data)) for path, data in added.items()]
    return found


def _holds_time(member: Member) -> bool:
    from parity.core.rules import is_hash_based

    if not member.path.endswith(".pyc") or member.source is None:
        return False
    with Path(member.source).open("rb") as file:
        return not is_hash_based(file.read(8))


def _predicted(services: Services, name: str, goal: Goal) -> str:
    from parity.wiring import fingerprints

    try:
        return fingerprints.of_solution(services, name, goal.solution, goal.variables).fingerprint.root
    except RefusedError as error:
        services.progress.note(f"the image has no fingerprint: {error.message}")
        return ""


def _variables(prefix: Path) -> dict[str, str]:
    """What the environment sets when it is activated."""
    from parity.core.activation import UNSET
    from parity.store import prefixes

    return {name: value for name, value in prefixes.variables(prefix).items() if value != UNSET}
