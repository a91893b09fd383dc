"""The search for an answer of both sides, with answers given by the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from parity.core.facts import Facts
from parity.core.ports import Distribution
from parity.core.reconcile import conda_chain, search
from parity.errors import ConflictError, NetworkError, UnsatisfiableError
from parity.model import MatchSpec
from parity.testing.engines import conda_package

if TYPE_CHECKING:
    from parity.model import CondaPackage, PypiPackage

NUMPY = MatchSpec("numpy", text="numpy")


@dataclass
class Script:
    """Answers what it was told to.

    Attributes:
        solutions: limits, as text -> version of numpy; what is not there has no answer.
        refused: version of numpy -> what PyPI says of it.
        asked: limits that conda was asked with.
    """

    solutions: dict[str, str]
    refused: dict[str, Exception]
    asked: list[str] = field(default_factory=list)
    project: str = ""

    def conda(self, constraints: tuple[MatchSpec, ...]) -> tuple[CondaPackage, ...]:
        key = " & ".join(map(str, constraints))
        self.asked.append(key)
        if key not in self.solutions:
            raise UnsatisfiableError("nothing fits")
        python = "3.11.1" if "python" in key else "3.12.1"
        return (conda_package("numpy", self.solutions[key]), conda_package("python", python))

    def facts(self, conda: tuple[CondaPackage, ...]) -> Facts:
        version = self.project or conda[0].version
        return Facts({"numpy": version}, {"numpy": Distribution("numpy", version, "numpy")})

    def pypi(self, conda: tuple[CondaPackage, ...], facts: Facts) -> tuple[PypiPackage, ...]:
        if conda[0].version in self.refused:
            raise self.refused[conda[0].version]
        return ()


def conflict(*ranges: str, name: str = "numpy") -> ConflictError:
    return ConflictError("uv says no", wanted={name: ranges}, chains={name: ("`app`", f"app 1.0 needs {name}<2")})


def test_the_range_that_pypi_asks_for_is_asked_of_conda() -> None:
    script = Script({"": "2.4", "numpy >=1.21,<1.25a0": "1.24"}, {"2.4": conflict(">=1.21,<1.25")})
    assert search(script, [NUMPY]).conda[0].version == "1.24"
    script = Script({"": "2.4", "numpy <2a0|>=3": "3.0"}, {"2.4": conflict("<2", ">=3")})
    assert search(script, [NUMPY]).conda[0].version == "3.0"


@pytest.mark.parametrize(("ranges", "project"), [((), ""), (("<2",), "7.0"), ((">=2",), ""), (("<not a range",), "")])
def test_without_a_range_that_conda_reads_the_same_the_version_is_excluded(
    ranges: tuple[str, ...], project: str
) -> None:
    script = Script({"": "2.4", "numpy !=2.4": "1.24"}, {"2.4": conflict(*ranges)}, project=project)
    assert search(script, [NUMPY]).conda[0].version == "1.24"


def test_a_range_that_does_not_keep_conda_from_a_version_is_followed_by_its_exclusion() -> None:
    solutions = {"": "2.4", "numpy <2a0": "2.4", "numpy <2a0 & numpy !=2.4": "1.0"}
    script = Script(solutions, {"2.4": conflict("<2")})
    assert search(script, [NUMPY]).conda[0].version == "1.0"
    assert script.asked == list(solutions)


def test_another_python_is_tried() -> None:
    script = Script({"": "2.4", "python !=3.12.*": "2.3"}, {"2.4": conflict(name="python")})
    assert search(script, [NUMPY]).conda[0].version == "2.3"


def test_both_chains_and_what_conda_says() -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        search(Script({"": "2.4"}, {"2.4": conflict("<2")}), [NUMPY])
    assert caught.value.message.splitlines() == [
        "conda and PyPI packages do not agree on numpy:",
        "  pip: `app` -> app 1.0 needs numpy<2",
        "  conda: `numpy` -> numpy 2.4",
        "  with `numpy <2a0`, conda has no answer:",
        "    nothing fits",
    ]


def test_the_search_is_given_up() -> None:
    solutions, key = {"": "9"}, ""
    for version in range(9, 0, -1):
        key += f"{' & ' if key else ''}numpy !={version}"
        solutions[key] = str(version - 1)
    script = Script(solutions, {str(version): conflict() for version in range(1, 10)})
    with pytest.raises(UnsatisfiableError, match="given up after 3 conda solutions") as caught:
        search(script, [NUMPY], rounds=3)
    assert "add a range" in caught.value.hints[0]
    assert search(script, [NUMPY]).conda[0].version == "0"


def test_other_failures_end_the_search() -> None:
    for error in (NetworkError("away"), ConflictError("about something else", wanted={"other": ()})):
        with pytest.raises(type(error), match=error.message):
            search(Script({"": "2.4"}, {"2.4": error}), [NUMPY])


def test_the_chain_that_holds_a_package_there() -> None:
    conda = [
        conda_package("a", depends=["numpy"]),
        conda_package("b", "2.0", depends=["numpy >=2", "python"]),
        conda_package("numpy", "2.4"),
        conda_package("python", "3.12.1"),
    ]
    specs = [MatchSpec("a"), MatchSpec("b", "2.*", text="b=2")]
    assert conda_chain(conda, specs, "numpy") == ("`b=2`", "b 2.0 needs numpy >=2", "numpy 2.4")
    assert conda_chain(conda, [MatchSpec("a")], "python") == ("python 3.12.1",)
    assert conda_chain(conda, specs, "absent") == ()
