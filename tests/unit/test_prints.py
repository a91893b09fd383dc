from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from parity.core.contents import ArchiveContents, EntryPoint, ExpectedFile, Places, place
from parity.core.fingerprint import Entry, fingerprint
from parity.core.prints import Print, compare, make
from parity.core.rules import Rules
from parity.errors import InputError, RefusedError
from parity.formats import print_json
from parity.model import CondaPackage, PypiPackage, Solution
from parity.ops.fingerprint import predict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.model import Package

LINUX = Places(False, "bin", "lib/python3.11/site-packages", "include/python3.11", 11)
A, B = "a" * 64, "b" * 64


def test_the_definition_does_not_move() -> None:
    """Worked out by hand from docs/reference/fingerprint.md, with sha256sum."""
    entries = [
        Entry("bin/tool", "file", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", True),
        Entry("lib/link", "link", "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"),
    ]
    hidden = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    found = fingerprint(entries, [("tool", "1.0", "0")], {"COLOUR": hidden})
    assert str(found) == "parity1:sha256:a3341f1f1c0a6621f83c024aea620fc5eac5be7d5252f5528b2a542d00527839"


def test_two_prints_are_equal_where_their_roots_are() -> None:
    entry = Entry("a", "file", A)
    first, second = (make(label, {"a": entry}, [("p", "1", "0")], {}, owners={}) for label in ("here", "there"))
    assert first == second
    assert len({first, second}) == 1
    assert first != make("here", {}, [("p", "1", "0")], {}, owners={})


def test_each_part_changes_the_whole() -> None:
    entry = Entry("a", "file", A)
    roots = [
        fingerprint([entry], [("p", "1", "0")], {"v": A}),
        fingerprint([], [("p", "1", "0")], {"v": A}),
        fingerprint([Entry("a", "file", B)], [("p", "1", "0")], {"v": A}),
        fingerprint([Entry("a", "link", A)], [("p", "1", "0")], {"v": A}),
        fingerprint([Entry("a", "file", A, True)], [("p", "1", "0")], {"v": A}),
        fingerprint([Entry("b", "file", A)], [("p", "1", "0")], {"v": A}),
        fingerprint([entry], [("p", "1", "1")], {"v": A}),
        fingerprint([entry], [], {"v": A}),
        fingerprint([entry], [("p", "1", "0")], {"v": B}),
        fingerprint([entry], [("p", "1", "0")], {}),
    ]
    assert len({one.root for one in roots}) == len(roots)


def made(**changes: object) -> Print:
    entries = {"a": Entry("a", "file", A), "b": Entry("b", "link", B), "c": Entry("c", "file", A, True)}
    entries.update({path: entry for path, entry in changes.items() if isinstance(entry, Entry)})
    gone = [path for path, entry in changes.items() if entry is None]
    return make(
        "work",
        {path: entry for path, entry in entries.items() if path not in gone},
        [("p", "1", "0"), ("q", str(changes.get("q_version", "2")), "0")],
        {"SECRET": "token", "COLOUR": str(changes.get("colour", "blue"))},
        owners={"a": "p", "b": "q"},
    )


def test_differences_are_named_with_their_package() -> None:
    other = made(a=Entry("a", "file", B), b=None, c=Entry("c", "file", A), d=Entry("d", "file", A), q_version="3",
                 colour="red")  # fmt: skip
    found = compare(made(), other)
    assert [(one.path, one.owner, one.change) for one in found.files] == [
        ("a", "p", "content"),
        ("b", "q", "removed"),
        ("c", "", "executable"),
        ("d", "", "added"),
    ]
    assert found.packages == {"q": ("2 0", "3 0")}
    assert found.variables == ("COLOUR",)
    assert list(found.by_owner) == ["p", "q", ""]
    assert not compare(made(), made())


def test_what_is_saved_is_read_back_and_holds_no_value_of_a_variable() -> None:
    text = json.dumps(print_json.dump(made()))
    assert print_json.looks_like(text)
    assert "token" not in text
    back = print_json.parse(text, "here.json")
    assert not compare(back, made())
    assert back.owners == made().owners


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [(A, B, "was changed"), ("parity1:", "parity9:", "another kind"), ('"files"', '"fils"', "is not what")],
)
def test_a_saved_result_that_was_changed_is_refused(old: str, new: str, words: str) -> None:
    text = json.dumps(print_json.dump(made())).replace(old, new)
    with pytest.raises(InputError, match=words):
        print_json.parse(text, "here.json")


# -- what packages will put there ---------------------------------------------------------------------


def test_a_noarch_package_goes_where_python_is() -> None:
    contents = ArchiveContents(
        (
            ExpectedFile("site", "pkg/__init__.py", "file", A),
            ExpectedFile("scripts", "helper", "file", A, True),
            ExpectedFile("prefix", "share/x", "file", B),
            ExpectedFile("prefix", "conda-meta/x", "file", B),
        ),
        (EntryPoint("tool", "pkg.cli", "App.main"),),
    )
    placed = place(contents, "pkg", "1", "0", "conda", LINUX, Rules())
    assert [file.path for file in placed.files if file.counts] == [
        "bin/helper",
        "bin/tool",
        "lib/python3.11/site-packages/pkg/__init__.py",
        "share/x",
    ]
    assert [file.path for file in placed.files if file.executable] == ["bin/helper", "bin/tool"]
    windows = place(contents, "pkg", "1", "0", "conda", Places(True, "Scripts", "Lib/site-packages"), Rules())
    made_there = [(file.path, file.executable) for file in windows.files if file.generated]
    assert made_there == [("Scripts/tool-script.py", False), ("Scripts/tool.exe", False)]


def test_launchers_of_pip_are_those_of_the_python_they_are_for() -> None:
    contents = ArchiveContents((), tuple(EntryPoint(name, "pip", "main") for name in ("pip", "pip3", "pip3.9")))
    placed = place(contents, "pip", "1", "", "pypi", LINUX, Rules())
    assert [file.path for file in placed.files] == ["bin/pip", "bin/pip3", "bin/pip3.11"]


def conda(name: str, **more: object) -> CondaPackage:
    return CondaPackage(name, "3.11.4" if name == "python" else "1", "0", 0, "linux-64", "", "", name, **more)  # type: ignore[arg-type]


def prediction(contents: dict[str, ArchiveContents], *packages: Package, order: Sequence[str] = ()) -> Print:
    solution = Solution(
        "linux-64",
        tuple(one for one in packages if isinstance(one, CondaPackage)),
        tuple(one for one in packages if isinstance(one, PypiPackage)),
    )
    return predict(
        "lock", solution, {}, lambda asked, _: [contents[one.name] for one in asked], Rules(), lambda _: order
    )


def one_file(digest: str, path: str = "share/x") -> ArchiveContents:
    return ArchiveContents((ExpectedFile("prefix", path, "file", digest),))


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_conda_packages_the_one_that_is_linked_last_wins(order: tuple[str, str]) -> None:
    contents = {"a": one_file(A), "b": one_file(B)}
    found = prediction(contents, conda("a"), conda("b"), order=order)
    assert found.owners["share/x"] == order[1]
    assert found.entries["share/x"].digest == (B if order[1] == "b" else A)


def test_wheels_that_bring_the_same_path_cannot_be_told_unless_it_is_the_same_file() -> None:
    packages = (conda("python"), PypiPackage("a", "1"), PypiPackage("b", "1"))
    same = {"python": ArchiveContents(()), "a": one_file(A), "b": one_file(A)}
    assert prediction(same, *packages).entries["share/x"].digest == A
    with pytest.raises(RefusedError, match=r"share/x \(a and b\)"):
        prediction({**same, "b": one_file(B)}, *packages)


def test_launchers_of_wheels_on_windows_cannot_be_told() -> None:
    contents = {"a": ArchiveContents((), (EntryPoint("tool", "a", "main"),))}
    solution = Solution("win-64", (), (PypiPackage("a", "1"),))
    with pytest.raises(RefusedError, match="a: on Windows"):
        predict("lock", solution, {}, lambda asked, _: [contents[one.name] for one in asked], Rules(), lambda _: ())
