"""Inventory on the wire: each entity in the sheet's words, and the body that a placement is put with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo

from service.domain.ads.booking.ledger import MAX_WINDOW_S, MIN_WINDOW_S
from service.domain.ads.inventory import (
    USUAL_FORMATS,
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    Format,
    Placement,
    Unit,
)
from service.domain.money.money import amount_text, micros_of
from service.domain.sheet.export import LISTS
from service.domain.sheet.reading.cells import DAYS
from service.domain.sites.site import Site
from service.domain.sites.time_zones import zone
from service.web.endpoints.json_wire import WireModel

Pixels = Annotated[int, Field(ge=1, le=10_000)]


def _of_site(text: str, info: ValidationInfo) -> str:
    """Returns an amount in the one form; that of a call is in its site's currency."""
    site: Site | None = (info.context or {}).get("site")
    currency = site.currency if site else ""
    return amount_text(micros_of(text, currency), currency)


Amount = Annotated[str, AfterValidator(_of_site)]


class PlacementBody(WireModel):
    """What a placement takes: sizes in pixels, formats, and the least eCPM as decimal text."""

    id: str | None = Field(None, description="May be left out; else the path's.")
    sizes: tuple[tuple[Pixels, Pixels], ...] = Field((), max_length=50, description="Sizes that fit, width and height.")
    formats: tuple[Format, ...] = Field(
        USUAL_FORMATS, min_length=1, description="Formats that fit; `tag` only where it is named."
    )
    floor: Amount | None = Field(None, description="Least eCPM of an auctioned flight, such as `0.80`.")
    near: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field(
        (), description="Ids of the widgets it stands beside; empty means all."
    )

    window_s: int | None = Field(
        None,
        ge=MIN_WINDOW_S,
        le=MAX_WINDOW_S,
        description="Seconds for which an ad's impression is waited for, in whole minutes; without it two minutes.",
    )

    def placement(self, placement_id: str) -> Placement:
        """Returns the placement of this id."""
        floor = None if self.floor is None else micros_of(self.floor)
        return Placement(placement_id, self.sizes, self.formats, floor, self.near, self.window_s)


class EntityAnswer(BaseModel):
    """One entity; its fields are named as the sheet's columns."""

    id: str


class EntityList(BaseModel):
    """Entities by id, and where the next answer begins (none at the end)."""

    items: list[EntityAnswer]
    cursor: str | None


class CellFaultAnswer(BaseModel):
    """What is wrong in one cell of a sheet."""

    line: int
    column: str
    message: str


class EntityName(BaseModel):
    """One entity of a plan; `changed` names what an update changes, `before` and `after` are the texts of its cells."""

    kind: str
    id: str
    changed: list[str] | None = None
    before: dict[str, str] | None = None
    after: dict[str, str] | None = None


class PlanAnswer(BaseModel):
    """The difference that a sheet makes, every fault, and the id to apply it by; `version` once it is applied.

    `retire_missing` names the advertiser whose flights are retired where the sheet does not name them.
    """

    create: list[EntityName]
    update: list[EntityName]
    unchanged: list[EntityName]
    retire: list[EntityName]
    faults: list[CellFaultAnswer]
    warnings: list[str]
    retire_missing: str | None
    plan_id: str | None
    version: int | None


def entity_json(entity: Entity, currency: str) -> dict[str, Any]:
    """Returns an entity in the contract's fields; what names no currency of its own has its amounts in this one.

    That is a campaign, whose advertiser's it is, and a placement, whose site's it is.
    """
    match entity:
        case Advertiser():
            limits = {"advertiser_limit": entity.page_limit, "frequency_cap": list(entity.frequency_cap)}
            return {
                "id": entity.id,
                "name": entity.name,
                "currency": entity.currency,
                **_caps(entity, entity.currency),
                **limits,
            }
        case Campaign():
            own = {"id": entity.id, "advertiser": entity.advertiser, "name": entity.name}
            return {**own, **_caps(entity, currency), "frequency_cap": list(entity.frequency_cap)}
        case Flight():
            return _flight(entity)
        case Creative():
            return _creative(entity)
        case Placement():
            return _placement(entity, currency)


def _caps(capped: Advertiser | Campaign | Flight, currency: str) -> dict[str, Any]:
    return {
        "cap_unit": str(capped.cap_unit),
        "daily_cap": _amount(capped.daily_cap, capped.cap_unit, currency),
        "lifetime_cap": _amount(capped.lifetime_cap, capped.cap_unit, currency),
    }


def _flight(flight: Flight) -> dict[str, Any]:
    goal_unit = Unit.MONEY if flight.goal_type == "budget" else Unit.IMPRESSIONS
    return {
        "id": flight.id,
        "advertiser": flight.advertiser,
        "campaign": flight.campaign,
        "name": flight.name,
        "status": str(flight.status),
        "starts_at": _time(flight.starts_at, flight.timezone),
        "ends_at": _time(flight.ends_at, flight.timezone),
        "timezone": flight.timezone,
        "tier": str(flight.tier),
        "goal_type": flight.goal_type,
        "goal": _amount(flight.goal, goal_unit, flight.currency),
        "price_model": flight.price_model,
        "price": amount_text(flight.price_micros, flight.currency),
        "auction": flight.auction,
        "currency": flight.currency,
        **_caps(flight, flight.currency),
        "cap_timezone": flight.cap_timezone,
        "pacing": flight.pacing,
        "roadblock": flight.roadblock or None,
        **{name: list(getattr(flight, name)) for name in LISTS},
        "days": [DAYS[day] for day in flight.days],
        "hours": list(flight.hours),
        "creatives": [{"id": link.id, "weight": link.weight} for link in flight.creatives],
    }


def _creative(creative: Creative) -> dict[str, Any]:
    return {
        "id": creative.id,
        "advertiser": creative.advertiser,
        "name": creative.name,
        "status": "killed" if creative.killed else "active",
        "format": creative.format,
        "width": creative.width,
        "height": creative.height,
        "headline": creative.headline,
        "body": creative.body,
        "cta": creative.cta,
        "image_url": creative.image_url,
        "image_alt": creative.image_alt,
        "html": creative.html,
        "tag": creative.tag,
        "impression_trackers": list(creative.impression_trackers),
        "click_tracker": creative.click_tracker,
        "landing_url": creative.landing_url,
        "frequency_cap": list(creative.frequency_cap),
    }


def _placement(placement: Placement, currency: str) -> dict[str, Any]:
    return {
        "id": placement.id,
        "sizes": [list(size) for size in placement.sizes],
        "formats": list(placement.formats),
        "floor": None if placement.floor_micros is None else amount_text(placement.floor_micros, currency),
        "near": list(placement.near),
        "window_s": placement.window_s,
    }


def _time(at: int | None, timezone: str) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).astimezone(zone(timezone)).isoformat()


def _amount(amount: int | None, unit: Unit, currency: str) -> str | int | None:
    return amount_text(amount, currency) if amount is not None and unit is Unit.MONEY else amount
