"""Reads bodies and queries as wire models, each fault named by its place, and writes answers as JSON."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Request, Response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import ClientDisconnected

from service.domain.errors import Fault, InvalidInput
from service.domain.sites.site import Site
from service.web.endpoints.idempotency import wants_once
from service.web.problems.problem import faults_of


class WireModel(BaseModel):
    """A management request's body or query: frozen, and an unknown field is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_json() -> Any:
    """Returns the request's body read as JSON. Raises InvalidInput with the place of the first fault."""
    data = request.get_data() if wants_once() else _body(request)
    if not data:
        raise InvalidInput.one("", "The body is empty; send JSON.")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.one("", f"The body {json_fault(data, error)}.") from error


def json_fault(content: bytes, error: orjson.JSONDecodeError) -> str:
    """Returns what keeps bytes from being JSON, and where: the byte that is no UTF-8, or the line and column."""
    try:
        content.decode()
    except UnicodeDecodeError as lack:
        return f"is not UTF-8: byte {lack.start + 1} is 0x{content[lack.start]:02x}"
    return f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"


def _body(asked: Request) -> bytes:
    """Returns a request's body in one read where its length is told; werkzeug reads others piece by piece."""
    length, most = asked.content_length, asked.max_content_length
    if length is None or (most is not None and length > most):
        return asked.get_data(cache=False)
    body: bytes = asked.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ClientDisconnected
    return body


def validate(model: type[BaseModel], raw: Any, site: Site | None = None) -> BaseModel:
    """Returns the read JSON as the model, whose validators find the site in their context. Raises InvalidInput."""
    if not isinstance(raw, dict):
        raise InvalidInput.one("", "The body is JSON, but no object.")
    try:
        return model.model_validate(raw, context={"site": site})
    except ValidationError as error:
        raise InvalidInput(faults_of(error)) from error


def parse_query(model: type[BaseModel]) -> BaseModel:
    """Returns the request's query as the model; `site` is the endpoint's own. Raises InvalidInput."""
    given: dict[str, Any] = {}
    if request.query_string:
        given = {name: value for name, value in request.args.items() if name != "site"}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidInput([Fault(f"?{fault.path}", fault.message) for fault in faults_of(error)]) from error


def json_answer(value: Any, status: int = 200) -> Response:
    """Returns a JSON answer of a pydantic model or of plain values."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return Response(orjson.dumps(plain), status=status, content_type="application/json")
