"""uv's explanations, read for the conda side."""

from __future__ import annotations

import pytest

from parity.engines import pypi_conflicts
from parity.engines.pypi_errors import translate
from parity.errors import ConflictError, UnsatisfiableError

HEAD = "error: No solution found when resolving dependencies\n  cause: "
END = "we can conclude that your requirements are unsatisfiable."
BETWEEN = f"""\
Because only the following versions of numpy are available:
             numpy<1.23.5
             numpy>=2.0.0
         and tensorflow==2.15.0 depends on numpy>=1.23.5,<2.0.0, we can conclude that tensorflow==2.15.0 cannot be used.
         And because you require tensorflow==2.15, {END}
"""
TWO = f"""\
Because only scipy>=1.5 is available and b<=1.0 depends on scipy<1.5, we can conclude that b<=1.0 cannot be used.
         And because only the following versions of b are available:
             b<=1.0
             b>=2.0
         we can conclude that b<2.0 cannot be used. (1)

         Because only numpy>=1.5 is available and b>=2.0 depends on numpy<1.5, we can conclude that b>=2.0 cannot be used.
         And because we know from (1) that b<2.0 cannot be used, we can conclude that all versions of b cannot be used.
         And because you require b, {END}
"""  # noqa: E501
EXACT = f"""\
Because only numpy==2.0 is available and c<=1.0 depends on one of:
             numpy<2.0
             numpy>2.0
         we can conclude that c<=1.0 cannot be used.
         Because there is no version of numpy==1.0 and c>=2.0 depends on numpy==1.0, we can conclude that c>=2.0 cannot be used.
         And because you require c, {END}
"""  # noqa: E501
LONG = f"""\
Because only numpy>=2 is available and all versions of a depend on numpy<2, we can conclude that all versions of a cannot be used.
         And because all versions of d depend on a and you require d, {END}
"""  # noqa: E501
EXTRA = f"""\
Because only httptools<0.5.0 is available and uvicorn[standard]==0.30.0 depends on httptools>=0.5.0, we can conclude that no.
         And because only uvicorn[standard]==0.30.0 is available and you require uvicorn[standard], {END}
"""  # noqa: E501
WHEELS = f"""\
Because tagged==1.0 has no wheels with a matching Python ABI tag (e.g., `cp313`) and you require tagged, {END}

hint: You require CPython 3.13 (`cp313`), but we only found wheels for `tagged` (v1.0) with another: `cp311`
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BETWEEN, {"numpy": (">=1.23.5,<2.0.0",)}),
        (TWO, {"scipy": ("<1.5",), "numpy": ("<1.5",)}),
        (EXACT, {"numpy": ("!=2.0", "==1.0")}),
        (LONG, {"numpy": ("<2",)}),
        (EXTRA, {"httptools": (">=0.5.0",), "uvicorn": ("!=0.30.0",)}),
        (WHEELS, {"python": ()}),
        (f"Because numpy is strange and you require d, {END}", {"numpy": ()}),
    ],
)
def test_what_the_proof_needs(text: str, wanted: dict[str, tuple[str, ...]]) -> None:
    provided = dict.fromkeys(("numpy", "scipy", "httptools", "uvicorn", "other"), "1.0")
    error = translate(HEAD + text, provided=provided)
    assert isinstance(error, ConflictError)
    assert error.wanted == wanted


def test_a_conflict_of_pypi_packages_alone_is_none_with_conda() -> None:
    error = translate(HEAD + LONG, provided={"scipy": "1.0"})
    assert isinstance(error, UnsatisfiableError)
    assert not isinstance(error, ConflictError)


def test_the_way_from_a_line_to_a_need() -> None:
    def ways(text: str, *names: str) -> dict[str, tuple[str, ...]]:
        asked = {"tensorflow": "tensorflow==2.15  # ours", "d": "d[all]"}
        return pypi_conflicts.chains(" ".join(text.split()), names, asked)

    assert ways(BETWEEN, "numpy") == {
        "numpy": ("`tensorflow==2.15  # ours`", "tensorflow 2.15.0 needs numpy>=1.23.5,<2.0.0")
    }
    assert ways(LONG, "numpy") == {"numpy": ("`d[all]`", "all versions of d need a", "all versions of a need numpy<2")}
    assert ways(EXTRA, "httptools", "uvicorn")["httptools"] == (
        "`uvicorn[standard]`", "uvicorn[standard] 0.30.0 needs httptools>=0.5.0"
    )  # fmt: skip
    assert ways(WHEELS, "python") == {"python": ("`tagged`", "tagged 1.0 has no wheels for this Python")}
    assert ways(f"Because numpy is strange, {END}", "numpy") == {}
