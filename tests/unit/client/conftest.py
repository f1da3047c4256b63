"""A real little HTTP server that behaves as a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Behaviour = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request to the stand-in service; behaviours answer through it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StandIn
    body: bytes

    def _serve(self) -> None:
        self.body = self._read_body()
        self.server.requests.append(self)
        self.server.behaviour(self)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names http.server looks for

    def _read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, value: object, status: int = 200) -> None:
        self.answer(status, json.dumps(value).encode())

    def json(self) -> Any:
        return json.loads(self.body)

    def log_message(self, *_: object) -> None:
        """Says nothing: the tests look at what arrived."""


class StandIn(ThreadingHTTPServer):
    """The stand-in service: remembers requests and connections, and lets go of slow ones when the test ends."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.behaviour: Behaviour = lambda request: request.answer_json({})
        self.requests: list[Request] = []
        self.connection_count = 0
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[Any, Any]:
        self.connection_count += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: clients that hang up are what the tests are about."""


@pytest.fixture
def service() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()
