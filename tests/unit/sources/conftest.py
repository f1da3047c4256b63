"""A little newsroom on loopback, whose answers each test writes itself, and a WordPress that behaves as one."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from service.adapters.sources.fetching.fetcher import Fetcher

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Newsroom:
    """A server: what it answers by path, and what it was asked."""

    host: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/feed") -> str:
        return f"http://{self.host}{path}"

    def says(self, path: str, body: bytes | str = b"", status: int = 200, **headers: str) -> None:
        """Answers this body to the path from now on; header names have `_` for `-`."""
        data = body.encode() if isinstance(body, str) else body
        sent = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(request: BaseHTTPRequestHandler) -> None:
            reply(request, status, data, sent)

        self.answers[path] = answer


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """A newsroom of its own for each test."""
    yield from served()


@pytest.fixture
def other_newsroom() -> Iterator[Newsroom]:
    """Another one, on another port."""
    yield from served()


def served() -> Iterator[Newsroom]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            room.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.close_connection = True
            answer = room.answers.get(self.path) or room.answers.get(urlsplit(self.path).path)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the caller had enough
                answer(self) if answer else reply(self, 404, b"", {})

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    room = Newsroom(f"127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield room
    finally:
        room.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def fetcher(newsroom: Newsroom) -> Fetcher:
    """A fetcher that may reach the newsroom, and nothing else on this machine."""
    return Fetcher(private_hosts=[newsroom.host], timeout_s=30)


def post(number: int, modified: str, **fields: Any) -> dict[str, Any]:
    """A post as `wp/v2/posts` shows it."""
    return {
        "id": number,
        "link": f"https://courier.example/{number}",
        "title": {"rendered": f"Post {number} &amp; more"},
        "content": {"rendered": f"<p>Text of post {number}.</p>", "protected": False},
        "excerpt": {"rendered": "<p>Text of post [&hellip;]</p>"},
        "date_gmt": "2026-03-01T08:00:00",
        "modified": modified,
        "modified_gmt": modified,
    } | fields


@dataclass
class WordPress:
    """A WordPress behind a newsroom: it pages, orders and filters as the real one does."""

    room: Newsroom
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    faults: list[Callable[[dict[str, str]], tuple[int, dict[str, str]] | None]] = field(default_factory=list)
    before_page: Callable[[dict[str, str]], None] = lambda _: None

    def add(self, *numbers: int, minute: int | None = None, **fields: Any) -> None:
        for number in numbers:
            at = number if minute is None else minute
            self.posts[number] = post(number, f"2026-03-01T{10 + at // 60:02}:{at % 60:02}:00", **fields)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        asked = {name: values[-1] for name, values in parse_qs(urlsplit(request.path).query).items()}
        self.before_page(asked)
        for fault in self.faults:
            if (told := fault(asked)) is not None:
                return reply(request, told[0], b"<h1>Error</h1>", told[1])
        found = sorted(self.posts.values(), key=lambda each: (each[asked.get("orderby", "modified")], each["id"]))
        found = [each for each in found if each["modified"] > asked.get("modified_after", "")]
        if "include" in asked:
            found = [each for each in found if str(each["id"]) in asked["include"].split(",")]
        size, page = int(asked.get("per_page", 10)), int(asked.get("page", 1))
        shown = found[(page - 1) * size : page * size]
        if page > 1 and not shown:
            return reply(request, 400, b'{"code":"rest_post_invalid_page_number"}', {})
        if asked.get("_fields") == "id":
            shown = [{"id": each["id"]} for each in shown]
        return reply(request, 200, json.dumps(shown).encode(), {"X-WP-Total": str(len(found))})


@pytest.fixture
def wordpress(newsroom: Newsroom) -> WordPress:
    """A WordPress at the newsroom's address."""
    blog = WordPress(newsroom)
    newsroom.answers["/wp-json/wp/v2/posts"] = blog
    return blog
