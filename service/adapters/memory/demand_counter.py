"""Counts what pages ask for in this process: the twin of the Redis counter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from service.domain.ads.forecast.demand import DAY_S, HOUR_S, Audience, Demand, by_placement


class MemoryDemandCounter:
    """A DemandCounter in memory; it forgets nothing."""

    def __init__(self) -> None:
        self._hours: defaultdict[tuple[str, int], dict[Audience, Demand]] = defaultdict(dict)

    def add(self, site_id: str, hour: int, counts: Mapping[Audience, Demand]) -> None:
        """Adds to an hour since 1970."""
        known = self._hours[site_id, hour]
        for audience, demand in counts.items():
            known[audience] = known.get(audience, Demand()).plus(demand)

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Mapping[str, Demand]]:
        """Returns the demand of each hour since 1970, by placement."""
        return [by_placement(self._hours.get((site_id, hour), {})) for hour in hours]

    def days(self, site_id: str, days: Sequence[int]) -> list[Mapping[Audience, int]]:
        """Returns the slots asked for on each UTC day since 1970, by audience."""
        return [self._day(site_id, day) for day in days]

    def _day(self, site_id: str, day: int) -> dict[Audience, int]:
        found: dict[Audience, int] = {}
        for hour in range(day * DAY_S // HOUR_S, (day + 1) * DAY_S // HOUR_S):
            for audience, demand in self._hours.get((site_id, hour), {}).items():
                found[audience] = found.get(audience, 0) + demand.asked
        return found
