"""Conda-style specs as PyPI requirements."""

from __future__ import annotations

import pytest

from parity.core.translate import split_interpreter, to_requirement, translate, translate_version
from parity.errors import FaultsError, SpecError
from parity.formats.environment_yml import read
from parity.model import MatchSpec


@pytest.mark.parametrize(
    ("conda", "pypi"),
    [
        ("", ""),
        ("*", ""),
        ("1.24.*", "==1.24.*"),
        ("=1.24", "==1.24.*"),
        ("=1.24.*", "==1.24.*"),
        ("1.24*", "==1.24.*"),
        ("1.24", "==1.24"),
        ("==1.24", "==1.24"),
        ("==1.24.*", "==1.24.*"),
        (">=1,<2", ">=1,<2"),
        (">= 1 , < 2", ">=1,<2"),
        (">=1.2.*", ">=1.2"),
        ("!=1.5", "!=1.5"),
        ("!=1.5.*", "!=1.5.*"),
        ("~=1.4", "~=1.4"),
        ("~=1.4.2", "~=1.4.2"),
        ("~=1", ">=1"),
        (">=1,<2.0a0", ">=1,<2.0"),
        ("<2.dev0", "<2"),
        ("2.0.0rc1", "==2.0.0rc1"),
        ("2.0.0rc1.*", "==2.0.0rc1"),
        ("1.0a1", "==1.0a1"),
        ("1!2.0", "==1!2.0"),
        ("2.0+cu118", "==2.0+cu118"),
        ("2.0+cu118.*", "==2.0+cu118"),
        ("2.9.0.post0", "==2.9.0.post0"),
        (">=1|*", ""),
        ("1.24.*|1.24.*", "==1.24.*"),
        ("1.24.*|1.25.*|1.26.*", ">=1.24,<1.27"),
        ("3.*|2.*", ">=2,<4"),
        ("<1.5|>1.5", "!=1.5"),
        ("(>=1,<2)", ">=1,<2"),
    ],
)
def test_version_ranges(conda: str, pypi: str) -> None:
    assert translate_version(conda) == pypi


@pytest.mark.parametrize(
    ("conda", "hint"),
    [
        ("1.1.1_w", "1.1.1.*"),
        ("1.1.1w", "1.1.1.*"),
        ("2024a", "2024.*"),
        ("1.2|>=3", "write one of them"),
        ("(1.2|1.3),>1", "one range"),
        ("1.*.2", "range"),
        ("^1.2.*$", "range"),
        (">=2.0+cu118", "==2.0+cu118"),
        ("main", "range"),
    ],
)
def test_what_pep_440_cannot_say_is_refused_with_a_hint(conda: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        translate_version(conda)
    assert hint in " ".join(caught.value.hints)


def test_names_are_translated() -> None:
    line = to_requirement(MatchSpec("pytorch", "2.1.*"))
    assert (line.kind, line.text, line.value, line.name) == ("requirement", "torch==2.1.*", "torch==2.1.*", "torch")


@pytest.mark.parametrize("channel", ["pypi", "PyPI", ""])
def test_the_channel_pypi_is_this_channel(channel: str) -> None:
    assert to_requirement(MatchSpec("numpy", channel=channel)).text == "numpy"


def test_any_build_is_no_build() -> None:
    assert to_requirement(MatchSpec("numpy", "1.26.4", build="*")).text == "numpy==1.26.4"


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        (MatchSpec("numpy", "1.26.4", build="py311h64a7726_0"), "py311h64a7726_0", "write `numpy 1.26.4`"),
        (MatchSpec("pytorch", "*", build="cuda*"), "cuda*", "write `pytorch`"),
        (MatchSpec("cudatoolkit", "11.3.*"), "not on PyPI", "CUDA libraries"),
        (MatchSpec("r-base"), "not on PyPI", "R packages"),
        (MatchSpec("graphviz"), "not on PyPI", "python-graphviz"),
        (MatchSpec("numpy", channel="conda-forge"), "conda-forge", "write `numpy`"),
        (MatchSpec("numpy", subdir="linux-64"), "linux-64", "platforms"),
        (MatchSpec("numpy", extra=(("md5", "0" * 32),)), "md5", "write `numpy`"),
    ],
)
def test_what_pypi_has_not_is_refused_with_a_hint(spec: MatchSpec, message: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        to_requirement(spec)
    assert message in caught.value.message
    assert hint in " ".join(caught.value.hints)


def test_all_faults_are_collected() -> None:
    specs = [MatchSpec("numpy"), MatchSpec("cudatoolkit", text="cudatoolkit=11"), MatchSpec("scipy", build="py311_0")]
    with pytest.raises(FaultsError) as caught:
        translate(specs)
    assert [fault.place for fault in caught.value.faults] == ["cudatoolkit=11", "scipy[build='py311_0']"]


def test_what_cannot_be_translated_is_told_with_its_line() -> None:
    request = read("dependencies:\n  - numpy\n  - cudatoolkit=11\n", file="environment.yml")
    with pytest.raises(FaultsError, match=r"environment\.yml:3 dependencies\[1\]: `cudatoolkit`"):
        translate(request.specs)


def test_the_order_stays() -> None:
    specs = [MatchSpec("scipy", ">=1.10"), MatchSpec("numpy"), MatchSpec("pip", "23.0.*")]
    assert [line.text for line in translate(specs)] == ["scipy>=1.10", "numpy", "pip==23.0.*"]


def test_the_interpreter_is_kept_apart() -> None:
    specs = [MatchSpec("numpy"), MatchSpec("python", "3.11.*"), MatchSpec("python-dateutil")]
    interpreter, others = split_interpreter(specs)
    assert [spec.name for spec in interpreter] == ["python"]
    assert [spec.name for spec in others] == ["numpy", "python-dateutil"]
