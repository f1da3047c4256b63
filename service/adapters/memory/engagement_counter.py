"""Counts offers and clicks of teasers in this process: the twin of the Redis counter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from service.domain.events.engagement import NO_COUNTS, Counts, joined
from service.domain.events.read_decay import hour_of


class MemoryEngagementCounter:
    """An EngagementCounter in memory; it forgets nothing."""

    def __init__(self) -> None:
        self._hours: defaultdict[tuple[str, int], Counts] = defaultdict(lambda: NO_COUNTS)

    def add(self, site_id: str, counts: Counts, at: float) -> None:
        """Adds whole counts to the hour of `at` (seconds since 1970)."""
        key = site_id, hour_of(at)
        self._hours[key] = joined([(1, self._hours[key]), (1, counts)])

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Counts]:
        """Returns the counts of each hour since 1970 that is asked for."""
        return [self._hours[site_id, hour] for hour in hours]
