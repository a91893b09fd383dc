"""What an image can do without, and the Dockerfile for those who build with Docker."""

from __future__ import annotations

import json

import pytest

from parity.core.dockerfile import Plan, render
from parity.core.image import Member
from parity.core.slim import rule_of, slim

SITE = "lib/python3.11/site-packages"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("lib/libz.a", "static libraries"),
        ("lib/python3.11/config-3.11/libpython3.11.a", "static libraries"),
        ("share/man/man1/x.1", "documentation"),
        ("share/doc/openssl/a.html", "documentation"),
        ("share/doc/openssl/LICENSE", ""),
        (f"{SITE}/numpy/tests/test_a.py", "tests"),
        (f"{SITE}/numpy/linalg/tests/data/x.csv", "tests"),
        (f"{SITE}/tests/test_a.py", ""),  # a project of that name
        (f"{SITE}/numpy/testing/__init__.py", ""),
        ("lib/python3.11/test/support/__init__.py", "tests"),
        ("lib/python3.11/__pycache__/os.cpython-311.pyc", "bytecode"),
        ("lib/libz.so.1", ""),
        ("bin/a", ""),
        (f"{SITE}/x/doc.py", ""),
    ],
)
def test_rules_leave_out_what_nothing_reads(path: str, rule: str) -> None:
    assert rule_of(path) == rule


def test_what_was_saved_is_counted() -> None:
    members = [Member("opt/env/lib/a.a", "file", size=5), Member("opt/env/lib/b.a", "file", size=6),
               Member("opt/env/lib/tests", "directory"), Member("opt/env/bin/x", "file", size=7)]  # fmt: skip
    kept, saved = slim(members, "/opt/env")
    assert [member.path for member in kept] == ["opt/env/lib/tests", "opt/env/bin/x"]
    assert saved == {"static libraries": (2, 11)}


def test_the_dockerfile_installs_the_lock_and_runs_as_nobody_in_particular() -> None:
    text = render(Plan("locks/parity.lock", "1.2", entrypoint=("python", "-m", "x y"), variables={"A": 'b "c"'},
                       labels={"org.opencontainers.image.source": "https://example.org"}))  # fmt: skip
    lines = text.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("FROM", "USER", "ENTRYPOINT"))] == [
        "FROM", "FROM", "USER", "ENTRYPOINT"
    ]  # fmt: skip
    assert 'COPY ["locks/parity.lock", "/src/"]' in lines
    assert "    && parity verify -p /opt/env --lock parity.lock" in lines
    assert "COPY --from=build /opt/env /opt/env" in lines
    assert 'ENV A="b \\"c\\""' in lines
    assert 'ENV PATH="/opt/env/bin:$PATH"' in lines
    assert json.loads(lines[-1].removeprefix("ENTRYPOINT ")) == ["python", "-m", "x y"]
    assert text.count("--mount=type=cache") == 3
