"""What a draft flight may have, over HTTP: slots forecast, what other flights take of them, what is left."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel, Field

from service.domain.errors import Fault
from service.domain.sheet.reading.cells import CellFault
from service.domain.sites.access import Scope
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import WireModel, json_answer

api = Api("avails", __name__)

MOST_CELLS = 100
Cell = str | int | float | list[str] | None


class AvailsBody(WireModel):
    """A flight that is not booked yet."""

    flight: dict[str, Cell] = Field(
        max_length=MOST_CELLS,
        description="A row of a sheet: columns to cells, lists as such or separated by `|`. Only `placements` and what "
        "its goal and price need are required; without a creative every size and format fits.",
    )


class EstimateAnswer(BaseModel):
    """An expected number; four times of five the outcome lies from `low` to `high`."""

    expected: int
    low: int
    high: int


class ContenderAnswer(BaseModel):
    """A flight of a higher tier, or of the same, that could have some of the same slots."""

    flight_id: str
    campaign_id: str
    advertiser_id: str
    tier: str
    slots: int = Field(description="Slots that both could have.")
    takes: int = Field(description="What it is expected to take of them.")


class AvailsAnswer(BaseModel):
    """What the flight may have between two times."""

    flight_id: str
    starts_at: str
    ends_at: str = Field(description="Without an end, 30 days after the start.")
    slots: EstimateAnswer = Field(description="Slots that its placements, hours and targeting allow.")
    booked: int = Field(description="What the contenders take of these.")
    available: EstimateAnswer = Field(description="What is left of them.")
    needed: int | None = Field(description="Impressions that its goal and caps come to; null: all it can get.")
    contenders: list[ContenderAnswer] = Field(description="At most 100, those that take most first.")
    contenders_left_off: int
    looked_at_ratio: float = Field(
        description="Part of the flights that may go before it which were looked at: 1 up to 20,000 of them. Of more "
        "the others are taken to be like these, and contenders are named among these alone."
    )
    not_counted: list[str] = Field(description="Columns of the flight that the forecast does not see.")
    weeks_seen: float = Field(description="Weeks of traffic that were learnt from.")


@api.endpoint("POST", "/v1/avails", scope=Scope.ADS, body=AvailsBody, answer=AvailsAnswer, statuses=(200, 400, 409),
              summary="What a draft flight may have, and what it contends with")  # fmt: skip
def forecast(call: Call[AvailsBody]) -> Response:
    """Answers the forecast; 409 until an hour of traffic was learnt from."""
    cells: dict[str, Any] = {column: cell for column, cell in call.body.flight.items() if cell is not None}
    limit = call.services.config.max_sheet_bytes
    rows, faults = call.services.read_sheet(orjson.dumps([cells]), "application/json", limit)
    [found] = call.services.ads.avails.of_rows(call.site, rows, faults, _of_draft)
    return json_answer(found.to_json())


def _of_draft(fault: CellFault) -> Fault:
    return Fault(f"flight.{fault.column}" if fault.column else "flight", fault.message)
