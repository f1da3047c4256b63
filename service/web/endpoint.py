"""Declares a route once: its wire types, its scope and its site, from which the checks and OpenAPI both come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, cast

import orjson
from flask import Blueprint, Request, Response, current_app, g, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import ClientDisconnected

from service.config import Config
from service.domain.access import Principal, Scope
from service.domain.errors import Fault, InvalidInput
from service.domain.site import Site
from service.web import access
from service.web.idempotency import answered_once, wants_once
from service.web.problem import faults_of

if TYPE_CHECKING:
    from service.services import Services

P = ParamSpec("P")
Body = TypeVar("Body")
SiteFrom = Literal["query", "path", "body", "none"]
BodyLimit = Callable[[Config], int | None]
Takes = Mapping[str, type[BaseModel] | None]


def one_megabyte(_: Config) -> int:
    """Returns the largest body of an ordinary call, in bytes."""
    return 1_000_000


def one_article(config: Config) -> int:
    """Returns the largest body that holds an article, in bytes."""
    return config.max_article_bytes


def unlimited(_: Config) -> None:
    """Returns None: for a body that the view reads as a stream, with limits of its own."""


class WireModel(BaseModel):
    """A management request's body or query: frozen, and an unknown field is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one route takes, answers and requires.

    `scope` None is open to all, for a reason that `open_routes` tells. `site_from` says where the site's id stands:
    `?site=` or the token (`query`), the path's `site_id` (`path`), the body's `site` before these (`body`), or nowhere.
    `origins` lets browsers of a site's listed origins call without a token. `body_limit` gives bytes. `takes` are the
    media types of a body that the view reads by itself, each with its model where it has one.
    """

    method: str
    scope: Scope | None
    site_from: SiteFrom
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    media: str = "application/json"
    origins: bool = False
    statuses: tuple[int, ...] = (200,)
    body_limit: BodyLimit = one_megabyte
    takes: Takes = field(default_factory=dict)

    @property
    def is_done_once(self) -> bool:
        """Whether an `Idempotency-Key` counts: in management writes of a site, but in streams, which repeat safely."""
        managing = self.scope not in (None, Scope.RENDER) and self.site_from != "none"
        return managing and self.method != "GET" and self.body_limit is not unlimited


@dataclass(frozen=True, slots=True)
class Call(Generic[Body]):
    """One checked call: its caller, its site and its validated body and query."""

    services: Services
    principal: Principal
    _site: Site | None
    body: Body
    query: Any

    @property
    def site(self) -> Site:
        """The site this call is about; only where the endpoint names one."""
        assert self._site is not None, "this endpoint declares no site"  # noqa: S101
        return self._site


class Api(Blueprint):
    """A blueprint whose routes are declared by `Endpoint`s."""

    def endpoint(  # type: ignore[override] # what a blueprint calls so, naming a view alone, is of no use here
        self,
        method: str,
        path: str,
        *,
        scope: Scope | None,
        summary: str,
        site_from: SiteFrom = "query",
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        answer: type[BaseModel] | None = None,
        media: str = "application/json",
        origins: bool = False,
        statuses: tuple[int, ...] = (200,),
        body_limit: BodyLimit = one_megabyte,
        takes: Takes | None = None,
    ) -> Callable[[Callable[Concatenate[Call[Any], P], Response]], Callable[P, Response]]:
        """Declares the decorated view as the answer to `method path`; the view gets a `Call` first."""
        declared = Endpoint(
            method, scope, site_from, summary, body, query, answer, media, origins, statuses, body_limit, takes or {}
        )

        def declare(view: Callable[Concatenate[Call[Any], P], Response]) -> Callable[P, Response]:
            def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
                call = check(declared, cast("dict[str, str]", kwargs))
                if declared.is_done_once and wants_once():
                    return answered_once(call, lambda: view(call, *args, **kwargs))
                return view(call, *args, **kwargs)

            checked.__doc__ = view.__doc__
            checked.declared = declared  # type: ignore[attr-defined]
            self.add_url_rule(path, endpoint=view.__name__, view_func=checked, methods=[method])
            return checked

        return declare


def declared_by(view: Callable[..., Any] | None) -> Endpoint | None:
    """Returns what a view of the app declares of itself, or None."""
    return getattr(view, "declared", None)


def services() -> Services:
    """Returns the services of the app that handles this request."""
    return cast("Services", current_app.extensions["standfirst"])


def check(declared: Endpoint, path: dict[str, str]) -> Call[Any]:
    """Returns the checked call: who calls, then scope, then site, then the input, so that a stranger learns nothing."""
    # Each use of a proxy looks its object up anew; this runs for every request.
    noted, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]
    known = services()
    noted.for_browsers = declared.origins
    asked.max_content_length = declared.body_limit(known.config)
    principal = access.identify(known, asked, origins=declared.origins)
    noted.token_id = principal.token_id
    if declared.scope is not None:
        access.require_scope(principal, declared.scope)
    raw = read_json() if declared.body else None
    site = None
    if declared.site_from != "none":
        site = access.require_site(known, principal, _named_site(declared, path, raw))
        noted.site_id = site.id
    query = parse_query(declared.query) if declared.query else None
    body = validate(declared.body, raw, site) if declared.body else None
    return Call(known, principal, site, body, query)


def _named_site(declared: Endpoint, path: dict[str, str], raw: Any) -> str | None:
    if declared.site_from == "path":
        return path["site_id"]
    if declared.site_from == "query":
        return request.args.get("site")
    named = raw.get("site") if isinstance(raw, dict) else None
    if named is None:
        return request.args.get("site")
    if not isinstance(named, str):
        raise InvalidInput.one("site", "is a site's id, a string")
    return named


def read_json() -> Any:
    """Returns the request's body read as JSON. Raises InvalidInput with the line and column of the first fault."""
    data = request.get_data() if wants_once() else _body(request)
    if not data:
        raise InvalidInput.one("", "The body is empty; send JSON.")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        text = f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        raise InvalidInput.one("", text) from error


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


def parse_body(model: type[BaseModel]) -> BaseModel:
    """Returns the request's JSON body as the model. Raises InvalidInput with every fault."""
    return validate(model, read_json())


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
