"""Gives each request its id, counts it, and writes one line on it, without queries, addresses or secrets."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import structlog
from flask import Flask, Response, g, request

from service.web.endpoints.call import services
from service.web.random_ids import random_id

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from service.services import Services

log = structlog.get_logger(__name__)

SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Seen(NamedTuple):
    """What is known of a request before its answer is sent; `started_at` is on the monotonic clock, in seconds."""

    services: Services
    started_at: float
    request_id: str
    method: str
    route: str
    site: str | None = None
    token: str | None = None


def install(app: Flask) -> None:
    """Makes the app identify, count and log its requests."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id_of(environ: WSGIEnvironment) -> str:
    """Returns the id that a request brings, or where it brings none that is sane, a new one."""
    given = environ.get("HTTP_X_REQUEST_ID")
    return given if given and SANE_ID.fullmatch(given) else random_id()


def _begin() -> None:
    # Each use of a proxy looks its object up anew; this and what follows run for every request.
    noted, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]
    noted.started_at = time.perf_counter()
    noted.request_id = request_id_of(asked.environ)


def _end(response: Response) -> Response:
    noted, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]
    response.headers["X-Request-Id"] = noted.request_id
    seen = Seen(
        services(),
        noted.started_at,
        noted.request_id,
        asked.method if asked.method in METHODS else "OTHER",
        asked.url_rule.rule if asked.url_rule else UNMATCHED,
        noted.get("site_id"),
        noted.get("token_id"),
    )
    if response.is_streamed:
        response.call_on_close(lambda: note(seen, response.status_code))
    else:
        note(seen, response.status_code)
    return response


def note(seen: Seen, status: int) -> None:
    """Counts the request and writes its line; a probe that went well is written at debug level only."""
    took_s = time.perf_counter() - seen.started_at
    seen.services.metrics.count_request(seen.method, seen.route, status, took_s)
    write = log.debug if seen.route in PROBES and status < 400 else log.info
    write(
        "request",
        request_id=seen.request_id,
        method=seen.method,
        route=seen.route,
        status=status,
        took_ms=round(took_s * 1000, 3),
        site=seen.site,
        token=seen.token,
    )
