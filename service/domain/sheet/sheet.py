"""A whole inventory sheet: its rows put together to entities, and what of them contradicts each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightStatus,
)
from service.domain.sheet.reading.cells import CellFault, SheetRow
from service.domain.sheet.reading.row_reader import KnownCells
from service.domain.sheet.reading.rows import RowEntities, read_row
from service.domain.sites.site import Site

E = TypeVar("E", Advertiser, Campaign, Flight, Creative)
_COLUMN_OF = {
    "price_micros": "price", "advertiser": "advertiser", "campaign": "campaign", "page_limit": "advertiser_limit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetEntities:
    """What a sheet says, by id; `statuses` holds those flights whose status it gives.

    `lines` are those that name an entity first, by kind; `link_lines` those of a flight's further creatives.
    """

    advertisers: dict[str, Advertiser] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    flights: dict[str, Flight] = field(default_factory=dict)
    creatives: dict[str, Creative] = field(default_factory=dict)
    statuses: dict[str, FlightStatus] = field(default_factory=dict)
    lines: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    link_lines: dict[tuple[str, str], int] = field(default_factory=dict)

    def line(self, kind: str, entity_id: str) -> int:
        """Returns the line that names an entity first."""
        return self.lines[kind][entity_id]


def read_sheet(
    lines: Iterable[SheetRow | CellFault], site: Site, placements: Collection[str], own_urls: Collection[str] = ()
) -> tuple[SheetEntities, list[CellFault]]:
    """Returns the entities of all rows and every fault; with faults the entities are not to be used.

    `lines` are read once: rows, and faults of the sheet's form where it has some.
    """
    sheet, faults, known = SheetEntities(), [], KnownCells()
    for line in lines:
        if isinstance(line, CellFault):
            faults.append(line)
            continue
        read, row_faults = read_row(line, site, placements, own_urls, known)
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
    is_new = row.flight.id not in sheet.flights
    faults += _merge(sheet, sheet.flights, row.flight, "flight", row.line)
    faults += _status(sheet, row)
    return faults if is_new else [*faults, *_link(sheet, row, usable=not faults)]


def _link(sheet: SheetEntities, row: RowEntities, *, usable: bool) -> list[CellFault]:
    """Adds a further creative to a flight, unless it has it already; its first came with it."""
    flight = sheet.flights[row.flight.id]
    if any(link.id == row.creative.id for link in flight.creatives):
        first = sheet.link_lines.get((flight.id, row.creative.id)) or sheet.line("flight", flight.id)
        return [CellFault(row.line, "creative", f"stands in this flight already on line {first}")]
    if usable:
        sheet.link_lines[flight.id, row.creative.id] = row.line
        sheet.flights[flight.id] = replace(flight, creatives=(*flight.creatives, *row.flight.creatives))
    return []


def _merge(sheet: SheetEntities, known: dict[str, E], entity: E, kind: str, line: int) -> list[CellFault]:
    """Adds an entity, or says where it differs from the line that named it first."""
    before = known.setdefault(entity.id, entity)
    if before is entity:
        sheet.lines[kind][entity.id] = line
        return []
    first = sheet.line(kind, entity.id)
    return [
        CellFault(line, _column(kind, name), f"differs from line {first} for the same {kind} '{entity.id}'")
        for name in _differences(before, entity)
    ]


def _status(sheet: SheetEntities, row: RowEntities) -> list[CellFault]:
    if row.status is None:
        return []
    if sheet.statuses.setdefault(row.flight.id, row.status) is row.status:
        return []
    first = sheet.line("flight", row.flight.id)
    return [CellFault(row.line, "status", f"differs from line {first} for the same flight '{row.flight.id}'")]


def _differences(before: E, after: E) -> Sequence[str]:
    if before == after:
        return ()
    names = (one.name for one in fields(after) if one.name != "creatives")
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _column(kind: str, name: str) -> str:
    if name == "name" or (kind != "flight" and name in ("daily_cap", "lifetime_cap", "frequency_cap")):
        return f"{kind}_{name}"
    return _COLUMN_OF.get(name, name)
