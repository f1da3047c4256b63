"""A site's inventory as a worker holds it: immutable, indexed for the page request, replaced by one reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

import numpy as np

from service.domain.ads.inventory import Advertiser, Creative, Flight, FlightStatus, Inventory, Placement
from service.domain.ads.plan.asking_order import NO_DEMAND, Demand
from service.domain.ads.plan.shortlist import PlacementFlights
from service.domain.ads.reader.frequency import Capped, reader_caps
from service.domain.ads.targeting.checklist import CHECKLIST, LOTS, Case, TargetedFlight, dropped_by, targeted
from service.domain.ads.targeting.placement_columns import PlacementColumns, columns_of, taken
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.ports import Analyzer

# Dropped for good by one of these, a flight is not kept in its placement's list at all.
_STANDING = ("status", "placement", "creative")
_AT_ANY_TIME = SlotFacts(0)


@dataclass(frozen=True, slots=True)
class InventorySnapshot:
    """One version of a site's inventory: flights by placement, and entities by the numbers that tokens carry.

    `known` is False before the inventory was read for the first time.
    """

    version: int = 0
    known: bool = False
    placements: Mapping[str, PlacementFlights] = field(default_factory=dict)
    advertisers: Mapping[str, Advertiser] = field(default_factory=dict)
    flights_by_number: Mapping[int, TargetedFlight] = field(default_factory=dict)
    creatives_by_number: Mapping[int, Creative] = field(default_factory=dict)

    def take_up(self, demand: Demand) -> None:
        """Has every slot ask flights by what they want now, and not ask those that pacing gives nothing for now."""
        for placement in self.placements.values():
            placement.take_up(demand)

    def follow(self, before: InventorySnapshot) -> None:
        """Goes on from what the snapshot before this one knew of its flights."""
        self.take_up(next((one.demand for one in before.placements.values()), NO_DEMAND))


class SnapshotFiles(Protocol):
    """Shares snapshots among the processes of a host, by the mark of their inventory."""

    def bring(self, site_id: str, mark: str) -> InventorySnapshot | None:
        """Returns the snapshot, built if nobody has; None where there is no way to it."""

    def keep(self, site_id: str, mark: str, snapshot: InventorySnapshot) -> None:
        """Writes a snapshot. Raises OSError."""


def build_snapshot(inventory: Inventory, *analyzers: Analyzer) -> InventorySnapshot:
    """Returns the snapshot of an inventory, its keywords analysed as the pages of the site's languages are."""
    analyzers = tuple(map(cache, analyzers))  # flights share their keywords
    candidates = _shared_out([_candidate(flight, inventory, analyzers) for flight in inventory.flights.values()])
    active = [candidate for candidate in candidates if candidate.flight.status is FlightStatus.ACTIVE]
    columns = columns_of(active)
    return InventorySnapshot(
        inventory.version,
        True,
        {one.id: _placement_flights(one, active, columns) for one in inventory.placements.values()},
        inventory.advertisers,
        {candidate.flight.number: candidate for candidate in candidates},
        {creative.number: creative for creative in inventory.creatives.values()},
    )


def _candidate(flight: Flight, inventory: Inventory, analyzers: Sequence[Analyzer]) -> TargetedFlight:
    campaign, advertiser = inventory.campaigns.get(flight.campaign), inventory.advertisers.get(flight.advertiser)
    return replace(
        targeted(flight, inventory.creatives, *analyzers),
        campaign=campaign.number if campaign else 0,
        advertiser=advertiser.number if advertiser else 0,
        page_limit=(advertiser.page_limit or 0) if advertiser else 0,
        caps=(
            *reader_caps(Capped.FLIGHT, flight.frequency_cap),
            *reader_caps(Capped.CAMPAIGN, campaign.frequency_cap if campaign else ()),
            *reader_caps(Capped.ADVERTISER, advertiser.frequency_cap if advertiser else ()),
        ),
    )


def _shared_out(candidates: list[TargetedFlight]) -> list[TargetedFlight]:
    """Gives flights with shares their lots, side by side: those of the same placements meet only past a hundred."""
    sharing = [one for one in candidates if one.share is not None and one.flight.status is FlightStatus.ACTIVE]
    begins, lot = {}, 0
    for one in sorted(sharing, key=lambda one: (sorted(one.flight.placements), one.flight.number)):
        begins[one.flight.id] = lot % LOTS
        lot += one.share or 0
    return [replace(one, share_from=begins[one.flight.id]) if one.flight.id in begins else one for one in candidates]


def _placement_flights(
    placement: Placement, candidates: list[TargetedFlight], columns: PlacementColumns
) -> PlacementFlights:
    """The flights of a placement; `columns` are those of all candidates."""
    rows = [row for row, candidate in enumerate(candidates) if _may_ever_run(candidate, placement)]
    flights = tuple(candidates[row] for row in rows)
    return PlacementFlights(placement, flights, taken(columns, np.array(rows, np.int64)))


def _may_ever_run(candidate: TargetedFlight, placement: Placement) -> bool:
    case = Case(candidate, placement, _AT_ANY_TIME)
    return all(CHECKLIST[name](case) for name in _STANDING)


def explain(snapshot: InventorySnapshot, placement: Placement, facts: SlotFacts) -> dict[str, str | None]:
    """Returns, by flight id, the predicate that drops each flight from a slot, or None where it is eligible."""
    measured = snapshot.placements[placement.id].demand.ecpm_micros
    return {
        candidate.flight.id: dropped_by(candidate, placement, facts, measured.get(number))
        for number, candidate in snapshot.flights_by_number.items()
    }
