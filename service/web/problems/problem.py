"""Every fault as application/problem+json (RFC 9457), naming each faulty field at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import orjson
import structlog
from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as UnknownAddress

from service.domain.errors import (
    Conflict,
    Fault,
    Forbidden,
    Gone,
    InvalidInput,
    ModelUnusable,
    NotFound,
    PreconditionFailed,
    StandfirstError,
    StoreUnavailable,
    TooLarge,
    Unauthenticated,
)
from service.web.problems.plain_words import plain_words
from service.web.problems.remedies import remedy_of

log = structlog.get_logger(__name__)

STATUS_OF: dict[type[StandfirstError], tuple[int, str, str]] = {
    InvalidInput: (400, "invalid-input", "The input has faults"),
    Unauthenticated: (401, "unauthenticated", "No valid token"),
    Forbidden: (403, "forbidden", "Not allowed"),
    NotFound: (404, "not-found", "Not found"),
    Gone: (410, "gone", "No longer available"),
    Conflict: (409, "conflict", "Not as things stand"),
    PreconditionFailed: (412, "precondition-failed", "Another wrote first"),
    TooLarge: (413, "too-large", "Too large"),
    ModelUnusable: (422, "model-unusable", "The model bundle cannot be used"),
    StoreUnavailable: (503, "store-unavailable", "The store is away"),
}


class FaultBody(BaseModel):
    """One faulty field: where it stands (`widgets[0].size`), and what would be right."""

    path: str
    message: str


class ProblemBody(BaseModel):
    """What is wrong with a call (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FaultBody] | None = None


def field_path(location: Sequence[int | str]) -> str:
    """Returns a pydantic location as a path: ("widgets", 0, "size") is `widgets[0].size`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def faults_of(error: ValidationError) -> list[Fault]:
    """Returns every fault of a failed validation by its path, in plain words."""
    return [Fault(field_path(fault["loc"]), plain_words(fault)) for fault in error.errors(include_url=False)]


def problem(status: int, kind: str, title: str, detail: str, faults: Sequence[Fault] = ()) -> Response:
    """Returns one problem+json answer."""
    body: dict[str, Any] = {
        "type": f"https://standfirst.example/problems/{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id", ""),
    }
    if faults:
        body["errors"] = [{"path": fault.path, "message": fault.message} for fault in faults]
    response = Response(orjson.dumps(body), status=status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="standfirst"'
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def from_error(error: StandfirstError) -> Response:
    """Returns the answer for one of our own errors."""
    status, kind, title = next(row for cls, row in STATUS_OF.items() if isinstance(error, cls))
    told, remedy = str(error), remedy_of(error)
    detail = f"{told.removesuffix('.')}; {remedy}." if remedy else told
    return problem(status, kind, title, detail, getattr(error, "faults", ()))


def from_http(error: HTTPException) -> Response:
    """Returns the answer for an error that Flask or Werkzeug raised (404, 405, 413, ...); redirects pass."""
    if error.code is None or error.code < 400:
        return cast("Response", error.get_response())
    kind = error.name.lower().replace(" ", "-")
    answer = problem(error.code, kind, error.name, _detail(error))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def _detail(error: HTTPException) -> str:
    if isinstance(error, RequestEntityTooLarge) and request.max_content_length is not None:
        return f"The body is larger than the {request.max_content_length} bytes that this call takes; send less."
    if isinstance(error, UnknownAddress):
        return f"There is nothing at {request.path[:200]}; /docs lists every route."
    if isinstance(error, MethodNotAllowed):
        return f"{request.method} is not taken here; {', '.join(sorted(error.valid_methods or ()))} are."
    return error.description or error.name


def from_bug(error: Exception) -> Response:
    """Returns 500 without a trace, which goes to the log with the request's id."""
    log.exception("request failed", request_id=g.get("request_id", ""), error=repr(error))
    return problem(500, "internal", "Internal error", "Something went wrong here; the log has it under this id.")


def install(app: Flask) -> None:
    """Makes the app answer every fault as a problem."""
    app.register_error_handler(StandfirstError, from_error)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, from_bug)
