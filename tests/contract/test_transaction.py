"""A transaction that is cut off before any single file: what is there afterwards is the old or the new, never between.

The engines are in memory and the prefix is on disk, so that every point can be tried.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pytest

from parity.core.plan import make_plan
from parity.errors import IntegrityError, NotFoundError, StorageError
from parity.formats import history
from parity.model import Manifest, MatchSpec, Plan, Solution
from parity.ops import current, transaction
from parity.ops.resolve import Resolution, settled
from parity.ops.transaction import Workshop
from parity.store.environments import Environments
from parity.store.root import Root
from parity.testing.engines import MemoryCondaEngine, MemoryPypiEngine, conda_package, no_step, pypi_package
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity.model import CondaPackage, PypiPackage

PLATFORM = "linux-64"
PYTHON = conda_package("python", "3.11.7")
APP = [conda_package("app", "1.0", depends=["lib"]), conda_package("app", "2.0", depends=["lib >=2"])]
LIB = [conda_package("lib", "1.0"), conda_package("lib", "2.0")]
SOLO = conda_package("solo")
WHEEL = [pypi_package("wheel-a", "1.0"), pypi_package("wheel-a", "2.0")]
OTHER = pypi_package("other")
CONTENTS = {
    PYTHON.dist: {"bin/python": "#!/bin/sh\n", "lib/python3.11/os.py": "", "lib/python3.11/site-packages/README": ""},
    APP[0].dist: {"bin/app": "app 1.0 @PREFIX@\n", "share/app/common": "1", "share/app/old/file": "1"},
    APP[1].dist: {"bin/app": "app 2.0 @PREFIX@\n", "share/app/common": "2", "share/app/new/file": "2"},
}
BEFORE = Solution(PLATFORM, (APP[0], LIB[0], PYTHON), (OTHER, WHEEL[0]))
AFTER = Solution(PLATFORM, (APP[1], LIB[1], PYTHON, SOLO), (WHEEL[1],))


class CutError(BaseException):
    """The process is gone: nothing of it runs any more."""


class Cut:
    """Raises at the n-th step.

    Args:
        after: how many steps are done before.
        error: what is raised then.
    """

    def __init__(self, after: int, error: BaseException) -> None:
        self.left = after
        self.error = error
        self.steps = 0
        self._lock = Lock()  # both engines take steps at the same time

    def __call__(self, _: str) -> None:
        with self._lock:
            self.steps += 1
            self.left -= 1
            if self.left == -1:
                raise self.error


@dataclass
class Bench:
    """One root with one environment and the engines for it."""

    tmp_path: Path
    progress: RecordedProgress = field(default_factory=RecordedProgress)

    def __post_init__(self) -> None:
        root = Root(self.tmp_path / "root", home=self.tmp_path / "home")
        self.store = Environments(root, PLATFORM, self.progress)
        self.prefix = root.path / "envs" / "work"

    def shop(self, step: Callable[[str], None] = no_step, *, missing: tuple[str, ...] = ()) -> Workshop:
        conda = MemoryCondaEngine([*APP, *LIB, SOLO, PYTHON], CONTENTS, step, missing)
        pypi = MemoryPypiEngine([*WHEEL, OTHER], step, missing)
        return Workshop(
            conda=conda,
            pypi=lambda: pypi,
            store=_Stepping(self.store, step),  # type: ignore[arg-type]
            progress=self.progress,
            now=lambda: datetime(2026, 1, 2, tzinfo=UTC),
            command="parity test",
        )

    def build(self, shop: Workshop, solution: Solution = BEFORE) -> None:
        resolution = Resolution(PLATFORM, solution.conda, settled(solution.pypi))
        manifest = Manifest(specs=(MatchSpec("app"),), platform=PLATFORM)
        transaction.build(self.prefix, resolution, manifest, shop, confirm=lambda _: True, early=True)

    def plan(self) -> tuple[Plan, current.Current]:
        now = current.read(self.prefix, self.store, self.shop().conda, platform=PLATFORM)
        return make_plan(self.prefix, now.installed, AFTER, owned=now.owned), now

    def change(self, shop: Workshop) -> None:
        plan, now = self.plan()
        manifest = replace(now.manifest, specs=(MatchSpec("app", "2.*"), MatchSpec("solo")))
        specs = manifest.specs
        transaction.change(plan, now.solution, manifest, shop, update_specs=specs, variables={"A": "1"})

    def state(self) -> dict[str, str]:
        """Every file with its content, but for lines of the history that name no package."""
        return {
            path.relative_to(self.prefix).as_posix(): path.read_text()
            for path in self.prefix.rglob("*")
            if path.is_file()
        }


class _Stepping:
    """A store whose writes are steps as well."""

    def __init__(self, store: Environments, step: Callable[[str], None]) -> None:
        self._store = store
        self._step = step

    def __getattr__(self, name: str) -> object:
        method = getattr(self._store, name)
        if name in {"write_manifest", "set_variables", "append_history", "write_journal", "register", "publish"}:
            self._step(name)
        return method


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    # What a power failure takes is not tried here, and waiting for the disk would be most of the time.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return Bench(tmp_path)


def steps_of(bench: Bench, work: Callable[[Workshop], None]) -> int:
    counter = Cut(-1, CutError())
    work(bench.shop(counter))
    return counter.steps


def test_a_creation_that_is_cut_off_anywhere_leaves_nothing_or_all(bench: Bench) -> None:
    total = steps_of(bench, bench.build)
    whole = bench.state()
    bench.store.discard(bench.prefix)
    for point in range(total):
        with pytest.raises(CutError):
            bench.build(bench.shop(Cut(point, CutError())))
        assert not bench.store.exists(bench.prefix)
        assert sorted(bench.prefix.parent.iterdir()) == []
    bench.build(bench.shop())
    assert bench.state() == whole


def test_on_windows_an_environment_is_built_in_its_place(bench: Bench) -> None:
    written: list[str] = []
    shop = bench.shop(written.append)
    resolution = Resolution("win-64", BEFORE.conda, settled(()))
    transaction.build(bench.prefix, resolution, Manifest(), shop, confirm=lambda _: True, early=True)
    files = [Path(path) for path in written if "/" in path or "\\" in path]
    assert files
    assert all(path.is_relative_to(bench.prefix) for path in files)


def test_a_change_that_is_cut_off_anywhere_is_finished(bench: Bench) -> None:
    bench.build(bench.shop())
    before = bench.state()
    total = steps_of(bench, bench.change)
    after = bench.state()
    assert total > 30
    for point in range(total):
        bench.store.discard(bench.prefix)
        bench.build(bench.shop())
        assert bench.state() == before
        with pytest.raises(CutError):
            bench.change(bench.shop(Cut(point, CutError())))
        healed = transaction.heal(bench.prefix, bench.shop())
        assert bench.state() == (after if healed else before), f"cut off before step {point} of {total}"


def test_mending_that_is_cut_off_anywhere_is_mended(bench: Bench) -> None:
    bench.build(bench.shop())
    bench.change(bench.shop())
    after = bench.state()
    point = 0
    while True:
        bench.store.discard(bench.prefix)
        bench.build(bench.shop())
        with pytest.raises(CutError):
            bench.change(bench.shop(Cut(14, CutError())))
        try:
            transaction.heal(bench.prefix, bench.shop(Cut(point, CutError())))
        except CutError:
            transaction.heal(bench.prefix, bench.shop())
            assert bench.state() == after, point
            point += 1
        else:
            break
    assert point > 20


def test_what_cannot_be_finished_is_taken_back(bench: Bench) -> None:
    bench.build(bench.shop())
    before = bench.state()
    total = steps_of(bench, bench.change)
    after = bench.state()
    taken_back = 0
    for point in range(1, total):
        bench.store.discard(bench.prefix)
        bench.build(bench.shop())
        with pytest.raises(CutError):
            bench.change(bench.shop(Cut(point, CutError())))
        transaction.heal(bench.prefix, bench.shop(missing=(APP[1].dist, LIB[1].dist, SOLO.dist)))
        assert bench.state() in {"before": before, "after": after}.values(), point
        taken_back += bench.state() == before
    assert taken_back > 10


def test_a_failure_takes_the_change_back_at_once(bench: Bench) -> None:
    bench.build(bench.shop())
    before = bench.state()
    total = steps_of(bench, bench.change)
    after = bench.state()
    for point in range(total):
        bench.store.discard(bench.prefix)
        bench.build(bench.shop())
        with pytest.raises(StorageError, match="the disk is full"):
            bench.change(bench.shop(Cut(point, StorageError("the disk is full"))))
        if bench.store.journal(bench.prefix) is None:
            assert bench.state() == before, point
        else:
            # Only what follows the history's entry is left to the next command.
            transaction.heal(bench.prefix, bench.shop())
            assert bench.state() == after, point


@pytest.mark.parametrize("missing", [(APP[1].dist,), ("wheel-a",)])
def test_what_cannot_be_fetched_changes_nothing(bench: Bench, missing: tuple[str, ...]) -> None:
    bench.build(bench.shop())
    before = bench.state()
    with pytest.raises(NotFoundError):
        bench.change(bench.shop(missing=missing))
    assert bench.state() == before


def test_a_damaged_journal_is_an_error_with_advice(bench: Bench) -> None:
    bench.build(bench.shop())
    for text in ("", "{", "[]", '{"before": {}}'):
        bench.store.write_journal(bench.prefix, text)
        with pytest.raises(IntegrityError, match="journal") as caught:
            transaction.heal(bench.prefix, bench.shop())
        assert caught.value.hints


def test_the_history_tells_each_change_once(bench: Bench) -> None:
    bench.build(bench.shop())
    with pytest.raises(CutError):
        bench.change(bench.shop(_at("write_journal", 2)))
    assert transaction.heal(bench.prefix, bench.shop())
    assert not transaction.heal(bench.prefix, bench.shop())
    first, second = history.parse(bench.store.history(bench.prefix))
    assert [len(first.added), len(second.added), len(second.removed)] == [3, 3, 2]
    assert history.requested_specs([first, second]) == (MatchSpec("app", "2.*"), MatchSpec("solo"))
    assert bench.store.variables(bench.prefix) == {"A": "1"}


def _at(name: str, times: int) -> Callable[[str], None]:
    """Cuts off before the given use of a method of the store."""
    seen = []

    def step(what: str) -> None:
        if what == name:
            seen.append(what)
            if len(seen) == times:
                raise CutError

    return step


def packages_of(bench: Bench) -> tuple[tuple[CondaPackage, ...], tuple[PypiPackage, ...]]:
    now = current.read(bench.prefix, bench.store, bench.shop().conda, platform=PLATFORM)
    return now.exact, now.manifest.pypi


def test_what_is_recorded_is_what_was_asked_for(bench: Bench) -> None:
    bench.build(bench.shop())
    assert packages_of(bench) == (BEFORE.conda, BEFORE.pypi)
    bench.change(bench.shop())
    assert packages_of(bench) == (AFTER.conda, AFTER.pypi)
    assert (bench.prefix / "bin" / "app").read_text() == f"app 2.0 {bench.prefix}\n"
    assert not (bench.prefix / "share" / "app" / "old").exists()
