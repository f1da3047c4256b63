"""Page renderers' routes: a whole page in one call, and one widget that caches may keep."""

from __future__ import annotations

import time
from hashlib import blake2b
from typing import Annotated, Any, Literal

import orjson
from flask import Response, g, request
from pydantic import Field

from service.domain.ads.slot import SlotRequest
from service.domain.call.page_call import ArticleReference, Page, PageRequest, Reader, WidgetRequest
from service.domain.errors import InvalidInput, NotFound
from service.domain.events.validity.rules import Arrival, refused_by
from service.domain.sites.access import Scope
from service.domain.widgets.kind import MAX_SIZE
from service.usecases.ads.delivery.limit_reservations import TOO_MANY
from service.usecases.page.filling.fill_page import FilledPage
from service.web.access import BROWSER
from service.web.api.page.page_answer import OneSlotAnswer, PageAnswer, WidgetAnswer
from service.web.api.page.page_json import explanation_json, teaser_click_url, widget_json, widgets_json
from service.web.api.page.page_wire import OpenModel, PageBody, ReaderWire, Region, page_request
from service.web.api.page.previews import take_previews
from service.web.arrival import arrival_of_request, arrival_of_told, refuses_tracking
from service.web.embed.fragments import slot_html, widget_html
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api, one_article
from service.web.endpoints.json_wire import json_answer
from service.web.problems.plain_words import COUNTRY_PATTERN
from service.web.random_ids import random_id

api = Api("page", __name__)

WIDGET_CACHE = "public, max-age=5, must-revalidate"
"""A legal block must hold from shared caches within seconds and while the service is away: nothing stale is shown."""
HTML = "text/html; charset=utf-8"

Format = Literal["json", "html"]


class PageQuery(OpenModel):
    """As what the page is answered."""

    format: Format = Field("json", description="`json`, or `html`: widgets and slots as ready fragments by their ids.")


@api.endpoint("POST", "/v1/page", scope=Scope.RENDER, site_from="body", body=PageBody, query=PageQuery,
              answer=PageAnswer, origins=True, body_limit=one_article,
              summary="Decide a whole page: every widget and every slot")  # fmt: skip
def fill_page(call: Call[PageBody]) -> Response:
    """Answers 200 with every widget and slot that was asked for; `fallback` and `warnings` say what was lacking."""
    began = time.perf_counter()
    services, site = call.services, call.site
    base_url = services.config.public_url or own_address()
    body, previews, unheeded = take_previews(call, base_url)
    page_view = body.page_view or random_id()
    explain = body.explain and call.principal.allows(Scope.REPORTS)
    came = _arrival(call, body.reader)
    within = _within_limits(call, came, len(body.slots))
    asked = page_request(
        body, site.id, page_view,
        billable=within and refused_by(came) is None, explain=explain, gpc=refuses_tracking(),
    )  # fmt: skip
    filled = services.pages.fill(site, asked, base_url)
    page = filled.page
    model = _model(page)
    widgets = widgets_json(site, filled.decided, base_url, services.secret)
    slots: dict[str, Any] = {
        slot_id: slot.to_json() if slot else None for slot_id, slot in page.slots.items()
    } | previews
    if call.query.format == "html":
        widgets = orjson.dumps({name: widget_html(site, one, model) for name, one in orjson.loads(widgets).items()})
        slots = {slot_id: slot_html(site, slot) for slot_id, slot in slots.items()}
    warnings = [*_unused(body, call.query, explain), *unheeded, *([] if within else [TOO_MANY])]
    head = orjson.dumps({"request_id": g.request_id, "site": site.id, "page_view": page_view})
    tail = orjson.dumps(
        {
            "model": model,
            "slots": slots,
            "events_url": f"{base_url}/v1/events",
            "warnings": [*page.warnings, *warnings],
            **({"explain": explanation_json(filled.decided.index, page.explanation)} if page.explanation else {}),
            "took_ms": round((time.perf_counter() - began) * 1_000, 3),
        }
    )
    answer = Response(b'%b,"widgets":%b,%b' % (head[:-1], widgets, tail[1:]), content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _model(page: Page) -> dict[str, str | None]:
    """Which model chose the teasers, in which variant of a split: what their beacons tell."""
    return {"version": page.model_version, "variant": "control"}


def _arrival(call: Call[Any], reader: ReaderWire | None = None) -> Arrival:
    """How a call came: a browser's is its reader's own; a renderer calls for a reader, of whom it may tell."""
    config, agent_of = call.services.config, call.services.agent_of
    if call.principal is BROWSER:
        return arrival_of_request(request.environ, config, agent_of)
    return arrival_of_told(request.environ, config, agent_of, reader)


def _within_limits(call: Call[Any], came: Arrival, slots: int) -> bool:
    """Returns whether ads may be reserved for so many slots more of whom a call is for."""
    if not slots or refused_by(came):
        return True
    return call.services.reservation_limits.admits(call.site.id, call.principal.token_id, came.network, slots)


def own_address() -> str:
    """Returns the address that this request reached the service by, without a path."""
    return f"{request.scheme}://{request.host}"


def _ignored(fields: OpenModel, mark: str = "") -> list[str]:
    return [f"{mark}{path}: unknown field, ignored" for path in fields.unknown()]


def _unused(body: PageBody, query: PageQuery, explain: bool) -> list[str]:
    unknown = _ignored(body) + _ignored(query, "?")
    unknown += body.article.cut() if body.article else ()
    return [*unknown, "explain: needs a token with the scope 'reports'"] if body.explain and not explain else unknown


class WidgetQuery(OpenModel):
    """Which widget: for which article, of what size, in which language where no article tells."""

    article: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    size: int | None = Field(None, ge=1, le=MAX_SIZE)
    language: Annotated[str, Field(min_length=1, max_length=35)] | None = None
    format: Format = "json"


@api.endpoint("GET", "/v1/widgets/<kind>", scope=Scope.RENDER, query=WidgetQuery, answer=WidgetAnswer, origins=True,
              statuses=(200, 304, 404), summary="One widget without reader or ads, for caches to keep")  # fmt: skip
def get_widget(call: Call[None], kind: str) -> Response:
    """Answers one widget with stable addresses and an ETag; 304 if the caller has it already."""
    services, site = call.services, call.site
    article = ArticleReference(id=call.query.article) if call.query.article else None
    asked = PageRequest(
        site.id, "", article, (WidgetRequest(kind, kind, call.query.size),), language=call.query.language
    )
    base_url = services.config.public_url or own_address()
    filled = _filled_alone(call, asked, base_url)
    click_url = teaser_click_url(base_url, site.id, services.secret)
    body = widget_json(site, filled.decided.index, filled.page.widgets[0], click_url)
    if ignored := _ignored(call.query, "?"):
        body = b'%b,"warnings":%b}' % (body[:-1], orjson.dumps(ignored))
    answer = Response(body, content_type="application/json")
    if call.query.format == "html":
        answer = Response(widget_html(site, orjson.loads(body), _model(filled.page)), content_type=HTML)
    answer.set_etag(blake2b(answer.get_data(), digest_size=12).hexdigest())
    answer.headers["Cache-Control"] = WIDGET_CACHE
    answer.make_conditional(request)
    return answer


def _filled_alone(call: Call[None], asked: PageRequest, base_url: str) -> FilledPage:
    """Returns the page of one widget or slot. Raises NotFound where its address names none that the site has."""
    try:
        return call.services.pages.fill(call.site, asked, base_url)
    except InvalidInput as error:
        known = error.faults[0].message.partition("; ")[2]
        if asked.widgets:
            raise NotFound("kind of widget", asked.widgets[0].kind, known) from error
        raise NotFound("placement", asked.slots[0].placement, known) from error


class SlotQuery(OpenModel):
    """For which page and reader a slot is filled; calls of one `page_view` show no ad twice."""

    article: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    page_view: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    country: Annotated[str, Field(pattern=COUNTRY_PATTERN)] | None = None
    device: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    session: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    region: Region | None = None
    language: Annotated[str, Field(min_length=1, max_length=35)] | None = None
    format: Format = "json"


@api.endpoint("GET", "/v1/slots/<placement>", scope=Scope.RENDER, query=SlotQuery, answer=OneSlotAnswer, origins=True,
              statuses=(200, 404), summary="One slot, for this reader now; null is an empty one")  # fmt: skip
def get_slot(call: Call[None], placement: str) -> Response:
    """Answers what the slot shows, never to be kept: JSON (null: nothing to show), or HTML (empty: nothing to show)."""
    services, site, query = call.services, call.site, call.query
    article = ArticleReference(id=query.article) if query.article else None
    came = _arrival(call)
    asked = PageRequest(
        site.id, query.page_view or random_id(), article, slots=(SlotRequest(placement, placement),),
        reader=Reader(country=query.country, device=query.device, session=query.session, gpc=refuses_tracking(),
                      region=query.region),
        language=query.language,
        billable=refused_by(came) is None and _within_limits(call, came, 1),
    )  # fmt: skip
    filled = _filled_alone(call, asked, services.config.public_url or own_address())
    slot = filled.page.slots[placement]
    shown = slot.to_json() if slot else None
    answer = Response(slot_html(site, shown), content_type=HTML) if query.format == "html" else json_answer(shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer
