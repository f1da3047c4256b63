"""Reads one entity by itself, in the sheet's words: the same cells, the same checks, without the rest of its row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightCreative,
    FlightStatus,
    Inventory,
    Kind,
    is_capped,
)
from service.domain.errors import Fault, InvalidInput
from service.domain.sheet.columns import COLUMNS
from service.domain.sheet.inventory_plan import contradictions
from service.domain.sheet.reading import cells
from service.domain.sheet.reading.cells import CellFault, SheetRow
from service.domain.sheet.reading.creatives import read_creative
from service.domain.sheet.reading.owners import read_owners
from service.domain.sheet.reading.row_reader import RowReader
from service.domain.sheet.reading.rows import read_flight, read_status
from service.domain.sheet.sheet import SheetEntities
from service.domain.sites.site import Site

_LIFE = cells.one_of("active", "killed")
_CAPS = ("daily_cap", "lifetime_cap", "frequency_cap")
_REQUIRED: Mapping[Kind, Sequence[str]] = {
    "advertisers": (),
    "campaigns": ("advertiser",),
    "flights": ("campaign", "placements"),
    "creatives": ("advertiser", "format"),
}


def _owner_columns(owner: str) -> dict[str, str]:
    return {"name": f"{owner}_name", "cap_unit": "cap_unit", **{name: f"{owner}_{name}" for name in _CAPS}}


_OF_FLIGHT = [
    name for name in COLUMNS[: COLUMNS.index("creative")] if not name.startswith(("advertiser_", "campaign_"))
]
_OF_CREATIVE = COLUMNS[COLUMNS.index("format") : COLUMNS.index("landing_url") + 1]
# The column that each field of an entity is, but for `creatives` of a flight and `status` of a creative.
COLUMN_OF: Mapping[Kind, Mapping[str, str]] = {
    "advertisers": {
        "currency": "currency", "advertiser_limit": "advertiser_limit", **_owner_columns("advertiser"),
    },
    "campaigns": {"advertiser": "advertiser", **_owner_columns("campaign")},
    "flights": {"name": "flight_name", **{name: name for name in _OF_FLIGHT if name != "flight"}},
    "creatives": {
        "advertiser": "advertiser", "name": "creative_name", "frequency_cap": "creative_frequency_cap",
        **{name: name for name in _OF_CREATIVE},
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntityFields:
    """What a caller says of one entity: texts by field, as a sheet's cells; a flight's creatives; a creative's life."""

    kind: Kind
    id: str
    texts: Mapping[str, str]
    creatives: Sequence[FlightCreative] = ()
    status: str = ""


def read_entity(asked: EntityFields, site: Site, inventory: Inventory, own_urls: Collection[str] = ()) -> Entity:
    """Returns the entity in the place of the one before, if any; `own_urls` are addresses of this service.

    Raises InvalidInput with every faulty field.
    """
    columns = COLUMN_OF[asked.kind]
    singular = asked.kind.removesuffix("s")
    given = {columns[field]: text for field, text in asked.texts.items()}
    if asked.kind == "flights":
        given = {"advertiser": _advertiser_of(inventory, given.get("campaign", "")), **_told(given)}
    elif asked.kind == "campaigns":
        given |= _currency_of(inventory, given.get("advertiser", ""))
    reader = RowReader(SheetRow(1, {**given, singular: asked.id}))
    for field in _REQUIRED[asked.kind]:
        if not reader.text_of(columns[field]):
            reader.fault(columns[field], "is required")
    entity = _read(reader, asked, site, inventory, own_urls)
    _check_owners(reader, entity, inventory)
    if reader.faults:
        fields = {column: field for field, column in columns.items()} | {singular: "id"}
        faults = dict.fromkeys(reader.faults)
        raise InvalidInput([Fault(fields.get(one.column, one.column), one.message) for one in faults])
    return entity


def _told(given: Mapping[str, str]) -> dict[str, str]:
    return {column: text for column, text in given.items() if text.strip()}


def _advertiser_of(inventory: Inventory, campaign: str) -> str:
    known = inventory.campaigns.get(campaign.strip())
    return known.advertiser if known else ""


def _currency_of(inventory: Inventory, advertiser: str) -> dict[str, str]:
    """What a campaign's caps are in: its advertiser's currency."""
    known = inventory.advertisers.get(advertiser.strip())
    return {"currency": known.currency} if known else {}


def _read(
    reader: RowReader, asked: EntityFields, site: Site, inventory: Inventory, own_urls: Collection[str]
) -> Entity:
    advertiser, campaign = read_owners(reader, site)
    match asked.kind:
        case "advertisers":
            return advertiser
        case "campaigns":
            return campaign
        case "flights":
            return _flight(reader, asked, read_flight(reader, site, inventory.placements, campaign, ""), inventory)
        case _:
            creative = read_creative(reader, site, advertiser.id, own_urls)
            return _living(reader, asked, creative, inventory.creatives.get(asked.id))


def _flight(reader: RowReader, asked: EntityFields, flight: Flight, inventory: Inventory) -> Flight:
    """The flight with its creatives, and with what is known of it: its status and from where it is planned."""
    for fault in _creative_faults(asked.creatives, flight, inventory):
        reader.fault("creatives", fault)
    before = inventory.flights.get(flight.id)
    status = read_status(reader) or (before.status if before else FlightStatus.ACTIVE)
    planned = (before.planned_from, before.planned_after) if before else (None, 0)
    return replace(
        flight, status=status, creatives=tuple(asked.creatives), planned_from=planned[0], planned_after=planned[1]
    )


def _creative_faults(links: Sequence[FlightCreative], flight: Flight, inventory: Inventory) -> Iterator[str]:
    ids = [link.id for link in links]
    if not ids:
        yield "names none; name at least one that is there"
    yield from (f"names '{one}' twice" for one in sorted({one for one in ids if ids.count(one) > 1}))
    for one in dict.fromkeys(ids):
        known = inventory.creatives.get(one)
        if known is None:
            yield f"there is no creative '{one}'; put it first"
        elif flight.advertiser not in ("", known.advertiser):
            yield f"the creative '{one}' belongs to the advertiser '{known.advertiser}'"


def _living(reader: RowReader, asked: EntityFields, creative: Creative, before: Creative | None) -> Creative:
    was_killed = before is not None and before.killed
    try:
        status = _LIFE(asked.status) if asked.status else ""
    except ValueError as error:
        reader.fault("status", str(error))
        return creative
    if was_killed and status == "active":
        reader.fault("status", "is killed for good; make another creative in its place")
    return replace(creative, killed=was_killed or status == "killed")


def _check_owners(reader: RowReader, entity: Entity, inventory: Inventory) -> None:
    """Notes an owner that is not there or another than before, and caps that count otherwise than their owners'."""
    alone = SheetEntities()
    match entity:
        case Advertiser():
            kind, alone.advertisers[entity.id] = "advertiser", entity
        case Campaign():
            kind, alone.campaigns[entity.id] = "campaign", entity
            _known(reader, "advertiser", entity.advertiser, inventory.advertisers)
        case Creative():
            kind, alone.creatives[entity.id] = "creative", entity
            _known(reader, "advertiser", entity.advertiser, inventory.advertisers)
        case _:
            flight = cast("Flight", entity)
            kind, alone.flights[flight.id] = "flight", flight
            _known(reader, "campaign", flight.campaign, inventory.campaigns)
            _check_flight(reader, flight, inventory)
    alone.lines[kind][entity.id] = 1
    reader.faults += contradictions(inventory, alone)


def _known(reader: RowReader, column: str, owner: str, there: Collection[str]) -> None:
    if owner and owner not in there:
        reader.fault(column, f"there is no {column} '{owner}'; put it first")


def _check_flight(reader: RowReader, flight: Flight, inventory: Inventory) -> None:
    campaign = inventory.campaigns.get(flight.campaign)
    if campaign is None:
        return
    if flight.advertiser != campaign.advertiser:
        reader.fault("advertiser", f"the campaign '{campaign.id}' belongs to the advertiser '{campaign.advertiser}'")
    advertiser = inventory.advertisers[campaign.advertiser]
    if flight.currency != advertiser.currency:
        reader.fault("currency", f"the advertiser '{advertiser.id}' pays in {advertiser.currency}")
    for kind, owner in (("campaign", campaign), ("advertiser", advertiser)):
        if is_capped(owner) and owner.cap_unit is not flight.cap_unit:
            message = f"the caps of the {kind} '{owner.id}' count {owner.cap_unit}; caps of its flights count the same"
            reader.faults.append(CellFault(1, "cap_unit", message))
