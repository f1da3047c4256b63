"""One line and one count for each request, under the id that its answer carries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

Bearer = Callable[..., dict[str, str]]


def test_a_sane_request_id_is_kept(web: FlaskClient) -> None:
    assert web.get("/livez", headers={"X-Request-Id": "edge-7.a:b_c"}).headers["X-Request-Id"] == "edge-7.a:b_c"


@pytest.mark.parametrize("given", ["", "a b", "<script>", "x" * 65, "ünicode"])
def test_an_insane_request_id_is_replaced(web: FlaskClient, given: str) -> None:
    made = web.get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert len(made) == 32
    assert made.isalnum()


def test_one_line_tells_who_asked_what_and_how_it_went(web: FlaskClient, services: Services, bearer: Bearer) -> None:
    services.sites.put(Site("courier"))
    header = bearer("render", site="courier")
    with capture_logs() as lines:
        answer = web.post("/v1/page?secret=1", headers=header, json={"widgets": "none"})
    written = [line for line in lines if line["event"] == "request"]
    assert len(written) == 1
    line = written[0]
    assert line.pop("took_ms") > 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": answer.headers["X-Request-Id"],
        "method": "POST",
        "route": "/v1/page",
        "status": 400,
        "site": "courier",
        "token": header["Authorization"].split("_")[1],
    }


def test_neither_query_nor_address_nor_secret_is_written(web: FlaskClient, bearer: Bearer) -> None:
    header = bearer("admin")
    with capture_logs() as lines:
        web.get("/v1/sites?site=hidden", headers=header, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    text = repr(lines)
    assert "/v1/sites" in text
    for private in ("hidden", "203.0.113.9", header["Authorization"].rpartition("_")[2]):
        assert private not in text


def test_a_probe_that_goes_well_is_written_for_debugging_only(web: FlaskClient) -> None:
    with capture_logs() as lines:
        web.get("/livez")
    assert [line["log_level"] for line in lines] == ["debug"]


def test_requests_are_counted_by_route_and_status(web: FlaskClient) -> None:
    for _ in range(3):
        web.get("/v1/sites")
    web.get("/anything/at/all")
    text = web.get("/metrics").text
    assert 'standfirst_requests_total{method="GET",route="/v1/sites",status="401"} 3.0' in text
    assert 'standfirst_request_seconds_count{route="/v1/sites",status="401"} 3.0' in text
    assert 'route="unmatched",status="404"' in text
    assert "/anything" not in text


def test_invented_methods_make_no_series_of_their_own(web: FlaskClient) -> None:
    for method in ("FROB", "NICATE"):
        web.open("/livez", method=method)
    text = web.get("/metrics").text
    assert 'method="OTHER",route="unmatched",status="405"} 2.0' in text
    assert "FROB" not in text
