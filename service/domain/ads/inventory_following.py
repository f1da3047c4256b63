"""Follows flights that are paused or resumed, without the snapshot of a large inventory being built anew."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from service.domain.ads.inventory import (
    Flight,
    FlightStatus,
)
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.inventory_store import (
    ChangedFlights,
)
from service.domain.ads.targeting.checklist import TargetedFlight
from service.domain.ads.targeting.numbered_flights import NumberedFlights

# Flights that are held as objects beside a snapshot, some 2 kB each: more are a matter for a new one.
MOST_FOLLOWED = 1_000


def followed(base: InventorySnapshot, changed: ChangedFlights) -> InventorySnapshot | None:
    """Returns a snapshot with flights as they are now; None where more of them changed than that they run or not.

    Its answers are those of a snapshot that is built anew. The lots of a share depend on which others run, and who was
    not running has no place in the columns: both are for a new one.
    """
    if len(changed.flights) > MOST_FOLLOWED or not all(_only_stops(base, flight) for flight in changed.flights):
        return None
    flights = {flight.number: flight for flight in changed.flights}
    ready = {number: replace(base.flights_by_number[number], flight=one) for number, one in flights.items()}
    stopped = np.array([n for n, one in flights.items() if one.status is not FlightStatus.ACTIVE], np.int64)
    by_number: Mapping[int, TargetedFlight] = _over(ready, base.flights_by_number)
    placements = {
        name: one.stopping(NumberedFlights(by_number, one.columns.number), stopped)
        for name, one in base.placements.items()
    }
    return replace(
        base,
        version=changed.version,
        mark=changed.mark,
        base=base,
        placements=placements,
        flights_by_number=by_number,
        flights=_over(flights, base.flights),
        watched=base.watched.without(stopped),
    )


def _only_stops(base: InventorySnapshot, flight: Flight) -> bool:
    before = base.flights.get(flight.number)
    if before is None or before.status is not FlightStatus.ACTIVE or before.goal_type == "share":
        return False
    as_before = replace(
        flight, status=before.status, planned_from=before.planned_from, planned_after=before.planned_after
    )
    return as_before == before


def _over(changed: Mapping[int, Any], base: Mapping[int, Any]) -> Mapping[int, Any]:
    return ChainMap(cast("dict[int, Any]", changed), cast("dict[int, Any]", base))
