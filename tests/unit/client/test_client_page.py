"""A page call answers within its time whatever the service does, and never raises for the service's faults."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from typing import Any

import pytest

from standfirst_client import Page, StandfirstClient

TIMEOUT_S = 0.15
AT_MOST_S = 0.6
TRIES = 4  # one fewer than what takes a service for dead
PATIENCE_S = 30  # of a client whose timeout is not what is tested, on a busy machine
TEASER = {"article_id": "a-1", "title": "Ferry strike ends", "url": "https://courier.example/a-1"}
FILLED = {"widgets": {"must-read": {"kind": "must-read", "items": [TEASER]}}, "slots": {"top": None}}


@pytest.fixture
def client(service: Any) -> Any:
    with StandfirstClient(service.url, token="sf_1_secret", site="courier", timeout_s=PATIENCE_S) as client:
        yield client


@pytest.fixture
def hasty(service: Any) -> Any:
    with StandfirstClient(service.url, token="sf_1_secret", site="courier", timeout_s=TIMEOUT_S) as client:
        yield client


def timed_page(client: StandfirstClient) -> tuple[Page, float]:
    """Returns a page and what it took, of some tries the first within `AT_MOST_S`: a busy machine may be late."""
    for _ in range(TRIES):
        started = time.monotonic()
        page = client.page(article="a-9", widgets=["must-read"])
        if (took_s := time.monotonic() - started) < AT_MOST_S:
            break
    return page, took_s


def test_slots_are_refused_unless_the_page_is_made_for_one_reader(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json(FILLED)

    with pytest.raises(ValueError, match="page_is_cached=False"):
        client.page(widgets=["must-read"], slots=["sidebar"])

    assert not service.requests
    assert client.page(slots=["sidebar"], page_is_cached=False).ok


def test_a_page_call_sends_the_contracts_request(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json(FILLED)

    page = client.page(
        article="a-9",
        widgets=["must-read", {"id": "new", "kind": "recent-news", "size": 3}],
        slots=["sidebar", {"id": "foot", "placement": "article-foot"}],
        reader={"device": "mobile"},
        page_view="pv-1",
        exclude=["a-7"],
        explain=True,
        page_is_cached=False,
    )

    (request,) = service.requests
    assert (request.command, request.path) == ("POST", "/v1/page")
    assert request.headers["Authorization"] == "Bearer sf_1_secret"
    assert request.json() == {
        "site": "courier",
        "article": {"id": "a-9"},
        "widgets": [{"id": "must-read", "kind": "must-read"}, {"id": "new", "kind": "recent-news", "size": 3}],
        "slots": [{"id": "sidebar", "placement": "sidebar"}, {"id": "foot", "placement": "article-foot"}],
        "reader": {"device": "mobile"},
        "page_view": "pv-1",
        "exclude": ["a-7"],
        "explain": True,
    }
    assert page.ok
    assert [teaser.article_id for teaser in page.teasers("must-read")] == ["a-1"]
    assert page.slot("top") is None


def test_what_is_not_asked_is_not_sent(service: Any, client: StandfirstClient) -> None:
    client.page()

    assert service.requests[0].json() == {"site": "courier"}


def test_calls_share_one_connection(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json(FILLED)

    for _ in range(5):
        assert client.page(widgets=["must-read"]).ok

    assert service.connection_count == 1


def test_a_forked_process_opens_connections_of_its_own(
    service: Any, client: StandfirstClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.behaviour = lambda request: request.answer_json(FILLED)
    client.page()
    parent_pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent_pid + 1)

    assert client.page().ok

    assert service.connection_count == 2


def drip(service: Any, head: bytes) -> Any:
    """Returns a behaviour that writes `head` and then a byte now and then, for as long as the test lasts."""

    def behave(request: Any) -> None:
        request.wfile.write(head)
        while not service.released.wait(0.02):
            request.wfile.write(b"x")

    return behave


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", id="header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", id="body"),
    ],
)
def test_an_answer_that_drips_is_given_up_at_the_deadline(service: Any, hasty: StandfirstClient, head: bytes) -> None:
    service.behaviour = drip(service, head)

    page, took_s = timed_page(hasty)

    assert page.error == "timeout"
    assert dict(page.widgets) == dict(page.slots) == {}
    assert took_s < AT_MOST_S


def test_a_silent_service_costs_no_more_than_the_timeout(service: Any, hasty: StandfirstClient) -> None:
    service.behaviour = lambda _: service.released.wait()

    page, took_s = timed_page(hasty)

    assert page.error == "timeout"
    assert TIMEOUT_S <= took_s < AT_MOST_S


def test_a_slow_name_look_up_counts_against_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def look_up(*_: object, **__: object) -> Any:
        released.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    page, took_s = timed_page(StandfirstClient("http://standfirst.invalid", timeout_s=TIMEOUT_S))
    released.set()

    assert page.error == "timeout"
    assert took_s < AT_MOST_S


def test_a_refused_connection_is_an_empty_page() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        page, took_s = timed_page(StandfirstClient(f"http://127.0.0.1:{taken.getsockname()[1]}", timeout_s=PATIENCE_S))

    assert page.error == "connection"
    assert took_s < AT_MOST_S


def cut(request: Any) -> None:
    request.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"widgets": ')
    request.close_connection = True


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        pytest.param(cut, "connection", id="cut in the body"),
        pytest.param(lambda request: setattr(request, "close_connection", True), "connection", id="cut at once"),
        pytest.param(lambda request: request.wfile.write(b"SSH-2.0-what\r\n\r\n"), "connection", id="not HTTP"),
        pytest.param(lambda request: request.answer(200, b"<html>"), "malformed", id="not JSON"),
        pytest.param(lambda request: request.answer(200, b""), "malformed", id="empty"),
        pytest.param(lambda request: request.answer(200, b"\xff\xfe{"), "malformed", id="not UTF-8"),
        pytest.param(lambda request: request.answer(200, b"[" * 100_000), "malformed", id="too deep"),
        pytest.param(lambda request: request.answer_json([]), "malformed", id="a list"),
        pytest.param(lambda request: request.answer_json({"widgets": 3}), "malformed", id="widgets a number"),
        pytest.param(lambda request: request.answer(503, b"down", "text/plain"), "http-503", id="503"),
        pytest.param(lambda request: request.answer_json({"detail": "no such site"}, 404), "http-404", id="404"),
        pytest.param(lambda request: request.answer(204, b""), "http-204", id="204"),
    ],
)
def test_a_faulty_answer_is_an_empty_page_with_a_reason_and_a_log_line(
    service: Any, client: StandfirstClient, behaviour: Any, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    service.behaviour = behaviour

    with caplog.at_level(logging.WARNING, "standfirst_client"):
        page = client.page(widgets=["must-read"])

    assert page == Page(error=error)
    assert not page.ok
    assert len(caplog.records) == 1
    assert len(service.requests) == 1, "a page call is never retried"


def test_an_endless_answer_is_cut_off(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standfirst_client.transport.ANSWER_LIMIT_BYTES", 1000)
    service.behaviour = lambda request: request.answer(200, b" " * 2000)

    assert StandfirstClient(service.url, timeout_s=PATIENCE_S).page().error == "too-large"


def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(service: Any, client: StandfirstClient) -> None:
    def redirect(request: Any) -> None:
        request.send_response(307)
        request.send_header("Location", f"{service.url}/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    service.behaviour = redirect

    assert client.page().error == "http-307"
    assert [request.path for request in service.requests] == ["/v1/page"]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        pytest.param(cut, "connection", id="cut"),
        pytest.param(lambda request: request.answer(200, b" " * 500_000), "too-large", id="left unread"),
    ],
)
def test_failed_calls_give_their_connections_back(
    service: Any, monkeypatch: pytest.MonkeyPatch, behaviour: Any, error: str
) -> None:
    monkeypatch.setattr("standfirst_client.transport.ANSWER_LIMIT_BYTES", 1000)
    client = StandfirstClient(service.url, timeout_s=PATIENCE_S, pool_size=1)
    service.behaviour = behaviour
    for _ in range(3):
        assert client.page().error == error
    service.behaviour = lambda request: request.answer_json(FILLED)

    assert client.page().ok


def test_a_dead_service_is_left_alone_after_five_failures_and_tried_again_five_seconds_later(service: Any) -> None:
    now = 1000.0
    client = StandfirstClient(service.url, timeout_s=PATIENCE_S, clock=lambda: now)
    service.behaviour = lambda request: request.answer(503, b"")

    errors = [client.page().error for _ in range(7)]
    assert errors == ["http-503"] * 5 + ["circuit-open"] * 2
    assert len(service.requests) == 5

    now += 5.0
    assert [client.page().error for _ in range(2)] == ["http-503", "circuit-open"]

    now += 5.0
    service.behaviour = lambda request: request.answer_json(FILLED)
    assert client.page().ok
    assert client.page().ok


def test_a_refused_call_does_not_open_the_circuit(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json({"detail": "unknown widget"}, 400)

    assert {client.page().error for _ in range(8)} == {"http-400"}


def test_wrong_arguments_raise(client: StandfirstClient) -> None:
    with pytest.raises(TypeError):
        client.page(reader={"id": object()})
    with pytest.raises(ValueError, match="base_url"):
        StandfirstClient("ftp://standfirst.example")
    with pytest.raises(ValueError, match="token"):
        StandfirstClient("http://standfirst.example", token="sf_1\r\nX-Evil: 1")
    with pytest.raises(ValueError, match="positive"):
        StandfirstClient("http://standfirst.example", timeout_s=0)


def test_a_service_below_a_path_is_reached_there(service: Any) -> None:
    StandfirstClient(f"{service.url}/inner/", timeout_s=PATIENCE_S).page()

    assert service.requests[0].path == "/inner/v1/page"


SHOWN = {**TEASER, "position": 2, "click_url": "https://standfirst.example/c/T0k-en"}
ANSWER = {
    "model": {"version": "m-1", "variant": "control"},
    "widgets": {"side": {"kind": "must-read", "items": [SHOWN]}},
}
EVENT = {
    "token": "T0k-en", "kind": "impression", "widget": "must-read", "position": 2, "model": "m-1", "variant": "control"
}  # fmt: skip


def test_a_teaser_is_reported_by_its_element_or_in_a_batch(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json(ANSWER)
    page = client.page(widgets=["must-read"])

    [teaser] = page.teasers("side")

    assert page.teaser_events() == [EVENT]
    assert page.teaser_attributes("side", teaser) == {
        "data-standfirst-teaser": "T0k-en",
        "data-standfirst-position": "2",
        "data-standfirst-kind": "must-read",
        "data-standfirst-model": "m-1",
        "data-standfirst-variant": "control",
    }


def test_events_are_reported_a_hundred_at_a_time(service: Any, client: StandfirstClient) -> None:
    came: list[tuple[str, int]] = []

    def take(request: Any) -> None:
        came.append((request.path, len(request.json()["events"])))
        request.answer_json({})

    service.behaviour = take

    assert client.report([EVENT] * 150)
    assert came == [("/v1/events?site=courier", 100), ("/v1/events?site=courier", 50)]


def test_events_that_are_refused_or_lost_never_raise(
    service: Any, client: StandfirstClient, hasty: StandfirstClient
) -> None:
    service.behaviour = lambda request: request.answer_json({"title": "No"}, 400)
    assert not client.report([EVENT])

    service.behaviour = lambda _: service.released.wait()
    assert not hasty.report([EVENT])
