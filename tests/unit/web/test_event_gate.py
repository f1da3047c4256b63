"""Impressions and views are taken ahead of Flask, and seen from outside are routes like all others."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

pytestmark = pytest.mark.redis


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 204)])
def test_a_reported_event_is_logged_and_counted_under_its_route(web: FlaskClient, method: str, status: int) -> None:
    with capture_logs() as lines:
        answer = web.open("/v/some-token", method=method, headers={"X-Request-Id": "edge-7"})
    assert answer.status_code == status
    assert answer.headers["X-Request-Id"] == "edge-7"
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == (method, "/v/<token>", status)
    assert "some-token" not in repr(lines)
    counted = f'standfirst_requests_total{{method="{method}",route="/v/<token>",status="{status}"}}'
    assert counted in web.get("/metrics").text


def test_the_pixel_is_an_image_and_its_head_has_none(web: FlaskClient) -> None:
    pixel, head = web.get("/i/some-token"), web.head("/i/some-token")
    assert pixel.mimetype == head.mimetype == "image/gif"
    assert pixel.data.startswith(b"GIF89a")
    assert pixel.headers["Content-Length"] == head.headers["Content-Length"] == str(len(pixel.data))
    assert head.data == b""


@pytest.mark.parametrize("path", ["/i/", "/i/a/b", "/v", "/ii/token"])
def test_what_is_no_events_address_is_unknown(web: FlaskClient, path: str) -> None:
    assert web.get(path).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_told_which_are_taken(web: FlaskClient, method: str) -> None:
    answer = web.open("/i/some-token", method=method)
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert "GET" in answer.headers["Allow"]
