"""Tallies and reports what block words and sensitive topics cost each flight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from service.domain.ads.inventory import Flight
from service.domain.ads.inventory_store import EntityName, InventoryStore
from service.domain.ads.targeting.blocking import Blocked, BlockingCounter
from service.usecases.tally import Tally

MOST_ROWS = 1_000


class BlockingTally(Tally[str, Counter[Blocked]]):
    """Counts in this process, by site, until it is written down together."""

    def note(self, site_id: str, causes: Collection[Blocked]) -> None:
        """Counts a page call from which these kept flights off."""
        with self._lock:
            self._part(site_id).update(causes)

    def write_down(self, counter: BlockingCounter, at: float) -> None:
        """Adds what was counted to the day of `at` in the store; what it cannot take is kept for the next time."""
        self._write(lambda site_id, counted: counter.add(site_id, counted, at))

    def _begin(self) -> Counter[Blocked]:
        return Counter()

    def _join(self, part: Counter[Blocked], earlier: Counter[Blocked]) -> None:
        part.update(earlier)


@dataclass(frozen=True, slots=True)
class ReportBlocking:
    """Reads what block words and topics cost, from the counter, with the flights' names from the inventory."""

    store: InventoryStore
    counter: BlockingCounter

    def rows(self, site_id: str, first_day: int, last_day: int) -> list[dict[str, Any]]:
        """Returns the costliest causes of these days (since 1970), at most MOST_ROWS. Raises StoreUnavailable."""
        ids = self.store.ids_by_number(site_id, ["flights"])["flights"]
        counted = self.counter.counted(site_id, first_day, last_day)
        costliest = sorted((-count, one) for one, count in counted.items() if one.flight in ids)
        rows: list[dict[str, Any]] = []
        for at in range(0, len(costliest), MOST_ROWS):
            part = costliest[at : at + MOST_ROWS]
            names: set[EntityName] = {("flights", ids[one.flight]) for _, one in part}
            flights = {flight.number: flight for flight in self.store.part(site_id, names).flights.values()}
            rows += [_row(one, flights[one.flight], -count) for count, one in part if one.flight in flights]
            if len(rows) >= MOST_ROWS:
                break
        return rows[:MOST_ROWS]


def _row(blocked: Blocked, flight: Flight, impressions: int) -> dict[str, Any]:
    owners = {"flight_id": flight.id, "campaign_id": flight.campaign, "advertiser_id": flight.advertiser}
    return {"kind": blocked.kind, "name": blocked.name, **owners, "impressions": impressions}
