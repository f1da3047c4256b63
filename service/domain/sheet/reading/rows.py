"""Reads one row of an inventory sheet: one creative of one flight, with its campaign and advertiser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ads.targeting.similarity import description
from service.domain.ads.targeting.slot_facts import EXCLUDE, VALUE_COLUMNS
from service.domain.ads.targeting.suitability import contradicts, suitability_item
from service.domain.money.money import WHOLE_EVENT_MICROS
from service.domain.sheet.columns import REQUIRED_COLUMNS
from service.domain.sheet.reading import cells
from service.domain.sheet.reading.cells import CellFault, SheetRow
from service.domain.sheet.reading.countries import country_code
from service.domain.sheet.reading.creatives import read_creative
from service.domain.sheet.reading.owners import cap_unit, read_owners
from service.domain.sheet.reading.reader_caps import frequency_caps
from service.domain.sheet.reading.row_reader import KnownCells, RowReader
from service.domain.sites.site import Site

_PLACEMENTS_NAMED = 5
# Columns of a flight that are read together, so that flights alike in them share what was read.
_TERMS = (
    "timezone", "starts_at", "ends_at", "cap_timezone", "pacing", "currency", "goal_type", "goal", "price_model",
    "price", "auction", "cap_unit", "daily_cap", "lifetime_cap", "tier", "frequency_cap",
)  # fmt: skip
_TARGETING = (
    "placements", *VALUE_COLUMNS, "keywords", "exclude_keywords", "days", "hours", "labels", "exclude_labels",
    "suitability", "roadblock", "companions",
)  # fmt: skip
_STATUS, _TIER, _PRICE_MODEL = cells.one_of(*FlightStatus), cells.one_of(*Tier), cells.one_of(*PriceModel)


@dataclass(frozen=True, slots=True)
class RowEntities:
    """What one row says, its creative in its flight; `status` None leaves a known flight's status as it is."""

    line: int
    advertiser: Advertiser
    campaign: Campaign
    flight: Flight
    status: FlightStatus | None
    creative: Creative


def read_row(
    row: SheetRow,
    site: Site,
    placements: Collection[str],
    own_urls: Collection[str] = (),
    known: KnownCells | None = None,
) -> tuple[RowEntities | None, list[CellFault]]:
    """Returns the row's entities, None if it has faults, and every fault; `own_urls` are addresses of this service.

    `known` holds what the rows before were read as.
    """
    reader = RowReader(row, known)
    for column in REQUIRED_COLUMNS:
        if not reader.text_of(column):
            reader.fault(column, "is required")
    advertiser, campaign = read_owners(reader, site)
    creative = read_creative(reader, site, advertiser.id, own_urls)
    flight = read_flight(reader, site, placements, campaign, creative.id)
    status = read_status(reader)
    if reader.faults:
        return None, list(dict.fromkeys(reader.faults))
    return RowEntities(row.line, advertiser, campaign, flight, status, creative), []


def read_status(reader: RowReader) -> FlightStatus | None:
    """Returns the status that a row gives its flight; None where it gives none."""
    status = reader.read("status", _STATUS, "")
    return FlightStatus(status) if status else None


def _id(reader: RowReader, column: str) -> str:
    return reader.read(column, cells.entity_id, "")


def read_flight(
    reader: RowReader, site: Site, placements: Collection[str], campaign: Campaign, creative: str
) -> Flight:
    """Returns the flight of a row, active, with one creative; faults are noted in the reader."""
    return Flight(
        id=_id(reader, "flight"),
        campaign=campaign.id,
        advertiser=campaign.advertiser,
        name=reader.read("flight_name", cells.plain, ""),
        **reader.together(_TERMS, lambda part: _terms(part, site)),
        **reader.together(_TARGETING, lambda part: _targeting(part, placements)),
        creatives=(FlightCreative(creative, reader.read("weight", cells.whole, 1)),),
    )


def _terms(reader: RowReader, site: Site) -> dict[str, Any]:
    """When, at what pace and for what price."""
    timezone = reader.read("timezone", cells.timezone, site.timezone)
    starts_at = reader.read("starts_at", _moment(timezone, end=False), None)
    ends_at = reader.read("ends_at", _moment(timezone, end=True), None)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        reader.fault("ends_at", "is not after starts_at")
    currency = reader.read("currency", cells.currency, site.currency)
    return {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "timezone": timezone,
        "cap_timezone": reader.read("cap_timezone", cells.timezone, timezone),
        "pacing": reader.read("pacing", cells.one_of("even", "front", "asap", "traffic"), "even"),
        "currency": currency,
        **_price(reader, currency),
        "frequency_cap": frequency_caps(reader, "frequency_cap"),
    }


@lru_cache(maxsize=64)
def _moment(timezone: str, *, end: bool) -> Callable[[str], int | None]:
    return lambda text: cells.moment(text, timezone, end=end)


def _price(reader: RowReader, currency: str) -> dict[str, Any]:
    """Tier, goal, price and caps, and what of them does not go together."""
    money = cells.money(currency)
    goals = {"budget": money, "share": cells.percentage}
    goal_type = reader.read("goal_type", cells.one_of("impressions", "views", "clicks", "budget", "share"), "")
    if goal_type and not reader.text_of("goal"):
        reader.fault("goal", "is required with goal_type")
    goal = reader.read("goal", goals.get(goal_type, cells.whole), None)
    model = reader.read("price_model", _PRICE_MODEL, "")
    price = reader.read("price", cells.price(currency), 0)
    unit = cap_unit(reader)
    cap = money if unit is Unit.MONEY else cells.whole
    terms = {
        "goal_type": (goal_type or "impressions") if goal is not None else None,
        "goal": goal,
        "price_model": PriceModel(model) if model else PriceModel.CPM if price else None,
        "price_micros": price,
        "auction": reader.read("auction", cells.one_of("first", "second"), "first"),
        "cap_unit": unit,
        "daily_cap": reader.read("daily_cap", cap, None),
        "lifetime_cap": reader.read("lifetime_cap", cap, None),
    }
    terms["tier"] = _tier(reader)
    _refuse_contradictions(reader, terms)
    if terms["auction"] == "second":
        _check_second_price(reader, terms)
    return terms


def _tier(reader: RowReader) -> Tier:
    given = reader.read("tier", _TIER, "")
    if given:
        return Tier(given)
    if not any(reader.text_of(column) for column in ("tier", "goal", "price")):
        reader.fault("tier", "is required where neither goal nor price is given")
    return Tier.STANDARD if reader.text_of("goal") else Tier.PRICE


def _refuse_contradictions(reader: RowReader, terms: dict[str, Any]) -> None:
    capped = [name for name in ("daily_cap", "lifetime_cap") if terms[name] is not None]
    if terms["tier"] is Tier.HOUSE:
        for name in [*capped, *(["goal"] if terms["goal"] is not None else [])]:
            reader.fault(name, "a house flight takes no goal or cap")
        if terms["price_micros"]:
            reader.fault("price", "a house flight has no price")
        if reader.text_of("frequency_cap"):
            reader.fault("frequency_cap", "the house's own ads are not counted per reader; leave it empty")
        return
    if terms["price_model"] is PriceModel.FLAT:
        in_money = (capped and terms["cap_unit"] is Unit.MONEY) or terms["goal_type"] == "budget"
        if in_money and not terms["price_micros"]:
            reader.fault("price", "is required for a cap or goal in money: the price of a day")
    elif not terms["price_micros"] and not any(fault.column == "price" for fault in reader.faults):
        reader.fault("price", "is required and must be above zero; for your own ads use the tier house")


def _check_second_price(reader: RowReader, terms: Mapping[str, Any]) -> None:
    if terms["tier"] is not Tier.PRICE or terms["price_model"] is PriceModel.FLAT:
        reader.fault("auction", "only flights of the tier price, by cpm, vcpm or cpc, are auctioned; leave it empty")
    elif terms["price_model"] is not PriceModel.CPC and terms["price_micros"] % WHOLE_EVENT_MICROS:
        reader.fault("price", "has at most three decimals with the auction second: whole millionths of an event")


def _targeting(reader: RowReader, placements: Collection[str]) -> dict[str, Any]:
    for placement in reader.items("placements", str):
        if placement not in placements:
            known = ", ".join(sorted(placements)[:_PLACEMENTS_NAMED])
            message = (
                f"there is no placement '{placement[:40]}'; known are {known}; `standfirst ads placement` makes others"
            )
            reader.fault("placements", message)
    hours = reader.items("hours", cells.hours)
    return {
        "placements": reader.items("placements", str),
        **{name: reader.items(name, _VALUES[name.removeprefix(EXCLUDE)]) for name in VALUE_COLUMNS},
        "keywords": reader.items("keywords", cells.plain),
        "exclude_keywords": reader.items("exclude_keywords", cells.plain),
        "days": tuple(sorted(reader.items("days", cells.day))),
        "hours": tuple(sorted({hour for some in hours for hour in some})),
        "labels": reader.items("labels", cells.plain),
        "exclude_labels": reader.items("exclude_labels", cells.plain),
        "suitability": _suitability(reader),
        **_together(reader),
    }


def _suitability(reader: RowReader) -> tuple[str, ...]:
    items = reader.items("suitability", suitability_item)
    if contradicts(items):
        reader.fault("suitability", "names two presets, or one topic twice")
    return items


def _together(reader: RowReader) -> dict[str, Any]:
    """What of the flight stands together on a page or not at all."""
    roadblock = reader.read("roadblock", cells.one_of("flight", "campaign"), "")
    companions = reader.items("companions", cells.size)
    if roadblock and companions:
        reader.fault("companions", "a roadblock has all slots that it can take; leave companions empty")
    if len(companions) == 1:
        reader.fault("companions", "names one size; name all that are shown together")
    return {"roadblock": roadblock, "companions": companions}


def _name(text: str) -> str:
    return cells.plain(text).casefold()


_VALUES: Mapping[str, Callable[[str], str]] = {
    "sections": _name,
    "tags": _name,
    "countries": country_code,
    "regions": cells.region,
    "devices": cells.one_of(*cells.DEVICES),
    "languages": cells.language,
    "key_values": cells.key_value,
    "similar_to": description,
}
