"""Delivery reports over HTTP: since each flight's first load from the ledger, or of a period from hourly sums."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from flask import Response
from pydantic import BaseModel, Field

from service.domain.events.sums.period import DIMENSIONS, period
from service.domain.report_table import MEDIA, TableFormat
from service.domain.sites.access import Scope
from service.usecases.ads.reports.report_delivery import COLUMNS
from service.usecases.ads.reports.state_account import TABLE_COLUMNS
from service.usecases.engagement.report_widgets import DIMENSIONS as WIDGET_DIMENSIONS
from service.usecases.engagement.report_widgets import widgets_asked
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import WireModel, json_answer

api = Api("reports", __name__)

Format = Literal["json", "csv", "xlsx", "parquet"]


class DeliveryQuery(WireModel):
    """What to report on; with neither a period nor another breakdown than by flight, since each flight's first load."""

    by: str = Field("flight", description=f"Breakdown, by commas: {', '.join(DIMENSIONS)}.")
    format: Format = Field("json", description="`json`, `csv`, `xlsx` or `parquet`.")
    from_: date | None = Field(None, alias="from", description="First day, in the site's time zone; the last, if none.")
    to: date | None = Field(None, description="Last day, which is in the report; today, if none.")


class DeliveryAnswer(BaseModel):
    """Rows by what was asked, their totals, and what stands against shared caps."""

    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    budgets: list[dict[str, Any]] | None = Field(
        None, description="Without a period: campaigns and advertisers with caps, and what is booked on them."
    )
    timezone: str | None = Field(None, description="Of a period: the time zone of its days.")


@api.endpoint("GET", "/v1/reports/delivery", scope=Scope.REPORTS, query=DeliveryQuery, answer=DeliveryAnswer,
              statuses=(200, 400), summary="What was delivered, from the ledger or in a period")  # fmt: skip
def delivery(call: Call[None]) -> Response:
    """Answers impressions, views, clicks and spend, as JSON, CSV, XLSX or Parquet."""
    query, site, ads = call.query, call.site, call.services.ads
    if query.by == "flight" and query.from_ is None and query.to is None:
        return _since_start(call)
    today = datetime.fromtimestamp(call.services.clock(), ZoneInfo(site.timezone)).date()
    asked = period(query.from_, query.to, query.by, site.timezone, today)
    found = ads.periods.report(site.id, site.currency, asked)
    name = f"delivery-{asked.first}-{asked.last}"
    return _answer(call, found.columns, {"rows": found.rows, "totals": found.totals, "timezone": found.timezone}, name)


def _since_start(call: Call[None]) -> Response:
    """What each flight delivered since its first load, written as its rows are made."""
    by_flight = partial(call.services.ads.reports.by_flight, call.site.id, call.site.currency)
    form = call.query.format
    if form != "json":
        table = by_flight(lambda rows: call.services.write_table(COLUMNS, rows, form)).rows
        return _table_answer(call, table, "delivery")
    found = by_flight(call.services.write_rows)
    return json_answer({"rows": orjson.Fragment(found.rows), "totals": found.totals, "budgets": found.budgets})


class StatementQuery(WireModel):
    """Whose statement, and of which month."""

    advertiser: Annotated[str, Field(min_length=1, max_length=128)] = Field(description="Id of the advertiser.")
    month: Annotated[str, Field(max_length=20)] = Field(description="Such as `2026-11`, in the site's time zone.")
    format: Format = Field("json", description="`json`, `csv`, `xlsx` or `parquet`.")


class StatementAnswer(BaseModel):
    """What each flight delivered in the month and what is due for it, the totals, and credits with their reasons."""

    advertiser_id: str
    month: str
    timezone: str
    is_final: bool = Field(description="Whether no event of the month may come any more, and all that came are in it.")
    final_from: str = Field(description="Until when events of the month may still come.")
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    credits: list[dict[str, Any]]


@api.endpoint("GET", "/v1/reports/statement", scope=Scope.REPORTS, query=StatementQuery, answer=StatementAnswer,
              statuses=(200, 400, 404), summary="An advertiser's statement of a month")  # fmt: skip
def statement(call: Call[None]) -> Response:
    """Answers the statement as JSON, or its rows as CSV, XLSX or Parquet."""
    found = call.services.ads.statements.of_month(call.site, call.query.advertiser, call.query.month)
    if call.query.format == "json":
        return json_answer(asdict(found))
    table = call.services.write_table(TABLE_COLUMNS, found.table(), call.query.format, {"credits": found.credits})
    return _table_answer(call, table, f"statement-{_plain(found.advertiser_id)}-{found.month}")


class WidgetsQuery(WireModel):
    """What to report on of teasers."""

    by: str = Field("widget,position", description=f"Breakdown, by commas: {', '.join(WIDGET_DIMENSIONS)}.")
    format: Format = Field("json", description="`json`, `csv`, `xlsx` or `parquet`.")
    from_: date | None = Field(None, alias="from", description="First day, in UTC; the last, if none.")
    to: date | None = Field(None, description="Last day, which is in the report; today, if none.")


class WidgetsAnswer(BaseModel):
    """What readers did with teasers, those seen most first; with reads where no place of one was asked for."""

    rows: list[dict[str, Any]]
    left_off: int = Field(description="Rows beyond the first 10,000, which are not told.")


@api.endpoint("GET", "/v1/reports/widgets", scope=Scope.REPORTS, query=WidgetsQuery, answer=WidgetsAnswer,
              statuses=(200, 400), summary="What readers did with teasers, as their beacons tell")  # fmt: skip
def widgets(call: Call[None]) -> Response:
    """Answers impressions, views, clicks and their rate by widget, position, article, model or variant."""
    query = call.query
    today = datetime.fromtimestamp(call.services.clock(), UTC).date()
    asked = widgets_asked(query.from_, query.to, query.by, today)
    found = call.services.widget_reports.report(call.site.id, asked)
    whole = {"rows": found.rows, "left_off": found.left_off}
    return _answer(call, found.columns, whole, f"widgets-{asked.first}-{asked.last}")


def _plain(entity_id: str) -> str:
    """An id as a header takes it."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", entity_id)


def _answer(call: Call[None], columns: tuple[str, ...], whole: dict[str, Any], name: str) -> Response:
    """The report in the form that was asked for; a sheet has its rows alone."""
    if call.query.format == "json":
        return json_answer(whole)
    return _table_answer(call, call.services.write_table(columns, whole["rows"], call.query.format), name)


def _table_answer(call: Call[None], table: bytes, name: str) -> Response:
    form: TableFormat = call.query.format
    answer = Response(table, content_type=MEDIA[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{call.site.id}.{form}"'
    return answer
