"""The table of conda's commands: complete, consistent, and in step with its page.

`python tests/unit/test_shim_table.py` writes docs/reference/conda-options.md anew.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest

from parity.shim import files
from parity.shim.export import spec_text
from parity.shim.main import parser_of
from parity.shim.options import MAMBA, Option
from parity.shim.order import parents_first
from parity.shim.run import OPTIONS as RUN
from parity.shim.table import ABSENT, ALIASES, ALL, COMMANDS, ENV, VARS, Command

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "conda-options.md"
EVERY = {**COMMANDS, **{f"env {name}": command for name, command in ENV.items()}}


def options_of(name: str) -> tuple[Option, ...]:
    return RUN if name == "run" else EVERY[name].options


def page() -> str:
    """docs/reference/conda-options.md."""
    lines = [
        "# Options of conda's and mamba's commands",
        "",
        "<!-- Made from the tables in src/parity/shim by `python tests/unit/test_shim_table.py`; do not edit. -->",
        "",
        "What becomes of each option of `conda`, `mamba` and `micromamba` when they are Parity",
        "([coming from conda or mamba](../how-to/coming-from-conda-or-mamba.md)). An option that makes no difference",
        "is accepted with a note on standard error; one that is not supported ends the command with an error.",
        "",
    ]
    for name in sorted(EVERY):
        options = [option for option in options_of(name) if option.flags[0].startswith("-")]
        if options:
            lines += [f"## {name}", "", *_rows(options)]
    lines += ["## On every command of mamba and micromamba", "", *_rows(MAMBA)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(options: tuple[Option, ...] | list[Option]) -> list[str]:
    rows = ["| option | what becomes of it |", "|---|---|"]
    for option in options:
        flags = ", ".join(f"`{flag}`" for flag in option.flags)
        if option.note:
            text = f"makes no difference: {option.note}"
        elif option.instead:
            text = f"not supported; use instead: {option.instead}"
        else:
            text = str(option.keywords["help"])
        rows.append(f"| {flags} | {text.replace('|', chr(92) + '|')} |")
    return [*rows, ""]


def test_the_page_of_options_is_in_step_with_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_for_newcomers_names_every_command() -> None:
    text = (DOCS / "how-to" / "coming-from-conda-or-mamba.md").read_text(encoding="utf-8")
    names = {*EVERY, *ABSENT, *ALIASES, *(f"env config vars {name}" for name in VARS)} - {"env", "env config"}
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    assert [name for name in sorted(names) if f"`{name}`" not in rows] == []


@pytest.mark.parametrize("dialect", ALL)
def test_every_command_has_a_parser_and_a_module(dialect: str) -> None:
    for name, command in EVERY.items():
        if dialect in command.dialects and name not in {"env", "env config"}:
            assert hasattr(import_module(f"parity.shim.{command.module}"), "run")
            parser_of(name, command, dialect).format_help()
    for action, options in VARS.items():
        parser_of(f"env config vars {action}", Command("env", action, options), dialect).format_help()


def test_aliases_lead_to_commands() -> None:
    assert set(ALIASES.values()) <= COMMANDS.keys()
    assert not ABSENT.keys() & COMMANDS.keys()


def test_explicit_lists_name_parents_first() -> None:
    from dataclasses import replace

    from parity.model import InstalledPackage

    one = InstalledPackage("x", "1", "0", "c", "conda", Path("x"))

    def named(name: str, *depends: str) -> InstalledPackage:
        return replace(one, name=name, depends=depends)

    packages = [named("b", "python >=3"), named("a", "b"), named("python", "pip", "zlib"), named("pip", "python"),
                named("zlib"), named("alone"), named("loop1", "loop2"), named("loop2", "loop1")]  # fmt: skip
    assert [package.name for package in parents_first(packages)] == [
        "alone", "zlib", "python", "b", "pip", "a", "loop1", "loop2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("numpy", "numpy"),
        ("python=3.11", "python=3.11"),
        ("python=3.11.*", "python=3.11"),
        ("numpy==1.26.4", "numpy==1.26.4"),
        ("numpy=1.26=py311_0", "numpy==1.26=py311_0"),
        ("numpy>=1.20,<2", "numpy[version='>=1.20,<2']"),
        ("pytorch=*=cuda*", "pytorch[build='cuda*']"),
        ("conda-forge::scipy", "conda-forge::scipy"),
    ],
)
def test_specs_as_conda_prints_them(written: str, shown: str) -> None:
    from parity.core.specs import parse

    assert spec_text(parse(written)) == shown


def test_executables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def root_of(script: str) -> str | None:
        monkeypatch.delenv("PARITY_ROOT", raising=False)
        exec(compile(script.rpartition("from parity")[0], "script", "exec"), {})  # noqa: S102
        return os.environ.get("PARITY_ROOT")

    usual = files.script("/opt/py/bin/python", "conda", str(tmp_path), personal=True)
    assert usual.startswith("#!/opt/py/bin/python -P\n")
    assert usual.endswith('program("conda")\n')
    assert root_of(usual) == str(tmp_path)
    assert root_of(files.script("/python", "conda", str(tmp_path / "not mine"), personal=True)) is None
    far = files.script("/a place/" + "x" * 200 + "/python", "mamba", "/srv/it's", personal=False)
    assert far.startswith("#!/bin/sh\n'''exec' '/a place/")
    assert root_of(far) == "/srv/it's"
    batch = files.batch("C:\\100%\\python.exe", "conda", "D:\\root")
    assert batch.startswith("@echo off\r\n")
    assert '"C:\\100%%\\python.exe" -P -m parity.shim conda %*\r\n' in batch
    assert 'if not defined PARITY_ROOT set "PARITY_ROOT=D:\\root"' in batch


def test_executables_of_windows_stand_where_conda_has_them() -> None:
    found = files.texts(Path("root"), python="python.exe", directory=None, home=Path("home"), windows=True)
    assert {path.relative_to("root").as_posix() for path in found} == {
        f"{folder}/{name}.bat" for folder in ("condabin", "Scripts") for name in ALL
    }


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
