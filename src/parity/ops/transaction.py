"""Carries out a plan so that it is never half done.

A new environment is built beside its final place, with the final path written into its files, and renamed when
complete. A change of an existing one is announced in a journal first; whoever finds a journal finishes the change,
or, where that is impossible, goes back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from parity.core.platforms import layout
from parity.errors import ParityError
from parity.formats import history
from parity.formats.manifest import dump, parse, solution_from_dict, solution_to_dict
from parity.model import CondaPackage, Manifest, Plan, PypiPackage, Solution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from parity.core.ports import CondaEngine, EnvironmentStore, Progress, PypiEngine
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
    """

    conda: CondaEngine
    pypi: Callable[[], PypiEngine]
    store: EnvironmentStore
    progress: Progress
    now: Callable[[], datetime]
    command: str
    run_scripts: bool = False
    compile: Callable[[Path, Path], None] | None = None


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
        prefix: absolute path; nothing may stand there.
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
    # Link scripts are told the path they run in, so with them the final place is also the building place; a kill
    # then leaves a directory without conda-meta/history, which is no environment and is removed by the next command.
    place = prefix if shop.run_scripts else stage
    try:
        _link(place, resolution.conda, shop, platform=resolution.platform, written=prefix, requested=manifest.specs)
        solution = resolution.solution()
        if early and not confirm(solution):
            return None
        _install_pypi(place, solution, solution.pypi, shop, written=prefix)
        _finish(place, solution, manifest, shop, added=solution, update_specs=update_specs)
        shop.store.set_variables(place, dict(variables))
        if place == stage:
            shop.store.publish(stage, prefix)
    except BaseException:
        resolution.give_up()
        if place == prefix:
            shop.store.discard(prefix)
        raise
    finally:
        shop.store.discard(stage)
    shop.store.register(prefix)
    _compile(prefix, solution, shop)
    return solution


def change(
    plan: Plan,
    before: Solution,
    manifest: Manifest,
    shop: Workshop,
    *,
    update_specs: Sequence[MatchSpec] = (),
    remove_specs: Sequence[MatchSpec] = (),
) -> None:
    """Carry out a plan on an existing environment, under a journal.

    Args:
        plan: what to do.
        before: what the prefix holds now, to go back to.
        manifest: what is asked for from now on.
        shop: engines and stores.
        update_specs: specs to note in the history as asked for.
        remove_specs: specs to note as removed.
    """
    prefix = plan.prefix
    touched = sorted({operation.name for operation in plan.operations})
    journal = {
        "command": shop.command,
        "before": solution_to_dict(before),
        "after": solution_to_dict(plan.solution),
        "manifest": dump(manifest),
        "manifest_before": dump(shop.store.manifest(prefix)),
        "touched": touched,
    }
    shop.store.write_journal(prefix, json.dumps(journal))
    reinstall = [op.name for op in plan.operations if op.action == "reinstall" and op.source == "conda"]
    gone = [op.name for op in plan.operations if op.source == "pypi" and op.new is None]
    if _python(before) != _python(plan.solution):
        gone = [package.name for package in before.pypi]
    if gone:
        _remove_pypi(prefix, before, gone, shop)
    _link(
        prefix,
        plan.solution.conda,
        shop,
        platform=plan.solution.platform,
        requested=manifest.specs,
        reinstall=reinstall,
    )
    fresh = {op.name for op in plan.operations if op.source == "pypi" and op.new is not None}
    _install_pypi(prefix, plan.solution, [p for p in plan.solution.pypi if p.name in fresh], shop, reinstall=True)
    added = Solution(
        plan.solution.platform, tuple(op.new for op in plan.operations if isinstance(op.new, CondaPackage))
    )
    removed = [
        f"{op.old.channel}::{op.old.name}-{op.old.version}-{op.old.build}"
        for op in plan.operations
        if op.old is not None and op.source == "conda"
    ]
    _finish(
        prefix,
        plan.solution,
        manifest,
        shop,
        added=added,
        removed=removed,
        update_specs=update_specs,
        remove_specs=remove_specs,
    )
    shop.store.write_journal(prefix, None)
    _compile(prefix, plan.solution, shop)


def heal(prefix: Path, shop: Workshop) -> bool:
    """Finish a change that was interrupted, or go back where it cannot be finished.

    Returns:
        Whether there was something to heal.
    """
    text = shop.store.journal(prefix)
    if text is None:
        return False
    shop.progress.note(f"{prefix}: a change was interrupted; finishing it")
    journal = json.loads(text)
    before, after = solution_from_dict(journal["before"]), solution_from_dict(journal["after"])
    touched = set(journal["touched"])
    try:
        _converge(prefix, after, before, parse(journal["manifest"]), touched, shop)
    except ParityError as error:
        shop.progress.warn(f"it cannot be finished ({error.message}); going back to what was there before")
        _converge(prefix, before, after, parse(journal["manifest_before"]), touched, shop)
    shop.store.write_journal(prefix, None)
    return True


def _converge(
    prefix: Path, target: Solution, other: Solution, manifest: Manifest, touched: Collection[str], shop: Workshop
) -> None:
    # A package counts as intact only if the interrupted change had no business with it.
    there = {package.name for package in shop.conda.installed(prefix)}
    again = [package.name for package in target.conda if package.name in touched and package.name in there]
    _link(prefix, target.conda, shop, platform=target.platform, requested=manifest.specs, reinstall=again)
    extra = {package.name for package in other.pypi} - {package.name for package in target.pypi}
    if extra:
        _remove_pypi(prefix, target, sorted(extra), shop)
    fresh = [package for package in target.pypi if package.name in touched or _python(target) != _python(other)]
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
) -> None:
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


def _install_pypi(
    place: Path,
    solution: Solution,
    packages: Sequence[PypiPackage],
    shop: Workshop,
    *,
    reinstall: bool = False,
    written: Path | None = None,
) -> None:
    if packages:
        python = place / layout(solution.platform).python
        written = None if written == place else written
        shop.pypi().install(python, packages, reinstall=reinstall, written_prefix=written)


def _remove_pypi(prefix: Path, solution: Solution, names: Sequence[str], shop: Workshop) -> None:
    python = prefix / layout(solution.platform).python
    if python.exists():
        shop.pypi().remove(python, names)


def _finish(
    place: Path,
    solution: Solution,
    manifest: Manifest,
    shop: Workshop,
    *,
    added: Solution,
    removed: Sequence[str] = (),
    update_specs: Sequence[MatchSpec] = (),
    remove_specs: Sequence[MatchSpec] = (),
) -> None:
    shop.store.write_manifest(place, replace(manifest, pypi=solution.pypi, platform=solution.platform))
    revision = history.Revision(
        date=shop.now().strftime("%Y-%m-%d %H:%M:%S"),
        command=shop.command,
        update=tuple(str(spec) for spec in update_specs),
        remove=tuple(str(spec) for spec in remove_specs),
        added=tuple(f"{package.channel.rstrip('/')}/{package.subdir}::{package.dist}" for package in added.conda),
        removed=tuple(removed),
    )
    shop.store.append_history(place, history.render_entry(revision))


def _python(solution: Solution) -> str:
    """Major and minor version of the solution's Python: what site-packages depends on."""
    version = next((package.version for package in solution.conda if package.name == "python"), "")
    return ".".join(version.split(".")[:2])


def _compile(prefix: Path, solution: Solution, shop: Workshop) -> None:
    if shop.compile is not None and _python(solution):
        shop.compile(prefix, prefix / layout(solution.platform).python)
