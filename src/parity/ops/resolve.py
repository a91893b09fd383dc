"""From what is asked to exact packages: conda first, then PyPI on top of it, until both agree (no overwriting)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from parity.core.names import to_pypi
from parity.core.translate import split_interpreter, translate
from parity.model import PYPI_CHANNEL, CondaPackage, MatchSpec, PipLine, PypiPackage, Solution
from parity.ops.sides import Sides
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from parity.core.commits import Commit
    from parity.core.ports import ChannelPriority, CondaEngine, InterpreterSource, PypiEngine
    from parity.model import Channel

PIP = PipLine("requirement", "pip", "pip", name="pip")
"""The requirement that comes along with a Python that no conda channel gives its pip."""

_GRACE = 5.0
"""Seconds that work has to end when it is given up."""

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Goal:
    """What an environment shall satisfy, with every setting already looked up.

    Attributes:
        specs: match specs asked for; with the `pypi` channel, any of them may be answered by PyPI.
        pip: PyPI requirements asked for.
        channels: highest priority first.
        platform: target subdir.
        virtual: virtual packages of the target.
        priority: channel priority.
        installed: exact conda packages to keep where possible.
        preferred: PyPI name -> version to keep where possible.
        commits: of git repositories, to keep where a line names the same branch or tag.
        constraints: specs that hold for packages if they are chosen (pins).
        upgrade_pypi: PyPI names to move, None for all.
        disallowed: specs that nothing in the answer may match.
        with_pip: bring pip along with Python, as conda does.
        before: leave out what was published after this, milliseconds since the epoch.
        label: of the goal, where several are solved beside each other.
    """

    specs: tuple[MatchSpec, ...]
    channels: tuple[Channel, ...]
    platform: str
    pip: tuple[PipLine, ...] = ()
    virtual: tuple[tuple[str, str, str], ...] = ()
    priority: ChannelPriority = "strict"
    installed: tuple[CondaPackage, ...] = ()
    preferred: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[MatchSpec, ...] = ()
    upgrade_pypi: tuple[str, ...] | None = ()
    disallowed: tuple[MatchSpec, ...] = ()
    with_pip: bool = True
    before: int | None = None
    commits: tuple[Commit, ...] = ()
    label: str = ""


def _say_nothing(_: str) -> None:
    """Where nobody is to be warned."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines that answer a goal; built on first use, because not every goal needs each.

    Attributes:
        conda, pypi, interpreters: the engines.
        warn: told what may be wrong with an answer.
    """

    conda: CondaEngine
    pypi: Callable[[], PypiEngine]
    interpreters: Callable[[], InterpreterSource]
    warn: Callable[[str], None] = _say_nothing


class Resolution:
    """An answer whose PyPI part may still be under way.

    The PyPI engine runs beside the linking of the conda packages: neither needs the other's result, as long as PyPI
    has an answer on top of what conda chose first. Where it has none, conda chooses anew.

    Args:
        platform: subdir.
        conda: what conda chose first; nearly always what it stays with.
        pypi: the PyPI part.
        stop: ends the work on it.
        revised: what conda has chosen at last, once the PyPI part is known; None where nothing can change.
    """

    def __init__(
        self,
        platform: str,
        conda: tuple[CondaPackage, ...],
        pypi: Future[tuple[PypiPackage, ...]],
        stop: Callable[[], None] = lambda: None,
        revised: Callable[[], tuple[CondaPackage, ...]] | None = None,
    ) -> None:
        self.platform = platform
        self.conda = conda
        self._pypi = pypi
        self._stop = stop
        self._revised = revised

    def give_up(self) -> None:
        """End the PyPI part if it is still under way."""
        self._stop()

    @contextmanager
    def beside(self, work: Callable[[Solution], _Done]) -> Iterator[Future[_Done]]:
        """While the body runs, call `work` with the complete answer once it is known; then wait for it.

        An error of the body ends the work.

        Yields:
            What it returns or raises.
        """
        done: Future[_Done] = Future()

        def run() -> None:
            try:
                done.set_result(work(self.solution()))
            except BaseException as error:
                done.set_exception(error)

        thread = Thread(target=run, name="beside", daemon=True)
        thread.start()
        try:
            yield done
        except BaseException:
            self.give_up()
            thread.join(_GRACE)
            raise
        thread.join()

    def solution(self) -> Solution:
        """The complete answer; waits for the PyPI part and raises what went wrong there.

        Its conda part is another one than `conda` where PyPI had no answer on top of that.
        """
        pypi = self._pypi.result()
        return Solution(self.platform, self._revised() if self._revised else self.conda, pypi)


def resolve(goal: Goal, engines: Engines) -> Resolution:
    """Find the exact packages of a goal.

    Raises:
        UnsatisfiableError: no answer; the message names the clash.
        FaultsError: a spec cannot be translated for PyPI.
        NotFoundError: no interpreter of the version asked for.
    """
    parts = _part(goal, engines)
    sides = Sides(goal, engines, parts)
    conda = sides.conda(()) if parts.specs else ()
    if not parts.lines:
        return Resolution(goal.platform, conda, settled(()))
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pypi")
    future = pool.submit(sides.agree)
    pool.shutdown(wait=False)
    return Resolution(goal.platform, conda, future, sides.stop, lambda: sides.agreed)


def settled(packages: tuple[PypiPackage, ...]) -> Future[tuple[PypiPackage, ...]]:
    """A PyPI part that is known already."""
    future: Future[tuple[PypiPackage, ...]] = Future()
    future.set_result(packages)
    return future


@dataclass(frozen=True, slots=True)
class Parts:
    """A goal, parted into what each engine is asked."""

    specs: tuple[MatchSpec, ...]
    lines: tuple[PipLine, ...]
    channels: tuple[Channel, ...]
    with_pip: bool


def _part(goal: Goal, engines: Engines) -> Parts:
    """Who answers which spec: conda specs, PyPI lines, and the channels of the conda part."""
    before, after = _around_pypi(goal.channels)
    channels = (*before, *after)
    python, others = split_interpreter(goal.specs)
    from_pypi = [spec for spec in others if spec.channel == PYPI_CHANNEL]
    from_conda = [spec for spec in others if spec.channel != PYPI_CHANNEL]
    with_pip = goal.with_pip
    extra: list[PipLine] = []
    lines = [*translate(from_pypi), *goal.pip]
    if len(channels) < len(goal.channels):
        first = engines.conda.names(before, goal.platform) if before else frozenset()
        later = engines.conda.names(after, goal.platform) if after else frozenset()
        from_conda = [spec for spec in from_conda if _stays_with_conda(spec, goal, first, later)]
        from_pypi = [spec for spec in others if spec not in from_conda]
        lines = [*translate(from_pypi), *goal.pip]  # told before an interpreter is made
        wanted = python or ((MatchSpec("python"),) if from_pypi or goal.pip else ())
        if wanted and "python" not in first | later:
            channels = (*channels, engines.interpreters().provide(wanted[0], goal.platform))
        if with_pip and wanted and ("pip" in goal.preferred or not {"python", "pip"} <= first | later):
            extra.append(PIP)
            with_pip = False
    lines += [line for line in extra if not any(other.name == line.name for other in lines)]
    if lines and not python:
        python = (MatchSpec("python"),)
    return Parts((*python, *from_conda), tuple(lines), channels, with_pip)


def _stays_with_conda(spec: MatchSpec, goal: Goal, first: frozenset[str], later: frozenset[str]) -> bool:
    """Whether conda channels answer a spec although `pypi` is among the channels.

    What is there already stays with its source; else the order of the channels decides, and behind `pypi` a channel
    has only what PyPI does not.
    """
    if spec.channel or any(package.name == spec.name for package in goal.installed):
        return True
    name = to_pypi(spec.name)
    if name in goal.preferred:
        return False
    return spec.name in first or (spec.name in later and name is None)


def _around_pypi(channels: tuple[Channel, ...]) -> tuple[tuple[Channel, ...], tuple[Channel, ...]]:
    """Conda channels of higher and of lower priority than the `pypi` channel."""
    at = next((i for i, channel in enumerate(channels) if channel.name == PYPI_CHANNEL), len(channels))
    return channels[:at], tuple(channel for channel in channels[at:] if channel.name != PYPI_CHANNEL)
