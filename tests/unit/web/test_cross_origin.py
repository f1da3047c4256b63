"""Browsers: preflights and answers, for listed origins and the endpoints that are meant for them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

HOME = "https://courier.example"
ASK_PAGE = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


@pytest.fixture(autouse=True)
def courier(services: Services) -> None:
    services.sites.put(Site("courier", origins=(HOME,)))
    services.sites.put(Site("herald", origins=("https://herald.example",)))


def test_a_listed_origins_preflight_is_allowed(web: FlaskClient) -> None:
    answer = web.options("/v1/page", headers={"Origin": HOME, **ASK_PAGE})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == HOME
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"].lower()
    assert "Authorization" not in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_another_origins_preflight_is_not(web: FlaskClient) -> None:
    answer = web.options("/v1/page", headers={"Origin": "https://elsewhere.example", **ASK_PAGE})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("path", "method"), [("/v1/sites/courier", "PUT"), ("/v1/page", "DELETE"), ("/livez", "GET")])
def test_no_preflight_is_allowed_for_what_browsers_have_no_business_with(
    web: FlaskClient, path: str, method: str
) -> None:
    answer = web.options(path, headers={"Origin": HOME, "Access-Control-Request-Method": method})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_may_read_its_answer_and_its_fault(web: FlaskClient) -> None:
    answer = web.post("/v1/page", headers={"Origin": HOME}, json={"site": "courier", "widgets": "none"})
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == HOME
    assert "Origin" in answer.headers["Vary"]


def test_a_browser_of_one_site_is_not_let_in_at_another(web: FlaskClient) -> None:
    answer = web.post("/v1/page", headers={"Origin": HOME}, json={"site": "herald", "widgets": []})
    assert answer.status_code == 403


def test_a_cache_is_told_that_the_answer_depends_on_the_origin(web: FlaskClient) -> None:
    assert "Origin" in web.post("/v1/page", json={}).headers["Vary"]
