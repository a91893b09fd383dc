"""Virtual packages of machines that are not this one."""

from __future__ import annotations

import pytest

from parity.core import virtual
from parity.errors import InputError


def test_a_platform_has_the_same_virtual_packages_wherever_it_is_locked() -> None:
    assert virtual.assumed("linux-64") == (
        ("__archspec", "1", "x86_64"),
        ("__glibc", "2.28", "0"),
        ("__linux", "4.18", "0"),
        ("__unix", "0", "0"),
    )
    assert virtual.assumed("osx-arm64") == (("__archspec", "1", "m1"), ("__osx", "13.0", "0"), ("__unix", "0", "0"))
    assert virtual.assumed("win-64") == (("__archspec", "1", "x86_64"), ("__win", "10", "0"))


def test_requirements_are_laid_over_each_other_where_the_platform_can_have_them() -> None:
    file, flags = (("cuda", "11.8"), ("glibc", "2.34"), ("archspec", "x86_64_v3")), (("cuda", "12.4"),)
    assert dict(each[:2] for each in virtual.assumed("linux-64", file, flags))["__cuda"] == "12.4"
    assert ("__archspec", "1", "x86_64_v3") in virtual.assumed("linux-64", file)
    assert virtual.assumed("osx-arm64", file, flags) == virtual.assumed("osx-arm64")
    assert virtual.assumed("linux-64", file[:1], (("cuda", ""),)) == virtual.assumed("linux-64")


@pytest.mark.parametrize(
    ("text", "platforms"),
    [
        ("cpu", {"linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64"}),
        ("cuda-12:cuda=12.4,glibc=2.28", {"linux-64", "linux-aarch64", "win-64"}),
        ("fast:archspec=x86_64_v3", {"linux-64", "osx-64", "win-64"}),
        ("new-mac:macos=15", {"osx-64", "osx-arm64"}),
        ("mixed:cuda=12,macos=14", {"linux-64", "linux-aarch64", "win-64"}),
    ],
)
def test_a_variant_is_for_the_platforms_that_it_makes_sense_for(text: str, platforms: set[str]) -> None:
    _, requirements = virtual.variant(text)
    everywhere = ("linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64")
    assert {subdir for subdir in everywhere if virtual.variant_fits(requirements, subdir)} == platforms


@pytest.mark.parametrize("text", ["A b", "x:cuda", "x:cuda=new", "x:gpu=1", ""])
def test_a_variant_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        virtual.variant(text)
