"""Credits over HTTP: net events of a flight withdrawn with a reason, and credits taken back with one."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from pydantic import AwareDatetime, BaseModel, Field

from service.domain.events.sums.credit import Credit
from service.domain.sites.access import Scope
from service.usecases.ads.reports.give_credit import credit_told
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import WireModel, json_answer
from service.web.endpoints.paging import ListQuery, part_of

api = Api("credits", __name__)


class CreditBody(WireModel):
    """Which net events are withdrawn, and why."""

    flight: Annotated[str, Field(min_length=1, max_length=128)] = Field(description="Id of the flight.")
    from_: AwareDatetime = Field(alias="from", description="The first hour, whole in UTC.")
    to: AwareDatetime = Field(description="The hour up to which, itself not withdrawn.")
    reason: Annotated[str, Field(min_length=1, max_length=500)] = Field(description="Why, for the advertiser.")


class ReversalBody(WireModel):
    """Why a credit is taken back."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] = Field(description="Why, for the advertiser.")


class CreditAnswer(BaseModel):
    """A credit, and what it withdraws: below zero where it reverses another."""

    id: str
    flight_id: str
    from_: str = Field(alias="from")
    to: str
    reason: str
    created_at: str
    impressions: int
    views: int
    clicks: int
    amount: str
    currency: str | None
    reverses: str | None = Field(description="Id of the credit that it takes back.")


class CreditList(BaseModel):
    """Credits of the site, the oldest first, and where the next answer begins (none at the end)."""

    items: list[CreditAnswer]
    cursor: str | None


@api.endpoint("POST", "/v1/credits", scope=Scope.ADS, body=CreditBody, answer=CreditAnswer,
              statuses=(201, 400, 404, 409), summary="Withdraw a flight's net events of some hours")  # fmt: skip
def give_credit(call: Call[CreditBody]) -> Response:
    """Answers 201 with what was withdrawn; budgets stay as they are. 409 where nothing is left to withdraw."""
    body = call.body
    ads = call.services.ads
    credit = ads.credits.give(call.site, body.flight, body.from_.timestamp(), body.to.timestamp(), body.reason)
    return json_answer(credit_told(credit), 201)


@api.endpoint("POST", "/v1/credits/<credit_id>/reversal", scope=Scope.ADS, body=ReversalBody, answer=CreditAnswer,
              statuses=(201, 400, 404, 409), summary="Take a credit back by one of the same hours")  # fmt: skip
def reverse_credit(call: Call[ReversalBody], credit_id: str) -> Response:
    """Answers 201 with the credit that reverses it; reports show both. 409 where that was done before."""
    return json_answer(credit_told(call.services.ads.credits.reverse(call.site.id, credit_id, call.body.reason)), 201)


@api.endpoint("GET", "/v1/credits", scope=Scope.REPORTS, query=ListQuery, answer=CreditList,
              summary="List the credits that were given")  # fmt: skip
def list_credits(call: Call[None]) -> Response:
    """Answers credits of the site, the oldest first."""
    part, cursor = part_of(call.services.ads.credits.all(call.site.id), _place, call.query)
    return json_answer({"items": [credit_told(credit) for credit in part], "cursor": cursor})


def _place(credit: Credit) -> str:
    return f"{credit.created_at:020.6f} {credit.id}"
