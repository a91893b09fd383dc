"""Bills of materials and provenance are complete, valid and the same every time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from parity.engines import sbom
from parity.formats import in_toto
from parity.model import CondaPackage, PypiPackage, Solution

if TYPE_CHECKING:
    from pathlib import Path

    from parity.engines.sbom import Form

A, B = "a" * 64, "b" * 64
SOLUTION = Solution(
    "linux-64",
    (
        CondaPackage("libx", "1.0", "h_0", 0, "linux-64", "https://ann:pw@conda.example.org/forge/linux-64/libx-1.0-h_0.conda",
                     "https://conda.example.org/forge/", "libx-1.0-h_0.conda", sha256=A, license="BSD-3-Clause"),
        CondaPackage("liby", "2!1.0", "h_0", 0, "noarch", "file:///srv/c/noarch/liby.tar.bz2", "file:///srv/c/",
                     "liby.tar.bz2", license='as is, see "file"'),
    ),
    (PypiPackage("numpy", "2.0", "https://files.example.org/numpy-2.0-py3-none-any.whl", B),),
)  # fmt: skip
WHEN = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("form", ["cyclonedx", "spdx"])
def test_a_bill_names_every_package_with_its_hash(form: Form) -> None:
    pytest.importorskip("cyclonedx")
    pytest.importorskip("spdx_tools")
    text = sbom.render(form, "train:1", SOLUTION, WHEN)
    assert text == sbom.render(form, "train:1", SOLUTION, WHEN)
    assert text != sbom.render(form, "train:2", SOLUTION, WHEN)
    data = json.loads(text)
    packages = data["components" if form == "cyclonedx" else "packages"]
    assert sorted(one["name"] for one in packages) == ["libx", "liby", "numpy"]
    for known in (
        A.encode(),
        B.encode(),
        b"pkg:conda/libx@1.0?build=h_0",
        b"pkg:pypi/numpy@2.0",
        b"2025-01-01T00:00:00",
    ):
        assert known in text
    assert b"pw" not in text


def test_spdx_is_valid_by_its_own_rules(tmp_path: Path) -> None:
    pytest.importorskip("spdx_tools")
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    file = tmp_path / "x.spdx.json"
    file.write_bytes(sbom.render("spdx", "train:1", SOLUTION, WHEN))
    assert validate_full_spdx_document(parse_file(str(file))) == []


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from parity.errors import NotFoundError

    monkeypatch.setitem(__import__("sys").modules, "spdx_tools", None)
    monkeypatch.setitem(__import__("sys").modules, "spdx_tools.common.spdx_licensing", None)
    with pytest.raises(NotFoundError) as caught:
        sbom.render("spdx", "x", SOLUTION, WHEN)
    assert "parity-env[sbom]" in caught.value.hints[0]


def test_provenance_names_lock_base_and_packages_and_no_secret() -> None:
    text = in_toto.statement("train:1", f"sha256:{A}", SOLUTION, parameters={"platform": "linux/amd64"},
                             lock=("parity.lock", B), base=("debian:12", f"sha256:{B}"), version="1")  # fmt: skip
    data = json.loads(text)
    assert data["subject"] == [{"name": "train:1", "digest": {"sha256": A}}]
    materials = data["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [one["uri"].rpartition("/")[2] for one in materials] == [
        "parity.lock", "debian:12", "libx-1.0-h_0.conda", "numpy-2.0-py3-none-any.whl"
    ]  # fmt: skip
    assert b"pw" not in text
