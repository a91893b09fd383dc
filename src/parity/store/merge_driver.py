"""Tells git to merge `parity.lock` files with Parity (gitattributes(5), "Defining a custom merge driver")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import NotFoundError
from parity.store.files import atomic_write, translated

if TYPE_CHECKING:
    from pathlib import Path

ATTRIBUTE = "parity.lock merge=parity"
COMMAND = "parity lock --merge %O %A %B -o %P"


def install(directory: Path) -> tuple[str, ...]:
    """Name the driver in the repository's configuration and the files in its `.gitattributes`.

    Returns:
        What was done, in words.

    Raises:
        NotFoundError: there is no git, or no repository.
    """
    top = _git(directory, "rev-parse", "--show-toplevel")
    _git(directory, "config", "merge.parity.name", "Parity's merge of locks")
    _git(directory, "config", "merge.parity.driver", COMMAND)
    from pathlib import Path

    attributes = Path(top) / ".gitattributes"
    with translated(attributes):
        text = attributes.read_text(encoding="utf-8") if attributes.exists() else ""
        if ATTRIBUTE not in text.splitlines():
            atomic_write(attributes, text + ("" if not text or text.endswith("\n") else "\n") + ATTRIBUTE + "\n")
    return (
        "git merges parity.lock files of this repository with `parity lock --merge`.",
        "Commit .gitattributes; whoever clones the repository runs `parity lock --install-merge-driver` once.",
    )


def _git(directory: Path, *words: str) -> str:
    import subprocess

    try:
        done = subprocess.run(["git", *words], cwd=directory, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotFoundError("git is not installed") from None
    if done.returncode:
        raise NotFoundError(f"{directory} is in no git repository", hints=["go to one, or run `git init`"])
    return done.stdout.strip()
