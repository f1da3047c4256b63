"""Every fault is problem+json with a status, words and the request's id, and never a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

Bearer = Callable[..., dict[str, str]]


def put_site(web: FlaskClient, headers: dict[str, str], **kwargs: Any) -> Any:
    """Returns the answer to putting the site `courier`."""
    return web.put("/v1/sites/courier", headers=headers, **kwargs)


def test_an_unknown_address_is_a_problem(web: FlaskClient) -> None:
    answer = web.get("/nowhere")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "request_id"}
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json["detail"] == "There is nothing at /nowhere; /docs lists every route."


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(web: FlaskClient) -> None:
    answer = web.delete("/livez")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert "GET" in answer.headers["Allow"]
    assert answer.json["detail"] == "DELETE is not taken here; GET, HEAD, OPTIONS are."


@pytest.mark.parametrize(
    ("call", "headers", "status", "remedy"),
    [
        ("GET /v1/flights?site=courier", None, 401, "`standfirst tokens create --site SITE --scope ads` makes one"),
        ("GET /v1/flights?site=courier", ("render",), 403, "this one has render; `standfirst tokens create"),
        ("GET /v1/flights?site=gazette", ("ads",), 403, "make one with `standfirst tokens create --site gazette`"),
        ("GET /v1/flights/nope", ("ads",), 404, "There is no flight 'nope'; GET /v1/flights lists those there are."),
        ("GET /v1/articles/nope", ("content",), 404, "GET /v1/articles lists those there are"),
        ("DELETE /v1/rules/nope", ("content",), 404, "GET /v1/rules lists those there are"),
        ("POST /v1/inventory?mode=apply&plan_id=nope", ("ads",), 404, "kept for an hour: plan again"),
        ("GET /c/nope", None, 404, "go back to the page that it stood on"),
        ("PUT /v1/flights", ("ads",), 405, "GET, HEAD, OPTIONS are"),
    ],
)
def test_an_error_says_what_to_do_next(
    web: FlaskClient, services: Services, bearer: Bearer, call: str, headers: tuple[str, ...] | None, status: int,
    remedy: str,
) -> None:  # fmt: skip
    services.sites.put(Site("courier"))
    method, path = call.split()
    answer = web.open(path, method=method, headers=bearer(*headers, site="courier") if headers else {})

    assert answer.status_code == status
    assert remedy in answer.json["detail"]


def test_a_page_call_may_name_its_site_in_the_query(web: FlaskClient, services: Services, bearer: Bearer) -> None:
    services.sites.put(Site("courier"))
    named = web.post("/v1/page?site=courier", json={}, headers=bearer("render"))
    assert (named.status_code, named.json["site"]) == (200, "courier")
    assert web.post("/v1/page?site=other", json={}, headers=bearer("render", site="courier")).status_code == 403
    assert web.post("/v1/page", json={}, headers=bearer("render")).json["errors"][0]["path"] == "site"


def test_two_widgets_of_one_id_are_named_by_their_field(web: FlaskClient, services: Services, bearer: Bearer) -> None:
    services.sites.put(Site("courier"))
    widgets = [{"id": "a", "kind": "must-read"}, {"id": "a", "kind": "related"}]
    answer = web.post("/v1/page", json={"widgets": widgets}, headers=bearer("render", site="courier"))

    assert [error["path"] for error in answer.json["errors"]] == ["widgets"]
    assert "'a' stands twice" in answer.json["errors"][0]["message"]


def test_broken_json_is_told_by_line_and_column(web: FlaskClient, bearer: Bearer) -> None:
    answer = put_site(web, bearer("admin"), data=b'{"name": "A",\n  "language": }')
    assert answer.status_code == 400
    assert "line 2, column 15" in answer.json["detail"]


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'"text"', b"null", b"\xff\xfe", b'{"name": NaN}'])
def test_a_body_that_is_no_object_is_refused(web: FlaskClient, bearer: Bearer, body: bytes) -> None:
    answer = put_site(web, bearer("admin"), data=body)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["message"]


def test_every_faulty_field_is_named_at_once(web: FlaskClient, services: Services, bearer: Bearer) -> None:
    faulty = {
        "nmae": "a typo",
        "domains": ["courier.example", "https://courier.example/"],
        "origins": ["https://courier.example/path", "https://courier.example"],
        "timezone": "Mars/Olympus",
        "currency": "euro",
        "language": "english language",
        "consent_default": "maybe",
        "hide_zero_comments": "perhaps",
    }
    answer = put_site(web, bearer("admin"), json=faulty)
    assert answer.status_code == 400
    assert {error["path"] for error in answer.json["errors"]} == {
        "nmae", "domains[1]", "origins[0]", "timezone", "currency", "language", "consent_default", "hide_zero_comments"
    }  # fmt: skip
    assert services.site_records.all() == []


def test_a_body_that_is_too_large_is_refused_unread(web: FlaskClient, bearer: Bearer) -> None:
    answer = put_site(web, bearer("admin"), data=b" " * 1_000_001)
    assert answer.status_code == 413
    assert "1000000 bytes" in answer.json["detail"]


def test_a_missing_token_is_asked_for(web: FlaskClient) -> None:
    answer = web.get("/v1/sites")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_site_id_that_cannot_be_is_refused(web: FlaskClient, bearer: Bearer) -> None:
    answer = web.put("/v1/sites/Not_An_Id", headers=bearer("admin"), json={})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["path"] == "id"


def test_a_bug_is_told_without_its_trace(
    web: FlaskClient, services: Services, bearer: Bearer, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: str) -> None:
        raise ZeroDivisionError("the inner secret")

    web.application.add_url_rule("/broken", view_func=lambda: broken(""))
    answer = web.get("/broken")
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json["request_id"] in capsys.readouterr().out


def test_a_store_that_is_away_is_a_503_with_a_time_to_try_again(tmp_path: Any) -> None:
    away = build_services(load_config(data_dir=tmp_path), f"unix://{tmp_path}/nobody")
    header = {"Authorization": f"Bearer sf_{'a' * 12}_{'0' * 64}"}
    answer = create_app(away).test_client().get("/v1/sites", headers=header)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    away.close()
