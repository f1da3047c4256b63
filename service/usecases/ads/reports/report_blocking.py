"""Tallies and reports what block words and sensitive topics cost each flight."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.ads.targeting.blocking import Blocked, BlockingCounter
from service.domain.errors import StoreUnavailable

MOST_ROWS = 1_000


class BlockingTally:
    """Counts in this process until it is written down together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[Blocked]] = {}

    def note(self, site_id: str, causes: Collection[Blocked]) -> None:
        """Counts a page call from which these kept flights off."""
        with self._lock:
            self._counts.setdefault(site_id, Counter()).update(causes)

    def write_down(self, counter: BlockingCounter, at: float) -> None:
        """Adds what was counted to the store; on StoreUnavailable it is counted on and tried again."""
        with self._lock:
            counts, self._counts = self._counts, {}
        while counts:
            site_id, counted = counts.popitem()
            try:
                counter.add(site_id, counted, at)
            except StoreUnavailable:
                self._put_back({site_id: counted, **counts})
                raise

    def _put_back(self, counts: Mapping[str, Counter[Blocked]]) -> None:
        with self._lock:
            for site_id, counted in counts.items():
                self._counts.setdefault(site_id, Counter()).update(counted)


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
