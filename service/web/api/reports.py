"""Delivery reports over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

import orjson
from flask import Response
from pydantic import BaseModel, Field

from service.domain.access import Scope
from service.domain.errors import Fault, InvalidInput
from service.usecases.ads.report_delivery import COLUMNS, DeliveryReport
from service.web.endpoint import Api, Call, WireModel, json_answer

api = Api("reports", __name__)

DIMENSIONS = ("day", "flight", "creative", "placement", "section")


class DeliveryQuery(WireModel):
    """What to report on; `from`, `to` and other dimensions than the flight are not built yet, and refused."""

    by: str = Field("flight", description="Dimensions; only `flight` so far.")
    format: Literal["json", "csv"] = Field("json", description="`json` or `csv`.")
    from_: str | None = Field(None, alias="from", description="Not available yet.")
    to: str | None = Field(None, description="Not available yet.")


class DeliveryAnswer(BaseModel):
    """Rows by flight since each flight's first load, their totals, and what stands against shared caps."""

    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    budgets: list[dict[str, Any]] = Field(
        description="Campaigns and advertisers with caps, and what is booked on them."
    )


@api.endpoint("GET", "/v1/reports/delivery", scope=Scope.REPORTS, query=DeliveryQuery, answer=DeliveryAnswer,
              statuses=(200, 400), summary="What each flight has delivered, from the ledger")  # fmt: skip
def delivery(call: Call[None]) -> Response:
    """Answers impressions, views, clicks and spend of every flight, as JSON or CSV."""
    _refuse_unbuilt(call.query)
    report = call.services.ads.reports.by_flight(call.site.id, call.site.currency)
    if call.query.format == "csv":
        return Response(report_csv(report), content_type="text/csv; charset=utf-8")
    return json_answer({"rows": report.rows, "totals": report.totals, "budgets": report.budgets})


def report_csv(report: DeliveryReport) -> str:
    """Returns the report's rows as CSV with a header; reasons of invalid events are JSON in one cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in report.rows:
        plain = {**row, "invalid": orjson.dumps(row["invalid"]).decode()}
        writer.writerow(["" if plain[column] is None else plain[column] for column in COLUMNS])
    return out.getvalue()


def _refuse_unbuilt(query: DeliveryQuery) -> None:
    faults = []
    for dimension in query.by.split(","):
        if dimension not in DIMENSIONS:
            faults.append(Fault("?by", f"'{dimension[:40]}' is none of {', '.join(DIMENSIONS)}"))
        elif dimension != "flight":
            faults.append(Fault("?by", f"reports by {dimension} are not available yet; ask for by=flight"))
    for name, value in (("from", query.from_), ("to", query.to)):
        if value is not None:
            faults.append(Fault(f"?{name}", "reports of a period are not available yet; leave it out"))
    if faults:
        raise InvalidInput(faults)
