"""Lets browsers of listed origins read the answers of the endpoints that are meant for them, and of no other."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from service.domain.errors import StoreUnavailable
from service.web.endpoints.call import services
from service.web.endpoints.endpoint import declared_by

PREFLIGHT_LIFE_S = "600"


def install(app: Flask) -> None:
    """Makes the app answer cross-origin calls and their preflights."""
    app.after_request(_allow)


def _allow(response: Response) -> Response:
    environ = request.environ
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD") if environ["REQUEST_METHOD"] == "OPTIONS" else None
    if not (_asks_for_browsers(asked) if asked else g.get("for_browsers")):
        return response
    headers = response.headers
    headers.add("Vary", "Origin")
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or not _listed(origin):
        return response
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = "X-Request-Id"
    if asked:
        headers["Access-Control-Allow-Methods"] = asked
        headers["Access-Control-Allow-Headers"] = "Content-Type, X-Request-Id"
        headers["Access-Control-Max-Age"] = PREFLIGHT_LIFE_S
    return response


def _asks_for_browsers(method: str) -> bool:
    """Returns whether the endpoint that a preflight asks about takes calls by origin."""
    try:
        name, _ = current_app.url_map.bind_to_environ(request.environ).match(method=method)
    except HTTPException:
        return False
    declared = declared_by(current_app.view_functions.get(name))
    return declared is not None and declared.origins


def _listed(origin: str) -> bool:
    """True for an origin that any site lists: a preflight names no site; the call itself is checked against its own."""
    try:
        return services().sites.lists_origin(origin)
    except StoreUnavailable:
        return False
