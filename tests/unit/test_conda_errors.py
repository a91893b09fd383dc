"""What rattler's texts mean."""

from __future__ import annotations

import pytest

from parity.engines.conda_errors import translate
from parity.errors import NetworkError, NotFoundError, SpecError


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("failed to parse repodata.json\nCaused by: EOF while parsing a string", "package index", "login page"),
        (
            "failed to decode zstd shard from 'https://host.example/x'",
            "package index",
            "login page",
        ),
        ("failed to fetch a-1-0.conda\nCaused by: end of file before message length reached", "broke off", "again"),
    ],
)
def test_a_server_that_answers_nonsense_is_no_fault_of_the_engine(text: str, said: str, hint: str) -> None:
    error = translate("GatewayError", text)
    assert isinstance(error, NetworkError)
    assert said in error.message
    assert hint in error.hints[0]


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("No such file or directory (os error 2)", NotFoundError),
        ("HTTP status client error (404 Not Found) for url (https://host.example/a-1-0.conda)", NotFoundError),
        ("could not determine archive identifier from url filename 'y.conda'", SpecError),
    ],
)
def test_a_package_that_is_not_at_its_address(cause: str, kind: type[Exception]) -> None:
    address = "https://host.example/a-1-0.conda"
    error = translate("GatewayError", f"the direct url query failed for {address}\nCaused by: {cause}")
    assert isinstance(error, kind)
    assert address in error.message
    assert "channel" not in error.message
