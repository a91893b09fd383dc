"""Sizes, hashes and requirements that a lock needs, asked of servers that know ranges, and of those that do not."""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
from typing import TYPE_CHECKING

import pytest

from parity.engines.conda_describe import CondaDescriber
from parity.engines.pypi_describe import PypiDescriber
from parity.engines.pypi_download import Downloader
from parity.errors import IntegrityError, NotFoundError, OfflineError
from parity.model import CondaPackage, PypiPackage
from parity.testing.progress import RecordedProgress
from parity.testing.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Server:
    """Files of a directory over HTTP.

    Attributes:
        ranges: whether it knows range requests.
        asked: method and path of each request, and the range.
    """

    def __init__(self, directory: Path) -> None:
        self.ranges = True
        self.asked: list[tuple[str, str, str]] = []
        self.sent = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                span = self.headers.get("Range", "")
                outer.asked.append((self.command, self.path, span))
                path = directory / self.path.lstrip("/")
                if not path.is_file():
                    self.send_error(404)
                    return
                data = path.read_bytes()
                begin, end = 0, len(data)
                found = re.fullmatch(r"bytes=(\d*)-(\d*)", span) if outer.ranges else None
                if found:
                    if not found[1]:
                        begin = max(len(data) - int(found[2]), 0)
                    else:
                        begin, end = int(found[1]), min(int(found[2]) + 1, len(data))
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(data)}")
                else:
                    self.send_response(200)
                self.send_header("Content-Length", str(end - begin))
                self.end_headers()
                if self.command == "GET":
                    outer.sent += end - begin
                    self.wfile.write(data[begin:end])

            do_GET = do_HEAD = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    directory = tmp_path / "served"
    directory.mkdir()
    server = Server(directory)
    thread = threading.Thread(target=server.http.serve_forever)
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel whose list of files is far from its METADATA, and which is much larger than the first piece asked for."""
    import random

    noise = random.Random(7).randbytes(300_000).hex()  # noqa: S311 - nothing secret, only large
    return make_wheel(tmp_path / "served", "thing", "1.0", requires=["beta >=1", "gamma; extra == 'x'"],
                      extras={"x": []}, files={"thing/data.txt": noise})  # fmt: skip


def package(url: str, path: Path) -> PypiPackage:
    return PypiPackage("thing", "1.0", url, hashlib.sha256(path.read_bytes()).hexdigest())


def describer(tmp_path: Path, *, offline: bool = False) -> PypiDescriber:
    return PypiDescriber(Downloader({}, {}).open, tmp_path / "cache", offline=offline)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_wheel_is_described_by_its_end_or_where_it_must_be_by_all_of_it(
    tmp_path: Path, server: Server, wheel: Path, ranges: bool
) -> None:
    server.ranges = ranges
    (found,) = describer(tmp_path).describe([package(f"{server.url}/{wheel.name}", wheel)])
    assert found.size == wheel.stat().st_size
    assert found.requires_dist[0].replace(" ", "") == "beta>=1"
    assert (server.sent < found.size) is ranges


def test_metadata_beside_a_wheel_is_taken_where_the_index_has_it(tmp_path: Path, server: Server, wheel: Path) -> None:
    text = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\nRequires-Dist: delta\nRequires-Python: >=3.9\n"
    wheel.with_name(f"{wheel.name}.metadata").write_text(text)
    (found,) = describer(tmp_path).describe([package(f"{server.url}/{wheel.name}", wheel)])
    assert (found.requires_dist, found.requires_python) == (("delta",), ">=3.9")
    assert found.size == wheel.stat().st_size
    assert not any(method == "GET" and path.endswith(".whl") for method, path, _ in server.asked)


def test_an_answer_is_kept_and_holds_offline(tmp_path: Path, server: Server, wheel: Path) -> None:
    one = package(f"{server.url}/{wheel.name}", wheel)
    with pytest.raises(OfflineError):
        describer(tmp_path, offline=True).describe([one])
    first = describer(tmp_path).describe([one, one])
    count = len(server.asked)
    assert describer(tmp_path, offline=True).describe([one, one]) == first
    assert len(server.asked) == count


def test_what_an_earlier_lock_says_of_a_file_is_not_asked_again(tmp_path: Path, server: Server, wheel: Path) -> None:
    one = package(f"{server.url}/{wheel.name}", wheel)
    known = PypiPackage("thing", "1.0", one.url, one.sha256, 5, requires_dist=("old",))
    (found,) = describer(tmp_path, offline=True).describe([one], [known])
    assert (found.size, found.requires_dist) == (5, ("old",))
    assert server.asked == []


def test_a_local_wheel_is_read_and_the_pin_says_the_size(tmp_path: Path, wheel: Path) -> None:
    one = package(wheel.as_uri(), wheel)
    pin = '{"name":"thing","version":"1.0","wheels":[{"hashes":{"sha256":"0"},"url":"x"}]}'
    (found,) = describer(tmp_path, offline=True).describe(
        [PypiPackage(one.name, one.version, one.url, one.sha256, pin=pin)]
    )
    assert found.size == wheel.stat().st_size
    assert f'"size":{found.size}' in found.pin


def test_a_directory_and_a_repository_stay_as_they_are(tmp_path: Path) -> None:
    sources = [PypiPackage("a", "", "file:///src/a"), PypiPackage("b", "1", "git+https://example.org/b@0")]
    assert describer(tmp_path, offline=True).describe(sources) == tuple(sources)


def conda(url: str, **more: object) -> CondaPackage:
    fn = url.rpartition("/")[2]
    return CondaPackage("a", "1", "0", 0, "linux-64", url, url.rpartition("/linux-64/")[0], fn, **more)  # type: ignore[arg-type]


def test_a_conda_archive_gets_the_size_and_the_sha256_that_its_channel_leaves_out(
    tmp_path: Path, server: Server
) -> None:
    directory = tmp_path / "served" / "linux-64"
    directory.mkdir()
    (directory / "a-1-0.conda").write_bytes(b"content")
    sha256, md5 = hashlib.sha256(b"content").hexdigest(), hashlib.md5(b"content", usedforsecurity=False).hexdigest()
    ask = CondaDescriber(Downloader({}, {}).open, {})
    url = f"{server.url}/linux-64/a-1-0.conda"
    (sized,) = ask.describe([conda(url, sha256=sha256)])
    assert (sized.size, sized.sha256) == (7, sha256)
    assert [method for method, _, _ in server.asked] == ["HEAD"]
    (hashed,) = ask.describe([conda(url, md5=md5)])
    assert (hashed.size, hashed.sha256) == (7, sha256)
    with pytest.raises(IntegrityError, match="has the MD5"):
        ask.describe([conda(url, md5="0" * 32)])
    (local,) = ask.describe([conda((directory / "a-1-0.conda").as_uri(), md5=md5)])
    assert local.sha256 == sha256


def test_an_archive_that_is_not_there_is_told(tmp_path: Path) -> None:
    progress = RecordedProgress()
    ask = CondaDescriber(Downloader({}, {}).open, {}, progress=progress)
    url = (tmp_path / "linux-64" / "a-1-0.conda").as_uri()
    (found,) = ask.describe([conda(url, sha256="0" * 64)])
    assert found.size is None
    assert any("a-1-0.conda" in text for text in progress.warnings)
    with pytest.raises(NotFoundError, match="no SHA-256"):
        ask.describe([conda(url)])


def test_a_channel_with_a_token_is_asked_with_it(tmp_path: Path, server: Server) -> None:
    directory = tmp_path / "served" / "t" / "secret" / "c" / "linux-64"
    directory.mkdir(parents=True)
    (directory / "a-1-0.conda").write_bytes(b"content")
    ask = CondaDescriber(Downloader({}, {}).open, {f"{server.url}/c": f"{server.url}/t/secret/c"})
    (found,) = ask.describe([conda(f"{server.url}/c/linux-64/a-1-0.conda", sha256="0" * 64)])
    assert found.size == 7
    assert "secret" not in found.url
