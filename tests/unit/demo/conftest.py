"""A stand-in for the service, so that the renderer's tests speak real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class StandIn(ThreadingHTTPServer):
    """A stand-in for the service: one answer for every page call, and what it was asked."""

    daemon_threads = True
    answer: Any = None
    asked: list[dict[str, Any]]
    tokens: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers page calls with what the test has laid out."""

    server: StandIn

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.tokens.append(self.headers["Authorization"])
        body = json.dumps(self.server.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def service() -> Iterator[StandIn]:
    server = StandIn(("127.0.0.1", 0), Handler)
    server.answer, server.asked, server.tokens = {}, [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
