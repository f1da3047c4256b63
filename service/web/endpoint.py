"""Declares a route once: its wire types, its scope and its site, from which the checks and OpenAPI both come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, cast

import orjson
from flask import Blueprint, Response, current_app, g, request
from pydantic import BaseModel, ConfigDict, ValidationError

from service.bootstrap import Services
from service.domain.access import Principal, Scope
from service.domain.errors import Fault, InvalidInput
from service.domain.site import Site
from service.web import access
from service.web.problem import faults_of

P = ParamSpec("P")
Body = TypeVar("Body")
SiteFrom = Literal["query", "path", "body", "none"]


class WireModel(BaseModel):
    """A management request's body or query: frozen, and an unknown field is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one route takes, answers and requires.

    `scope` None is open to all. `site_from` says where the site's id stands: `?site=` or the token (`query`), the
    path's `site_id` (`path`), the body's `site` (`body`: the view checks it), or nowhere.
    """

    scope: Scope | None
    site_from: SiteFrom
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    media: str = "application/json"
    origins: bool = False
    statuses: tuple[int, ...] = (200,)


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

    def endpoint(
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
    ) -> Callable[[Callable[Concatenate[Call[Any], P], Response]], Callable[P, Response]]:
        """Declares the decorated view as the answer to `method path`; the view gets a `Call` first."""
        declared = Endpoint(scope, site_from, summary, body, query, answer, media, origins, statuses)

        def declare(view: Callable[Concatenate[Call[Any], P], Response]) -> Callable[P, Response]:
            def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
                return view(_check(declared, cast(dict[str, str], kwargs)), *args, **kwargs)

            checked.__doc__ = view.__doc__
            checked.endpoint = declared  # type: ignore[attr-defined]
            self.add_url_rule(path, endpoint=view.__name__, view_func=checked, methods=[method])
            return checked

        return declare


def services() -> Services:
    """Returns the services of the app that handles this request."""
    return cast(Services, current_app.extensions["standfirst"])


def _check(declared: Endpoint, path: dict[str, str]) -> Call[Any]:
    known = services()
    principal = access.identify(known, request, origins=declared.origins)
    if declared.scope is not None:
        access.require_scope(principal, declared.scope)
    site = None
    if declared.site_from in ("query", "path"):
        named = path.get("site_id") if declared.site_from == "path" else request.args.get("site")
        site = access.require_site(known, principal, named)
        g.site_id = site.id
    query = parse_query(declared.query) if declared.query else None
    body = parse_body(declared.body) if declared.body else None
    return Call(known, principal, site, body, query)


def parse_body(model: type[BaseModel]) -> BaseModel:
    """Returns the request's JSON body as the model. Raises InvalidInput with every fault."""
    try:
        raw = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise InvalidInput.one("", f"The body is not JSON: {error}.") from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise InvalidInput(faults_of(error)) from error


def parse_query(model: type[BaseModel]) -> BaseModel:
    """Returns the request's query as the model; `site` is the endpoint's own. Raises InvalidInput."""
    given: dict[str, Any] = {name: value for name, value in request.args.items() if name != "site"}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidInput([Fault(f"?{fault.path}", fault.message) for fault in faults_of(error)]) from error


def json_answer(value: Any, status: int = 200) -> Response:
    """Returns a JSON answer of a pydantic model or of plain values."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return Response(orjson.dumps(plain), status=status, content_type="application/json")
