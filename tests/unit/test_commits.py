"""What a branch stood at, found in what was asked for."""

from __future__ import annotations

import pytest

from parity.core.commits import Commit, known_commits
from parity.formats import pylock, requirements
from parity.values import replace

OLD = "1" * 40


def known(url: str, *lines: str, requires: tuple[str, ...] = ()) -> tuple[Commit, ...]:
    package = pylock.of_url("tool", "1.0", f"git+{url}@{OLD}#subdirectory=sub")
    other = replace(pylock.of_url("other", "1.0", "https://host/other-1.0-py3-none-any.whl"), requires_dist=requires)
    return known_commits([package, other], [requirements.parse_line(line) for line in lines])


@pytest.mark.parametrize(
    ("line", "revision"),
    [
        ("tool @ git+https://host/x/tool.git@main#subdirectory=sub", "main"),
        ("tool[extra] @ git+https://host/x/tool.git@release/1.0 ; python_version > '3'", "release/1.0"),
        ("git+https://host/x/tool.git@v1#egg=tool", "v1"),
        ("git+https://host/x/tool", ""),
        ("-e git+https://user:secret@host/x/tool.git@main#egg=tool", "main"),
    ],
)
def test_a_line_tells_which_branch_was_meant(line: str, revision: str) -> None:
    assert known("https://host/x/tool.git", line) == (Commit("tool", "https://host/x/tool.git", revision, OLD),)


def test_a_user_of_ssh_is_no_revision() -> None:
    found = known("ssh://git@host/x/tool.git", "tool @ git+ssh://git@host/x/tool.git")
    assert [(one.url, one.revision) for one in found] == [("ssh://git@host/x/tool.git", "")]


def test_what_another_package_requires_counts_too() -> None:
    assert known("https://host/tool", requires=("tool @ git+https://host/tool@dev",))[0].revision == "dev"


def test_other_repositories_and_plain_packages_tell_nothing() -> None:
    assert known("https://host/tool", "other @ git+https://host/other@main", "numpy") == ()
    assert known_commits([], [requirements.parse_line("tool @ git+https://host/tool@main")]) == ()
