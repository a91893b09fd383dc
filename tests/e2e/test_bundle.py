from __future__ import annotations

import http.server
import json
import subprocess
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from home import Home


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(cold_home: Home) -> Iterator[tuple[Home, Path, http.server.HTTPServer]]:
    """A lock whose packages come from a server, and an environment that was made of it."""
    from parity.core.urls import url_to_path

    home = cold_home
    top = home.path / "server"
    top.mkdir()
    for name, url in (("channel", home.universe.mixed), ("index", home.universe.index)):
        (top / name).symlink_to(url_to_path(url.rstrip("/")))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(top)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    home.parity("create", "-y", "-q", "-n", "origin", "-c", f"http://127.0.0.1:{server.server_port}/channel",
                "--override-channels", "python", "numlib", "--pypi", "alpha")  # fmt: skip
    home.parity("export", "-n", "origin", "-o", "parity.lock")
    yield home, home.path / "parity.lock", server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("output", ["bundle.tar.zst", "bundle", "parts.tar.gz"])
def test_a_bundle_needs_no_network(
    served: tuple[Home, Path, http.server.HTTPServer], tmp_path: Path, output: str
) -> None:
    home, lock, server = served
    made = home.json("pack", lock, "--only-downloads", "-o", output if "parts" not in output else "whole.zip")
    assert made["files"] >= 4
    again = home.json("pack", lock, "--only-downloads", "-o", "again.zip")
    assert again["size"] == made["size"]
    (home.path / "Parity.sh").write_text("# installs Parity\n")
    bundle = ("pack", lock, "--only-downloads", "--with", "Parity.sh", "-o", "parts.tar.gz")
    assert len(home.json(*bundle, "--split", str(made["size"] // 2))["parts"]) >= 2
    script = "cat parts.tar.gz.* | tar -xz install/Parity.sh"
    subprocess.run(["sh", "-c", script], check=True, cwd=home.path)
    assert (home.path / "install/Parity.sh").read_text() == "# installs Parity\n"
    expected = home.parity("fingerprint", "-n", "origin").stdout
    server.shutdown()
    server.server_close()
    # Another machine: nothing in its caches, no server, no index.
    other = type(home)(tmp_path / "other", home.universe, tmp_path / "other-pkgs")
    other.configure(index="http://127.0.0.1:1/simple")
    other.environ |= {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    other.parity("sync", "--from", home.path / output, "-n", "work")
    assert other.parity("fingerprint", "-n", "work").stdout == expected
    assert "Nothing to do" in other.parity("sync", "--from", home.path / output, "-n", "work").stdout
    text = "".join(path.read_text() for path in (other.prefix() / "conda-meta").glob("numlib*.json"))
    assert json.loads(text)["url"].startswith("http://127.0.0.1")
    assert "cache/bundle-" not in (other.prefix() / "conda-meta/parity").read_text()


def test_a_damaged_bundle_is_not_used(served: tuple[Home, Path, http.server.HTTPServer], tmp_path: Path) -> None:
    home, lock, server = served
    home.parity("pack", lock, "--only-downloads", "-o", "bundle")
    wheel = next((home.path / "bundle/files").rglob("numlib*.conda"))
    wheel.write_bytes(wheel.read_bytes()[:-10])
    server.shutdown()
    server.server_close()
    other = type(home)(tmp_path / "other", home.universe, tmp_path / "other-pkgs")
    other.parity("sync", "--from", home.path / "bundle", "-n", "work", "--offline", code=5)
    assert not other.prefix().exists()
    other.parity("sync", "--from", home.path / "absent", "-n", "work", code=4)
    assert "is for" in home.parity("pack", lock, "--only-downloads", "--for", "win-64", "-o", "b", code=4).stderr
