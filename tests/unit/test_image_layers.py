"""How packages are dealt out over the layers of an image."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.core.image import LARGE, Member, Piece, activated, divide, group
from parity.formats import oci

names = st.text("abcdefghij-", min_size=1, max_size=8)
pieces = st.lists(
    st.builds(Piece, st.sampled_from(["conda", "pypi"]), names, st.integers(0, 5 * LARGE)),
    max_size=150,
    unique_by=lambda piece: piece.key,
)


@given(pieces, st.integers(2, 100), st.randoms())
def test_every_package_has_one_layer_within_the_budget_whatever_the_order(found, budget, random):  # type: ignore[no-untyped-def]
    groups = group(found, budget)
    assert sorted(key for each in groups for key in each.members) == sorted(piece.key for piece in found)
    assert len(groups) <= budget
    shuffled = list(found)
    random.shuffle(shuffled)
    assert group(shuffled, budget) == groups


@given(pieces.filter(bool), st.integers(2, 100))
def test_another_version_of_a_small_package_moves_no_other(found, budget):  # type: ignore[no-untyped-def]
    small = next((piece for piece in found if piece.size < LARGE // 2), None)
    if small is None:
        return
    grown = [Piece(piece.source, piece.name, piece.size * 2) if piece == small else piece for piece in found]
    assert group(grown, budget) == group(found, budget)


def test_large_packages_stand_alone_and_small_ones_go_together_by_origin() -> None:
    found = [Piece("conda", "python", 50 * LARGE), Piece("pypi", "torch", 900 * LARGE)]
    found += [Piece("conda", f"lib{number}", 1000) for number in range(30)]
    found += [Piece("pypi", f"pure{number}", 1000) for number in range(30)]
    groups = group(found)
    assert [each.title for each in groups[:2]] == ["python", "torch"]
    for each in groups[2:]:
        assert len({source for source, _ in each.members}) == 1
        assert each.title.startswith(each.members[0][0])
    assert len(groups) <= 2 + 8 + 8


def test_a_budget_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="layer"):
        group([], 1)


def test_what_belongs_to_nobody_comes_last() -> None:
    members = [Member("opt/env", "directory"), Member("opt/env/mine", "file"), Member("opt/env/bin/tool", "file")]
    found = divide(members, {"opt/env/bin/tool": ("conda", "tool")})
    assert [(each.title, [member.path for member in inside]) for each, inside in found] == [
        ("conda 1/1", ["opt/env/bin/tool"]),
        ("environment", ["opt/env/mine"]),
    ]


def test_the_environment_is_active_in_front_of_what_the_base_sets() -> None:
    found = activated(["PATH=/usr/bin", "LANG=C.UTF-8"], "/opt/env", {"B": "2", "A": "1"})
    assert found == ["PATH=/opt/env/bin:/usr/bin", "LANG=C.UTF-8", "CONDA_PREFIX=/opt/env",
                     "CONDA_DEFAULT_ENV=/opt/env", "CONDA_SHLVL=1", "A=1", "B=2"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("debian", "docker.io/library/debian:latest"),
        ("ann/train:1.0", "docker.io/ann/train:1.0"),
        ("ghcr.io/team/a/b:x", "ghcr.io/team/a/b:x"),
        ("localhost:5000/x", "localhost:5000/x:latest"),
        (f"h.org/x@sha256:{'a' * 64}", f"h.org/x@sha256:{'a' * 64}"),
        ("docker://h.org/x:1", "h.org/x:1"),
    ],
)
def test_names_of_images_are_read_as_docker_reads_them(text: str, whole: str) -> None:
    assert str(oci.reference(text)) == whole


@pytest.mark.parametrize("text", ["", "UPPER/case", "h.org/x:", "h.org/x@sha256:1", "ann:secret@h.org/x", "a//b"])
def test_what_is_no_name_of_an_image_is_refused(text: str) -> None:
    from parity.errors import InputError

    if text.endswith(":"):
        assert oci.reference(text).tag == "latest"
        return
    with pytest.raises(InputError):
        oci.reference(text)
