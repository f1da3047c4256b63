"""Advertising inventory over HTTP: sheets planned and applied, entities read, placements put, flights paused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast

from flask import Response, request
from pydantic import Field

from service.config import Config
from service.domain.access import Scope
from service.domain.ads.inventory import FlightStatus, Kind
from service.domain.errors import InvalidInput
from service.domain.sheet.export import SheetFormat
from service.domain.site import ENTITY_ID_PATTERN
from service.web.api.inventory_wire import EntityAnswer, EntityList, PlacementBody, PlanAnswer, entity_json
from service.web.api.page import own_address
from service.web.endpoint import Api, Call, WireModel, json_answer
from service.web.etag import if_match, tagged

api = Api("inventory", __name__)

SHEET_MEDIA: Mapping[SheetFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}
_KINDS = "<any(advertisers,campaigns,flights,creatives,placements):kind>"


def sheet_limit(config: Config) -> int:
    """Returns the largest sheet taken, in bytes."""
    return config.max_sheet_bytes


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


class ListQuery(WireModel):
    """Which entities to list, from where, and how many at most."""

    cursor: str | None = Field(None, max_length=128, description="The last answer's `cursor`; none is the start.")
    limit: int = Field(100, ge=1, le=1_000, description="Most entities in the answer.")
    advertiser: str | None = Field(None, description="Only those of this advertiser.")
    campaign: str | None = Field(None, description="Only those of this campaign.")
    status: str | None = Field(None, description="Only flights or creatives of this status.")


@api.endpoint("POST", "/v1/inventory", scope=Scope.ADS, query=SheetQuery, answer=PlanAnswer, body_limit=sheet_limit,
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
    raw, limit = request.get_data(cache=False), call.services.config.max_sheet_bytes
    rows, faults = call.services.read_sheet(raw, request.content_type or "no content type", limit)
    act = load.apply if query.mode == "apply" else load.plan
    own_urls = [url for url in (call.services.config.public_url, own_address()) if url]
    return json_answer(act(call.site, rows, faults, query.retire_missing, own_urls).to_json())


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


@api.endpoint("GET", f"/v1/{_KINDS}", scope=Scope.ADS, query=ListQuery, answer=EntityList,
              summary="List advertisers, campaigns, flights, creatives or placements")  # fmt: skip
def list_entities(call: Call[None], kind: str) -> Response:
    """Answers the entities of a kind by id, a page at a time."""
    query = call.query
    found = [entity_json(entity) for entity in call.services.ads.load.all(call.site.id, cast("Kind", kind))]
    for field in ("advertiser", "campaign", "status"):
        wanted = getattr(query, field)
        if wanted is not None:
            found = [entity for entity in found if entity.get(field) == wanted]
    rest = [entity for entity in found if query.cursor is None or entity["id"] > query.cursor]
    page = rest[: query.limit]
    return json_answer({"items": page, "cursor": page[-1]["id"] if len(rest) > len(page) else None})


@api.endpoint("GET", f"/v1/{_KINDS}/<entity_id>", scope=Scope.ADS, answer=EntityAnswer, statuses=(200, 404),
              summary="One entity in the sheet's words")  # fmt: skip
def get_entity(call: Call[None], kind: str, entity_id: str) -> Response:
    """Answers one entity."""
    plain = entity_json(call.services.ads.load.get(call.site.id, cast("Kind", kind), entity_id))
    return tagged(plain, plain)


@api.endpoint("DELETE", f"/v1/{_KINDS}/<entity_id>", scope=Scope.ADS, statuses=(204, 404, 409),
              summary="Forget an entity that nothing else needs")  # fmt: skip
def delete_entity(call: Call[None], kind: str, entity_id: str) -> Response:
    """Answers 204; 409 while something else needs it."""
    call.services.ads.load.remove(call.site.id, cast("Kind", kind), entity_id)
    return Response(status=204)


@api.endpoint("PUT", "/v1/placements/<placement_id>", scope=Scope.ADS, body=PlacementBody, answer=EntityAnswer,
              statuses=(200, 201, 400, 412), summary="Create a placement, or change it as a whole")  # fmt: skip
def put_placement(call: Call[PlacementBody], placement_id: str) -> Response:
    """Answers 201 for a new placement, 200 for a changed one."""
    if not re.match(ENTITY_ID_PATTERN, placement_id):
        raise InvalidInput.one("id", "use letters, digits and . _ : - (128 at most)")
    placement = call.body.placement(placement_id)
    new = call.services.ads.load.put_placement(call.site.id, placement, if_match(entity_json))
    return tagged(entity_json(placement), entity_json(placement), 201 if new else 200)


@api.endpoint("POST", "/v1/flights/<flight_id>/<any(pause,resume):act>", scope=Scope.ADS, answer=EntityAnswer,
              statuses=(200, 404), summary="Pause or resume a flight, in force at once")  # fmt: skip
def set_flight_status(call: Call[None], flight_id: str, act: str) -> Response:
    """Answers the flight; a paused one gets no reservation from the next call on."""
    status = FlightStatus.PAUSED if act == "pause" else FlightStatus.ACTIVE
    return json_answer(entity_json(call.services.ads.load.set_status(call.site.id, flight_id, status)))


@api.endpoint("POST", "/v1/creatives/<creative_id>/kill", scope=Scope.ADS, answer=EntityAnswer, statuses=(200, 404),
              summary="Kill a creative for good, in force at once")  # fmt: skip
def kill_creative(call: Call[None], creative_id: str) -> Response:
    """Answers the creative; it is never shown again."""
    return json_answer(entity_json(call.services.ads.load.kill(call.site.id, creative_id)))
