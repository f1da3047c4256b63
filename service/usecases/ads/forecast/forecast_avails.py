"""Forecasts what a draft flight may have: slots by its hours and targeting, less what other flights will take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.forecast.contention import Avails, avails, goes_before, needs, span
from service.domain.ads.forecast.demand import Audience, DemandCounter
from service.domain.ads.forecast.supply import Supply
from service.domain.ads.forecast.traffic import Estimate, Traffic
from service.domain.ads.inventory import Flight, FlightStatus
from service.domain.ads.plan.asking_order import TIERS
from service.domain.ads.plan.placement_columns import PlacementColumns
from service.domain.ads.targeting.checklist import local_time, targeted
from service.domain.durations import DAY_S
from service.domain.errors import Conflict, Fault, InvalidInput
from service.domain.ports import Clock, LearntStore
from service.domain.sheet.reading.cells import CellFault, SheetRow, cell_fault
from service.domain.sheet.sheet import SheetEntities, read_sheet
from service.domain.sites.site import Site
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots

# Days of which audiences are read: two whole weeks.
AUDIENCE_DAYS = 14
STANDINGS_AT_ONCE = 2_000
MOST_LOOKED_AT = 20_000
"""Flights before a draft that are looked at: most of a second. Of more a part stands for all."""

NOTHING_LEARNT = (
    "Nothing is learnt of this site's traffic yet: `standfirst worker` does so when an hour of page calls is over."
)
DRAFT = "draft"
GOLDEN = np.uint64(2_654_435_769)
"""2 ** 32 by the golden ratio."""
Numbers = npt.NDArray[np.uint32]
# What a draft need not say: nothing of a forecast depends on it, and without a creative every size and format fits.
_DRAFT_CELLS = {
    "advertiser": DRAFT, "campaign": DRAFT, "flight": DRAFT, "creative": DRAFT, "format": "native", "headline": DRAFT,
    "landing_url": "https://draft.example/",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a draft may have, and what of the site's traffic was seen: weeks, until an hour since 1970."""

    avails: Avails
    weeks: float
    until_hour: int

    def to_json(self) -> dict[str, Any]:
        """Returns the forecast in the contract's fields."""
        found = self.avails
        return {
            "flight_id": found.flight.id,
            "starts_at": local_time(int(found.begins_at), found.flight.timezone).isoformat(),
            "ends_at": local_time(int(found.ends_at), found.flight.timezone).isoformat(),
            "slots": _estimate(found.slots),
            "booked": round(found.booked),
            "available": _estimate(found.available),
            "needed": None if found.goal is None else round(found.goal),
            "contenders": [
                {
                    "flight_id": one.flight.id,
                    "campaign_id": one.flight.campaign,
                    "advertiser_id": one.flight.advertiser,
                    "tier": str(one.flight.tier),
                    "slots": round(one.slots),
                    "takes": round(one.takes),
                }
                for one in found.contenders
            ],
            "contenders_left_off": found.more_contenders,
            "looked_at_ratio": round(found.looked_at_ratio, 4),
            "not_counted": list(found.not_counted),
            "weeks_seen": round(self.weeks, 2),
        }


class ForecastSupply:
    """Reads what was learnt of a site's traffic and audiences."""

    def __init__(self, demand: DemandCounter, traffic: LearntStore[Traffic | None], clock: Clock) -> None:
        self._demand = demand
        self._traffic = traffic
        self._clock = clock

    def of(self, site_id: str, flights: Sequence[Flight]) -> tuple[Traffic, Supply, float] | None:
        """Returns the traffic, its slots until the last of these flights ends, and now; None if nothing is learnt.

        Raises StoreUnavailable.
        """
        now, traffic = self._clock(), self._traffic.read(site_id)
        if traffic is None:
            return None
        today = int(now // DAY_S)
        audiences: Counter[Audience] = Counter()
        for of_day in self._demand.days(site_id, range(today - AUDIENCE_DAYS, today + 1)):
            audiences.update(of_day)
        until = max((span(flight, now)[1] for flight in flights), default=now)
        return traffic, Supply(traffic, audiences, now, until), now


class ForecastAvails:
    """Answers what drafts may have; it changes nothing."""

    def __init__(self, snapshots: InventorySnapshots, ledger: Ledger, supply: ForecastSupply) -> None:
        self._snapshots = snapshots
        self._ledger = ledger
        self._supply = supply

    def of_rows(
        self,
        site: Site,
        rows: Sequence[SheetRow],
        faults: Sequence[CellFault] = (),
        told: Callable[[CellFault], Fault] = cell_fault,
    ) -> list[Forecast]:
        """Returns the forecast of each flight that rows of a sheet describe; a draft need not have ids or a creative.

        `told` says where a fault of a cell stands for the caller.
        Raises InvalidInput with every faulty cell, Conflict while nothing is learnt of the site's traffic, and
        StoreUnavailable.
        """
        snapshot = self._snapshots.current(site.id)
        drafts = [replace(row, cells={**_DRAFT_CELLS, **_told(row)}) for row in rows]
        sheet, found = read_sheet(drafts, site, snapshot.placements)
        if faults or found:
            raise InvalidInput([told(one) for one in (*faults, *found)], "The draft has faults.")
        flights = [_placed(flight, sheet, self._snapshots, site.id) for flight in sheet.flights.values()]
        known = self._supply.of(site.id, flights)
        if known is None:
            raise Conflict(NOTHING_LEARNT)
        traffic, supply, now = known
        return [Forecast(self._of(site, one, supply, now), traffic.weeks, traffic.until_hour) for one in flights]

    def _of(self, site: Site, flight: Flight, supply: Supply, now: float) -> Avails:
        placements = self._snapshots.current(site.id).placements
        numbers = _numbers_before([placements[name].columns for name in flight.placements], flight, now)
        part = _spread(numbers, MOST_LOOKED_AT)
        ratio = part.size / numbers.size if numbers.size else 1.0
        return avails(flight, supply, self._rivals(site, flight, part.tolist(), now), now, ratio)

    def _rivals(
        self, site: Site, flight: Flight, numbers: Sequence[int], now: float
    ) -> Iterator[tuple[Flight, float | None]]:
        """Those of these flights that go before the draft, with the impressions they still need."""
        exchange, snapshot = site.exchange, self._snapshots.current(site.id)
        for at in range(0, len(numbers), STANDINGS_AT_ONCE):
            rivals = [snapshot.flights[number] for number in numbers[at : at + STANDINGS_AT_ONCE]]
            rivals = [one for one in rivals if one.id != flight.id and goes_before(one, flight, exchange)]
            standings = self._ledger.standings(site.id, [one.number for one in rivals], now).flights
            for rival, standing in zip(rivals, standings, strict=True):
                yield rival, needs(rival, now, standing)


def _numbers_before(placements: Sequence[PlacementColumns], flight: Flight, now: float) -> Numbers:
    """The numbers of flights of no lower tier that may run in these placements while the draft does, rising."""
    begin, end = span(flight, now)
    found = [np.empty(0, np.uint32)]
    for columns in placements:
        meets = (columns.tier <= TIERS[flight.tier]) & (columns.starts_at < end) & (columns.ends_at > begin)
        found.append(columns.number[meets])
    return np.unique(np.concatenate(found))


def _spread(numbers: Numbers, most: int) -> Numbers:
    """At most so many of these numbers, spread over all of them and the same at each call.

    They go by multiples of the golden section (Knuth, TAOCP 6.4), so that what comes back in a sheet at every few rows,
    such as an advertiser, is met as often as in all of them.
    """
    if numbers.size <= most:
        return numbers
    scattered = (numbers.astype(np.uint64) * GOLDEN) & np.uint64(0xFFFF_FFFF)
    return np.sort(numbers[np.argsort(scattered, kind="stable")[:most]])


def _told(row: SheetRow) -> dict[str, str]:
    return {column: text for column, text in row.cells.items() if text.strip()}


def _placed(flight: Flight, sheet: SheetEntities, snapshots: InventorySnapshots, site_id: str) -> Flight:
    """The draft in those of its placements that one of its creatives fits; with no creative of its own, in all."""
    candidate = targeted(flight, sheet.creatives)
    placements = snapshots.current(site_id).placements
    fitting = [name for name in flight.placements if candidate.fitting(placements[name].placement)]
    any_fits = any(creative.id == DRAFT for creative in flight.creatives)
    return replace(flight, placements=flight.placements if any_fits else tuple(fitting), status=FlightStatus.ACTIVE)


def _estimate(of: Estimate) -> dict[str, int]:
    return {"expected": round(of.expected), "low": round(of.low), "high": round(of.high)}
