"""Who answers which spec, with engines in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from parity.core import specs
from parity.errors import FaultsError, RefusedError
from parity.model import Channel, CondaPackage, MatchSpec
from parity.ops.resolve import Engines, Goal, resolve
from parity.testing.engines import MemoryCondaEngine, MemoryPypiEngine, conda_package, pypi_package

TEAM = Channel("team", ("file:///team",))
PYPI = Channel("pypi", ())
LOCAL = Channel("parity-interpreters", ("file:///interpreters",))
INTERPRETER = conda_package("python", "3.11.7", channel=LOCAL.urls[0])


@dataclass
class Case:
    """A universe and what is there already."""

    channels: tuple[Channel, ...]
    team: tuple[CondaPackage, ...] = ()
    installed: tuple[CondaPackage, ...] = ()
    preferred: dict[str, str] = field(default_factory=dict)
    disallowed: tuple[MatchSpec, ...] = ()

    def __call__(self, *texts: str) -> tuple[set[str], set[str]]:
        """Names from conda and from PyPI."""
        conda = MemoryCondaEngine([*self.team, INTERPRETER])
        pypi = MemoryPypiEngine([pypi_package(name, "9.0") for name in ("numpy", "torch", "pip", "app", "other")])
        goal = Goal(
            tuple(specs.parse(text) for text in texts),
            self.channels,
            "linux-64",
            installed=self.installed,
            preferred=self.preferred,
            disallowed=self.disallowed,
        )
        solution = resolve(goal, Engines(conda, lambda: pypi, lambda: self)).solution()
        return {package.name for package in solution.conda}, {package.name for package in solution.pypi}

    def provide(self, spec: MatchSpec, platform: str) -> Channel:
        return LOCAL


def team(*names: str) -> tuple[CondaPackage, ...]:
    return tuple(conda_package(name, "1.0", channel=TEAM.urls[0]) for name in names)


def test_conda_channels_alone_are_asked_for_everything() -> None:
    assert Case((TEAM,), team("numpy"))("numpy") == ({"numpy"}, set())


def test_a_pypi_channel_answers_everything_and_brings_an_interpreter_and_pip() -> None:
    assert Case((PYPI,))("numpy", "pytorch") == ({"python"}, {"numpy", "torch", "pip"})


def test_an_empty_request_of_pypi_needs_no_interpreter() -> None:
    assert Case((PYPI,))() == (set(), set())


def test_the_order_of_channels_decides() -> None:
    assert Case((TEAM, PYPI), team("numpy"))("numpy", "app") == ({"numpy", "python"}, {"app", "pip"})
    assert Case((PYPI, TEAM), team("numpy"))("numpy", "app") == ({"python"}, {"numpy", "app", "pip"})


def test_behind_pypi_a_channel_has_what_pypi_does_not() -> None:
    assert Case((PYPI, TEAM), team("cudatoolkit"))("numpy", "cudatoolkit")[0] == {"cudatoolkit", "python"}


def test_a_python_and_pip_of_a_configured_channel_come_first() -> None:
    assert Case((TEAM, PYPI), team("python"))("app") == ({"python"}, {"app", "pip"})
    assert Case((TEAM, PYPI), team("python", "pip"))("app", "pip") == ({"python", "pip"}, {"app"})


def test_what_is_there_stays_with_its_source() -> None:
    case = Case((TEAM, PYPI), team("numpy", "other"), preferred={"numpy": "9.0", "pip": "9.0"})
    assert case("python", "numpy", "other") == ({"other", "python"}, {"numpy", "pip"})
    case = Case((PYPI, TEAM), team("numpy"), installed=team("numpy"))
    assert case("numpy")[0] == {"numpy"}


def test_a_source_can_be_named() -> None:
    assert Case((TEAM,), team("numpy", "python"))("pypi::app", "numpy") == ({"numpy", "python"}, {"app"})


def test_what_has_no_counterpart_on_pypi_is_an_error_for_each() -> None:
    with pytest.raises(FaultsError) as caught:
        Case((PYPI,))("cudatoolkit=11.3", "numpy=1.0=py311_0")
    assert len(caught.value.faults) == 2


def test_disallowed_packages_are_refused() -> None:
    with pytest.raises(RefusedError, match="numpy"):
        Case((TEAM,), team("numpy"), disallowed=(MatchSpec("numpy"),))("numpy")
