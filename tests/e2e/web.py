"""A web server on the loopback, whose answers can be spoilt."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Server:
    """A web server for a directory, whose answers can be spoilt.

    Attributes:
        spoil: changes the bytes of a file before they are sent; called with the path and the content.
        cut: how many answers to break off in the middle, by the end of the path.
        asked: paths that were asked for.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.spoil: Callable[[str, bytes], bytes] = lambda _, content: content
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, server_of_test=self))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        Thread(target=partial(self._http.serve_forever, poll_interval=0.01), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, server_of_test: Server) -> None:
        self.test = server_of_test
        super().__init__(*arguments, directory=str(server_of_test.directory))

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        self.test.asked.append(self.path)
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        content = self.test.spoil(self.path, path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if path.suffix == ".html" else "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for end, left in self.test.cut.items():
            if left and self.path.endswith(end):
                self.test.cut[end] -= 1
                content = content[: len(content) // 2]
                self.close_connection = True
        with suppress(ConnectionError):
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""
