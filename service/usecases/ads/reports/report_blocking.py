"""Tallies and reports what block words and sensitive topics cost each flight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from service.domain.ads.inventory_store import InventoryStore
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
        flights = {flight.number: flight for flight in self.store.load(site_id).flights.values()}
        counted = self.counter.counted(site_id, first_day, last_day)
        known = [(count, one) for one, count in counted.items() if one.flight in flights]
        return [
            {
                "kind": one.kind,
                "name": one.name,
                "flight_id": flights[one.flight].id,
                "campaign_id": flights[one.flight].campaign,
                "advertiser_id": flights[one.flight].advertiser,
                "impressions": count,
            }
            for count, one in sorted(known, key=lambda pair: (-pair[0], pair[1]))[:MOST_ROWS]
        ]
