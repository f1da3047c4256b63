"""Counts reads of articles in this process: the twin of the Redis counter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from service.domain.events.read_decay import decayed_reads, hour_of


class MemoryReadCounter:
    """A ReadCounter in memory; it forgets nothing."""

    def __init__(self) -> None:
        self._hours: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)

    def add(self, site_id: str, reads: Mapping[str, int], at: float) -> None:
        """Adds reads by article id to the hour of `at` (seconds since 1970)."""
        self._hours[site_id, hour_of(at)].update(reads)

    def recent(self, site_id: str, at: float, hours: int) -> Mapping[str, float]:
        """Returns reads by article id over the last hours, each hour's weight halved every six hours."""
        newest = hour_of(at)
        return decayed_reads((age_h, self._hours[site_id, newest - age_h]) for age_h in range(hours))
