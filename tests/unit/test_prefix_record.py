"""Records of installed packages, as rattler, conda and mamba write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity.errors import IntegrityError
from parity.formats.prefix_record import decode, decode_metadata, owned_metadata, site_packages_path

RECORD: dict[str, object] = {
    "build": "py311h_0",
    "build_number": 3,
    "depends": ["python >=3.11"],
    "md5": "0" * 32,
    "name": "numpy",
    "sha256": "1" * 64,
    "size": 10,
    "subdir": "linux-64",
    "version": "1.26.4",
    "fn": "numpy-1.26.4-py311h_0.conda",
    "url": "https://user:secret@conda.anaconda.org/t/tk-123/conda-forge/linux-64/numpy-1.26.4-py311h_0.conda",
    "channel": "https://conda.anaconda.org/t/tk-123/conda-forge/",
    "requested_specs": ["numpy <2"],
    "files": [
        "lib/python3.11/site-packages/numpy/__init__.py",
        "lib/python3.11/site-packages/numpy-1.26.4.dist-info/METADATA",
        "lib/python3.11/site-packages/old.egg-info",
        "lib/python3.11/site-packages/dir-1.0.egg-info/PKG-INFO",
    ],
    "paths_data": {"paths": [{"_path": "x", "size_in_bytes": 1}], "paths_version": 1},
    "link": {"source": "/pkgs/numpy", "type": 1},
}
PATH = Path("/env/conda-meta/numpy-1.26.4-py311h_0.json")


@pytest.mark.parametrize("as_conda", [False, True], ids=["rattler", "conda"])
def test_both_orders_of_keys_give_the_same(as_conda: bool) -> None:
    package = decode(json.dumps(RECORD, indent=2, sort_keys=as_conda).encode(), PATH)
    assert (package.name, package.version, package.build, package.build_number) == ("numpy", "1.26.4", "py311h_0", 3)
    assert package.requested == ("numpy <2",)
    assert package.depends == ("python >=3.11",)
    assert package.size == 10
    assert package.sha256 == "1" * 64
    assert package.source == "conda"


def test_credentials_stay_outside() -> None:
    package = decode(json.dumps(RECORD, indent=2).encode(), PATH)
    assert package.url == "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py311h_0.conda"
    assert package.channel == "https://conda.anaconda.org/conda-forge"


def test_requested_spec_behind_the_files_is_found() -> None:
    record = {key: value for key, value in RECORD.items() if key != "requested_specs"} | {"requested_spec": "numpy"}
    assert decode(json.dumps(record, indent=2).encode(), PATH).requested == ("numpy",)


def test_old_records() -> None:
    record = {
        "name": "x",
        "version": "1",
        "build": "0",
        "noarch": True,
        "channel": "defaults",
        "requested_spec": "None",
    }
    package = decode(json.dumps(record).encode(), PATH)
    assert package.noarch == "generic"
    assert package.channel == "defaults"
    assert package.requested == ()


@pytest.mark.parametrize("keep", [0, 1, 40, 300, 700, -1, -3])
@pytest.mark.parametrize("indent", [2, None])
def test_a_cut_off_record_is_an_error_that_names_it(keep: int, indent: int | None) -> None:
    data = json.dumps(RECORD, indent=indent).encode()[:keep]
    with pytest.raises(IntegrityError, match=PATH.stem) as caught:
        decode(data, PATH)
    assert "`parity verify --fix -p /env`" in caught.value.hints[0]


@pytest.mark.parametrize("change", [{"depends": 3}, {"version": None}, {"name": 1}, {"build_number": "many"}])
def test_wrong_fields_are_an_error(change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        decode(json.dumps(RECORD | change, indent=2).encode(), PATH)


def test_metadata_that_a_conda_package_owns() -> None:
    data = json.dumps(RECORD).encode()
    assert set(owned_metadata(data)) == {"numpy-1.26.4.dist-info", "old.egg-info", "dir-1.0.egg-info"}


def test_site_packages_of_a_free_threaded_python() -> None:
    data = b'{"name": "python", "python_site_packages_path": "lib/python3.13t/site-packages"}'
    assert site_packages_path(data) == "lib/python3.13t/site-packages"
    assert site_packages_path(b"{}") == ""


def test_python_metadata() -> None:
    text = "Metadata-Version: 2.1\nName: Foo.Bar_baz\nVersion: 1.0+cu1\nRequires-Dist: numpy>1\n\nName: other\n"
    package = decode_metadata(text, Path("/s/Foo.Bar_baz-1.0+cu1.dist-info"), requested=True)
    assert package is not None
    assert (package.name, package.version, package.build, package.channel) == (
        "foo-bar-baz",
        "1.0+cu1",
        "pypi_0",
        "pypi",
    )
    assert package.depends == ("numpy>1",)
    assert package.requested == ("foo-bar-baz",)


@pytest.mark.parametrize(
    ("direct", "url", "editable"),
    [
        ('{"url": "file:///src", "dir_info": {"editable": true}}', "file:///src", True),
        ('{"url": "https://me:pw@h/x.whl", "archive_info": {}}', "https://h/x.whl", False),
        ('{"url": "https://h/r", "vcs_info": {"vcs": "git", "commit_id": "abc"}}', "git+https://h/r@abc", False),
        ("not json", "", False),
        ("[]", "", False),
    ],
)
def test_where_it_came_from(direct: str, url: str, editable: bool) -> None:
    package = decode_metadata("Name: x\nVersion: 1\n", Path("/s/x-1.dist-info"), direct_url=direct)
    assert package is not None
    assert (package.url, package.editable) == (url, editable)


def test_name_and_version_from_the_name_of_an_egg() -> None:
    package = decode_metadata("", Path("/s/my_pkg-0.3-py3.11.egg-info"))
    assert package is not None
    assert (package.name, package.version) == ("my-pkg", "0.3")
    assert decode_metadata("", Path("/s/nothing.egg-info")) is None
