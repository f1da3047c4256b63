"""A site's inventory as a worker holds it: immutable, indexed for the page request, replaced by one reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

import numpy as np

from service.domain.ads.inventory import Advertiser, Campaign, Creative, Flight, Inventory, Kind, Placement, Tier
from service.domain.ads.pacing.watched import NOBODY, Watched, watched_of
from service.domain.ads.plan.asking_order import NO_DEMAND, Demand
from service.domain.ads.plan.placement_columns import columns_of, taken
from service.domain.ads.plan.shortlist import PlacementFlights
from service.domain.ads.reader.frequency import Capped, reader_caps
from service.domain.ads.targeting.checklist import TargetedFlight, dropped_by, fits, targeted
from service.domain.ads.targeting.flight_table import FlightTable, Rows, descriptions_in, table_of
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.money.exchange import OWN_CURRENCY, Exchange
from service.domain.ports import Analyzer

NumbersOf = Callable[[Kind, int], Iterable[int]]
"""Returns the numbers of the flights of a campaign, an advertiser or a creative of this number."""


def _of_nobody(_: Kind, __: int) -> tuple[int, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class InventorySnapshot:
    """One version of a site's inventory: flights by placement, and entities by the numbers that tokens carry.

    `known` is False before the inventory was read for the first time; `flights` are as they were
    loaded, `watched` those that are looked at in the ledger, `descriptions` what active ones are similar_to, `exchange`
    the rates by which auctions compare them. `mark` is that of the inventory, empty where it cannot be followed; `base`
    is the snapshot that this one follows. `numbers_of` tells the flights of a campaign, an advertiser or a creative.
    """

    version: int = 0
    known: bool = False
    placements: Mapping[str, PlacementFlights] = field(default_factory=dict)
    advertisers: Mapping[str, Advertiser] = field(default_factory=dict)
    flights_by_number: Mapping[int, TargetedFlight] = field(default_factory=dict)
    creatives_by_number: Mapping[int, Creative] = field(default_factory=dict)
    flights: Mapping[int, Flight] = field(default_factory=dict)
    watched: Watched = NOBODY
    descriptions: tuple[str, ...] = ()
    exchange: Exchange = OWN_CURRENCY
    mark: str = ""
    base: InventorySnapshot | None = None
    numbers_of: NumbersOf = _of_nobody

    def ids_of(self, kind: Kind, number: int) -> list[str]:
        """Returns the ids of its flights of a campaign, an advertiser or a creative."""
        return [self.flights[one].id for one in self.numbers_of(kind, number)]

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


def build_snapshot(inventory: Inventory, *analyzers: Analyzer, exchange: Exchange = OWN_CURRENCY) -> InventorySnapshot:
    """Returns the snapshot of an inventory, its keywords analysed as the pages of the site's languages are.

    `exchange` has the site's rates, by which auctions compare flights of several currencies.
    """
    analyzers = tuple(map(cache, analyzers))  # flights share their keywords
    flights = sorted(inventory.flights.values(), key=lambda flight: flight.number)
    table = table_of(candidates := [_candidate(flight, inventory, analyzers, exchange) for flight in flights])
    columns = columns_of(table, exchange)
    begins = columns.lots_from.tolist()
    candidates = [replace(one, share_from=at) if at else one for one, at in zip(candidates, begins, strict=True)]
    placements = {}
    for placement in inventory.placements.values():
        rows = rows_in(table, placement, exchange)
        of_rows = tuple(candidates[row] for row in rows.tolist())
        placements[placement.id] = PlacementFlights(placement, of_rows, taken(columns, rows))
    return InventorySnapshot(
        inventory.version,
        True,
        placements,
        inventory.advertisers,
        {candidate.flight.number: candidate for candidate in candidates},
        {creative.number: creative for creative in inventory.creatives.values()},
        {flight.number: flight for flight in flights},
        watched_of(table),
        descriptions_in(table),
        exchange,
    )


def rows_in(table: FlightTable, placement: Placement, exchange: Exchange) -> Rows:
    """Returns the flights that may ever run in a placement: active ones that name it, with a creative that fits.

    Auctioned ones need a rate of their currency too.
    """
    named = table["placements"].array(bool, lambda names: placement.id in names)
    fitting = table["shapes"].array(bool, lambda shapes: any(fits(shape, placement) for shape in shapes))
    auctioned = table["tier"].array(bool, lambda tier: tier is Tier.PRICE)
    has_rate = table["currency"].array(bool, lambda currency: exchange.rate(currency) > 0)
    return np.flatnonzero(table.active() & named & fitting & (has_rate | ~auctioned))


def _candidate(
    flight: Flight, inventory: Inventory, analyzers: Sequence[Analyzer], exchange: Exchange
) -> TargetedFlight:
    owners = inventory.campaigns.get(flight.campaign), inventory.advertisers.get(flight.advertiser)
    return ready(flight, inventory.creatives, *owners, analyzers, exchange)


def ready(
    flight: Flight,
    creatives: Mapping[str, Creative],
    campaign: Campaign | None,
    advertiser: Advertiser | None,
    analyzers: Sequence[Analyzer],
    exchange: Exchange,
) -> TargetedFlight:
    """Returns a flight ready to be asked, with what its owners ask for; its lots are given where all flights meet."""
    return replace(
        targeted(flight, creatives, *analyzers),
        campaign=campaign.number if campaign else 0,
        advertiser=advertiser.number if advertiser else 0,
        page_limit=(advertiser.page_limit or 0) if advertiser else 0,
        caps=(
            *reader_caps(Capped.FLIGHT, flight.frequency_cap),
            *reader_caps(Capped.CAMPAIGN, campaign.frequency_cap if campaign else ()),
            *reader_caps(Capped.ADVERTISER, advertiser.frequency_cap if advertiser else ()),
        ),
        rate=exchange.rate(flight.currency),
    )


def explain(
    snapshot: InventorySnapshot, placement: Placement, facts: SlotFacts, numbers: Iterable[int] | None = None
) -> dict[str, str | None]:
    """Returns, by flight id, the predicate that drops each flight from a slot, or None where it is eligible.

    `numbers` are those of the flights that it is told of; None is all of them.
    """
    measured, flights = snapshot.placements[placement.id].measured, snapshot.flights_by_number
    candidates = ((number, flights[number]) for number in (flights if numbers is None else numbers))
    return {
        candidate.flight.id: dropped_by(candidate, placement, facts, measured.ecpm_of(number))
        for number, candidate in candidates
    }
