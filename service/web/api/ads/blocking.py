"""What block words and sensitive topics cost, over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from service.domain.errors import Fault, InvalidInput
from service.domain.sites.access import Scope
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import WireModel, json_answer

api = Api("blocking", __name__)

DAYS_KEPT = 400
_EPOCH = date(1970, 1, 1)


class BlockingQuery(WireModel):
    """The days to report on, in UTC; the last 30 unless others are named."""

    from_: date | None = Field(None, alias="from", description="First day, such as `2027-03-01`.")
    to: date | None = Field(None, description="Last day.")


class BlockingRow(BaseModel):
    """One cause: a block word or a topic, the flight that it kept off pages, and how often."""

    kind: Literal["word", "topic"]
    name: str
    flight_id: str
    campaign_id: str
    advertiser_id: str
    impressions: int = Field(description="Page calls at which nothing else kept the flight off: the most it lost.")


class BlockingAnswer(BaseModel):
    """The costliest causes first."""

    rows: list[BlockingRow]


@api.endpoint("GET", "/v1/reports/blocking", scope=Scope.REPORTS, query=BlockingQuery, answer=BlockingAnswer,
              statuses=(200, 400), summary="What each block word and topic cost in impressions")  # fmt: skip
def blocking(call: Call[None]) -> Response:
    """Answers the causes that kept flights off pages, at most 1,000."""
    today = datetime.fromtimestamp(call.services.clock(), UTC).date()
    last = call.query.to or today
    first = call.query.from_ or date.fromordinal(max(last.toordinal() - 29, date.min.toordinal()))
    if not 0 <= (last - first).days < DAYS_KEPT:
        raise InvalidInput([Fault("?from", f"is after ?to, or more than {DAYS_KEPT} days before it")])
    days = (first - _EPOCH).days, (last - _EPOCH).days
    return json_answer({"rows": call.services.ads.blocking.rows(call.site.id, *days)})
