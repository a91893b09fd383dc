"""What `specs.parse` makes of a spec is what rattler makes of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import rattler
from rattler.exceptions import InvalidMatchSpecError

from parity.core.specs import parse
from parity.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def meaning(spec: rattler.MatchSpec) -> tuple[Any, ...]:
    """The parts of a spec as rattler understood them; `*` and nothing are the same version."""
    text = str(spec)
    url = re.search(r"""\burl=["']([^"']*)""", text)
    return (
        str(spec.name),
        None if spec.version == "*" else spec.version,
        None if spec.build == "*" else spec.build,
        spec.build_number,
        spec.channel and spec.channel.base_url,
        spec.subdir,
        spec.md5,
        spec.sha256,
        url and url[1],
    )


def env_specs(shared_data: Path) -> Iterator[str]:
    for file in sorted((shared_data / "envs").rglob("*.y*ml")):
        for line in file.read_text().partition("dependencies:")[2].partition("- pip:")[0].splitlines():
            if line.lstrip().startswith("- "):
                yield line.strip()[2:].partition(" #")[0].strip()


def repodata_specs(shared_data: Path) -> Iterator[str]:
    """What the packages of the collections depend on."""
    for file in sorted((shared_data / "packages").rglob("repodata.json")):
        repodata = json.loads(file.read_text())
        for record in [*repodata.get("packages", {}).values(), *repodata.get("packages.conda", {}).values()]:
            yield from record.get("depends", ())
            yield from record.get("constrains", ())


SAMPLES = [
    "numpy",
    "numpy=1.24",
    "numpy==1.24",
    "numpy 1.24",
    "numpy>=1,<2",
    "numpy 1.26.4 py311h*_0",
    "numpy=1.26.4=py311h_0",
    "pytorch=*=cuda*",
    "_libgcc_mutex=0.1=main",
    "cudatoolkit==11.3.*",
    "python >= 3.8, < 3.9",
    "numpy (>=1,<2)|>=3",
    "numpy 1.8|1.9",
    "conda-forge::numpy >=1",
    "conda-forge/linux-64::numpy >=1",
    "https://host.example/ch/linux-64::numpy >=1",
    "https://host.example/ch/linux-64/pkg-1.0-0.conda",
    "pkg[md5=d41d8cd98f00b204e9800998ecf8427e]",
    "pkg[version='>=1,<2',build='py*',channel='conda-forge',subdir='linux-64']",
    "pkg[build_number='>=1']",
    "blas[build=mkl]",
    "pkg =1.2_3",
    "pkg 1!2.0",
    "pkg >=2021-10",
]


@pytest.mark.parametrize("text", SAMPLES)
def test_a_sample_means_the_same_to_rattler(text: str) -> None:
    assert meaning(rattler.MatchSpec(str(parse(text)))) == meaning(rattler.MatchSpec(text))


@pytest.mark.parametrize("text", ["pkg[extras=[a,b]]", "pkg[when='python >3']", "pkg[license='MIT']"])
def test_bracket_keys_are_printed_as_rattler_reads_them(text: str) -> None:
    assert str(rattler.MatchSpec(str(parse(text)))) == str(rattler.MatchSpec(text))


def test_every_spec_of_the_shared_data_means_the_same_to_rattler(shared_data: Path) -> None:
    seen = 0
    for text in {*env_specs(shared_data), *repodata_specs(shared_data)}:
        try:
            theirs = meaning(rattler.MatchSpec(text))
        except InvalidMatchSpecError:
            with pytest.raises(SpecError):
                parse(text)
            continue
        assert meaning(rattler.MatchSpec(str(parse(text)))) == theirs, text
        seen += 1
    assert seen > 250
