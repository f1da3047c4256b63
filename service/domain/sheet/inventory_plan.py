"""The difference that a sheet would make to an inventory: what is new, changed, the same, and retired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightStatus,
    Inventory,
    is_capped,
    kind_of,
)
from service.domain.ads.pacing.line import has_target
from service.domain.ads.targeting.checklist import targeted
from service.domain.sheet.export import cell_texts
from service.domain.sheet.reading.cells import CellFault
from service.domain.sheet.sheet import SheetEntities


@dataclass(frozen=True, slots=True)
class Difference:
    """What loading a sheet does: entities to write, and the summary that people read."""

    put: list[Entity]
    summary: Mapping[str, list[dict[str, Any]]]
    warnings: tuple[str, ...]


def difference(inventory: Inventory, sheet: SheetEntities, retire_missing: str | None = None) -> Difference:
    """Returns what the sheet changes; what it does not name stays, but for flights of `retire_missing`."""
    wanted = _wanted(inventory, sheet)
    advertisers = {**inventory.advertisers, **sheet.advertisers}

    def currency_of(entity: Entity) -> str:
        owner = entity.id if isinstance(entity, Advertiser) else getattr(entity, "advertiser", "")
        return advertisers[owner].currency

    retired = _retired(inventory, sheet, retire_missing) if retire_missing else []
    create: list[dict[str, Any]] = []
    update: list[dict[str, Any]] = []
    unchanged: list[dict[str, Any]] = []
    put: list[Entity] = []
    for entity in wanted:
        row = {"kind": kind_of(entity).removesuffix("s"), "id": entity.id}
        known = inventory.of_kind(kind_of(entity)).get(entity.id)
        changed = _changed(known, entity, currency_of(entity)) if known is not None else {}
        if known is None:
            create.append(row)
        elif changed:
            update.append({**row, **changed})
        else:
            unchanged.append(row)
            continue
        put.append(entity)
    retire: list[dict[str, Any]] = [{"kind": "flight", "id": flight.id} for flight in retired]
    summary = {"create": create, "update": update, "unchanged": unchanged, "retire": retire}
    return Difference([*put, *retired], summary, tuple(_warnings(inventory, wanted)))


def contradictions(inventory: Inventory, sheet: SheetEntities) -> list[CellFault]:
    """Returns the faults of a sheet that moves what belongs to one advertiser or campaign to another."""
    faults = []
    for kind, owner in (("campaigns", "advertiser"), ("flights", "campaign"), ("creatives", "advertiser")):
        known: Mapping[str, Entity] = inventory.of_kind(kind)  # type: ignore[arg-type]
        for entity in getattr(sheet, kind).values():
            before = known.get(entity.id)
            if before is not None and getattr(before, owner) != getattr(entity, owner):
                name = kind.removesuffix("s")
                message = f"the {name} '{entity.id}' belongs to the {owner} '{getattr(before, owner)}'"
                faults.append(CellFault(sheet.line(name, entity.id), owner, message))
    for advertiser in sheet.advertisers.values():
        known_one = inventory.advertisers.get(advertiser.id)
        if known_one is not None and known_one.currency != advertiser.currency:
            message = f"the advertiser '{advertiser.id}' pays in {known_one.currency}"
            faults.append(CellFault(sheet.line("advertiser", advertiser.id), "currency", message))
    return [*faults, *_units(inventory, sheet)]


def _units(inventory: Inventory, sheet: SheetEntities) -> Iterable[CellFault]:
    """A sheet has one cap_unit for a flight and its owners' caps, so flights that it does not name must have it too."""
    for flight in inventory.flights.values():
        if flight.id in sheet.flights:
            continue
        for kind, owner in (
            ("campaign", sheet.campaigns.get(flight.campaign)),
            ("advertiser", sheet.advertisers.get(flight.advertiser)),
        ):
            if owner is not None and is_capped(owner) and owner.cap_unit is not flight.cap_unit:
                message = (
                    f"the caps of the {kind} '{owner.id}' must count {flight.cap_unit}, as its flight '{flight.id}'"
                )
                yield CellFault(sheet.line(kind, owner.id), "cap_unit", message)


def _wanted(inventory: Inventory, sheet: SheetEntities) -> list[Entity]:
    """The sheet's entities with what it leaves alone: a flight's status and other creatives, a creative's kill."""
    known = inventory.creatives
    creatives = [
        replace(creative, killed=known[creative.id].killed) if creative.id in known else creative
        for creative in sheet.creatives.values()
    ]
    flights = [_flight(inventory.flights.get(flight.id), flight, sheet) for flight in sheet.flights.values()]
    return [*sheet.advertisers.values(), *sheet.campaigns.values(), *flights, *creatives]


def _flight(before: Flight | None, flight: Flight, sheet: SheetEntities) -> Flight:
    """The sheet's flight with what is known of it: its status, its other creatives, and from where it is planned."""
    status = sheet.statuses.get(flight.id) or (before.status if before else FlightStatus.ACTIVE)
    if before is None and status is flight.status:
        return flight
    weights = {link.id: link for link in flight.creatives}
    kept = [weights.pop(link.id, link) for link in before.creatives] if before else []
    if before is not None:
        flight = replace(flight, planned_from=before.planned_from, planned_after=before.planned_after)
    return replace(flight, status=status, creatives=(*kept, *weights.values()))


def _retired(inventory: Inventory, sheet: SheetEntities, advertiser: str) -> list[Flight]:
    return [
        replace(flight, status=FlightStatus.RETIRED)
        for flight in inventory.flights.values()
        if flight.advertiser == advertiser
        and flight.id not in sheet.flights
        and flight.status is not FlightStatus.RETIRED
    ]


def _changed(before: Entity, after: Entity, currency: str) -> dict[str, Any]:
    """Which fields differ, and what a sheet's cells said and say of those that have a cell; empty where none does."""
    differ = [one.name for one in fields(after) if getattr(before, one.name) != getattr(after, one.name)]
    names = [name.removesuffix("_micros") for name in differ if name != "number"]
    if not names:
        return {}
    old, new = cell_texts(before, currency), cell_texts(after, currency)
    told = [name for name in names if old.get(name) != new.get(name)]
    return {"changed": names, "before": {name: old[name] for name in told}, "after": {name: new[name] for name in told}}


def _warnings(inventory: Inventory, wanted: Iterable[Entity]) -> Iterable[str]:
    flights = [entity for entity in wanted if isinstance(entity, Flight)]
    endless = sum(None in (one.starts_at, one.ends_at) and has_target(one) for one in flights)
    if endless:
        yield f"pacing: flights without a start or an end to be spread between, as fast as possible: {endless}"
    yield from _lifted_caps(inventory, wanted)
    creatives = {**inventory.creatives, **{entity.id: entity for entity in wanted if isinstance(entity, Creative)}}
    for flight in flights:
        candidate = targeted(flight, creatives)
        placements = [inventory.placements[name] for name in flight.placements if name in inventory.placements]
        misfits = [placement.id for placement in placements if not candidate.fitting(placement)]
        if misfits and len(misfits) == len(placements):
            yield f"flight {flight.id}: no placement can serve it: none of its creatives has a size and format of one"
            continue
        for name in misfits:
            yield (f"flight {flight.id}: none of its creatives has a size and format of the placement {name}")


def _lifted_caps(inventory: Inventory, wanted: Iterable[Entity]) -> Iterable[str]:
    for entity in wanted:
        if isinstance(entity, Advertiser | Campaign | Flight):
            before = inventory.of_kind(kind_of(entity)).get(entity.id)
            lifted = [
                name
                for name in ("daily_cap", "lifetime_cap")
                if getattr(before, name, None) and not getattr(entity, name)
            ]
            if lifted:
                yield f"{kind_of(entity).removesuffix('s')} {entity.id}: the sheet lifts its {' and '.join(lifted)}"
