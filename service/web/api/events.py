"""Where readers' browsers report impressions and views and follow links; the signed token is the permission."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, NoReturn

import orjson
from flask import Response, redirect, request
from pydantic import BaseModel, Field, ValidationError

from service.domain.ads.reader.consent import consent_of
from service.domain.call.page_call import Reader
from service.domain.engagement.reader_history import Whose
from service.domain.engagement.teaser_events import TeaserAct
from service.domain.errors import InvalidInput
from service.domain.events.validity.rules import VIEW_MS, VIEW_RATIO, Arrival, ViewClaim
from service.domain.sites.access import Scope
from service.usecases.events.take_batch import REFUSED, Beacon, ReadBeacon, Sender
from service.web.access import is_listed
from service.web.api.page.page_wire import Address, ConsentWire, ShortText, UserAgent
from service.web.arrival import arrival_of_request, arrival_of_told, refuses_tracking
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import json_answer, json_fault
from service.web.event_gate import FAULT, UNKEPT
from service.web.problems.problem import faults_of

api = Api("events", __name__)

MAX_EVENTS = 100

Kind = Literal["impression", "view", "click", "page-view", "read"]
_ACTS: dict[str, TeaserAct] = {act.value: act for act in TeaserAct}


class SentEvent(BaseModel):
    """One beacon, of an ad or a teaser by its token, or of an article that is read.

    What it says of a view must hold for a view. Fields that mean nothing here are ignored. A name may be null, as
    `model.version` is until the site has a model.
    """

    token: str = Field("", max_length=300, description="The end of an event's address, or of a teaser's `click_url`.")
    kind: Kind = Field("impression", description="Of an ad the token tells it; `page-view` and `read` need `article`.")
    widget: str | None = Field("", max_length=64, description="Of a teaser: the kind of widget that it stood on.")
    position: int = Field(0, description="Of a teaser: where it stood, from 1; 0 if not known.")
    model: str | None = Field("", max_length=64, description="Of a teaser: the page answer's `model.version`.")
    variant: str | None = Field("", max_length=64, description="Of a teaser: the page answer's `model.variant`.")
    article: str = Field("", max_length=128, description="Id of the article that is read.")
    dwell_ms: float = Field(0, description="Milliseconds for which it was read, when its page is left.")
    visible_ratio: float = Field(VIEW_RATIO, description="Share of the ad's pixels that could be seen.")
    visible_ms: float = Field(VIEW_MS, description="Milliseconds for which it could, without a break.")
    focused: bool = Field(True, description="Whether the tab had the focus for all that time.")
    pixels: float = Field(0, description="How many pixels the ad has; a large one counts as seen sooner.")


class SentReader(BaseModel):
    """Who did it, as in the page call: what they follow and open is out of their next page, where they allow it."""

    id: ShortText | None = None
    session: ShortText | None = None
    user_agent: UserAgent | None = Field(None, description="From a renderer: by it their events are judged.")
    address: Address | None = Field(None, description="From a renderer: IP address, whose network is judged.")
    consent: ConsentWire = Field(default_factory=ConsentWire)

    def known(self, *, gpc: bool) -> Reader:
        """Returns the reader as the domain knows one; `gpc` is True where the call itself has that signal."""
        return Reader(self.id, session=self.session, tcf=self.consent.tcf, gpc=self.consent.gpc or gpc)


class EventsBody(BaseModel):
    """A batch of beacons, of one reader if that is told."""

    events: list[SentEvent] = Field(max_length=MAX_EVENTS)
    reader: SentReader | None = None
    page_view: ShortText | None = Field(None, description="The page answer's `page_view`, of which all of it tells.")


class EventsAnswer(BaseModel):
    """How many of the batch were taken; to a token of scope `render` alone, how many came to what."""

    taken: int
    refused: int
    outcomes: dict[str, int] | None = None


@api.endpoint("GET", "/i/<token>", scope=None, site_from="none", media="image/gif", statuses=(200,),
              summary="Report an impression")  # fmt: skip
def impression(_: Call[None], /, **__: str) -> Response:
    """Answers a transparent pixel, whatever the token is; 503 where neither store nor journal took it."""
    _untaken()


@api.endpoint("POST", "/i/<token>", scope=None, site_from="none", statuses=(204,), summary="Beacon of an impression")
def impression_beacon(_: Call[None], /, **__: str) -> Response:
    """Answers 204, for `navigator.sendBeacon`."""
    _untaken()


@api.endpoint("GET", "/v/<token>", scope=None, site_from="none", media="image/gif", statuses=(200,),
              summary="Report a view")  # fmt: skip
def view(_: Call[None], /, **__: str) -> Response:
    """Answers a transparent pixel, whatever the token is; 503 where neither store nor journal took it."""
    _untaken()


@api.endpoint("POST", "/v/<token>", scope=None, site_from="none", statuses=(204,), summary="Beacon of a view")
def view_beacon(_: Call[None], /, **__: str) -> Response:
    """Answers 204, for `navigator.sendBeacon`."""
    _untaken()


@api.endpoint("GET", "/c/<token>", scope=None, site_from="none", statuses=(302, 404, 410), summary="Follow a link")
def click(call: Call[None], token: str) -> Response:
    """Answers 302 to the stored address, never to one from the request.

    404 for a token that is not ours, 410 for an article under a legal block.
    """
    followed = call.services.ads.events.follow(token, _arrival(call))
    answer = redirect(followed.landing_url, 302)
    assert isinstance(answer, Response)  # noqa: S101 # flask's redirect makes the app's own kind of answer
    return _unkept(answer)


@api.endpoint("POST", "/v1/events", scope=None, site_from="none", answer=EventsAnswer, statuses=(200, 400),
              takes={"application/json": EventsBody, "text/plain": EventsBody},
              summary="Report a batch of beacons (JSON, also sent as text/plain)")  # fmt: skip
def events(call: Call[None]) -> Response:
    """Answers how many beacons were taken; one with a token that is not ours is refused.

    What they came to is told to a renderer alone: a browser is answered the same for valid events and others.
    """
    body = _events_body(request.get_data(cache=False))
    beacons = [_beacon(event) for event in body.events]
    outcomes = Counter(call.services.ads.batches.take(beacons, _sender(call, body)))
    refused = outcomes[REFUSED]
    told: dict[str, Any] = {"taken": len(beacons) - refused, "refused": refused}
    if _is_renderer(call):
        told["outcomes"] = dict(outcomes)
    return _unkept(json_answer(told))


def _arrival(call: Call[None]) -> Arrival:
    return arrival_of_request(request.environ, call.services.config, call.services.agent_of)


def _is_renderer(call: Call[None]) -> bool:
    return call.principal.token_id is not None and call.principal.allows(Scope.RENDER)


def _sender(call: Call[None], body: EventsBody) -> Sender:
    """Who sends the batch: a reader's browser, or a renderer for a reader.

    Reads and readers have no token: a browser of the site's origins may tell of them, or a renderer.
    """
    site_id = request.args.get("site")
    came = _arrival_of_batch(call, body.reader)
    if site_id is None:
        return Sender(came)
    if call.principal.token_id is not None:
        allowed = _is_renderer(call) and call.principal.site in (None, site_id)
    else:
        allowed = is_listed(call.services, site_id, request.headers.get("Origin", ""))
    whose = _whose(call, site_id, body.reader) if body.reader and allowed else None
    return Sender(came, site_id, allowed, whose, body.page_view)


def _arrival_of_batch(call: Call[None], reader: SentReader | None) -> Arrival:
    if not _is_renderer(call):
        return _arrival(call)
    return arrival_of_told(request.environ, call.services.config, call.services.agent_of, reader)


def _whose(call: Call[None], site_id: str, told: SentReader) -> Whose | None:
    reader = told.known(gpc=refuses_tracking())
    consent = consent_of(reader.tcf, reader.gpc, call.services.sites.get(site_id).consent_default)
    return call.services.remember.whose(site_id, reader, consent)


def _beacon(event: SentEvent) -> Beacon | ReadBeacon:
    if event.kind in ("page-view", "read"):
        return ReadBeacon(event.article, event.dwell_ms if event.kind == "read" else None)
    claim = ViewClaim(event.visible_ratio, event.visible_ms, event.focused, event.pixels)
    widget, model, variant = event.widget or "", event.model or "", event.variant or ""
    return Beacon(event.token, claim, _ACTS[event.kind], widget, event.position, model, variant)


def _events_body(raw: bytes) -> EventsBody:
    try:
        plain: Any = orjson.loads(raw)
        return EventsBody.model_validate(plain)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.one("", f"The body {json_fault(raw, error)}.") from error
    except ValidationError as error:
        raise InvalidInput(faults_of(error)) from error


def _untaken() -> NoReturn:
    """Tells why an event was not taken; those that are taken, the gate has answered."""
    fault: Exception = request.environ[FAULT]
    raise fault


def _unkept(answer: Response) -> Response:
    answer.headers.update(UNKEPT)
    return answer
