"""What operators and their machines ask: is it alive, is it ready, how much does it do, what does it offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, render_template, request
from pydantic import BaseModel, Field

from service.domain.sites.access import Scope
from service.observability import (
    EXPORT_FAILING,
    EXPORT_LAG,
    EXPORT_LEFT_OUT,
    JOURNAL_BYTES,
    STREAM_FILLED,
    WAITING_EVENTS,
    Moment,
)
from service.usecases.events.watch_events import EventsWaiting
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import json_answer
from service.web.endpoints.openapi import describe

api = Api("operations", __name__)

CALLERS: Mapping[str | None, str] = {
    Scope.RENDER: "Page renderers",
    Scope.CONTENT: "Content",
    Scope.ADS: "Advertising",
    Scope.REPORTS: "Reports",
    Scope.MODELS: "Models",
    Scope.ADMIN: "Administration",
    None: "Browsers and machines, without a token",
}
"""What the routes of a scope are headed with, those first that a caller meets first."""


class Liveness(BaseModel):
    """The process runs."""

    status: str


class Readiness(BaseModel):
    """`ready`; `degraded`: pages are filled, but not with everything; or `starting`: not yet. What parts lack; ages."""

    status: str
    checks: dict[str, str | None] = Field(description="What each part lacks; null is nothing.")
    ages_s: dict[str, float | None] = Field(
        description="Seconds since `snapshots` were last compared with the store, and since the `model` that serves "
        "longest was promoted; null is never."
    )


@api.endpoint("GET", "/livez", scope=None, site_from="none", summary="Is the process alive?", answer=Liveness)
def livez(_: Call[None]) -> Response:
    """Answers without asking anyone."""
    return json_answer({"status": "alive"})


@api.endpoint(
    "GET",
    "/readyz",
    scope=None,
    site_from="none",
    summary="Should it get requests? Parts and what they lack.",
    answer=Readiness,
    statuses=(200, 503),
)
def readyz(call: Call[None]) -> Response:
    """Answers 503 until every part that a page needs was ready once; after that it can be filled without, so 200."""
    found = call.services.readiness.look()
    status = "ready" if not found.told else "degraded" if found.may_serve else "starting"
    ages = {part: None if (age := tell()) is None else round(age, 1) for part, tell in call.services.ages_s.items()}
    told = {"status": status, "checks": dict(found.lacks), "ages_s": ages}
    return json_answer(told, 200 if found.may_serve else 503)


@api.endpoint(
    "GET",
    "/metrics",
    scope=None,
    site_from="none",
    summary="Metrics of all worker processes, for Prometheus.",
    media="text/plain",
)
def metrics(call: Call[None]) -> Response:
    """Answers the metrics in Prometheus' text format."""
    text, media = call.services.metrics.exposition(_moment(call.services.events_waiting.look()))
    return Response(text, content_type=media)


@api.endpoint(
    "GET", "/openapi.json", scope=None, site_from="none", summary="This description of the interface (OpenAPI 3.1)."
)
def openapi(_: Call[None]) -> Response:
    """Answers the OpenAPI document."""
    return json_answer(_description())


@api.endpoint("GET", "/docs", scope=None, site_from="none", summary="The same description, to read.", media="text/html")
def docs(call: Call[None]) -> Response:
    """Answers the OpenAPI document as a page without scripts, its routes by who calls them."""
    document = _description()
    address = (call.services.config.public_url or request.host_url).rstrip("/")
    page = render_template("docs.html", api=document, groups=_by_scope(document), address=address)
    answer = Response(page, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


def _moment(waiting: EventsWaiting) -> Moment:
    """What the gauges stand at."""
    return {
        JOURNAL_BYTES: {(): waiting.journal_bytes},
        WAITING_EVENTS: {(site_id,): entries for site_id, entries in waiting.entries.items()},
        STREAM_FILLED: {(site_id,): waiting.filled_ratio(site_id) for site_id in waiting.entries},
        EXPORT_LAG: {(site_id,): state.lag_s for site_id, state in waiting.exports.items()},
        EXPORT_FAILING: {(site_id,): bool(state.fault) for site_id, state in waiting.exports.items()},
        EXPORT_LEFT_OUT: {(site_id,): state.left_out for site_id, state in waiting.exports.items()},
    }


def _by_scope(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the routes of each scope, in the order of `CALLERS`."""
    routes: dict[str | None, list[dict[str, Any]]] = {scope: [] for scope in CALLERS}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            route = {"method": method.upper(), "path": path, "operation": operation}
            routes[operation.get("x-scope")].append(route)
    return [{"title": CALLERS[scope], "routes": of_scope} for scope, of_scope in routes.items()]


def _description() -> dict[str, Any]:
    known: dict[str, Any] | None = current_app.extensions.get("standfirst_openapi")
    if known is None:
        known = current_app.extensions["standfirst_openapi"] = describe(current_app._get_current_object())  # type: ignore[attr-defined]
    return known
