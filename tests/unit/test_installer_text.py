from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from parity.core.installer import Label, glibc_needed, header, in_order, licences, sealed
from parity.core.slim import rules_of
from parity.errors import InputError
from parity.model import InstalledPackage

LABEL = Label("Work", "1.0", "linux-64", "Be good.\n", glibc="2.17", room=5_000_000)
TEMPLATE = "#!/bin/sh\n# @TITLE@\nsize=@SIZE@ sha256=@SHA256@\nname=@NAME@ start=@START@ end\n@LICENCE@\n"


def package(name: str, *depends: str) -> InstalledPackage:
    return InstalledPackage(name, "1.0", "0", "local", "conda", Path("record.json"), depends=depends)


def test_the_archive_begins_where_the_header_says() -> None:
    head, body = header(TEMPLATE, LABEL)
    text = (sealed(head, 12345, "ab" * 32) + body).decode()
    assert text.splitlines()[2].split() == ["size=12345", "sha256=" + "ab" * 32]
    start = int(text.split("start=")[1].split()[0])
    assert start == len(text) + 1
    assert "name='Work'" in text
    assert "Be good." in text
    assert len(sealed(head, 1, "")) == len(sealed(head, 10**12, "0" * 64))


def test_names_that_cannot_be_and_platforms_without_a_shell() -> None:
    for label in (replace(LABEL, name="a'b"), replace(LABEL, name=""), replace(LABEL, platform="win-64"),
                  replace(LABEL, licence="PARITY-END-OF-LICENCES")):  # fmt: skip
        with pytest.raises(InputError):
            header(TEMPLATE, label)


def test_scripts_come_after_those_that_they_need() -> None:
    found = [one.name for one in in_order([package("a", "z >=1", "__glibc"), package("z", "m"), package("m", "a")])]
    assert found == ["m", "z", "a"]
    assert [one.name for one in in_order([package("b", "c"), package("c"), package("a", "b")])] == ["c", "b", "a"]


def test_the_c_library_is_the_newest_that_a_package_needs() -> None:
    needed = [package("a", "__glibc >=2.9"), package("b", "__glibc >=2.28,<3.0.a0"), package("c", "python")]
    assert glibc_needed(needed) == "2.28"
    assert glibc_needed([package("a")]) == ""


def test_licences_are_told_for_each_package() -> None:
    text = licences("Mine.\n", [("b", "2", ""), ("a", "1", "MIT")])
    assert text.startswith("Mine.\n\n")
    assert text.index("a 1: MIT") < text.index("b 2: see the package")


def test_the_last_rule_that_matches_counts() -> None:
    rule = rules_of("# headers\ninclude/*\n\n# bytecode\n*.pyc\n!lib/a/*.pyc\nlib/a/b/*\n")
    assert rule("include/x/y.h") == "headers"
    assert rule("lib/x.pyc") == "bytecode"
    assert rule("lib/a/x.pyc") == ""
    assert rule("lib/a/b/x.pyc") == "bytecode"
    assert rule("lib/x.py") == ""


@pytest.mark.parametrize("name", ["install.sh", "uninstall.sh"])
def test_the_scripts_can_be_read_by_a_posix_shell(name: str) -> None:
    script = Path(__file__).parents[2] / "src/parity/store/installer" / name
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
