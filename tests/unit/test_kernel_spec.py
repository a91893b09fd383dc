"""Kernel specifications of Jupyter, as text and as values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity.errors import FaultsError
from parity.formats import kernel_spec
from parity.store import kernels

IPYKERNEL = {
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "metadata": {"debugger": True},
}


def test_the_command_is_run_inside_the_environment() -> None:
    made = kernel_spec.wrapped(IPYKERNEL, "/e/work", "work", ["/usr/bin/python3", "-m", "parity"])
    assert made["argv"] == ["/usr/bin/python3", "-m", "parity", "run", "-p", "/e/work", *IPYKERNEL["argv"]]
    assert made["display_name"] == "Python 3 (work)"
    assert made["metadata"]["debugger"] is True
    assert kernel_spec.prefix_of(made) == "/e/work"
    assert kernel_spec.prefix_of(IPYKERNEL) is None
    assert "interrupt_mode" not in made
    assert kernel_spec.parse(kernel_spec.dump(made)) == made


def test_what_is_asked_for_is_shown() -> None:
    made = kernel_spec.wrapped(IPYKERNEL, "C:\\e", "e", ["parity.exe"], display_name="GPU", windows=True)
    assert (made["display_name"], made["interrupt_mode"]) == ("GPU", "message")


@pytest.mark.parametrize(
    ("env", "spec", "name"),
    [("work", "python3", "work"), ("My Env", "ir", "my-env-ir"), ("ж", "python3", "environment"),
     ("a.b_c-1", "python3", "a.b_c-1")],
)  # fmt: skip
def test_names_are_what_jupyter_accepts(env: str, spec: str, name: str) -> None:
    assert kernel_spec.kernel_name(env, spec) == name


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"argv": []}', '{"argv": [1]}', '{"argv": "python"}'])
def test_what_is_no_specification_is_refused(text: str) -> None:
    with pytest.raises(FaultsError):
        kernel_spec.parse(text, file="kernel.json")


def test_directories_are_those_of_jupyter() -> None:
    home = Path("/home/ann")
    assert kernels.user_directory({}, home, "linux") == home / ".local/share/jupyter/kernels"
    assert kernels.user_directory({"XDG_DATA_HOME": "/x"}, home, "linux") == Path("/x/jupyter/kernels")
    assert kernels.user_directory({}, home, "darwin") == home / "Library/Jupyter/kernels"
    assert kernels.user_directory({"APPDATA": "/a"}, home, "win32") == Path("/a/jupyter/kernels")
    assert kernels.user_directory({"JUPYTER_DATA_DIR": "/d"}, home, "win32") == Path("/d/kernels")


def test_a_broken_specification_hides_no_other(tmp_path: Path) -> None:
    good = tmp_path / "good"
    kernels.write(good, IPYKERNEL, like=tmp_path)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "kernel.json").write_text("{")
    assert [(path.name, spec) for path, spec in kernels.specs(tmp_path)] == [("good", IPYKERNEL)]
    assert json.loads((good / "kernel.json").read_text()) == IPYKERNEL
    assert list(kernels.specs(tmp_path / "none")) == []
