"""Advertising inventory over HTTP as sheets: planned, applied and exported."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Literal

from flask import Response, request
from pydantic import Field

from service.config import Config
from service.domain.errors import InvalidInput
from service.domain.sheet.export import SheetFormat
from service.domain.sites.access import Scope
from service.web.api.ads.inventory_wire import PlanAnswer
from service.web.api.page.page import own_address
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import WireModel, json_answer

api = Api("inventory", __name__)

SHEET_MEDIA: Mapping[SheetFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}


def sheet_limit(config: Config) -> int:
    """Returns the largest sheet taken, in bytes."""
    return config.max_sheet_bytes


def own_addresses(call: Call[Any]) -> list[str]:
    """Returns the addresses of this service that an image's may begin with: the setting's, and the caller's."""
    return [url for url in (call.services.config.public_url, own_address()) if url]


class SheetQuery(WireModel):
    """Whether to look or to act, and what becomes of flights that the sheet does not name."""

    mode: Literal["plan", "apply"] = Field("plan", description="`plan` only tells the difference; `apply` makes it.")
    plan_id: str | None = Field(None, max_length=64, description="With `apply`: the plan to apply, in place of a body.")
    retire_missing: str | None = Field(
        None, max_length=128, description="Advertiser whose flights are retired where the sheet does not name them."
    )


class ExportQuery(WireModel):
    """The form of an exported sheet."""

    format: SheetFormat = Field("csv", description="`csv`, `xlsx`, `json` or `ndjson`.")


@api.endpoint("POST", "/v1/inventory", scope=Scope.ADS, query=SheetQuery, answer=PlanAnswer, body_limit=sheet_limit,
              takes=dict.fromkeys(SHEET_MEDIA.values()),
              statuses=(200, 400, 409), summary="Plan or apply a sheet (CSV, XLSX, JSON or NDJSON)")  # fmt: skip
def load_inventory(call: Call[None]) -> Response:
    """Answers the difference that a sheet makes; `apply` makes it whole, or answers 400 or 409 and changes nothing."""
    load, query = call.services.ads.load, call.query
    if query.plan_id is not None:
        if query.mode != "apply":
            raise InvalidInput.one("?plan_id", "goes with mode=apply")
        if query.retire_missing is not None:
            raise InvalidInput.one("?retire_missing", "is part of the plan already; leave it out with plan_id")
        return json_answer(load.apply_plan(call.site, query.plan_id).to_json())
    raw, limit = io.BytesIO(request.get_data(cache=False)), call.services.config.max_sheet_bytes
    lines = call.services.sheet_lines(raw, request.content_type or "no content type", limit)
    act = load.apply if query.mode == "apply" else load.plan
    return json_answer(act(call.site, lines, (), query.retire_missing, own_addresses(call)).to_json())


@api.endpoint("GET", "/v1/inventory", scope=Scope.ADS, query=ExportQuery, media="text/csv",
              summary="The inventory as a sheet, which loads again as unchanged")  # fmt: skip
def export_inventory(call: Call[None]) -> Response:
    """Answers a row for each creative of each flight, with the template's columns."""
    form = call.query.format
    sheet = call.services.write_sheet(call.services.ads.export.rows(call.site.id), form)
    answer = Response(sheet, content_type=SHEET_MEDIA[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="inventory-{call.site.id}.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
