"""From a report to an environment put right; the command line and the library both come here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from parity.errors import ParityError
from parity.store import caches, file_notes, prefix_contents, repair
from parity.store.registry import all_environments
from parity.wiring import verifying

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from parity.core.findings import Finding
    from parity.model import CondaPackage
    from parity.ops.mend import Repairs
    from parity.ops.verify import Report
    from parity.wiring import Services
    from parity.wiring.syncing import Choice

ROUNDS = 3
"""How often is looked again: what was hidden by a first damage (an unreadable file, a broken record) shows then."""

_OF_A_LOCK = {
    "package-missing", "package-extra", "package-version", "package-build", "package-channel", "package-hash",
    "package-source", "requirement-unmet",
}  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What mending did.

    Attributes:
        before: the report that it began with.
        plan: what was to be done, in words.
        done: whether anything was done.
        left: what still differs.
        set_aside: where files were moved that nobody owns; None where there were none.
        notes: what a person should know.
    """

    before: Report
    plan: tuple[str, ...] = ()
    done: bool = False
    left: tuple[Finding, ...] = ()
    set_aside: Path | None = None
    notes: list[str] = field(default_factory=list)


def fix(
    services: Services,
    prefix: Path,
    choice: Choice | None,
    *,
    full: bool,
    confirm: Callable[[Report, Sequence[str]], bool],
) -> Outcome:
    """Put right what differs in an environment.

    Args:
        services: of this call.
        prefix: absolute path.
        choice: part of a lock that it should equal; None for none.
        full: trust nothing that is remembered.
        confirm: shown the report and what would be done; False ends the operation.

    Returns:
        What was done; with what could not be.

    Raises:
        ParityError: as verification and installing do; what was put right until then stays so.
    """
    services.refuse_protected(prefix)
    with services.store.hold(prefix, f"mend {prefix}"):
        services.heal(prefix)
        report = verifying.verify(services, prefix, choice, full=full)
        outcome = Outcome(report)
        if report.same:
            return outcome
        todo = _plan(services, report, choice)
        by_lock = choice is not None and any(finding.kind in _OF_A_LOCK for finding in todo.left)
        outcome.plan = tuple(todo.lines() + (["bring the packages in line with the lock"] if by_lock else []))
        outcome.left = tuple(todo.left) if services.dry_run else report.findings
        if not confirm(report, outcome.plan):
            return outcome
        _carry_out(services, report, todo, outcome)
        for _ in range(ROUNDS):
            report = verifying.verify(services, prefix, choice, full=full)
            outcome.left = report.findings
            todo = _plan(services, report, choice)
            if not todo:
                outcome.left = tuple(todo.left)
                break
            _carry_out(services, report, todo, outcome)
    if choice is not None and any(finding.kind in _OF_A_LOCK for finding in outcome.left):
        from parity.wiring import syncing

        syncing.sync(services, prefix, choice, confirm=lambda _: True)
        outcome.left = verifying.verify(services, prefix, choice, full=full).findings
    return outcome


def _plan(services: Services, report: Report, choice: Choice | None) -> Repairs:
    from parity.ops.mend import plan

    look = verifying.look_at(services, report.prefix)
    pins = {package.name: package for package in look.manifest.pypi} if look.manifest is not None else {}
    lost: dict[str, CondaPackage] = {}
    if choice is not None:
        locked = verifying.locked(services, choice, look)
        pins |= {package.name: package for package in locked.pypi}
        lost |= {package.name: package for package in locked.conda}
    known = verifying.unrecorded(services, look, report.lost)
    return plan(report, look, pins, {**known, **lost})


def _carry_out(services: Services, report: Report, todo: Repairs, outcome: Outcome) -> None:
    from parity.ops.mend import Bench, apply

    look = verifying.look_at(services, report.prefix)
    platform = services.platform_of(look.manifest)
    shop = services.workshop
    name = services.root.name_of(report.prefix) or report.prefix.name
    aside = outcome.set_aside or services.root.own / "set-aside" / f"{name}-{shop.now():%Y%m%d-%H%M%S}"
    hands = repair.Repair(report.prefix, aside)

    def note() -> None:
        owners = prefix_contents.owners(report.prefix, platform)
        file_notes.write(report.prefix, owners, prefix=report.prefix, fresh=set(todo.pypi))

    bench = Bench(
        # Link scripts have run when the packages were installed.
        replace(shop, run_scripts=False),
        hands,
        lambda place: prefix_contents.read(place, platform),
        repair.digest,
        lambda packages, entirely: _distrust(services, packages, entirely),
        services.pypi.forget,
        note,
    )
    if todo.moved or todo.records:
        # The engine remembers records as they are, and what it writes anew then says all that the old ones said.
        with suppress(ParityError):
            services.conda.installed(report.prefix)
    try:
        with services.progress.stage("Mending"):
            damaged, notes = apply(todo, look, bench, platform=platform)
    finally:
        if hands.moved:
            outcome.set_aside = aside
    outcome.done = True
    outcome.notes += notes
    for other, count in repair.sharing(all_environments(services.root), report.prefix, damaged).items():
        files = f"{count} damaged file{'s' if count > 1 else ''}"
        outcome.notes.append(
            f"{other} holds {files} of these too: parity verify {services.root.option_for(other)} --fix"
        )


def _distrust(services: Services, packages: Sequence[CondaPackage], entirely: Collection[str]) -> Collection[str]:
    """Throw entries out of the package cache that are damaged, and those of some names; returns the names."""
    from parity.engines import conda_damage

    directory = services.root.writable_pkgs_dir()
    names = {*conda_damage.damaged(directory, packages), *entirely}
    for package in packages:
        entry = directory / package.dist
        # Rattler holds this lock while it extracts or links the package.
        lock = entry.with_name(entry.name + ".lock")
        if package.name in names and entry.is_dir() and not caches.remove(entry, lock):
            raise ParityError(
                f"the cached copy of {package.dist} is damaged and in use by another process",
                hints=["try again when that has finished"],
            )
    return names
