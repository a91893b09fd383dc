"""The forms in which packages are listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parity.core.graph import needed_first
from parity.errors import InputError
from parity.model import InstalledPackage
from parity.ops import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

URL = "https://conda.anaconda.org/conda-forge"


def conda(name: str, *depends: str) -> InstalledPackage:
    return InstalledPackage(
        name, "1.0", "h_0", URL, "conda", Path("r"), subdir="linux-64", url=f"{URL}/linux-64/{name}-1.0-h_0.conda",
        md5="m" * 32, sha256="s" * 64, depends=depends,
    )  # fmt: skip


PIP = InstalledPackage("pip-tool", "2.0", "pypi_0", "pypi", "pypi", Path("r"), subdir="pypi")
ALL = (
    conda("alpha", "beta >=1", "conda-forge::gamma"),
    conda("beta", "gamma"),
    conda("gamma", "alpha", "__glibc"),
    PIP,
)


def short(channel: str) -> str:
    return channel.removeprefix("https://conda.anaconda.org/")


def names(packages: Sequence[InstalledPackage]) -> list[str]:
    return [package.name for package in packages]


def test_select() -> None:
    assert names(listing.select(ALL, pattern="^.?A|tool")) == ["alpha", "gamma", "pip-tool"]
    assert names(listing.select(ALL, pattern="a.pha")) == ["alpha"]
    assert names(listing.select(ALL, pattern="a.pha", full_name=True)) == []
    assert names(listing.select(ALL, pattern="alph", full_name=True)) == []
    assert names(listing.select(ALL, source="pypi")) == ["pip-tool"]


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(InputError, match="regular expression"):
        listing.select(ALL, pattern="c++[")


def test_columns_and_canonical_names() -> None:
    assert listing.columns(ALL[:1], short) == [("alpha", "1.0", "h_0", "conda-forge")]
    assert listing.columns(ALL[-1:], short, ["md5"]) == [("pip-tool", "2.0", "pypi_0", "pypi", "")]
    assert listing.canonical(ALL[0], short) == "conda-forge/linux-64::alpha-1.0-h_0"
    assert listing.canonical(PIP, short) == "pypi::pip-tool-2.0-pypi_0"


def test_json_has_condas_keys() -> None:
    (data,) = listing.as_json(ALL[:1], short)
    assert data["dist_name"] == "alpha-1.0-h_0"
    assert data["base_url"] == URL
    assert data["channel"] == "conda-forge"
    assert data["platform"] == "linux-64"


def test_explicit_lists_what_others_need_first() -> None:
    lines = listing.explicit((conda("app", "lib >=1"), conda("lib")), "linux-64", ["sha256"])
    assert lines[lines.index("@EXPLICIT") + 1 :] == [
        f"{URL}/linux-64/{name}-1.0-h_0.conda#sha256:{'s' * 64}" for name in ("lib", "app")
    ]
    assert listing.explicit(ALL[1:2], "linux-64", ["md5"])[-1].endswith("#" + "m" * 32)
    assert listing.explicit((PIP,), "linux-64")[-1].startswith("# ")


def test_circles_of_dependencies_end() -> None:
    assert sorted(names(needed_first(ALL))) == names(ALL)


def test_a_long_chain_is_no_recursion_error() -> None:
    chain = tuple(conda(f"p{number:05}", f"p{number + 1:05}") for number in range(3000))
    assert names(needed_first(chain))[0] == "p02999"


def test_export() -> None:
    assert listing.export(ALL, "linux-64")[-1] == "pip-tool=2.0=pypi_0"
