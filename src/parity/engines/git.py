"""Files as they were in a git revision, through the git program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.engines import process
from parity.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def show(revision: str, path: str, *, directory: Path, environ: Mapping[str, str]) -> str:
    """The text of a file in a revision.

    Args:
        revision: as git takes it: `HEAD~1`, a branch, a tag, a commit; "" for the index.
        path: from the top of the repository, else from `directory`.
        directory: inside the repository.
        environ: variables of the child.

    Raises:
        NotFoundError: there is no git, no repository, no such revision, or no such file in it.
        InputError: the revision would be taken for an option.
    """
    if revision.startswith("-"):
        raise InputError(f"`{revision}` is no revision")
    env = {**environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        for place in dict.fromkeys((path, f"./{path}")):
            done = process.run(["git", "show", f"{revision}:{place}"], env=env, cwd=directory)
            if done.returncode == 0:
                return done.stdout
    except NotFoundError:
        raise NotFoundError("the program `git` is not there", hints=["install git, or give a file"]) from None
    said = done.stderr.strip().splitlines()
    if any("not a git repository" in line for line in said):
        raise NotFoundError(f"{directory} is in no git repository", hints=["give a file instead of a revision"])
    if any("invalid object name" in line or "unknown revision" in line for line in said):
        raise NotFoundError(f"git knows no revision `{revision}`", hints=["`git log --oneline` shows some"])
    raise NotFoundError(
        f"there is no {path} in revision `{revision or '(index)'}`",
        hints=[line.removeprefix("fatal: ") for line in said[-1:]],
    )
