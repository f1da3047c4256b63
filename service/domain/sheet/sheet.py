"""A whole inventory sheet: its rows put together to entities, and what of them contradicts each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
)
from service.domain.sheet.cells import CellFault, SheetRow
from service.domain.sheet.rows import RowEntities, read_row
from service.domain.site import Site

E = TypeVar("E", Advertiser, Campaign, Flight, Creative)
_COLUMN_OF = {
    "price_micros": "price", "advertiser": "advertiser", "campaign": "campaign", "page_limit": "advertiser_limit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetEntities:
    """What a sheet says, by id; `statuses` holds those flights whose status it gives."""

    advertisers: dict[str, Advertiser] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    flights: dict[str, Flight] = field(default_factory=dict)
    creatives: dict[str, Creative] = field(default_factory=dict)
    statuses: dict[str, FlightStatus] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)


def read_sheet(
    rows: Iterable[SheetRow], site: Site, placements: Collection[str], own_urls: Collection[str] = ()
) -> tuple[SheetEntities, list[CellFault]]:
    """Returns the entities of all rows and every fault; with faults the entities are not to be used."""
    sheet, faults = SheetEntities(), []
    for row in rows:
        read, row_faults = read_row(row, site, placements, own_urls)
        faults += row_faults
        if read is not None:
            faults += _add(sheet, read)
    return sheet, faults


def _add(sheet: SheetEntities, row: RowEntities) -> list[CellFault]:
    faults = [
        *_merge(sheet, sheet.advertisers, row.advertiser, "advertiser", row.line),
        *_merge(sheet, sheet.campaigns, row.campaign, "campaign", row.line),
        *_merge(sheet, sheet.creatives, row.creative, "creative", row.line),
    ]
    known = sheet.flights.get(row.flight.id)
    links = known.creatives if known else ()
    faults += _merge(sheet, sheet.flights, replace(row.flight, creatives=links), "flight", row.line)
    faults += _status(sheet, row)
    if any(link.id == row.creative.id for link in links):
        first = sheet.lines["link", f"{row.flight.id} {row.creative.id}"]
        faults.append(CellFault(row.line, "creative", f"stands in this flight already on line {first}"))
    if faults:
        return faults
    sheet.lines["link", f"{row.flight.id} {row.creative.id}"] = row.line
    links = (*links, FlightCreative(row.creative.id, row.weight))
    sheet.flights[row.flight.id] = replace(row.flight, creatives=links)
    return []


def _merge(sheet: SheetEntities, known: dict[str, E], entity: E, kind: str, line: int) -> list[CellFault]:
    """Adds an entity, or says where it differs from the line that named it first."""
    before = known.setdefault(entity.id, entity)
    first = sheet.lines.setdefault((kind, entity.id), line)
    return [
        CellFault(line, _column(kind, name), f"differs from line {first} for the same {kind} '{entity.id}'")
        for name in _differences(before, entity)
    ]


def _status(sheet: SheetEntities, row: RowEntities) -> list[CellFault]:
    if row.status is None:
        return []
    if sheet.statuses.setdefault(row.flight.id, row.status) is row.status:
        return []
    first = sheet.lines["flight", row.flight.id]
    return [CellFault(row.line, "status", f"differs from line {first} for the same flight '{row.flight.id}'")]


def _differences(before: E, after: E) -> Sequence[str]:
    return [one.name for one in fields(after) if getattr(before, one.name) != getattr(after, one.name)]


def _column(kind: str, name: str) -> str:
    if name == "name" or (kind in ("campaign", "advertiser") and name in ("daily_cap", "lifetime_cap")):
        return f"{kind}_{name}"
    return _COLUMN_OF.get(name, name)
