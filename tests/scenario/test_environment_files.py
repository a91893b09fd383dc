"""Environment files of real projects: each is read, or refused for the reason that a person would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parity.errors import FaultsError
from parity.formats.environment_yml import Document, dump, read

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = {
    "conda/channels_with_envvars.yml": ["CONDA_TOKEN", "OTHER_KEY"],
    "conda/invalid_keys.yml": ["`name`", "`channels`", "`dependencies`", "`prefix`"],
    "conda-lock/test-pip-repositories_environment.yaml": ["PIP_USER", "PIP_USER"],
}
ENVIRON = {"CONDA_TOKEN": "t1", "OTHER_KEY": "t2", "PIP_USER": "me", "PIP_PASSWORD": "p"}


def files(shared_data: Path) -> dict[str, str]:
    root = shared_data / "envs"
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.y*ml"))}


def test_each_is_read_or_refused(shared_data: Path) -> None:
    refused = {}
    for name, text in files(shared_data).items():
        try:
            request = read(text, file=name, base="/base")
        except FaultsError as error:
            refused[name] = error.faults
            continue
        entries = text.partition("dependencies:")[2]
        assert bool(request.specs or request.pip) == ("\n- " in entries or "  - " in entries), name
        assert read(dump(request), file=name, base="/base") == request, name
    assert refused.keys() == REFUSED.keys()
    for name, faults in refused.items():
        assert len(faults) == len(REFUSED[name])
        assert all(word in str(fault) for word, fault in zip(REFUSED[name], faults, strict=True))
        assert all(fault.file == name and fault.line and fault.hint for fault in faults)


def test_those_that_lack_a_variable_are_read_where_it_is_set(shared_data: Path) -> None:
    for name, text in files(shared_data).items():
        if name != "conda/invalid_keys.yml":
            assert read(text, file=name, environ=ENVIRON).source == name
        else:
            with pytest.raises(FaultsError):
                read(text, environ=ENVIRON)


def test_an_edit_taken_back_leaves_each_as_it_was(shared_data: Path) -> None:
    for name, text in files(shared_data).items():
        document = Document.parse(text, file=name)
        document.add("brand-new >=1.2,<2")
        document.add_pip("zipp[x]==1.0")
        assert document.text() != text
        assert document.remove("brand-new")
        assert document.remove_pip("zipp")
        assert document.text() == text, name


def test_selectors_of_real_files_choose_by_platform(shared_data: Path) -> None:
    text = files(shared_data)["conda-lock/test-env-filter-platform_environment.yml"]
    names = {
        platform: [spec.name for spec in read(text, platform=platform).specs]
        for platform in ("linux-64", "osx-64", "osx-arm64", "win-64")
    }
    assert names == {
        "linux-64": ["python", "gcc_linux-64"],
        "osx-64": ["python", "clang_osx-64"],
        "osx-arm64": ["python", "clang_osx-arm64"],
        "win-64": ["python"],
    }
