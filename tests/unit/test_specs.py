"""Match specs in every form that people write."""

from __future__ import annotations

import pytest

from parity.core.specs import parse, pypi_name
from parity.errors import SpecError
from parity.model import MatchSpec

URL = "https://host.example/channel/linux-64/pkg-1.0-py_0.conda"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize(
    ("text", "version", "build"),
    [
        ("numpy", "", ""),
        ("NumPy", "", ""),
        ("numpy=1.24", "1.24.*", ""),
        ("numpy =1.24", "1.24.*", ""),
        ("numpy = 1.24", "1.24.*", ""),
        ("numpy=1.24.*", "1.24.*", ""),
        ("numpy 1.24*", "1.24.*", ""),
        ("numpy==1.24.*", "1.24.*", ""),
        ("numpy==1.24", "==1.24", ""),
        ("numpy 1.24", "==1.24", ""),
        ("numpy[version='1.24']", "==1.24", ""),
        ("numpy[version='=1.24']", "1.24.*", ""),
        ("numpy>=1,<2", ">=1,<2", ""),
        ("numpy >=1, <2", ">=1,<2", ""),
        ("numpy >= 3.8, < 3.9", ">=3.8,<3.9", ""),
        ("numpy 1.8|1.9.*", "==1.8|1.9.*", ""),
        ("numpy (>=1,<2)|>3", "(>=1,<2)|>3", ""),
        ("numpy~=1.2", "~=1.2", ""),
        ("numpy >=1.2.*", ">=1.2", ""),
        ("numpy !=1.5*", "!=1.5.*", ""),
        ("numpy 1!2.0", "==1!2.0", ""),
        ("numpy *", "", ""),
        ("numpy 1.26.4 py311h*_0", "==1.26.4", "py311h*_0"),
        ("numpy=1.26.4=py311h_0", "==1.26.4", "py311h_0"),
        ("numpy=1.24.*=py_0", "1.24.*", "py_0"),
        ("numpy=*=cuda*", "", "cuda*"),
        ("numpy=1.24=*", "==1.24", ""),
        ("numpy[build=mkl]", "", "mkl"),
        ("numpy==11.3.*  # needed for CUDA", "11.3.*", ""),
        ("numpy=1.24#why", "1.24.*", ""),
    ],
)
def test_versions_and_builds(text: str, version: str, build: str) -> None:
    assert parse(text) == MatchSpec("numpy", version, build)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conda-forge::pkg>=1,<2", MatchSpec("pkg", ">=1,<2", channel="conda-forge")),
        ("defaults::libgomp", MatchSpec("libgomp", channel="defaults")),
        ("conda-forge/linux-64::pkg", MatchSpec("pkg", channel="conda-forge", subdir="linux-64")),
        ("conda-forge/label/dev::pkg", MatchSpec("pkg", channel="conda-forge/label/dev")),
        ("https://host.example/ch::pkg", MatchSpec("pkg", channel="https://host.example/ch")),
        ("https://host.example/ch/noarch::pkg", MatchSpec("pkg", channel="https://host.example/ch", subdir="noarch")),
        (
            "pkg[version='>=1,<2',build='py*',channel='c',subdir=linux-64]",
            MatchSpec("pkg", ">=1,<2", "py*", "c", "linux-64"),
        ),
        ("pkg >=1[md5=" + MD5 + "]", MatchSpec("pkg", ">=1", extra=(("md5", MD5),))),
        ("_libgcc_mutex=0.1=main", MatchSpec("_libgcc_mutex", "==0.1", "main")),
        ("pkg[fn=pkg-1.2-py_0.conda]", MatchSpec("pkg", "==1.2", "py_0")),
        (URL, MatchSpec("pkg", extra=(("url", URL),))),
        (f"{URL}#{MD5}", MatchSpec("pkg", extra=(("md5", MD5), ("url", URL)))),
        ("/a/my-pkg-1-0.tar.bz2", MatchSpec("my-pkg", extra=(("url", "file:///a/my-pkg-1-0.tar.bz2"),))),
        ("./my-pkg-1-0.conda", MatchSpec("my-pkg", extra=(("url", "file:///base/my-pkg-1-0.conda"),))),
        ("C:\\x\\pkg-1-0.conda", MatchSpec("pkg", extra=(("url", "file:///C:/x/pkg-1-0.conda"),))),
    ],
)
def test_channels_brackets_and_files(text: str, expected: MatchSpec) -> None:
    assert parse(text, base="/base") == expected


@pytest.mark.parametrize("name", ["blas-*", "*", "^blas.*$"])
def test_a_name_for_many_packages_can_be_looked_for_and_not_installed(name: str) -> None:
    assert parse(name, pattern=True) == MatchSpec(name)
    with pytest.raises(SpecError, match="many packages"):
        parse(name)


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("", "empty", "name"),
        ("numpy >=1 <2", "<2", "comma"),
        ("numpy=>1", "=>1", ">="),
        ("numpy>=", "numpy>=", "numpy >="[5:]),
        ("numpy>=1,", "breaks off", "complete"),
        ("numpy (>=1", "(", "close"),
        ("numpy 1.*.2", "*", "end"),
        ("numpy~=1.2.*", "~=", "~=1.2"),
        ("numpy scipy", "scipy", "two entries"),
        ("numpy[extra]", "extras", "pip"),
        ("numpy[chanel=x]", "chanel", "channel"),
        ("numpy[md5=12]", "32", "copy"),
        ("numpy[build=x", "closed", "key"),
        ("numpy===1.2", "===", "=="),
        ("conda-forge:numpy", "single", "::"),
        ("foo/bar", "foo/bar", "::"),
        ("git+https://host.example/a", "repository", "pip"),
        ("name @ https://host.example/a.whl", "@", "pip"),
        ("-e .", "option of pip", "pip"),
        ("./local", "path", "pip"),
        ("foo; python_version<'3'", "marker", "selector"),
        ("https://host.example/foo", "package file", "::"),
        ("./pkg-1-0.conda", "relative", "absolute"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, word: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert word in caught.value.message
    assert any(hint in line for line in caught.value.hints)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@host.example/t/hunter2/ch::pkg",
        "https://user:hunter2@host.example/ch/linux-64/pkg-1-0.conda",
        "pkg[url='https://user:hunter2@host.example/ch/linux-64/pkg-1-0.conda']",
    ],
)
def test_credentials_do_not_get_in(text: str) -> None:
    assert "hunter2" not in repr(parse(text))


def test_credentials_do_not_get_into_errors() -> None:
    with pytest.raises(SpecError) as caught:
        parse("git+https://user:hunter2@host.example/repo")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("text", ["Foo.Bar_baz", "foo-bar--baz", "FOO_.-bar.BAZ"])
def test_pypi_names_are_compared_normalised(text: str) -> None:
    assert pypi_name(text) == "foo-bar-baz"
