"""Package names between conda and PyPI.

A small shipped table (`names_table.py`) is a first guess only: where packages are at hand, the names in
their metadata are the truth. Names that the table does not know are taken to be the same in both worlds.
"""

from __future__ import annotations

from functools import cache

from parity.patterns import regex

_SEPARATORS = regex(r"[-_.]+")

# families of conda packages that exist on no PyPI index: by prefix, or by the platform they are built for
_CONDA_ONLY = regex(
    r"^(?:_|r-|perl-|bioconductor-|xorg-|m2-|m2w64-|msys2-|font-ttf-|rust-std-|vs20\d\d|lib(?:gz|ignition)-"
    r"|cuda-(?!(?:python|bindings|core|pathfinder)$))"
    r"|[-_](?:linux|osx|win)-(?:32|64|aarch64|arm64|ppc64le|s390x)$|-cos\d-"
)

_CUDA = regex(r"^(?:cuda|cudnn|nccl|cutensor|cusparselt|pytorch-cuda|magma|lib(?:cu(?!rl)|np+$|nv|magma))")


def normalise(name: str) -> str:
    """The one spelling of a PyPI project name (PEP 503): lower case, runs of `-`, `_`, `.` as one dash."""
    return _SEPARATORS.sub("-", name).lower()


def to_pypi(name: str) -> str | None:
    """The PyPI project of a conda package.

    Args:
        name: conda package name.

    Returns:
        The normalised project name; None where the package is known not to be on PyPI (`libgcc`, `r-base`).
    """
    name = name.lower()
    table = _from_conda()
    if name in table:
        return table[name]
    return None if _CONDA_ONLY.search(name) else normalise(name)


def to_conda(name: str) -> str:
    """The conda-forge package of a PyPI project; where several fit, the one that people ask for by name.

    Args:
        name: PyPI project name in any spelling.
    """
    name = normalise(name)
    return _from_pypi().get(name, name)


def advice(name: str) -> str:
    """What to write instead of a conda package that is not on PyPI, as the end of a sentence to a person."""
    name = name.lower()
    sibling = _from_pypi().get(normalise(name), name)
    if sibling != name:
        return f"the Python package is called `{sibling}` in conda"
    if _CUDA.match(name):
        return (
            "remove it: wheels bring the CUDA libraries that they need; write `pytorch`, and for another CUDA version "
            "add the package index of that PyTorch build to `pip:` with --extra-index-url"
        )
    if name.startswith(("r-", "bioconductor-")) or name == "r":
        return "R packages are in conda channels only: name one, such as conda-forge, in `channels`"
    return (
        "remove it where a Python package needs it, since wheels bring their own libraries; "
        "else name a conda channel that has it, such as conda-forge, in `channels`"
    )


@cache
def _from_conda() -> dict[str, str | None]:
    from parity.core import names_table as data

    table: dict[str, str | None] = dict.fromkeys(data.NOT_ON_PYPI.split())
    for block in (data.RENAMED, data.ALIASES):
        table.update(_pairs(block))
    return table


@cache
def _from_pypi() -> dict[str, str]:
    from parity.core import names_table as data

    table = {normalise(name): name for name in data.SPELLED.split()}
    table.update((pypi, conda) for conda, pypi in _pairs(data.RENAMED))
    return table


def _pairs(block: str) -> list[tuple[str, str]]:
    return [(conda, pypi) for conda, _, pypi in (item.partition("=") for item in block.split())]
