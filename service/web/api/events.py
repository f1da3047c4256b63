"""Where readers' browsers report impressions and views and follow links; the signed token is the permission."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from flask import Response, redirect, request
from pydantic import BaseModel, Field, ValidationError

from service.domain.errors import InvalidInput
from service.domain.events.tokens import EventKind
from service.web.endpoint import Api, Call, json_answer
from service.web.prefetch import is_prefetch
from service.web.problem import faults_of

api = Api("events", __name__)

MAX_EVENTS = 100
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class SentEvent(BaseModel):
    """One beacon; what else it carries is for later and ignored."""

    token: str = Field(max_length=300)


class EventsBody(BaseModel):
    """A batch of beacons."""

    events: list[SentEvent] = Field(max_length=MAX_EVENTS)


class EventsAnswer(BaseModel):
    """How many of the batch came to what."""

    taken: int
    refused: int
    outcomes: dict[str, int]


@api.endpoint("GET", "/i/<token>", scope=None, site_from="none", media="image/gif", statuses=(200,),
              summary="Report an impression")  # fmt: skip
def impression(call: Call[None], token: str) -> Response:
    """Answers a transparent pixel, whatever the token is; 503 where it could not be booked."""
    call.services.ads.events.record(token, EventKind.IMPRESSION, invalid_reason())
    return _pixel()


@api.endpoint("POST", "/i/<token>", scope=None, site_from="none", statuses=(204,), summary="Beacon of an impression")
def impression_beacon(call: Call[None], token: str) -> Response:
    """Answers 204, for `navigator.sendBeacon`."""
    call.services.ads.events.record(token, EventKind.IMPRESSION, invalid_reason())
    return _no_content()


@api.endpoint("GET", "/v/<token>", scope=None, site_from="none", media="image/gif", statuses=(200,),
              summary="Report a view")  # fmt: skip
def view(call: Call[None], token: str) -> Response:
    """Answers a transparent pixel, whatever the token is; 503 where it could not be booked."""
    call.services.ads.events.record(token, EventKind.VIEW, invalid_reason())
    return _pixel()


@api.endpoint("POST", "/v/<token>", scope=None, site_from="none", statuses=(204,), summary="Beacon of a view")
def view_beacon(call: Call[None], token: str) -> Response:
    """Answers 204, for `navigator.sendBeacon`."""
    call.services.ads.events.record(token, EventKind.VIEW, invalid_reason())
    return _no_content()


@api.endpoint("GET", "/c/<token>", scope=None, site_from="none", statuses=(302, 404, 410), summary="Follow a link")
def click(call: Call[None], token: str) -> Response:
    """Answers 302 to the stored address, never to one from the request.

    404 for a token that is not ours, 410 for an article under a legal block.
    """
    followed = call.services.ads.events.follow(token, invalid_reason())
    answer = redirect(followed.landing_url, 302)
    assert isinstance(answer, Response)  # noqa: S101 # flask's redirect makes the app's own kind of answer
    return _unkept(answer)


@api.endpoint("POST", "/v1/events", scope=None, site_from="none", answer=EventsAnswer, statuses=(200, 400),
              summary="Report a batch of beacons (JSON, also sent as text/plain)")  # fmt: skip
def events(call: Call[None]) -> Response:
    """Answers how many beacons came to what; one with a token that is not ours is refused, the others are taken."""
    body = _events_body(request.get_data(cache=False))
    outcomes: dict[str, int] = {}
    for event in body.events:
        booking = call.services.ads.events.record(event.token, None, invalid_reason(), request.args.get("site"))
        outcome = str(booking.status) if booking else "refused"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    refused = outcomes.get("refused", 0)
    answer = json_answer({"taken": len(body.events) - refused, "refused": refused, "outcomes": outcomes})
    return _unkept(answer)


def invalid_reason() -> str | None:
    """Returns why the event of this request may not bill, or None: no reader caused it."""
    if request.method == "HEAD":
        return "head"
    return "prefetch" if is_prefetch(request.environ) else None


def _events_body(raw: bytes) -> EventsBody:
    try:
        plain: Any = orjson.loads(raw)
        return EventsBody.model_validate(plain)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.one("", f"The body is not JSON: {error}.") from error
    except ValidationError as error:
        raise InvalidInput(faults_of(error)) from error


def _pixel() -> Response:
    return _unkept(Response(PIXEL, content_type="image/gif"))


def _no_content() -> Response:
    return _unkept(Response(status=204))


def _unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer-when-downgrade"
    return answer
