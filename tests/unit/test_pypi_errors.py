"""uv's words as errors of Parity."""

from __future__ import annotations

import pytest

from parity.engines.pypi_errors import translate
from parity.engines.pypi_request import child_environment, secrets_of, uv_platform
from parity.errors import (
    EngineError,
    IntegrityError,
    NetworkError,
    NotFoundError,
    OfflineError,
    ParityError,
    RefusedError,
    SpecError,
    StorageError,
    UnsatisfiableError,
)

NO_SOLUTION = "error: No solution found when resolving dependencies\n  cause: "


@pytest.mark.parametrize(
    ("stderr", "kind", "said"),
    [
        (
            ("Downloading x (1.0MiB)\nerror: Failed to download `click==8.5.1`\n  cause: Failed to extract archive\n"
            "  cause: failed to write to file `/private/uv/.tmpE/core.py`: No space left on device (os error 28)"),
            StorageError,
            "disk is full",
        ),
        ("error: failed to create file `/x`: Permission denied (os error 13)", StorageError, "permission"),
        ("error: Failed to initialize cache at `/private/uv`\n  cause: no", StorageError, "permission"),
        (
            ("error: Failed to download `numpy==2.4.6`\n  cause: Hash mismatch for `numpy==2.4.6`\n\n"
            "         Expected:\n           sha256:aa11\n\n         Computed:\n           sha256:bb22"),
            IntegrityError,
            "numpy==2.4.6: its file is sha256:bb22, and sha256:aa11 was expected",
        ),
        (NO_SOLUTION + "Because x was not found in the package registry and you require x, we can conclude that "
         "your requirements are unsatisfiable.", NotFoundError, "x is not on the index"),
        (NO_SOLUTION + "Because you require numpy<2 and numpy>2, we can conclude that your requirements are "
         "unsatisfiable.", UnsatisfiableError, "numpy<2 and numpy>2"),
        (NO_SOLUTION + "Because x was not found in the cache and you require x, no.\n\nhint: Packages were unavailable "
         "because the network was disabled.", OfflineError, "x is in no cache"),
        (NO_SOLUTION + "Because x was not found in the package registry, no.\n\nhint: An index URL "
         "(http://u:pw@h.invalid/simple) could not be queried due to a lack of valid authentication credentials (401 "
         "Unauthorized)", NetworkError, "refuses"),
        ("error: Couldn't parse requirement in `-` at position 0\n  cause: Expected one of `@`", SpecError, "`@`"),
        ("error: Distribution not found at: file:///nowhere", NotFoundError, "/nowhere"),
        (("error: Request failed after 3 retries in 10.5s\n  cause: Failed to fetch: http://h.invalid/simple/six/\n"
         "  cause: tcp connect error"), NetworkError, "cannot be reached"),
        ("error: Failed to download `z`\n  cause: HTTP status client error (404 Not Found) for url (http://h.invalid/z)",
         NotFoundError, "not on its server"),
        ("error: The build backend returned an error\n  cause: failed\n\n         [stderr]\n         need gcc",
         EngineError, "need gcc"),
        ("error: Something new", EngineError, "Something new"),
        ("", EngineError, "nothing"),
    ],
)  # fmt: skip
def test_each_failure_has_its_error(stderr: str, kind: type[ParityError], said: str) -> None:
    error = translate(stderr, private=["/private/uv"])
    assert type(error) is kind
    assert said in error.message
    text = error.message + " ".join(error.hints)
    assert "pw@" not in text
    assert kind is StorageError or "/private" not in text


def test_both_sides_of_a_clash_are_named() -> None:
    stderr = NO_SOLUTION + (
        "Because only numpy<2 is available and all versions of pkg depend on numpy>=2, we can conclude that all "
        "versions of pkg cannot be used.\n         And because you require pkg, we can conclude that your "
        "requirements are unsatisfiable."
    )
    error = translate(stderr, provided={"numpy": "1.26.4", "scipy": "1.0"})
    assert isinstance(error, UnsatisfiableError)
    assert "Because conda provides numpy 1.26.4 and all versions of pkg depend on numpy>=2" in error.message
    assert "scipy" not in error.message
    assert "numpy" in error.hints[0]


@pytest.mark.parametrize(
    ("platform", "glibc", "host", "expected"),
    [
        ("linux-64", None, "linux-64", None),
        ("linux-64", "2.36", "linux-64", "x86_64-manylinux_2_36"),
        ("linux-64", "2.30", "osx-arm64", "x86_64-manylinux_2_28"),
        ("linux-64", "2.99", "linux-64", "x86_64-manylinux_2_40"),
        ("linux-aarch64", None, "linux-64", "aarch64-manylinux_2_28"),
        ("osx-arm64", None, "osx-arm64", None),
        ("osx-64", None, "linux-64", "x86_64-apple-darwin"),
        ("win-64", None, "linux-64", "x86_64-pc-windows-msvc"),
        ("linux-ppc64le", "2.36", "linux-ppc64le", None),
    ],
)
def test_the_name_of_a_target(platform: str, glibc: str | None, host: str, expected: str | None) -> None:
    assert uv_platform(platform, glibc, host) == expected


def test_a_target_that_uv_does_not_know_is_refused() -> None:
    with pytest.raises(RefusedError, match="linux-s390x"):
        uv_platform("linux-s390x", None, "linux-64")


def test_children_see_nothing_that_changes_the_answer() -> None:
    dropped = ("UV_INDEX_URL", "PIP_INDEX_URL", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX")
    wanted = ("PATH", "https_proxy", "LC_ALL", "SSL_CERT_FILE", "UV_HTTP_TIMEOUT")
    kept = child_environment(dict.fromkeys((*dropped, *wanted), "x"))
    assert set(kept) == {*wanted, "GIT_TERMINAL_PROMPT"}


def test_credentials_are_known_by_server() -> None:
    texts = [
        "--index-url https://u:p@h.invalid:8/simple",
        "x @ git+https://token@g.invalid/r.git",
        "https://n.invalid/x",
    ]
    assert secrets_of(texts) == {
        "https://h.invalid:8": "https://u:p@h.invalid:8",
        "https://g.invalid": "https://token@g.invalid",
    }


def test_where_a_password_belongs_is_said_because_locks_hold_none() -> None:
    error = translate("error: Failed to download `a`\n  cause: HTTP status client error (401 Unauthorized) for url (x)")
    assert isinstance(error, NetworkError)
    assert "~/.netrc" in error.hints[0]
