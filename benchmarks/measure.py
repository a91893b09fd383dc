"""Timing of child processes: wall time and peak memory, medians of interleaved runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Command:
    """One child process: its arguments, complete environment and directory."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is measured.

    Attributes:
        program: who does it, as the table shows it.
        steps: run one after another; their times are added.
        prepare: called before each run, not timed.
    """

    program: str
    steps: tuple[Command, ...]
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Aim:
    """What Parity's median shall not exceed.

    Attributes:
        text: the rule in words.
        seconds: the limit, from the medians of the other cases of the row.
    """

    text: str
    seconds: Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison: Parity's case first, then its peers.

    Attributes:
        title: what is measured.
        cases: in the order of the table.
        aim: what is asked of the first; None where there is nothing to compare with.
    """

    title: str
    cases: tuple[Case, ...]
    aim: Aim | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What measuring a case gave.

    Attributes:
        program: as in the case.
        seconds: wall time of each run.
        peak: bytes of memory of the largest process of all runs; None where the system does not tell.
    """

    program: str
    seconds: tuple[float, ...]
    peak: int | None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class FailedError(Exception):
    """A measured command failed; its output is the message."""


def measure(row: Row, repeat: int) -> tuple[Result, ...]:
    """Measure the cases of a row by turns, so that a busy moment of the machine meets all of them.

    The first turn warms the caches and does not count.
    """
    seconds: list[list[float]] = [[] for _ in row.cases]
    peaks: list[list[int]] = [[] for _ in row.cases]
    for turn in range(repeat + 1):
        for number, case in enumerate(row.cases):
            case.prepare()
            samples = list(_run(case))
            if turn:
                seconds[number].append(sum(taken for taken, _ in samples))
                peaks[number].append(max(peak for _, peak in samples))
    return tuple(
        Result(case.program, tuple(seconds[number]), max(peaks[number]) or None)
        for number, case in enumerate(row.cases)
    )


def _run(case: Case) -> Iterator[tuple[float, int]]:
    for step in case.steps:
        with tempfile.TemporaryFile() as log:
            began = time.perf_counter()
            child = subprocess.Popen(
                step.argv, env=dict(step.env), cwd=step.cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            code, peak = _wait(child)
            taken = time.perf_counter() - began
            if code:
                log.seek(0)
                raise FailedError(f"{' '.join(step.argv)}\n{log.read().decode(errors='replace')}")
        yield taken, peak


def _wait(child: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Exit code, and bytes that the child or its largest descendant held at most; 0 where that is not told."""
    if not hasattr(os, "wait4"):
        return child.wait(), 0
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
