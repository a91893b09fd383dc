"""Finding programs, and the command line for cmd.exe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parity.core.activation import Activation
from parity.ops.run import find_program, windows_command_line

if TYPE_CHECKING:
    from pathlib import Path


def make(file: Path, mode: int = 0o755) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    file.chmod(mode)
    return str(file)


def test_the_first_executable_on_path(tmp_path: Path) -> None:
    make(tmp_path / "a" / "tool", 0o644)
    (tmp_path / "b" / "tool").mkdir(parents=True)
    wanted = make(tmp_path / "c" / "tool")
    path = os.pathsep.join(str(tmp_path / name) for name in "abc")
    assert find_program("tool", path) == wanted
    assert find_program("none", path) is None


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    tool = make(tmp_path / "tool")
    assert find_program(tool, "") == tool
    assert find_program(str(tmp_path / "none"), str(tmp_path)) is None


def test_windows_endings(tmp_path: Path) -> None:
    make(tmp_path / "tool")
    batch = make(tmp_path / "tool.BAT")
    endings = [".EXE", ".BAT"]
    assert find_program("tool", str(tmp_path), endings) == batch
    assert find_program("tool.BAT", str(tmp_path), endings) == batch


def test_windows_scripts_are_called_around_the_command() -> None:
    activation = Activation(before=("C:\\a\\off.bat",), after=("C:\\b c\\on.bat",))
    assert windows_command_line(activation, ["C:\\b c\\python.exe", "-c", 'print("x & y")']) == (
        'cmd.exe /d /s /c "call "C:\\a\\off.bat" && call "C:\\b c\\on.bat" && '
        '"C:\\b c\\python.exe" "-c" "print(\\"x & y\\")""'
    )
