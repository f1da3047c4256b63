"""Walks every route of the app: each is declared, and keeps out whoever it does not know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from service.app import create_app
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services
from service.web.endpoints.endpoint import Endpoint, declared_by

pytestmark = pytest.mark.redis

Bearer = Callable[..., dict[str, str]]

PART = re.compile(r"<(?:any\((?P<listed>[^)]*)\):|[^:<>]+:)?(?P<name>[^<>]+)>")

# The routes that anyone may call, each with its reason.
OPEN_ROUTES = {
    "/livez": "a probe has no token; it tells nothing but that the process runs",
    "/readyz": "a probe has no token; it names parts, no addresses",
    "/metrics": "a scraper inside the cluster has no token; counts only, by route, no site or reader",
    "/openapi.json": "the description of the interface is no secret",
    "/docs": "the same description, for people",
    "/embed.js": "a script that any page may load; what it then asks for is checked by origin",
    "/embed.css": "a style sheet that any page may load",
    "/c/<token>": "a reader follows a link; the signed token in the path is the permission",
    "/i/<token>": "a reader's browser loads an image; the signed token in the path is the permission",
    "/v/<token>": "a reader's browser sends a beacon; the signed token in the path is the permission",
    "/images/<site_id>/<name>": "a reader's browser loads a creative's image; its name is the digest of what it holds",
    "/v1/events": "a reader's browser sends beacons; the signed token of each is the permission",
}
# Scoped routes about no single site, with what keeps a token of one site from another's data.
OF_NO_SITE = {("GET", "/v1/sites"): "lists only the sites of the token"}


@pytest.fixture
def app(services: Services) -> Flask:
    services.sites.put(Site("courier", origins=("https://courier.example",)))
    services.sites.put(Site("herald"))
    return create_app(services)


def routes(app: Flask) -> Iterator[tuple[str, str, Endpoint | None]]:
    """Yields method, rule and declaration of each route."""
    for rule in app.url_map.iter_rules():
        declared = declared_by(app.view_functions[rule.endpoint])
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, rule.rule, declared


def scoped(app: Flask) -> Iterator[tuple[str, str, Endpoint]]:
    """Yields the routes that need a scope."""
    for method, rule, declared in routes(app):
        if declared is not None and declared.scope is not None:
            yield method, rule, declared


def filled(part: re.Match[str]) -> str:
    """Returns a value for a part of a rule: one of those listed by `any(...)`, the site, or a plain word."""
    if part["listed"]:
        return part["listed"].split(",")[0]
    return "courier" if part["name"] == "site_id" else "x1"


def call(app: Flask, method: str, rule: str, headers: dict[str, str]) -> Response:
    """Calls a route about the site `courier`, named wherever a route may look for it."""
    path = re.sub(PART, filled, rule)
    declared = next(found for verb, known, found in routes(app) if (verb, known) == (method, rule))
    body = None
    if declared is not None and declared.body is not None:
        body = {"site": "courier"} if declared.site_from == "body" else {}
    client: FlaskClient = app.test_client()
    return client.open(path, method=method, headers=headers, json=body, query_string={"site": "courier"}, buffered=True)


def refused(app: Flask, headers_for: Callable[[Endpoint], dict[str, str]], status: int) -> list[str]:
    """Returns the scoped routes that answer anything but `status` to such a caller; none is what we want."""
    return [
        f"{method} {rule} answered {answer.status_code}: {answer.text[:200]}"
        for method, rule, declared in scoped(app)
        if (answer := call(app, method, rule, headers_for(declared))).status_code != status
        or answer.content_type != "application/problem+json"
    ]


def test_every_route_is_declared_and_the_open_ones_have_a_reason(app: Flask) -> None:
    unlisted = [
        f"{method} {rule}"
        for method, rule, declared in routes(app)
        if declared is None or (declared.scope is None and rule not in OPEN_ROUTES)
    ]
    assert unlisted == []


def test_the_walk_finds_a_route_that_is_not_declared(app: Flask) -> None:
    app.add_url_rule("/secret", view_func=lambda: "told")
    assert ("GET", "/secret", None) in list(routes(app))


def test_the_walk_meets_the_routes_there_are(app: Flask) -> None:
    assert {"/v1/sites/<site_id>", "/v1/page"} <= {rule for _, rule, _ in scoped(app)}


def test_nobody_comes_in_without_a_token(app: Flask) -> None:
    assert refused(app, lambda _: {}, 401) == []


def test_nobody_comes_in_with_a_token_that_was_never_given(app: Flask) -> None:
    forged = {"Authorization": f"Bearer sf_{'a' * 12}_{'0' * 64}"}
    assert refused(app, lambda _: forged, 401) == []


def test_nobody_comes_in_with_a_token_of_other_scopes(app: Flask, bearer: Bearer) -> None:
    def every_other(declared: Endpoint) -> dict[str, str]:
        return bearer(*(scope for scope in Scope if scope not in (declared.scope, Scope.ADMIN)), site="courier")

    assert refused(app, every_other, 403) == []


def test_nobody_comes_in_with_a_token_of_another_site(app: Flask, bearer: Bearer) -> None:
    stranger = bearer(*Scope, site="herald")
    let_in = [line for line in refused(app, lambda _: stranger, 403) if tuple(line.split()[:2]) not in OF_NO_SITE]
    assert let_in == []


def test_a_token_of_its_site_and_scope_comes_in(app: Flask, bearer: Bearer) -> None:
    own = bearer(*Scope, site="courier")
    kept_out = [
        f"{method} {rule}" for method, rule, _ in scoped(app) if call(app, method, rule, own).status_code in (401, 403)
    ]
    assert kept_out == []


def test_a_browser_of_an_unlisted_origin_is_kept_out(app: Flask) -> None:
    for method, rule, declared in scoped(app):
        answer = call(app, method, rule, {"Origin": "https://elsewhere.example"})
        assert answer.status_code == (403 if declared.origins else 401), f"{method} {rule}: {answer.text}"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_of_a_listed_origin_comes_in_only_where_browsers_may(app: Flask) -> None:
    for method, rule, declared in scoped(app):
        answer = call(app, method, rule, {"Origin": "https://courier.example"})
        assert (answer.status_code not in (401, 403)) is declared.origins, f"{method} {rule}: {answer.text}"


def test_a_token_of_one_site_sees_only_that_site(app: Flask, bearer: Bearer) -> None:
    web = app.test_client()
    listed = web.get("/v1/sites", headers=bearer("admin", site="herald")).json
    assert [site["id"] for site in listed["sites"]] == ["herald"]
    every = web.get("/v1/sites", headers=bearer("admin")).json
    assert [site["id"] for site in every["sites"]] == ["courier", "herald"]
