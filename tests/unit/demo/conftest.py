"""A stand-in for the service, so that the renderer's tests speak real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class StandIn(ThreadingHTTPServer):
    """A stand-in for the service: one answer for every page call, and what it was asked."""

    daemon_threads = True
    answer: Any = None
    asked: list[dict[str, Any]]
    tokens: list[str | None]
    put: list[tuple[str, dict[str, Any]]]
    refusals: list[int]
    """Status codes that the next PUT requests are answered with, before they are taken again."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers page calls with what the test has laid out."""

    server: StandIn

    def do_POST(self) -> None:
        sent = self._sent()
        self.server.asked.append(sent)
        self._answer(200, _under_ids(self.server.answer, sent))

    def do_PUT(self) -> None:
        status = self.server.refusals.pop(0) if self.server.refusals else 201
        if status < 300:
            self.server.put.append((self.path, self._sent()))
        else:
            self._sent()
        self._answer(status, {})

    def _sent(self) -> dict[str, Any]:
        sent: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tokens.append(self.headers["Authorization"])
        return sent

    def _answer(self, status: int, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _under_ids(answer: Any, sent: dict[str, Any]) -> Any:
    """Returns the answer with each widget that is laid out under its kind under the id that was asked for."""
    laid_out = answer.get("widgets") if isinstance(answer, dict) else None
    if not isinstance(laid_out, dict):
        return answer
    ids = {widget["kind"]: widget["id"] for widget in sent.get("widgets", ())}
    return answer | {"widgets": {ids.get(name, name): widget for name, widget in laid_out.items()}}


@pytest.fixture
def wait_until() -> Callable[[Callable[[], Any], float], None]:
    """Asks until the answer is true. Raises AssertionError after the seconds given."""

    def wait(is_true: Callable[[], Any], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_true():
            assert time.monotonic() < deadline, f"waited {timeout_s} s in vain"
            time.sleep(0.01)

    return wait


@pytest.fixture
def service() -> Iterator[StandIn]:
    server = StandIn(("127.0.0.1", 0), Handler)
    server.answer, server.asked, server.tokens, server.put, server.refusals = {}, [], [], [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
