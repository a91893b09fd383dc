"""environment.yml: what is read, what is refused and why, what an edit leaves alone."""

from __future__ import annotations

import pytest

from parity.errors import FaultsError, SpecError
from parity.formats.environment_yml import Document, dump, read, read_with_warnings, selector_matches
from parity.model import MatchSpec, Request

FULL = """\
# an environment
name: demo   # its name
channels:
  - nodefaults
  - https://host.example/t/${TOKEN}/stable
  - conda-forge
platforms: [linux-64, osx-arm64]
dependencies:
  - python=3.11
  - "numpy >=1, <2"   # keep
  - cudatoolkit  # [linux64]
  - sel(win): pywin32
  - pip
  - pip:
      - torch==2.2  # [not osx]
      - -r requirements.txt
      - --index-url https://$WHO@host.example/simple
variables:
  ANSWER: no
  VERSION: 1.10
  EMPTY:
prefix: /somewhere/else
"""
ENVIRON = {"TOKEN": "hunter2", "WHO": "me"}


def test_everything_in_a_file_is_read() -> None:
    request = read(FULL, file="e.yml", base="/base", environ=ENVIRON, platform="linux-64")
    assert request.name == "demo"
    assert request.nodefaults
    assert request.channels == ("https://host.example/t/hunter2/stable", "conda-forge")
    assert request.platforms == ("linux-64", "osx-arm64")
    assert request.specs == (
        MatchSpec("python", "3.11.*"),
        MatchSpec("numpy", ">=1,<2"),
        MatchSpec("cudatoolkit"),
        MatchSpec("pip"),
    )
    assert [(line.kind, line.value, line.base) for line in request.pip] == [
        ("requirement", "torch==2.2", "/base"),
        ("requirements-file", "requirements.txt", "/base"),
        ("option", "https://me@host.example/simple", "/base"),
    ]
    assert request.variables == (("ANSWER", "no"), ("VERSION", "1.10"), ("EMPTY", ""))
    assert request.source == "e.yml"


@pytest.mark.parametrize(
    ("platform", "names", "pip"),
    [
        ("", {"python", "numpy", "cudatoolkit", "pywin32", "pip"}, 3),
        ("osx-arm64", {"python", "numpy", "pip"}, 2),
        ("win-64", {"python", "numpy", "pywin32", "pip"}, 3),
    ],
)
def test_selectors_choose_by_platform(platform: str, names: set[str], pip: int) -> None:
    request = read(FULL, environ=ENVIRON, platform=platform)
    assert {spec.name for spec in request.specs} == names
    assert len(request.pip) == pip


@pytest.mark.parametrize(
    ("selector", "platform", "matches"),
    [
        ("linux64", "linux-64", True),
        ("linux64", "linux-aarch64", False),
        ("linux", "linux-aarch64", True),
        ("aarch64", "linux-aarch64", True),
        ("arm64", "osx-arm64", True),
        ("arm64", "linux-aarch64", False),
        ("osx64", "osx-64", True),
        ("osx-arm64", "osx-arm64", True),
        ("unix", "osx-64", True),
        ("unix", "win-64", False),
        ("not win", "linux-64", True),
        ("linux and not aarch64", "linux-aarch64", False),
        ("win or osx", "osx-64", True),
        ("x86_64", "win-64", True),
    ],
)
def test_selector_words(selector: str, platform: str, matches: bool) -> None:
    assert selector_matches(selector, platform) is matches


def test_a_word_that_is_no_platform_is_refused_wherever_it_stands() -> None:
    with pytest.raises(SpecError, match="linus"):
        selector_matches("linux or linus", "linux-64")


@pytest.mark.parametrize(
    "text",
    [
        "dependencies:\n",
        "dependencies: []\n",
        "channels: conda-forge\n",
        "dependencies:\n  - pip:\n",
        "\ufeffname: a\n",
        "x-common: &c\n  - a\ndependencies: *c\n",
    ],
)
def test_little_is_enough(text: str) -> None:
    assert read_with_warnings(text)[1] == ()


def test_keys_from_elsewhere_are_warned_about() -> None:
    _, warnings = read_with_warnings("channel_priority: strict\ndependencies: [a]\n", file="e.yml")
    assert [(fault.place, fault.line) for fault in warnings] == [("channel_priority", 1)]


def test_a_comment_in_brackets_that_is_no_selector_stays_a_comment() -> None:
    request, warnings = read_with_warnings("dependencies:\n  - a  # [optional]\n", platform="linux-64")
    assert request.specs == (MatchSpec("a"),)
    assert "optional" in warnings[0].message


def test_repositories_of_conda_lock_become_index_options() -> None:
    request = read("pip-repositories: ['https://$WHO@host.example/simple']\n", environ=ENVIRON)
    assert [line.text for line in request.pip] == ["--extra-index-url https://me@host.example/simple"]


@pytest.mark.parametrize(
    ("text", "place", "line", "word", "hint"),
    [
        ("", "", 0, "empty", "dependencies"),
        ("# only this\n", "", 0, "empty", "dependencies"),
        ("- a\n- b\n", "", 1, "list", "dependencies"),
        ("a: b: c\n", "", 1, "YAML", "quotes"),
        ("a:\n\t- b\n", "", 2, "column 1", "tabs"),
        ("a: [b\n", "", 2, "YAML", "brackets"),
        ("dependencies:\n  - *\n", "", 2, "YAML", "quotes"),
        ("dependencies:\n<<<<<<< HEAD\n  - a\n=======\n  - b\n>>>>>>> x\n", "", 2, "two branches", "<<<<<<<"),
        ("name: a\n---\nname: b\n", "", 2, "document", "---"),
        ("name: a\x00\n", "", 1, "character", "UTF-8"),
        ("chanels: [a]\n", "chanels", 1, "chanels", "`channels`"),
        ("dependecies: [a]\n", "dependecies", 1, "dependecies", "`dependencies`"),
        ("name: a\nname: b\n", "name", 2, "twice", "line 1"),
        ("variables:\n  A: 1\n  A: 2\n", "variables.A", 3, "twice", "line 2"),
        ("name: [a]\n", "name", 1, "list", "name:"),
        ("name: a b\n", "name", 1, "a b", "letters"),
        ("channels: {a: b}\n", "channels", 1, "mapping", "- channel"),
        ("channels:\n  - a, b\n", "channels[0]", 2, "a, b", "- channel"),
        ("channels:\n  - a\n  -\n", "channels[1]", 3, "nothing", "complete"),
        ("channels: [$NOPE]\n", "channels[0]", 1, "NOPE", "set NOPE"),
        ("platforms: [linux64]\n", "platforms[0]", 1, "linux64", "`linux-64`"),
        ("variables:\n  1A: x\n", "variables.1A", 2, "environment variable", "letters"),
        ("variables:\n  B-C: x\n", "variables.B-C", 2, "environment variable", "letters"),
        ("variables: [A=b]\n", "variables", 1, "list", "NAME: value"),
        ("variables:\n  A: [1]\n", "variables.A", 2, "list", "quotes"),
        ("dependencies: numpy\n", "dependencies", 1, "numpy", "- name"),
        ("dependencies:\n  a: b\n", "dependencies", 2, "mapping", "- name"),
        ("dependencies:\n  - a\n  - numpy: 1.24\n", "dependencies[1]", 3, "numpy:", "- numpy=1.24"),
        ("dependencies:\n  - 3.9\n", "dependencies[0]", 2, "number 3.9", "- name"),
        ("dependencies:\n  - [a]\n", "dependencies[0]", 2, "list", "- name"),
        ("dependencies:\n  - Pip:\n    - a\n", "dependencies[0]", 2, "Pip:", "- pip:"),
        ("dependencies:\n  - numpy >=1 <2\n", "dependencies[0]", 2, "<2", "comma"),
        ("dependencies:\n  - sel(beos): a\n", "dependencies[0]", 2, "beos", "linux"),
        ("dependencies:\n  - python=3.9\n  - python=3.10\n", "dependencies[1]", 3, "twice", "keep one"),
        ("dependencies:\n  - pip: torch\n", "dependencies[0].pip", 2, "torch", "own line"),
        ("dependencies:\n  - pip:\n      a: b\n", "dependencies[0].pip", 3, "mapping", "own line"),
        ("dependencies:\n  - pip:\n    - a\n    - b=1\n", "dependencies[0].pip[1]", 4, "b=1", "b==1"),
        ("dependencies:\n  - pip:\n    - --extra-index x\n", "dependencies[0].pip[0]", 3, "--extra-index", "-url"),
        ("dependencies:\n  - pip:\n    - torch: 2\n", "dependencies[0].pip[0]", 3, "mapping", "quotes"),
        ("dependencies:\n  - pip:\n    - -r ${NOPE}\n", "dependencies[0].pip[0]", 3, "NOPE", "set NOPE"),
    ],
)
def test_a_fault_has_its_line_its_place_and_what_to_do(text: str, place: str, line: int, word: str, hint: str) -> None:
    with pytest.raises(FaultsError) as caught:
        read(text, file="e.yml")
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.place) == ("e.yml", line, place)
    assert word in fault.message
    assert hint in fault.hint


def test_all_faults_are_reported_together_in_the_order_of_lines() -> None:
    with pytest.raises(FaultsError) as caught:
        read("chanels: [a]\ndependencies:\n  - a[b]\n  - pip:\n    - c=1\nnames: x\n")
    assert [fault.line for fault in caught.value.faults] == [1, 3, 5, 6]


@pytest.mark.parametrize(
    ("first", "second"),
    [("python=3.9", "python>=3.8"), ("a=1.24", "a==1.24.3"), ("a==1.0", "a=1"), ("a==1", "a==1.0"), ("a=1", "a=2|3")],
)
def test_two_entries_that_fit_together_are_no_fault(first: str, second: str) -> None:
    assert len(read(f"dependencies:\n  - {first}\n  - {second}\n").specs) == 2


@pytest.mark.parametrize(
    "text",
    [
        "channels:\n  - https://me:hunter2@host.example/a, b\n",
        "dependencies: https://me:hunter2@host.example/a\n",
        "dependencies:\n  - pip:\n    - git+https://${WHO}:${TOKEN}@host.example/a b\n    - -r ${NOPE}\n",
        "dependencies:\n  - https://${TOKEN}:hunter2@host.example/a\n",
    ],
)
def test_no_fault_shows_a_credential(text: str) -> None:
    with pytest.raises(FaultsError) as caught:
        read(text, environ=ENVIRON)
    assert "hunter2" not in caught.value.message


def edited(text: str, *specs: str, pip: tuple[str, ...] = ()) -> str:
    document = Document.parse(text)
    for spec in specs:
        document.add(spec)
    for line in pip:
        document.add_pip(line)
    return document.text()


def test_an_edit_changes_one_line() -> None:
    document = Document.parse(FULL)
    document.add("scipy=1.11")
    document.add("numpy >=2")
    document.add_pip("rich")
    document.remove("cudatoolkit")
    document.remove_pip("Torch")
    before, after = FULL.splitlines(), document.text().splitlines()
    assert [line for line in before if line not in after] == [
        '  - "numpy >=1, <2"   # keep',
        "  - cudatoolkit  # [linux64]",
        "      - torch==2.2  # [not osx]",
    ]
    assert [line for line in after if line not in before] == [
        "  - numpy >=2   # keep",
        "  - scipy=1.11",
        "      - rich",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "dependencies:\n  - a\n  - pip:\n    - b\n"),
        ("name: x", "name: x\ndependencies:\n  - a\n  - pip:\n    - b"),
        ("dependencies:  # none\n", "dependencies:  # none\n  - a\n  - pip:\n    - b\n"),
        ("dependencies: []\n", "dependencies: [a, {pip: [b]}]\n"),
        ("dependencies: [c, {pip: [d]}] # x\n", "dependencies: [c, a, {pip: [d, b]}] # x\n"),
        ("channels:\n- c\n", "channels:\n- c\ndependencies:\n- a\n- pip:\n  - b\n"),
        ("dependencies:\n- pip:\n   - c\n", "dependencies:\n- a\n- pip:\n   - c\n   - b\n"),
        ("dependencies:\r\n  - c\r\n", "dependencies:\r\n  - c\r\n  - a\r\n  - pip:\r\n    - b\r\n"),
    ],
)
def test_additions_follow_the_style_of_the_file(before: str, after: str) -> None:
    assert edited(before, "a", pip=("b",)) == after


def test_additions_are_quoted_where_yaml_needs_it() -> None:
    text = edited("dependencies: []\n", "a[version='>=1',build=x]", "b 1 *_0")
    assert text == "dependencies: ['a[version=''>=1'',build=x]', b 1 *_0]\n"
    assert len(read(text).specs) == 2


def test_what_belongs_to_a_platform_is_not_replaced() -> None:
    text = "dependencies:\n  - gcc=9  # [linux]\n"
    assert edited(text, "gcc=12") == "dependencies:\n  - gcc=9  # [linux]\n  - gcc=12\n"


def test_removing_what_is_not_there_says_so() -> None:
    document = Document.parse("dependencies:\n  - a\n")
    assert not document.remove("b")
    assert not document.remove_pip("b")
    assert document.text() == "dependencies:\n  - a\n"


def test_the_last_pip_line_takes_the_section_along() -> None:
    document = Document.parse("dependencies:\n  - a\n  - pip:\n    - b\n")
    assert document.remove_pip("b")
    assert document.text() == "dependencies:\n  - a\n"


def test_what_cannot_be_read_is_not_added() -> None:
    document = Document.parse("dependencies:\n  - a\n")
    with pytest.raises(SpecError):
        document.add("a >=1 <2")
    with pytest.raises(SpecError):
        document.add_pip("a=1")
    assert document.text() == "dependencies:\n  - a\n"


def test_a_fresh_file_is_what_a_person_would_write() -> None:
    request = Request(
        "demo",
        ("conda-forge",),
        (MatchSpec("python", "3.11.*"), MatchSpec("blas", build="mkl")),
        read("dependencies: [{pip: [rich]}]").pip,
        (("A", "no"), ("B", "1.10")),
    )
    assert dump(request) == (
        "name: demo\nchannels:\n  - conda-forge\ndependencies:\n  - python 3.11.*\n  - blas[build='mkl']\n"
        "  - pip:\n      - rich\nvariables:\n  A: 'no'\n  B: '1.10'\n"
    )


def test_what_the_machines_have_is_read_in_the_words_of_pixi_and_of_the_packages() -> None:
    request = read(
        'system-requirements:\n  cuda: "12.10"\n  libc: {family: glibc, version: "2.28"}\n  macos: 14.0\n'
        "variants:\n  cpu:\n  cuda-12: {cuda: 12.4, glibc: 2.34}\n"
    )
    assert request.system == (("cuda", "12.10"), ("glibc", "2.28"), ("osx", "14.0"))
    assert request.variants == (("cpu", ()), ("cuda-12", (("cuda", "12.4"), ("glibc", "2.34"))))


def test_an_empty_version_says_that_machines_have_none() -> None:
    assert read("system-requirements: {cuda: ''}\n").system == (("cuda", ""),)


def test_faults_of_system_requirements_and_variants_have_their_places() -> None:
    text = "system-requirements:\n  kuda: '12'\n  glibc: new\n  linux:\nvariants:\n  GPU 1: {}\n  b: {cuda: [1]}\n"
    with pytest.raises(FaultsError) as caught:
        read(text, file="e.yml")
    found = {(fault.place, fault.line) for fault in caught.value.faults}
    assert found == {
        ("system-requirements.kuda", 2),
        ("system-requirements.glibc", 3),
        ("system-requirements.linux", 4),
        ("variants.GPU 1", 6),
        ("variants.b.cuda", 7),
    }
    assert "did you mean `cuda`" in str(caught.value)
