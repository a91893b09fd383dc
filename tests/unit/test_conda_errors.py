"""What rattler's texts mean."""

from __future__ import annotations

import pytest

from parity.engines.conda_errors import translate
from parity.errors import NetworkError


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
