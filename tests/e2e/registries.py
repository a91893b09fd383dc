"""Debian's docker-registry on this machine, and a wire to it that can break."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running(place: Path) -> Iterator[str]:
    """A registry that keeps what it has in `place/data`; gives `HOST:PORT`."""
    if not shutil.which("docker-registry"):
        pytest.skip("Debian's docker-registry is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    storage = {"filesystem": {"rootdirectory": str(place / "data")}}
    (place / "config.yml").write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": host}}))
    command = ["docker-registry", "serve", str(place / "config.yml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"http://{host}/v2/", timeout=1):
                break
        yield host
        child.terminate()


class Wire:
    """Passes connections on to a server, and cuts all of them when so many bytes have gone one way.

    Attributes:
        sent: bytes that clients may still send; None for any number.
        received: the same of what they get.
        host: `HOST:PORT` for clients.
    """

    def __init__(self, server: str) -> None:
        self.sent: int | None = None
        self.received: int | None = None
        name, _, port = server.rpartition(":")
        self._server = (name, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                for source, sink, way in ((client, server, "sent"), (server, client, "received")):
                    threading.Thread(target=self._pass, args=(source, sink, way), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with suppress(OSError):
            while block := source.recv(1 << 14):
                left = getattr(self, way)
                if left is not None:
                    block = block[:left]
                    setattr(self, way, left - len(block))
                sink.sendall(block)
                if left is not None and left <= len(block):
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire(server: str) -> Iterator[Wire]:
    made = Wire(server)
    try:
        yield made
    finally:
        made.close()
