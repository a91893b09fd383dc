"""The registry client against a registry that misbehaves, and against a real one where it is installed."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from parity.engines import registry_auth
from parity.engines.registry import Registry
from parity.engines.registry_auth import Credentials
from parity.errors import IntegrityError, NetworkError, NotFoundError, OfflineError
from parity.formats import oci

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = b"layer" * 1000
BLOB = oci.describe(DATA, oci.LAYER)


@dataclass
class State:
    """What the registry holds, and how it misbehaves."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    fail: list[int] = field(default_factory=list)
    damage: int = 0
    token: str = ""
    elsewhere: str = ""
    seen: list[str] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    state: ClassVar[State]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        state, url = self.state, urlsplit(self.path)
        state.requests.append((self.command, url.path))
        state.seen.append(self.headers.get("Authorization", ""))
        if url.path == "/token":
            known = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"ann:secret").decode()
            self.reply(200, json.dumps({"token": state.token if known else "nothing"}).encode())
        elif state.token and self.headers.get("Authorization") != f"Bearer {state.token}":
            realm = f"http://{self.headers['Host']}/token"
            self.reply(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}",service="here"'})
        elif state.fail:
            self.reply(state.fail.pop(), b"")
        else:
            self.serve(url.path.removeprefix("/v2/team/x/"), parse_qs(url.query), body)

    do_GET = do_HEAD = do_POST = do_PUT = do  # noqa: N815

    def serve(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        state = self.state
        kind, _, name = path.partition("/")
        if self.command == "POST":
            mounted = query.get("mount", [""])[0] in state.blobs
            self.reply(201 if mounted else 202, b"", {"Location": "/v2/team/x/blobs/uploads/1?state=a"})
        elif self.command == "PUT" and kind == "blobs":
            digest = query["digest"][0]
            good = oci.digest(body) == digest
            if good:
                state.blobs[digest] = body
            self.reply(201 if good else 400, b"")
        elif self.command == "PUT":
            state.manifests[name] = state.manifests[oci.digest(body)] = body
            self.reply(201, b"")
        else:
            data = (state.blobs if kind == "blobs" else state.manifests).get(name)
            if data is None:
                self.reply(404, b"")
            elif state.elsewhere and kind == "blobs":
                self.reply(307, b"", {"Location": state.elsewhere})
            elif state.damage:
                state.damage -= 1
                self.reply(200, data[:-1] + b"?")
            else:
                self.reply(200, data)

    def reply(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for key, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def serve() -> tuple[http.server.ThreadingHTTPServer, State]:
    state = State()
    handler = type("Mine", (Handler,), {"state": state})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server, state


@pytest.fixture
def server() -> Iterator[tuple[str, State]]:
    made, state = serve()
    yield f"127.0.0.1:{made.server_address[1]}", state
    made.shutdown()
    made.server_close()


def client(host: str, **more: Any) -> Registry:
    known = more.pop("known", None)
    return Registry(oci.reference(f"{host}/team/x"), lambda _: known, pauses=(0.0, 0.0), **more)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(DATA)
    return path


def test_what_was_sent_comes_back(server: tuple[str, State], file: Path, tmp_path: Path) -> None:
    host, state = server
    registry = client(host)
    assert not registry.has(BLOB.digest)
    registry.upload(BLOB, file)
    assert registry.has(BLOB.digest)
    registry.blob(BLOB, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == DATA
    manifest = oci.Manifest(BLOB, (BLOB,)).dump()
    registry.put_manifest(manifest, oci.MANIFEST, "1")
    found, data = registry.manifest("1")
    assert (found.digest, found.media_type, data) == (oci.digest(manifest), oci.MANIFEST, manifest)
    assert registry.manifest(found.digest)[1] == manifest
    assert registry.mount(BLOB.digest, "team/other")
    assert not registry.mount(oci.digest(b"nothing"), "team/other")
    assert state.blobs == {BLOB.digest: DATA}


def test_an_upload_that_fails_half_way_begins_anew(server: tuple[str, State], file: Path) -> None:
    host, state = server
    state.fail = [502]
    client(host).upload(BLOB, file)
    assert state.blobs == {BLOB.digest: DATA}


def test_a_registry_that_keeps_failing_is_named(server: tuple[str, State], file: Path) -> None:
    host, state = server
    state.fail = [500] * 20
    with pytest.raises(NetworkError, match="answers 500"):
        client(host).upload(BLOB, file)
    state.fail = []
    with pytest.raises(NetworkError, match="answers 400"):
        client(host).upload(oci.describe(b"other", oci.LAYER), file)


def test_a_download_with_another_digest_is_fetched_once_more_and_then_refused(
    server: tuple[str, State], tmp_path: Path
) -> None:
    host, state = server
    state.blobs[BLOB.digest], state.damage = DATA, 1
    client(host).blob(BLOB, tmp_path / "x")
    state.damage = 2
    with pytest.raises(IntegrityError, match=BLOB.digest):
        client(host).blob(BLOB, tmp_path / "y")
    state.manifests[BLOB.digest] = b"{}"
    with pytest.raises(IntegrityError, match="something else"):
        client(host).manifest(BLOB.digest)


def test_what_is_not_there_is_no_failure_of_the_network(server: tuple[str, State], tmp_path: Path) -> None:
    host, state = server
    with pytest.raises(NotFoundError):
        client(host).manifest("9")
    with pytest.raises(NotFoundError):
        client(host).blob(BLOB, tmp_path / "x")
    assert len(state.requests) == 2


def test_a_token_is_asked_for_with_what_was_noted(server: tuple[str, State], file: Path) -> None:
    host, state = server
    state.token = "abc"
    registry = client(host, known=Credentials("ann", "secret"))
    registry.upload(BLOB, file)
    assert registry.has(BLOB.digest)
    with pytest.raises(NetworkError, match="refuses access") as caught:
        client(host).has(BLOB.digest)
    assert "docker login" in caught.value.hints[0]
    with pytest.raises(NetworkError, match="refuses access") as caught:
        client(host, known=Credentials("ann", "wrong-secret")).has(BLOB.digest)
    assert "wrong-secret" not in str(caught.value) + str(caught.value.hints) + repr(Credentials("ann", "wrong-secret"))


def test_credentials_stay_behind_where_a_registry_sends_to_another_host(
    server: tuple[str, State], tmp_path: Path
) -> None:
    host, state = server
    state.token = "abc"
    state.blobs[BLOB.digest] = DATA
    other, theirs = serve()
    theirs.blobs[BLOB.digest] = DATA
    state.elsewhere = f"http://127.0.0.1:{other.server_address[1]}/v2/team/x/blobs/{BLOB.digest}"
    client(host, known=Credentials("ann", "secret")).blob(BLOB, tmp_path / "x")
    other.shutdown()
    other.server_close()
    assert (tmp_path / "x").read_bytes() == DATA
    assert theirs.seen == [""]


def test_a_registry_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(NetworkError, match="cannot be reached"):
            client(host).has(BLOB.digest)
    with pytest.raises(OfflineError):
        client(host, offline=True).has(BLOB.digest)


def config(tmp_path: Path, data: dict[str, Any]) -> Path:
    (tmp_path / ".docker").mkdir(exist_ok=True)
    (tmp_path / ".docker" / "config.json").write_text(json.dumps(data))
    return tmp_path


def test_what_docker_login_noted_is_found(tmp_path: Path) -> None:
    auth = base64.b64encode(b"ann:se:cret").decode()
    home = config(tmp_path, {"auths": {"h.org": {"auth": auth}, "https://index.docker.io/v1/": {"identitytoken": "t"}}})
    assert registry_auth.find("h.org", {}, home) == Credentials("ann", "se:cret")
    assert registry_auth.find("docker.io", {}, home) == Credentials("", "t")
    assert registry_auth.find("other.org", {}, home) is None
    elsewhere = {"DOCKER_CONFIG": str(tmp_path / "nothing")}
    assert registry_auth.find("h.org", elsewhere, home) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"auths": []}', '{"auths": {"h.org": {"auth": "%"}}}',
                                  '{"credsStore": "../evil", "credHelpers": 1}'])  # fmt: skip
def test_a_broken_note_is_none(tmp_path: Path, text: str) -> None:
    config(tmp_path, {})
    (tmp_path / ".docker" / "config.json").write_text(text)
    assert registry_auth.find("h.org", {}, tmp_path) is None


def test_a_credential_helper_is_asked(tmp_path: Path) -> None:
    helper = tmp_path / "docker-credential-mine"
    helper.write_text('#!/bin/sh\nread host\n[ "$host" = h.org ] && echo \'{"Username": "bob", "Secret": "s"}\'\n')
    helper.chmod(0o755)
    home = config(tmp_path, {"credHelpers": {"h.org": "mine"}})
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert registry_auth.find("h.org", environ, home) == Credentials("bob", "s")
    home = config(tmp_path, {"credsStore": "mine"})
    assert registry_auth.find("h.org", environ, home) == Credentials("bob", "s")
    assert registry_auth.find("x.org", environ, home) is None


@pytest.mark.skipif(shutil.which("docker-registry") is None, reason="Debian's docker-registry is not installed")
def test_a_real_registry_takes_and_gives(tmp_path: Path, file: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "data")}},
        "http": {"addr": host},
    }
    (tmp_path / "config.yml").write_text(json.dumps(settings))
    command = ["docker-registry", "serve", str(tmp_path / "config.yml")]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        one, other = (Registry(oci.reference(f"{host}/{name}"), lambda _: None) for name in ("team/a", "team/b"))
        deadline = time.monotonic() + 20
        while True:
            try:
                assert not one.has(BLOB.digest)
                break
            except NetworkError:
                assert time.monotonic() < deadline
        one.upload(BLOB, file)
        assert one.has(BLOB.digest)
        assert not other.has(BLOB.digest)
        assert other.mount(BLOB.digest, "team/a")
        assert other.has(BLOB.digest)
        config = oci.dump({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}})
        (tmp_path / "config").write_bytes(config)
        described = oci.describe(config, oci.CONFIG)
        one.upload(described, tmp_path / "config")
        manifest = oci.Manifest(described, (BLOB,)).dump()
        one.put_manifest(manifest, oci.MANIFEST, "1")
        assert one.manifest("1")[1] == manifest
        one.blob(BLOB, tmp_path / "back")
        assert hashlib.sha256((tmp_path / "back").read_bytes()).hexdigest() == BLOB.digest.removeprefix("sha256:")
    finally:
        child.terminate()
        child.wait(10)
