"""Carries out a plan so that it is never half done.

A new environment is built beside its final place, with the final path written into its files, and renamed when
complete. A change of an existing one is announced in a journal first; whoever finds a journal finishes the change,
or, where that is impossible, goes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.platforms import layout
from parity.errors import EngineError, ParityError
from parity.model import CondaPackage, Manifest, Plan, PypiPackage, Solution
from parity.ops import ownership, wheels
from parity.ops.patience import uninterrupted
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from parity.core.ports import CondaEngine, EnvironmentStore, LinkOutcome, Progress, PypiEngine
    from parity.core.records import PackageNote
    from parity.formats.journal import Journal
    from parity.model import MatchSpec
    from parity.ops.resolve import Resolution


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a transaction works with.

    Attributes:
        conda: links conda packages.
        pypi: installs wheels; built on first use.
        store: the environments on disk.
        progress: where notes go.
        now: the time, for the history.
        command: the command line to note in the history, credentials masked.
        run_scripts: run packages' link scripts.
        compile: turns on bytecode compilation; called with the prefix and its python when the work is done.
        note: writes down what no record tells of the files, for verification; called with the directory they are in,
            the prefix written into them, names of the packages that are new there (None for all), whether link
            scripts ran, what was learned of packages meanwhile, by `records.key`, and whether there may be PyPI
            packages beside those.
        wheel_paths: for each wheel of a solution, by name, the paths that it will install; what has to be built first
            is left out.
        sole_owners: refuse two conda packages that bring the same file, too, instead of warning.
    """

    conda: CondaEngine
    pypi: Callable[[], PypiEngine]
    store: EnvironmentStore
    progress: Progress
    now: Callable[[], datetime]
    command: str
    run_scripts: bool = False
    compile: Callable[[Path, Path], None] | None = None
    note: Callable[[Path, Path, Collection[str] | None, bool, Mapping[str, PackageNote], bool], None] | None = None
    wheel_paths: Callable[[Solution], Mapping[str, Sequence[str]]] | None = None
    sole_owners: bool = False


def build(
    prefix: Path,
    resolution: Resolution,
    manifest: Manifest,
    shop: Workshop,
    *,
    confirm: Callable[[Solution], bool],
    early: bool,
    variables: Sequence[tuple[str, str]] = (),
    update_specs: Sequence[MatchSpec] = (),
) -> Solution | None:
    """Make a new environment; it appears under its name complete, or not at all.

    Args:
        prefix: absolute path; an environment that stands there is replaced.
        resolution: its packages; the PyPI part may still be under way.
        manifest: what was asked for.
        shop: engines and stores.
        confirm: shown the solution; False gives up.
        early: begin linking before `confirm` is asked, while PyPI packages are still being resolved.
        variables: environment variables to set on activation.
        update_specs: specs to note in the history.

    Returns:
        What it holds; None where `confirm` said no.
    """
    if not early and not confirm(resolution.solution()):
        return None
    stage = shop.store.stage(prefix)
    # Link scripts are told the path they run in, and the programs that uv makes on Windows hold it in a form of their
    # own: then the final place is also the building place, and what stood there waits in the stage. A kill leaves a
    # directory with a mark, which is no environment.
    place = prefix if shop.run_scripts or layout(resolution.platform).windows else stage
    done = False
    try:
        if place == prefix:
            if shop.store.exists(prefix):
                shop.store.publish(prefix, stage)
            shop.store.mark_building(prefix, building=True)
        with resolution.beside(lambda solution: wheels.lay_out(place, prefix, solution, shop)) as ready:
            linked = _link(
                place,
                resolution.conda,
                shop,
                platform=resolution.platform,
                written=prefix,
                requested=manifest.specs,
            )
        solution = resolution.solution()
        if solution.conda != resolution.conda:
            # PyPI had no answer on top of what conda chose first; linking again leaves exactly the other packages.
            linked = _link(
                place, solution.conda, shop, platform=solution.platform, written=prefix, requested=manifest.specs
            )
        if early and not confirm(solution):
            return None
        brought = wheels.bring_in(place, prefix, solution, ready.result(), shop)
        ownership.settle(place, solution, shop, told=not early, known=brought.files)
        shop.store.write_manifest(place, replace(manifest, pypi=solution.pypi, platform=solution.platform))
        shop.store.set_variables(place, dict(variables))
        unknown = any(package.name not in brought.files for package in solution.pypi)
        _note(place, prefix, None, shop, {**linked.notes, **brought.notes}, pypi=unknown)
        shop.store.append_history(place, _entry(solution.conda, shop, update_specs=update_specs))
        # Listed first: whoever reads the list passes over what does not exist yet, and nobody would add it later.
        shop.store.register(prefix)
        if place == stage:
            with uninterrupted(lambda: None):
                shop.store.publish(stage, prefix)
        else:
            shop.store.mark_building(prefix, building=False)
        done = True
    finally:
        if not done:
            resolution.give_up()
            if place == prefix:
                shop.store.discard(prefix)
                if shop.store.exists(stage):
                    shop.store.publish(stage, prefix)
            if not shop.store.exists(prefix):
                shop.store.unregister(prefix)
        shop.store.discard(stage)
    compile_bytecode(prefix, solution, shop)
    return solution


def change(
    plan: Plan,
    before: Solution,
    manifest: Manifest,
    shop: Workshop,
    *,
    update_specs: Sequence[MatchSpec] = (),
    remove_specs: Sequence[MatchSpec] = (),
    variables: Mapping[str, str | None] | None = None,
) -> None:
    """Carry out a plan on an existing environment.

    Everything is fetched and checked before anything is taken away. Then a journal announces the change; from
    there on Ctrl-C waits until it is complete, and a failure takes it back. The history's entry completes it:
    whoever finds a journal whose entry stands in the history has only the journal left to remove.

    Args:
        plan: what to do.
        before: what the prefix holds now, to go back to.
        manifest: what is asked for from now on.
        shop: engines and stores.
        update_specs: specs to note in the history as asked for.
        remove_specs: specs to note as removed.
        variables: environment variables to set on activation; None unsets one.

    Raises:
        ParityError: it could not be done; the environment is what it was, or the error's hints say what to do.
    """
    from parity.formats.journal import Journal

    prefix = plan.prefix
    after = plan.solution
    _fetch(plan, before, shop)
    journal = Journal(
        before=before,
        after=after,
        manifest=replace(manifest, pypi=after.pypi, platform=after.platform),
        manifest_before=shop.store.manifest(prefix),
        touched=tuple(sorted({operation.name for operation in plan.operations})),
        entry=_entry(
            [op.new for op in plan.operations if isinstance(op.new, CondaPackage)],
            shop,
            removed=[
                f"{_place(op.old.channel, op.old.subdir)}::{op.old.name}-{op.old.version}-{op.old.build}"
                for op in plan.operations
                if op.old is not None and op.source == "conda"
            ],
            update_specs=update_specs,
            remove_specs=remove_specs,
        ),
        variables=dict(variables or {}),
    )

    def tell() -> None:
        shop.progress.note("finishing the change that was begun; Ctrl-C again stops at once")

    with uninterrupted(tell):
        shop.store.write_journal(prefix, journal.dump())
        try:
            _apply(plan, before, manifest, shop)
            _commit(prefix, journal, shop)
        except ParityError as error:
            _take_back(prefix, journal, error, shop)
            raise
        _conclude(prefix, journal, shop)
    compile_bytecode(prefix, after, shop)


def _fetch(plan: Plan, before: Solution, shop: Workshop) -> None:
    """Bring what a plan needs into the caches, so that a lost network or a wrong hash changes nothing."""
    after = plan.solution
    new = [operation.new for operation in plan.operations if operation.new is not None]
    conda = [package for package in new if isinstance(package, CondaPackage)]
    pypi = [package for package in new if isinstance(package, PypiPackage)]
    if conda:
        shop.conda.prefetch(conda, platform=after.platform)
    if pypi:
        # Of another Python than the one that is there now, the path is named where it does not exist yet.
        place = plan.prefix if before.python_series == after.python_series else plan.prefix / "conda-meta"
        shop.pypi().prefetch(place / layout(after.platform).python, pypi)


def _apply(plan: Plan, before: Solution, manifest: Manifest, shop: Workshop) -> None:
    prefix, after = plan.prefix, plan.solution
    reinstall = [op.name for op in plan.operations if op.action == "reinstall" and op.source == "conda"]
    gone = [op.name for op in plan.operations if op.source == "pypi" and op.new is None]
    if before.python_series != after.python_series:
        gone = sorted({*gone, *(package.name for package in before.pypi)})
    if gone:
        _remove_pypi(prefix, before, gone, shop)
    if any(op.source == "conda" for op in plan.operations):
        _link(prefix, after.conda, shop, platform=after.platform, requested=manifest.specs, reinstall=reinstall)
    fresh = {op.name for op in plan.operations if op.source == "pypi" and op.new is not None}
    _install_pypi(prefix, after, [p for p in after.pypi if p.name in fresh], shop, reinstall=True)
    ownership.restore(prefix, after, fresh, shop)


def _commit(prefix: Path, journal: Journal, shop: Workshop) -> None:
    """Write down that the work is done; with the history's entry there is no way back any more."""
    shop.store.write_manifest(prefix, journal.manifest)
    shop.store.append_history(prefix, journal.entry)


def _conclude(prefix: Path, journal: Journal, shop: Workshop) -> None:
    _note(prefix, prefix, journal.touched, shop)
    shop.store.set_variables(prefix, journal.variables)
    shop.store.write_journal(prefix, None)


def _take_back(prefix: Path, journal: Journal, error: ParityError, shop: Workshop) -> None:
    """Undo a change that failed; where that fails too, the journal stays for the next command."""
    shop.progress.warn("the change failed; going back to what was there before")
    try:
        _converge(prefix, journal.before, journal.after, journal.manifest_before, journal.touched, shop)
        shop.store.write_journal(prefix, None)
    except ParityError:
        error.hints = (*error.hints, "the environment is left half-changed: the next command on it mends it")


def heal(prefix: Path, shop: Workshop) -> bool:
    """Finish a change that was interrupted, or go back where it cannot be finished.

    The lock of the prefix is held by the caller.

    Returns:
        Whether there was something to heal.

    Raises:
        IntegrityError: the journal cannot be read.
        ParityError: neither way is possible now; the journal stays.
    """
    text = shop.store.journal(prefix)
    if text is None:
        return False
    from parity.formats.journal import Journal

    journal = Journal.parse(text, file=str(prefix))

    def tell() -> None:
        shop.progress.note("finishing the repair; Ctrl-C again stops at once")

    with uninterrupted(tell):
        if shop.store.history(prefix).endswith(journal.entry):
            _conclude(prefix, journal, shop)
            return True
        shop.progress.note(f"{prefix}: a change was interrupted; finishing it")
        try:
            _converge(prefix, journal.after, journal.before, journal.manifest, journal.touched, shop)
            _commit(prefix, journal, shop)
        except ParityError as error:
            shop.progress.warn(f"it cannot be finished ({error.message}); going back to what was there before")
            _converge(prefix, journal.before, journal.after, journal.manifest_before, journal.touched, shop)
            shop.store.write_journal(prefix, None)
        else:
            _conclude(prefix, journal, shop)
    return True


def _converge(
    prefix: Path, target: Solution, other: Solution, manifest: Manifest, touched: Collection[str], shop: Workshop
) -> None:
    """Bring a prefix that may hold anything between two solutions to one of them."""
    kept = {package.dist for package in target.conda}
    strangers = [package for package in other.conda if package.name in touched and package.dist not in kept]
    shop.conda.scrub(prefix, strangers, platform=target.platform)
    shop.store.sweep(prefix)
    # A package counts as intact only if the interrupted change had no business with it.
    there = {package.name for package in shop.conda.installed(prefix)}
    again = [package.name for package in target.conda if package.name in touched and package.name in there]
    _link(
        prefix,
        target.conda,
        shop,
        platform=target.platform,
        requested=manifest.specs,
        reinstall=again,
        mending=True,
    )
    extra = {package.name for package in other.pypi} - {package.name for package in target.pypi}
    if extra:
        _remove_pypi(prefix, target, sorted(extra), shop)
    fresh = [
        package for package in target.pypi if package.name in touched or target.python_series != other.python_series
    ]
    _install_pypi(prefix, target, fresh, shop, reinstall=True)
    shop.store.write_manifest(prefix, replace(manifest, pypi=target.pypi))


def _link(
    place: Path,
    packages: Sequence[CondaPackage],
    shop: Workshop,
    *,
    platform: str,
    written: Path | None = None,
    requested: Sequence[MatchSpec] = (),
    reinstall: Collection[str] = (),
    mending: bool = False,
) -> LinkOutcome:
    outcome = shop.conda.link(
        place,
        packages,
        platform=platform,
        written_prefix=None if written == place else written,
        requested=requested,
        reinstall=reinstall,
        run_scripts=shop.run_scripts,
    )
    if outcome.with_scripts and not outcome.scripts_run:
        shop.progress.note(
            f"link scripts were not run ({', '.join(outcome.with_scripts)}); they are programs that packages bring, "
            "--run-link-scripts runs them"
        )
    if outcome.failed_scripts:
        message = f"link scripts ended with an error: {', '.join(outcome.failed_scripts)}"
        if not mending:
            raise EngineError(message, hints=["without --run-link-scripts the packages are installed all the same"])
        shop.progress.warn(message)
    return outcome


def _install_pypi(
    place: Path,
    solution: Solution,
    packages: Sequence[PypiPackage],
    shop: Workshop,
    *,
    reinstall: bool = False,
) -> None:
    if packages:
        shop.pypi().install(place / layout(solution.platform).python, packages, reinstall=reinstall)


def _remove_pypi(prefix: Path, solution: Solution, names: Sequence[str], shop: Workshop) -> None:
    python = prefix / layout(solution.platform).python
    if python.exists():
        shop.pypi().remove(python, names)


def _entry(
    added: Iterable[CondaPackage],
    shop: Workshop,
    *,
    removed: Sequence[str] = (),
    update_specs: Sequence[MatchSpec] = (),
    remove_specs: Sequence[MatchSpec] = (),
) -> str:
    """The history's entry for a change."""
    from parity.formats import history

    revision = history.Revision(
        date=shop.now().strftime("%Y-%m-%d %H:%M:%S"),
        command=shop.command,
        update=tuple(str(spec) for spec in update_specs),
        remove=tuple(str(spec) for spec in remove_specs),
        added=tuple(f"{_place(package.channel, package.subdir)}::{package.dist}" for package in added),
        removed=tuple(removed),
    )
    return history.render_entry(revision)


def _place(channel: str, subdir: str) -> str:
    """`channel/subdir`, as the history's lines begin."""
    return f"{channel.rstrip('/')}/{subdir}"


def _note(
    place: Path,
    prefix: Path,
    fresh: Collection[str] | None,
    shop: Workshop,
    known: Mapping[str, PackageNote] | None = None,
    *,
    pypi: bool = True,
) -> None:
    if shop.note is not None:
        shop.note(place, prefix, fresh, shop.run_scripts, known or {}, pypi)


def compile_bytecode(prefix: Path, solution: Solution, shop: Workshop) -> None:
    """Compile what is not compiled yet, where that is asked for."""
    if shop.compile is not None and solution.python_series:
        shop.compile(prefix, prefix / layout(solution.platform).python)
