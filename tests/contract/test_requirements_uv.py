"""What `requirements.render` writes is what uv reads, from any directory."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import uv

from parity.formats.requirements import command_options, parse, render

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two local projects with static metadata (so that nothing is built) and a nested file."""
    for name in ("first", "with space"):
        folder = tmp_path / "work" / name
        folder.mkdir(parents=True)
        project = f'[project]\nname = "{name.replace(" ", "-")}"\nversion = "1"\noptional-dependencies.dev = []\n'
        (folder / "pyproject.toml").write_text(project)
    (tmp_path / "work" / "more.txt").write_text("./first\n")
    (tmp_path / "work" / "limits.txt").write_text("first<2\n")
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("-e ./first", ["first"]),
        ("-e './with space'", ["with-space"]),
        ("first[dev] ; python_version > '3'\n./first[dev] ; python_version > '3'", ["first"]),
        ("first @ ./first", ["first"]),
        ("first[dev] @ file:./first", ["first"]),
        ("file:./first", ["first"]),
        ("-r more.txt\n-c limits.txt", ["first"]),
        ("--pre\n--prefer-binary\n--trusted-host host.example\n--no-index\n--find-links .\n./first", ["first"]),
        ("--no-binary :all:\n--only-binary=numpy\n./first  # comment", ["first"]),
    ],
)
def test_uv_reads_what_is_rendered(project: Path, tmp_path: Path, text: str, names: list[str]) -> None:
    lines = parse(text, base=project.as_posix())
    rendered = tmp_path / "rendered.txt"
    rendered.write_text(render(lines))
    argv = [uv.find_uv_bin(), "pip", "compile", "--no-config", "--offline", "--no-header", "--no-annotate", "--quiet",
            "--cache-dir", str(tmp_path / "cache"), "--format", "pylock.toml", *command_options(lines), "-o",
            str(tmp_path / "pylock.toml"), str(rendered)]  # fmt: skip
    # paths inside a file that `-r` names start from the working directory, for pip as for uv
    cwd = project if "-r" in text else tmp_path
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lock = (tmp_path / "pylock.toml").read_text()
    assert all(f'name = "{name}"' in lock for name in names)
