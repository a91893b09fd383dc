from __future__ import annotations

import pytest

from parity.core import urls


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://user:pass@host/c", "https://host/c"),
        ("https://tok@host:8443/c/", "https://host:8443/c/"),
        ("https://user:p@ss@host/c", "https://host/c"),
        ("https://user:pa/ss@host/c", "https://host/c"),
        ("https://${U}:${P}@host/c", "https://host/c"),
        ("https://conda.anaconda.org/t/ab-123/main/linux-64", "https://conda.anaconda.org/main/linux-64"),
        ("https://host/api/t/tok", "https://host/api"),
        ("https://host/x?token=a&b=1#sha256=ff", "https://host/x?b=1#sha256=ff"),
        ("https://host/x?X-Amz-Signature=a&X-Amz-Credential=b", "https://host/x"),
        ("git+ssh://git@host/repo.git", "git+ssh://git@host/repo.git"),
        ("file:///home/t/secret/channel", "file:///home/t/secret/channel"),
        ("https://[::1]:80/c", "https://[::1]:80/c"),
        ("conda-forge", "conda-forge"),
        ("user@host", "user@host"),
    ],
)
def test_credentials_are_stripped_and_nothing_else(url: str, bare: str) -> None:
    assert urls.strip_credentials(url) == bare


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass@host/c",
        "https://host/t/tok/c/label/dev",
        "https://u:p@host/t/tok/c?token=x",
        "https://host/c?a=1&sig=x#frag",
        "https://host/c",
    ],
)
def test_credentials_are_put_back(url: str) -> None:
    bare, credentials = urls.split_credentials(url)
    assert urls.join_credentials(bare, credentials) == url
    assert "pass" not in repr(credentials)
    assert bool(credentials) == (bare != url)


def test_mask_hides_secrets_in_free_text() -> None:
    text = "cannot fetch https://bob:hunter2@h.org/t/tk-1/main, nor 'https://x/y?a=1&token=zzz' (see file:///t/keep/me)"
    assert urls.mask(text) == (
        "cannot fetch https://***@h.org/t/***/main, nor 'https://x/y?a=1&token=***' (see file:///t/keep/me)"
    )
    assert urls.mask("nothing to hide") == "nothing to hide"


@pytest.mark.parametrize(
    ("path", "url", "windows"),
    [
        ("/a/b", "file:///a/b", False),
        ("/a b/ü#?%", "file:///a%20b/%C3%BC%23%3F%25", False),
        ("C:\\a b\\c", "file:///C:/a%20b/c", True),
        ("\\\\server\\share\\c", "file://server/share/c", True),
    ],
)
def test_paths_and_file_urls(path: str, url: str, windows: bool) -> None:
    assert urls.path_to_url(path, windows=windows) == url
    assert urls.url_to_path(url, windows=windows) == path


def test_url_to_path_refuses_what_is_no_local_path() -> None:
    assert urls.url_to_path("file://localhost/a") == "/a"
    for url in ("https://host/a", "file://other/a"):
        with pytest.raises(ValueError, match="file URL"):
            urls.url_to_path(url)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTPS://Host.ORG:443/Path/", "https://host.org/Path"),
        ("http://host:8080", "http://host:8080"),
        ("file:///", "file:///"),
        ("name/", "name"),
    ],
)
def test_canonical(url: str, same: str) -> None:
    assert urls.canonical(url) == same


def test_join() -> None:
    assert urls.join("https://h/", "/a/", "", "b") == "https://h/a/b"


def test_variables() -> None:
    assert urls.expand_variables("$A/${B}/$C/%A%", {"A": "1", "B": "2"}) == "1/2/$C/%A%"
    assert urls.expand_variables("%A%%Z%", {"A": "1"}, windows=True) == "1%Z%"
