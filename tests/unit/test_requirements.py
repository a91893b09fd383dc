"""pip's requirements files."""

from __future__ import annotations

import pytest

from parity.errors import FaultsError, SpecError
from parity.formats.requirements import command_options, expand, parse, parse_item, parse_line, render
from parity.model import PipLine

GIT = "git+https://host.example/repo.git@main"
WHEEL = "https://host.example/my_pkg-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("text", "kind", "name", "rendered"),
    [
        ("numpy", "requirement", "numpy", "numpy"),
        ("Foo_Bar[a,b]>=1, <2", "requirement", "foo-bar", "Foo_Bar[a,b]>=1, <2"),
        ('a==1 ; python_version > "3.8"', "requirement", "a", 'a==1 ; python_version > "3.8"'),
        ("flit-core === 3.9.0", "requirement", "flit-core", "flit-core === 3.9.0"),
        ("torch==2.2.1+cu118  # for CUDA", "requirement", "torch", "torch==2.2.1+cu118"),
        ("a --hash=sha256:12 --hash sha256:34", "requirement", "a", "a --hash=sha256:12 --hash=sha256:34"),
        (f"my-pkg @ {WHEEL}#sha256=12", "requirement", "my-pkg", f"my-pkg @ {WHEEL}#sha256=12"),
        ("pkg @ ./local", "requirement", "pkg", "pkg @ /base/local"),
        ("pkg @ file:./local", "requirement", "pkg", "pkg @ file:///base/local"),
        (WHEEL, "path", "my-pkg", WHEEL),
        (GIT, "path", "", GIT),
        (f"{GIT}#egg=Clip[gpu]&subdirectory=x", "requirement", "clip", f"Clip[gpu] @ {GIT}#subdirectory=x"),
        (".", "path", "", "/base"),
        ("submodules/rasterizer", "path", "", "/base/submodules/rasterizer"),
        ("./pkg[dev] ; python_version < '4'", "path", "", "/base/pkg[dev] ; python_version < '4'"),
        ("dist/my_pkg-1.0-py3-none-any.whl", "path", "my-pkg", "/base/dist/my_pkg-1.0-py3-none-any.whl"),
        ("my-pkg-1.0.tar.gz", "path", "my-pkg", "/base/my-pkg-1.0.tar.gz"),
        ("file:///a/b", "path", "", "file:///a/b"),
        ("-e .[dev]", "editable", "", "-e /base[dev]"),
        ('-e "./a b"', "editable", "", "-e /base/a b"),
        ("--editable=../other", "editable", "", "-e /other"),
        (f"-e {GIT}#egg=clip", "editable", "clip", f"clip @ {GIT}"),
        (f"-e {GIT}", "editable", "", GIT),
        ("-r requirements.txt", "requirements-file", "", "-r /base/requirements.txt"),
        ("--requirement=https://host.example/r.txt", "requirements-file", "", "-r https://host.example/r.txt"),
        ("-c../c.txt", "constraints-file", "", "-c /c.txt"),
        ("-i https://host.example/simple", "option", "", "--index-url https://host.example/simple"),
        ("--extra-index-url=https://host.example", "option", "", "--extra-index-url https://host.example"),
        ("-f ./wheels", "option", "", "--find-links /base/wheels"),
        ("-f https://host.example/t.html", "option", "", "--find-links https://host.example/t.html"),
        ("--no-index", "option", "", "--no-index"),
        ("--no-binary :all:", "option", "", "--no-binary :all:"),
        ("--only-binary=numpy", "option", "", "--only-binary numpy"),
        ("--require-hashes", "option", "", "--require-hashes"),
    ],
)
def test_lines(text: str, kind: str, name: str, rendered: str) -> None:
    line = parse_line(text, base="/base")
    assert (line.kind, line.name) == (kind, name)
    assert render([line]) == rendered + "\n"
    assert parse_line(line.text, base="/base") == line


def test_hashes_and_options_are_told_apart_from_the_requirement() -> None:
    line = parse_line("a==1 --hash=sha256:AB --config-settings x=y")
    assert line == PipLine(
        "requirement", "a==1 --hash=sha256:AB --config-settings=x=y", "a==1", name="a", hashes=("sha256:ab",)
    )


def test_one_line_may_hold_several_options() -> None:
    found = parse_item("--index-url https://a.example --extra-index-url https://b.example --pre")
    assert [(line.option, line.value) for line in found] == [
        ("--index-url", "https://a.example"),
        ("--extra-index-url", "https://b.example"),
        ("--pre", ""),
    ]


def test_what_uv_takes_on_its_command_line_only() -> None:
    lines = parse("--pre\n--trusted-host a.example\n--prefer-binary\nb --config-settings=k=v --global-option=--x\n")
    assert render(lines) == "b\n"
    assert command_options(lines) == (
        "--prerelease=allow",
        "--allow-insecure-host=a.example",
        "--config-settings-package=b:k=v",
        "--config-settings-package=b:--global-option=--x",
    )


def test_a_file_with_comments_and_continuations() -> None:
    text = "# first\na==1 \\\n    --hash=sha256:12 \\\n    --hash=sha256:34  # two\n\nhttps://h.example/p#egg=b\n"
    first, second = parse(text)
    assert first.hashes == ("sha256:12", "sha256:34")
    assert second.name == "b"


def test_windows_paths_stay_whole() -> None:
    assert render([parse_line(r"-e .\pkg", base=r"C:\src")]) == "-e C:/src/pkg\n"
    assert render([parse_line(r"C:\x\pkg", base=r"D:\work")]) == "C:/x/pkg\n"


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("numpy=1.24", "numpy=1.24", "numpy==1.24"),
        ("numpy >=1 <2", "comma", "comma"),
        ("numpy>=1.*", ".*", "leave"),
        ("conda-forge::numpy", "::", "dependencies"),
        ("foo bar", "foo bar", "name"),
        ("--extra-index https://host.example", "--extra-index", "--extra-index-url"),
        ("--no-deps", "--no-deps", "command line"),
        ("--index-url", "value", "VALUE"),
        ("-e", "value", "-e ."),
        ("--pre=yes", "value", "--pre"),
        ("--hash=sha256:12", "behind", "--hash"),
        ("a --hash=sha256:xy", "hash", "sha256"),
        ("a --no-such", "--no-such", "command line"),
        ("--index-url 'https://host.example", "quote", "close"),
        ("./pkg ; nonsense", "marker", "python_version"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, word: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_line(text)
    assert word in caught.value.message
    assert any(hint in line for line in caught.value.hints)


def test_repositories_other_than_git_are_refused_when_they_are_to_be_installed() -> None:
    with pytest.raises(SpecError, match="only git"):
        render([parse_line("hg+https://host.example/repo#egg=a")])


def test_all_faults_of_a_file_are_reported_together() -> None:
    with pytest.raises(FaultsError) as caught:
        parse("a\nb=1\n\nc \\\n d\n", file="requirements.txt")
    assert [(fault.line, fault.file) for fault in caught.value.faults] == [
        (2, "requirements.txt"),
        (4, "requirements.txt"),
    ]


def test_variables_are_kept_until_they_are_expanded() -> None:
    line = parse_line("--index-url https://${USER}:${TOKEN}@host.example/simple", base="/b")
    assert "${TOKEN}" in line.text
    expanded = expand(line, {"USER": "me", "TOKEN": "hunter2"})
    assert expanded == PipLine(
        "option",
        "--index-url https://me:hunter2@host.example/simple",
        "https://me:hunter2@host.example/simple",
        option="--index-url",
        base="/b",
    )
    assert expand(parse_line("a==${VERSION}"), {"VERSION": "1.2"}).value == "a==1.2"


def test_a_missing_variable_is_named_and_no_value_shown() -> None:
    line = parse_line("--index-url https://${USER}:${TOKEN}@host.example/simple")
    with pytest.raises(SpecError) as caught:
        expand(line, {"TOKEN": "hunter2"})
    assert "USER" in caught.value.message
    assert "hunter2" not in str(caught.value.hints) + caught.value.message


def test_credentials_do_not_get_into_errors() -> None:
    with pytest.raises(SpecError) as caught:
        parse_line("https://me:hunter2@host.example/a.zip ; nonsense")
    assert "hunter2" not in caught.value.message
