"""Counts what block words and topics cost in this process: the twin of the Redis counter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from service.domain.ads.targeting.blocking import Blocked

DAY_S = 86_400


class MemoryBlockingCounter:
    """A BlockingCounter in memory; it forgets nothing."""

    def __init__(self) -> None:
        self._days: defaultdict[tuple[str, int], Counter[Blocked]] = defaultdict(Counter)

    def add(self, site_id: str, counts: Mapping[Blocked, int], at: float) -> None:
        """Adds to the day, in UTC, of `at` (seconds since 1970)."""
        self._days[site_id, int(at // DAY_S)].update(counts)

    def counted(self, site_id: str, first_day: int, last_day: int) -> Mapping[Blocked, int]:
        """Returns what was counted on these days and between them, as days since 1970."""
        total: Counter[Blocked] = Counter()
        for day in range(first_day, last_day + 1):
            total.update(self._days[site_id, day])
        return total
