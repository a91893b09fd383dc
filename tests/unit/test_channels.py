from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parity.core import channels
from parity.core.layers import Layer, Value, resolve
from parity.errors import InputError, RefusedError
from parity.model import Channel

if TYPE_CHECKING:
    from parity.core.settings import Settings

ALIAS = "https://conda.anaconda.org"


def make(**values: Any) -> Settings:
    return resolve([Layer("f", {key: Value(value) for key, value in values.items()})])[0]


def one(name: str, settings: Settings | None = None, **where: Any) -> Channel:
    found = channels.resolve([name], settings or make(), **{"cwd": "/a dir", "home": "/home/me", **where})
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("written", "name", "url"),
    [
        ("conda-forge", "conda-forge", f"{ALIAS}/conda-forge"),
        ("conda-forge/", "conda-forge", f"{ALIAS}/conda-forge"),
        ("conda-forge/label/dev", "conda-forge/label/dev", f"{ALIAS}/conda-forge/label/dev"),
        ("main/linux-64", "main", f"{ALIAS}/main"),
        ("conda-forge[linux-64,noarch]", "conda-forge", f"{ALIAS}/conda-forge"),
        ("pkgs/main", "pkgs/main", "https://repo.anaconda.com/pkgs/main"),
        ("pkgs/pro", "pkgs/pro", "https://repo.anaconda.com/pkgs/pro"),
        (f"{ALIAS}/conda-forge/linux-64/", "conda-forge", f"{ALIAS}/conda-forge"),
        ("HTTPS://Conda.Anaconda.org:443/conda-forge", "conda-forge", f"{ALIAS}/conda-forge"),
        (f"{ALIAS}/t/tk-1/private", "private", f"{ALIAS}/private"),
        ("https://u:p@h.org/c/noarch", "https://h.org/c", "https://h.org/c"),
        ("file:///x/y", "file:///x/y", "file:///x/y"),
        ("./c", "file:///a%20dir/c", "file:///a%20dir/c"),
        ("../c/linux-64", "file:///c", "file:///c"),
        (".", "file:///a%20dir", "file:///a%20dir"),
        ("~/c", "file:///home/me/c", "file:///home/me/c"),
        ("/a/./b/../c", "file:///a/c", "file:///a/c"),
        ("s3://bucket/c", "s3://bucket/c", "s3://bucket/c"),
    ],
)
def test_what_a_name_means(written: str, name: str, url: str) -> None:
    assert one(written) == Channel(name, (url,))


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("C:\\my channels\\c", "file:///C:/my%20channels/c"),
        (".\\c", "file:///D:/w/c"),
        ("..\\c", "file:///D:/c"),
        ("\\\\server\\share\\c", "file://server/share/c"),
    ],
)
def test_paths_of_windows(written: str, url: str) -> None:
    assert one(written, windows=True, cwd="D:\\w").urls == (url,)
    assert channels.credentials([written], make()) == {}


def test_multichannels_and_defaults() -> None:
    settings = make(custom_multichannels={"ours": ["a", "https://h.org/b", "both"], "both": ["both", "c"]})
    assert one("defaults").urls == ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r")
    assert one("ours", settings) == Channel("ours", (f"{ALIAS}/a", "https://h.org/b", f"{ALIAS}/both", f"{ALIAS}/c"))
    assert one("defaults", make(default_channels=["conda-forge"])).urls == (f"{ALIAS}/conda-forge",)


def test_a_multichannel_that_holds_itself_is_refused() -> None:
    with pytest.raises(InputError, match="holds itself"):
        one("a", make(custom_multichannels={"a": ["b"], "b": ["a"]}))


def test_nothing_counts_twice_and_special_names_stay() -> None:
    names = ["nodefaults", "pkgs/main", "conda-forge", "pypi", f"{ALIAS}/conda-forge", "defaults", "pypi"]
    assert channels.resolve(names, make(), cwd="/") == (
        Channel("pkgs/main", ("https://repo.anaconda.com/pkgs/main",)),
        Channel("conda-forge", (f"{ALIAS}/conda-forge",)),
        Channel("pypi", ()),
        Channel("defaults", ("https://repo.anaconda.com/pkgs/r",)),
    )


def test_custom_channels_and_alias() -> None:
    settings = make(custom_channels={"mine": "https://u:p@h.org/conda"}, channel_alias="https://mirror.org/t/tok/all")
    assert one("mine", settings) == Channel("mine", ("https://h.org/conda/mine",))
    assert one("mine/label/x", settings) == Channel("mine/label/x", ("https://h.org/conda/mine/label/x",))
    assert one("other", settings) == Channel("other", ("https://mirror.org/all/other",))
    names = ["mine", "other", "https://h.org/conda/mine", "https://plain.org/c", "https://x:y@z.org/c"]
    assert channels.credentials(names, settings) == {
        "https://h.org/conda/mine": "https://u:p@h.org/conda/mine",
        "https://mirror.org/all/other": "https://mirror.org/t/tok/all/other",
        "https://z.org/c": "https://x:y@z.org/c",
    }


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{ALIAS}/conda-forge", "conda-forge"),
        (f"{ALIAS}/t/tok/conda-forge/linux-64/a-1-0.conda", "conda-forge"),
        ("https://repo.anaconda.com/pkgs/main/noarch", "pkgs/main"),
        ("https://h.org/conda/mine/label/dev", "mine/label/dev"),
        ("https://h.org/conda/mine2", "https://h.org/conda/mine2"),
        ("https://u:p@h.org/x", "https://h.org/x"),
        ("file:///x/y/", "file:///x/y"),
        ("pypi", "pypi"),
        (ALIAS, ALIAS),
    ],
)
def test_display_names(url: str, name: str) -> None:
    assert channels.display_name(url, make(custom_channels={"mine": "https://h.org/conda"})) == name


def test_mirrors() -> None:
    settings = make(mirrored_channels={"conda-forge": ["https://a.org/cf/", "https://u:p@b.org/cf"], "https://h/c": []})
    assert channels.mirrors(settings) == {
        f"{ALIAS}/conda-forge": ("https://a.org/cf", "https://u:p@b.org/cf"),
        "https://h/c": (),
    }


def test_allow_and_deny_lists() -> None:
    allow = make(allowlist_channels=["conda-forge", "defaults", "https://u:secret@h.org/c"])
    assert channels.resolve(["conda-forge", "defaults", "https://h.org/c"], allow, cwd="/")
    for name in ("bioconda", "pypi", "./c"):
        with pytest.raises(RefusedError, match="not on the allow list") as caught:
            channels.resolve([name], allow, cwd="/")
        assert "secret" not in str(caught.value.hints)
    deny = make(denylist_channels=["defaults", "pypi"])
    for name in ("pkgs/main", "pypi", "defaults"):
        with pytest.raises(RefusedError, match="deny list"):
            channels.resolve([name], deny, cwd="/")
    assert channels.resolve(["conda-forge"], deny, cwd="/")


def test_local_is_where_packages_are_built() -> None:
    assert one("local", root="/opt/parity").urls == ("file:///opt/parity/conda-bld",)
    assert one("local", make(bld_path="/b")).urls == ("file:///b",)
    with pytest.raises(InputError, match="local"):
        one("local")


@pytest.mark.parametrize("name", ["", " ", "a b", "<x>", "a\\b"])
def test_what_can_be_no_channel(name: str) -> None:
    with pytest.raises(InputError):
        one(name)


def test_channels_are_found_where_they_moved_to() -> None:
    settings = make(
        channel_alias="https://new.example.org",
        migrated_channel_aliases=["https://old.example.org", "https://older.example.org/conda"],
        custom_channels={"team": "https://team.example.org"},
        migrated_custom_channels={"team": "https://before.example.org"},
    )
    for written in ("https://old.example.org/x/linux-64", "https://older.example.org/conda/x", "x"):
        assert one(written, settings) == Channel("x", ("https://new.example.org/x",))
    assert one("https://before.example.org/team", settings) == Channel("team", ("https://team.example.org/team",))
    assert one("https://other.example.org/x", settings).urls == ("https://other.example.org/x",)


def test_the_free_channel_comes_back_on_request() -> None:
    free = "https://repo.anaconda.com/pkgs/free"
    assert free not in one("defaults").urls
    assert one("defaults", make(restore_free_channel="yes")).urls[-1] == free
