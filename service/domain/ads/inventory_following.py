"""Follows single changes of flights, without the snapshot of a large inventory being built anew."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from service.domain.ads.inventory import Flight, FlightStatus, Placement
from service.domain.ads.inventory_snapshot import InventorySnapshot, build_snapshot
from service.domain.ads.inventory_store import ChangedFlights
from service.domain.ads.plan.placement_columns import PlacementColumns, merged, taken
from service.domain.ads.plan.shortlist import PlacementFlights
from service.domain.ads.targeting.checklist import TargetedFlight
from service.domain.ads.targeting.numbered_flights import NumberedFlights
from service.domain.ports import Analyzer

FlightsByNumber = Mapping[int, TargetedFlight]


def followed(
    base: InventorySnapshot, changed: ChangedFlights, analyzers: Sequence[Analyzer] = ()
) -> InventorySnapshot | None:
    """Returns a snapshot with flights and placements as they are now, whose answers are those of one built anew.

    None where a share changed, whose lots depend on all others, or what a placement takes, which all its flights have
    to be asked for. Flights that were only paused, resumed or retired are taken out of the order of asking, beside the
    columns that all workers share; others get columns of this process's own.
    """
    flights = list(changed.inventory.flights.values())
    if any("share" in (flight.goal_type, _goal_type(base, flight)) for flight in flights):
        return None
    if any(_takes_others(base, placement) for placement in changed.placements.values()):
        return None
    if changed.alone and all(_only_stops(base, flight) for flight in flights):
        return _stopped(base, changed, flights)
    return _changed(base, changed, analyzers)


def _goal_type(base: InventorySnapshot, flight: Flight) -> str | None:
    before = base.flights.get(flight.number)
    return before.goal_type if before else None


def _takes_others(base: InventorySnapshot, placement: Placement) -> bool:
    """Whether a placement that there was takes other creatives now; a new one has no flights but changed ones."""
    before = base.placements.get(placement.id)
    fits_now = (placement.sizes, placement.formats)
    return before is not None and (before.placement.sizes, before.placement.formats) != fits_now


def _only_stops(base: InventorySnapshot, flight: Flight) -> bool:
    before = base.flights.get(flight.number)
    if before is None or before.status is not FlightStatus.ACTIVE:
        return False
    as_before = replace(
        flight, status=before.status, planned_from=before.planned_from, planned_after=before.planned_after
    )
    return as_before == before


def _stopped(base: InventorySnapshot, changed: ChangedFlights, flights: Sequence[Flight]) -> InventorySnapshot:
    by_number = {flight.number: flight for flight in flights}
    ready = {number: replace(base.flights_by_number[number], flight=one) for number, one in by_number.items()}
    stopped = np.array([n for n, one in by_number.items() if one.status is not FlightStatus.ACTIVE], np.int64)
    all_ready: FlightsByNumber = _over(ready, base.flights_by_number)
    return replace(
        base,
        version=changed.inventory.version,
        mark=changed.mark,
        base=base,
        placements={
            name: one.stopping(NumberedFlights(all_ready, one.columns.number), stopped)
            for name, one in base.placements.items()
        },
        flights_by_number=all_ready,
        flights=_over(by_number, base.flights),
        watched=base.watched.without(stopped),
    )


def _changed(base: InventorySnapshot, changed: ChangedFlights, analyzers: Sequence[Analyzer]) -> InventorySnapshot:
    placements = {**{name: one.placement for name, one in base.placements.items()}, **changed.placements}
    own = build_snapshot(replace(changed.inventory, placements=placements), *analyzers, exchange=base.exchange)
    all_ready: FlightsByNumber = _over(own.flights_by_number, base.flights_by_number)
    touched = np.array([*own.flights], np.int64)
    return replace(
        base,
        version=own.version,
        mark=changed.mark,
        base=base,
        placements={
            name: _replaced(base.placements.get(name), one, all_ready, touched) for name, one in own.placements.items()
        },
        advertisers={**base.advertisers, **own.advertisers},
        flights_by_number=all_ready,
        creatives_by_number=_over(own.creatives_by_number, base.creatives_by_number),
        flights=_over(own.flights, base.flights),
        watched=base.watched.without(touched).with_others(own.watched),
        descriptions=tuple(dict.fromkeys((*base.descriptions, *own.descriptions))),
    )


def _replaced(
    before: PlacementFlights | None, own: PlacementFlights, flights: FlightsByNumber, touched: np.ndarray[Any, Any]
) -> PlacementFlights:
    """The placement as it is now, and its flights with those that were touched as they are now."""
    columns = own.columns if before is None else _with_own(before.columns, own.columns, touched)
    return PlacementFlights(own.placement, NumberedFlights(flights, columns.number), columns)


def _with_own(before: PlacementColumns, own: PlacementColumns, touched: np.ndarray[Any, Any]) -> PlacementColumns:
    rows = np.flatnonzero(~np.isin(before.number, touched))
    kept = before if rows.size == before.number.size else taken(before, rows)
    return merged(kept, own) if own.number.size else kept


def _over(changed: Mapping[int, Any], base: Mapping[int, Any]) -> Mapping[int, Any]:
    return ChainMap(cast("dict[int, Any]", changed), cast("dict[int, Any]", base))
