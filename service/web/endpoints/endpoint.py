"""Declares a route once: its wire types, its scope and its site, from which the checks and OpenAPI both come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Literal, ParamSpec, cast

from flask import Blueprint, Response, g, request
from pydantic import BaseModel

from service.config import Config
from service.domain.errors import InvalidInput
from service.domain.sites.access import Scope
from service.web import access
from service.web.endpoints.call import Call, services
from service.web.endpoints.idempotency import answered_once, wants_once
from service.web.endpoints.json_wire import parse_query, read_json, validate

P = ParamSpec("P")
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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one route takes, answers and requires.

    `scope` None is open to all; a test has the reason for each such route. `site_from` says where the site's id stands:
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
