"""Advertising inventory over HTTP, an entity at a time: read, put, removed, paused and killed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, Literal, cast

from flask import Response
from pydantic import Field

from service.domain.ads.inventory import Advertiser, Campaign, Entity, FlightStatus, Kind, is_capped
from service.domain.errors import InvalidInput
from service.domain.guard import Guard
from service.domain.sites.access import Scope
from service.domain.sites.site import ENTITY_ID_PATTERN
from service.web.api.ads.entity_bodies import AdvertiserBody, CampaignBody, CreativeBody, FlightBody, entity_fields
from service.web.api.ads.inventory import own_addresses
from service.web.api.ads.inventory_wire import EntityAnswer, EntityList, PlacementBody, entity_json
from service.web.api.page.page import HTML, own_address
from service.web.embed.fragments import slot_html
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.etag import if_match, tagged
from service.web.endpoints.json_wire import WireModel, json_answer
from service.web.endpoints.paging import ListQuery, part_of, place_at

api = Api("entities", __name__)

_KINDS = "<any(advertisers,campaigns,flights,creatives,placements):kind>"


_FILTERS = ("advertiser", "campaign", "status")


class EntitiesQuery(ListQuery):
    """Which entities to list, from where, and how many at most."""

    advertiser: str | None = Field(None, description="Only those of this advertiser.")
    campaign: str | None = Field(None, description="Only those of this campaign.")
    status: Literal["active", "paused", "retired", "killed"] | None = Field(
        None, description="Only flights or creatives of this status."
    )


def _as_json(call: Call[Any]) -> Callable[[Entity], dict[str, Any]]:
    """What an entity is answered as: a campaign's money is its advertiser's, which is read once."""
    entities, site = call.services.ads.entities, call.site
    advertiser = cache(lambda advertiser_id: cast("Advertiser", entities.get(site.id, "advertisers", advertiser_id)))

    def as_json(entity: Entity) -> dict[str, Any]:
        capped = entity if isinstance(entity, Campaign) and is_capped(entity) else None
        return entity_json(entity, advertiser(capped.advertiser).currency if capped else site.currency)

    return as_json


@api.endpoint("GET", f"/v1/{_KINDS}", scope=Scope.ADS, query=EntitiesQuery, answer=EntityList,
              summary="List advertisers, campaigns, flights, creatives or placements")  # fmt: skip
def list_entities(call: Call[None], kind: str) -> Response:
    """Answers the entities of a kind by id, a page at a time."""
    query, after = call.query, place_at(call.query.cursor)
    wanted = {name: told for name in _FILTERS if (told := getattr(query, name)) is not None}
    rows = map(_as_json(call), call.services.ads.entities.all(call.site.id, cast("Kind", kind), after))
    found = list(islice((row for row in rows if wanted.items() <= row.items()), query.limit + 1))
    part, cursor = part_of(found, itemgetter("id"), query)
    return json_answer({"items": part, "cursor": cursor})


@api.endpoint("GET", f"/v1/{_KINDS}/<entity_id>", scope=Scope.ADS, answer=EntityAnswer, statuses=(200, 404),
              summary="One entity in the sheet's words")  # fmt: skip
def get_entity(call: Call[None], kind: str, entity_id: str) -> Response:
    """Answers one entity."""
    plain = _as_json(call)(call.services.ads.entities.get(call.site.id, cast("Kind", kind), entity_id))
    return tagged(plain, plain)


@api.endpoint("DELETE", f"/v1/{_KINDS}/<entity_id>", scope=Scope.ADS, statuses=(204, 404, 409),
              summary="Forget an entity that nothing else needs")  # fmt: skip
def delete_entity(call: Call[None], kind: str, entity_id: str) -> Response:
    """Answers 204; 409 while something else needs it."""
    call.services.ads.entities.remove(call.site.id, cast("Kind", kind), entity_id)
    return Response(status=204)


def _check_id(named: str | None, entity_id: str) -> None:
    if named not in (None, entity_id):
        raise InvalidInput.one("id", f"is not the path's, '{entity_id[:40]}'; leave it out")


def _put(call: Call[WireModel], kind: Kind, entity_id: str) -> Response:
    """Answers 201 for a new entity, 200 for a changed one; it is in force everywhere within a second."""
    _check_id(getattr(call.body, "id", None), entity_id)
    asked = entity_fields(kind, entity_id, call.body)
    as_json = _as_json(call)
    guard: Guard[Entity] | None = if_match(as_json)  # type: ignore[arg-type] # a union is not inferred as one
    entity, new = call.services.ads.entities.put(call.site, asked, own_addresses(call), guard)
    return tagged(as_json(entity), as_json(entity), 201 if new else 200)


@api.endpoint("PUT", "/v1/advertisers/<entity_id>", scope=Scope.ADS, body=AdvertiserBody, answer=EntityAnswer,
              statuses=(200, 201, 400, 412), summary="Create an advertiser, or change it as a whole")  # fmt: skip
def put_advertiser(call: Call[WireModel], entity_id: str) -> Response:
    """Answers the advertiser."""
    return _put(call, "advertisers", entity_id)


@api.endpoint("PUT", "/v1/campaigns/<entity_id>", scope=Scope.ADS, body=CampaignBody, answer=EntityAnswer,
              statuses=(200, 201, 400, 412), summary="Create a campaign, or change it as a whole")  # fmt: skip
def put_campaign(call: Call[WireModel], entity_id: str) -> Response:
    """Answers the campaign."""
    return _put(call, "campaigns", entity_id)


@api.endpoint("PUT", "/v1/flights/<entity_id>", scope=Scope.ADS, body=FlightBody, answer=EntityAnswer,
              statuses=(200, 201, 400, 412), summary="Create a flight, or change it as a whole")  # fmt: skip
def put_flight(call: Call[WireModel], entity_id: str) -> Response:
    """Answers the flight; what it has delivered is never touched."""
    return _put(call, "flights", entity_id)


@api.endpoint("PUT", "/v1/creatives/<entity_id>", scope=Scope.ADS, body=CreativeBody, answer=EntityAnswer,
              statuses=(200, 201, 400, 412), summary="Create a creative, or change it as a whole")  # fmt: skip
def put_creative(call: Call[WireModel], entity_id: str) -> Response:
    """Answers the creative."""
    return _put(call, "creatives", entity_id)


@api.endpoint("PUT", "/v1/placements/<placement_id>", scope=Scope.ADS, body=PlacementBody, answer=EntityAnswer,
              statuses=(200, 201, 400, 412), summary="Create a placement, or change it as a whole")  # fmt: skip
def put_placement(call: Call[PlacementBody], placement_id: str) -> Response:
    """Answers 201 for a new placement, 200 for a changed one."""
    if not re.match(ENTITY_ID_PATTERN, placement_id):
        raise InvalidInput.one("id", "use letters, digits and . _ : - (128 at most)")
    _check_id(call.body.id, placement_id)
    placement, as_json = call.body.placement(placement_id), _as_json(call)
    new = call.services.ads.entities.put_placement(call.site.id, placement, if_match(as_json))
    return tagged(as_json(placement), as_json(placement), 201 if new else 200)


@api.endpoint("POST", "/v1/flights/<flight_id>/<any(pause,resume):act>", scope=Scope.ADS, answer=EntityAnswer,
              statuses=(200, 404), summary="Pause or resume a flight, in force at once")  # fmt: skip
def set_flight_status(call: Call[None], flight_id: str, act: str) -> Response:
    """Answers the flight; a paused one gets no reservation from the next call on."""
    status = FlightStatus.PAUSED if act == "pause" else FlightStatus.ACTIVE
    return json_answer(_as_json(call)(call.services.ads.entities.set_status(call.site.id, flight_id, status)))


@api.endpoint("POST", "/v1/creatives/<creative_id>/kill", scope=Scope.ADS, answer=EntityAnswer, statuses=(200, 404),
              summary="Kill a creative for good, in force at once")  # fmt: skip
def kill_creative(call: Call[None], creative_id: str) -> Response:
    """Answers the creative; it is never shown again."""
    return json_answer(_as_json(call)(call.services.ads.entities.kill(call.site.id, creative_id)))


class PreviewQuery(WireModel):
    """As what a preview is answered."""

    format: Literal["json", "html"] = Field(
        "json", description="`json`: as a slot of a page; `html`: ready to look at."
    )


@api.endpoint("GET", "/v1/creatives/<creative_id>/preview", scope=Scope.ADS, query=PreviewQuery,
              statuses=(200, 404, 409), summary="A creative as readers would see it; nothing bills")  # fmt: skip
def preview_creative(call: Call[None], creative_id: str) -> Response:
    """Answers a slot without addresses of events; 409 for a creative that is killed."""
    base_url = call.services.config.public_url or own_address()
    slot = call.services.ads.preview(call.site, creative_id, base_url)
    as_html = call.query.format == "html"
    answer = Response(slot_html(call.site, slot), content_type=HTML) if as_html else json_answer(slot)
    answer.headers["Cache-Control"] = "no-store"
    return answer
