"""Counts what readers do with teasers in this process: the twin of the Redis counter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from service.domain.events.teaser_events import TeaserAct, TeaserCounts, TeaserPlace, day_of


class MemoryTeaserCounter:
    """A TeaserCounter in memory; it forgets nothing."""

    def __init__(self) -> None:
        self._days: defaultdict[tuple[str, int], Counter[tuple[TeaserAct, TeaserPlace]]] = defaultdict(Counter)

    def add(self, site_id: str, counts: TeaserCounts, at: float) -> None:
        """Adds counts to the day of `at` (seconds since 1970)."""
        self._days[site_id, day_of(at)].update(counts)

    def days(self, site_id: str, days: Sequence[int]) -> list[TeaserCounts]:
        """Returns the counts of each day since 1970 that is asked for."""
        return [dict(self._days[site_id, day]) for day in days]
