"""Lets browsers of listed origins read the answers of the endpoints that are meant for them, and of no other."""

from __future__ import annotations

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from service.domain.errors import StoreUnavailable
from service.web.endpoint import declared_by, services

PREFLIGHT_LIFE_S = "600"


def install(app: Flask) -> None:
    """Makes the app answer cross-origin calls and their preflights."""
    app.after_request(_allow)


def _allow(response: Response) -> Response:
    origin = request.headers.get("Origin")
    asked = request.headers.get("Access-Control-Request-Method") if request.method == "OPTIONS" else None
    if not _for_browsers(asked):
        return response
    response.vary.add("Origin")
    if origin is None or not _listed(origin):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Id"
    if asked:
        response.headers["Access-Control-Allow-Methods"] = asked
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, X-Request-Id"
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_LIFE_S
    return response


def _for_browsers(asked: str | None) -> bool:
    """Returns whether the endpoint called, or the one that a preflight asks about, takes calls by origin."""
    name = request.endpoint
    if asked:
        try:
            name, _ = current_app.url_map.bind_to_environ(request.environ).match(method=asked)
        except HTTPException:
            return False
    declared = declared_by(current_app.view_functions.get(name)) if name else None
    return declared is not None and declared.origins


def _listed(origin: str) -> bool:
    """True for an origin that any site lists: a preflight names no site; the call itself is checked against its own."""
    try:
        return services().sites.lists_origin(origin)
    except StoreUnavailable:
        return False
