"""What is written reads as itself, what is not edited stays, and no text makes a parser fall over."""

from __future__ import annotations

import string
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from parity.core import specs
from parity.errors import FaultsError, SpecError
from parity.formats import requirements
from parity.formats.environment_yml import Document, dump, read
from parity.formats.history import Revision, parse, render_entry
from parity.model import MatchSpec, Request

NAME = st.from_regex(r"[a-z][a-z0-9]{0,5}([_.-][a-z0-9]{1,4})?", fullmatch=True)
VERSION = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}([abc][0-9])?", fullmatch=True)
TERM = st.builds(str.__add__, st.sampled_from(["==", ">=", "<=", "!=", "<", ">", "~="]), VERSION) | VERSION.map(
    lambda version: f"{version}.*"
)
RANGE = st.builds(str.join, st.sampled_from([",", "|"]), st.lists(TERM, min_size=1, max_size=3))
SPEC = st.builds(
    MatchSpec,
    name=NAME,
    version=st.just("") | RANGE,
    build=st.just("") | st.from_regex(r"[a-z0-9_]{1,6}\*?", fullmatch=True),
    channel=st.sampled_from(["", "conda-forge", "https://host.example/channel", "file:///a/b"]),
    subdir=st.sampled_from(["", "linux-64", "noarch"]),
    extra=st.sampled_from([(), (("build_number", ">=1"),), (("license", "it's MIT"), ("license_family", "MIT"))]),
)
PIP = st.sampled_from(
    ["requests>=2,<3", "Foo_Bar[a]==1 ; python_version > '3'", "-e .", "-r requirements.txt", "./local", "--pre",
     "--index-url https://host.example/simple", "a @ https://host.example/a.zip", "b==1 --hash=sha256:12ab",
     "-e git+https://host.example/r.git#egg=r"]
).map(requirements.parse_line)  # fmt: skip
VALUE = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
REQUEST = st.builds(
    Request,
    name=st.none() | NAME | st.sampled_from(["null", "1.10", "no", "-x", "a'b"]),
    channels=st.lists(st.sampled_from(["conda-forge", "defaults", "https://host.example/c", "file:///c"])).map(tuple),
    specs=st.lists(SPEC, max_size=4, unique_by=lambda spec: spec.name).map(tuple),
    pip=st.lists(PIP, max_size=4).map(tuple),
    variables=st.dictionaries(st.from_regex(r"[A-Z_]{1,6}", fullmatch=True), VALUE, max_size=3).map(
        lambda found: tuple(found.items())
    ),
    platforms=st.lists(st.sampled_from(["linux-64", "osx-arm64", "win-64"]), unique=True).map(tuple),
    nodefaults=st.booleans(),
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Environment files in the styles that people use."""
    dash = draw(st.sampled_from(["  - ", "- ", "    -  "]))
    comment = st.sampled_from(["", "  # why", "   "])
    lines = draw(st.lists(st.sampled_from(["# head", "", "name: x", "prefix: /x"]), max_size=2, unique=True))
    if draw(st.booleans()):
        lines += ["channels:" + draw(comment), f"{dash}conda-forge"]
    conda = draw(st.lists(NAME.map(lambda name: f"q-{name}"), max_size=3))
    pip = draw(st.none() | st.lists(NAME.map(lambda name: f"q-{name}"), min_size=1, max_size=3))
    style = draw(st.sampled_from(["block", "flow", "missing", "empty"]))
    if style == "flow":
        inner = [*conda, *([f"{{pip: [{', '.join(pip)}]}}"] if pip else [])]
        lines += ["dependencies: [" + ", ".join(inner) + "]" + draw(comment)]
    elif style == "empty":
        lines += ["dependencies:" + draw(comment)]
    elif style == "block":
        lines += ["dependencies:" + draw(comment)]
        for name in conda:
            lines += [dash + name + draw(comment), *draw(st.sampled_from([[], ["  # between"], [""]]))]
        if pip:
            indent = " " * len(dash) + draw(st.sampled_from(["- ", "  - "]))
            lines += [f"{dash}pip:" + draw(comment), *(indent + name + draw(comment) for name in pip)]
    lines += draw(st.lists(st.sampled_from(["", "# tail"]), max_size=2))
    if draw(st.booleans()):
        lines += ["variables:", "  A: b"]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["\n", ""]))


@given(SPEC)
def test_a_spec_reads_as_itself(spec: MatchSpec) -> None:
    assert specs.parse(str(spec)) == spec


@given(REQUEST)
def test_a_fresh_file_reads_as_the_request(request: Request) -> None:
    assert read(dump(request)) == request


@given(files())
def test_reading_a_document_changes_nothing(text: str) -> None:
    assert Document.parse(text).text() == text


@given(files(), st.booleans())
@example("dependencies: []", True)
@example("", False)
def test_adding_and_removing_changes_nothing(text: str, pip_first: bool) -> None:
    document = Document.parse(text)
    before = read(text) if ":" in text else Request()
    for step in (0, 1) if pip_first else (1, 0):
        document.add("zlib >=1,<2") if step else document.add_pip("zipp[x]==1  # new")
    after = document.request()
    assert MatchSpec("zlib", ">=1,<2") in after.specs
    assert {line.name for line in after.pip} == {line.name for line in before.pip} | {"zipp"}
    assert len(after.specs) == len(before.specs) + 1
    assert document.remove("zlib")
    assert document.remove_pip("Zipp")
    assert document.text() == text


@given(st.text(string.printable))
@example("a: &a [*a]")
@example("dependencies: &a\n - *a")
@example("{a: b, ? [x] : y}")
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse_text in (read, requirements.parse, specs.parse, requirements.parse_line):
        with suppress(FaultsError, SpecError):
            parse_text(text)


@given(st.text("-=<>!~|,*[]()'\"#:;@/ .ab1", max_size=20))
def test_any_line_of_signs_is_read_or_refused(text: str) -> None:
    try:
        spec = specs.parse(text)
    except SpecError:
        return
    assert specs.parse(str(spec)) == spec


@given(
    st.lists(
        st.builds(
            Revision,
            date=st.just("2024-01-02 10:20:30"),
            command=st.just("") | st.text(string.ascii_letters + " '=", min_size=1).map(str.strip),
            version=st.sampled_from(["", "24.1.0"]),
            update=st.lists(SPEC.map(str), max_size=3).map(tuple),
            remove=st.lists(NAME, max_size=2).map(tuple),
            neutered=st.lists(SPEC.map(str), max_size=2).map(tuple),
            added=st.lists(NAME.map(lambda name: f"conda-forge/linux-64::{name}-1-0"), max_size=3).map(tuple),
            removed=st.lists(NAME.map(lambda name: f"defaults/noarch::{name}-1-0"), max_size=3).map(tuple),
        ),
        max_size=3,
    )
)
def test_a_history_reads_as_its_revisions(revisions: list[Revision]) -> None:
    assert parse("".join(map(render_entry, revisions))) == tuple(revisions)
