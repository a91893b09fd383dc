"""The commits that branches of git repositories stood at, so that asking for the branch again need not move them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parity.core.urls import strip_credentials
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parity.model import PipLine, PypiPackage

_REPOSITORY = regex(r"git\+(?P<authority>[\w+.-]+://[^/\s]*)(?P<path>/[^\s#;]*)")


@dataclass(frozen=True, slots=True)
class Commit:
    """What a requirement on a git repository was answered with.

    Attributes:
        name: of the package, normalised.
        url: of the repository, without credentials.
        revision: branch or tag as the requirement names it; "" for the repository's own.
        commit: full hexadecimal digest.
    """

    name: str
    url: str
    revision: str
    commit: str


def known_commits(packages: Iterable[PypiPackage], lines: Iterable[PipLine]) -> tuple[Commit, ...]:
    """The commits of packages, each with the words that asked for it: a line, or what another package requires.

    Args:
        packages: as they were locked or installed.
        lines: what they were the answer to.
    """
    packages = tuple(packages)
    repositories = {package.name: json.loads(package.pin)["vcs"] for package in packages if '"vcs"' in package.pin}
    if not repositories:
        return ()
    texts = [*(line.value for line in lines), *(text for package in packages for text in package.requires_dist)]
    asked = [found for text in texts for found in _references(text)]
    return tuple(
        sorted(
            {
                Commit(name, vcs["url"], revision, vcs["commit-id"])
                for name, vcs in repositories.items()
                for url, revision in asked
                if "url" in vcs and vcs["type"] == "git" and _same(url, vcs["url"])
            },
            key=lambda commit: (commit.name, commit.revision),
        )
    )


def commit_of(url: str) -> str:
    """The commit in the URL of a package that is built from a git repository, "" for others."""
    return url.partition("#")[0].rpartition("@")[2] if url.startswith("git+") else ""


def _references(text: str) -> Iterator[tuple[str, str]]:
    """URL and revision of the git repositories that a requirement names."""
    for found in _REPOSITORY.finditer(text):
        path, _, revision = found["path"].partition("@")
        yield strip_credentials(found["authority"] + path), revision.partition("?")[0]


def _same(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(url: str) -> str:
    return url.partition("?")[0].rstrip("/").removesuffix(".git")
