"""Counts what pages ask for in the store: a hash for each hour by placement, one for each day by audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import redis

from service.adapters.redis.counted_hashes import CountedHashes
from service.adapters.redis.redis_keys import AUDIENCES, DEMAND
from service.domain.ads.forecast.demand import Audience, Demand, by_placement
from service.domain.durations import DAY_S, HOUR_S

MAX_AUDIENCES = 5_000
"""Audiences of a day, of some 80 bytes each: 0.4 MB at most. One that finds the day full is in its hour alone."""

MAX_PLACEMENTS = 2_000
_SEPARATOR = "\x1f"


class RedisDemandCounter:
    """A DemandCounter on Redis; hours are kept for DEMAND.ttl_s seconds, days for AUDIENCES.ttl_s."""

    def __init__(self, client: redis.Redis, max_audiences: int = MAX_AUDIENCES) -> None:
        self._hours = CountedHashes(client, DEMAND, MAX_PLACEMENTS)
        self._days = CountedHashes(client, AUDIENCES, max_audiences)

    def add(self, site_id: str, hour: int, counts: Mapping[Audience, Demand]) -> None:
        """Adds to an hour since 1970, and to its day in UTC; the hour last, so that no hour is counted twice."""
        audiences = {_SEPARATOR.join(audience).rstrip(_SEPARATOR): one.asked for audience, one in counts.items()}
        placements: dict[str, int] = {}
        for name, demand in by_placement(counts).items():
            placements |= {f"a{name}": demand.asked} | ({f"f{name}": demand.filled} if demand.filled else {})
        self._days.add(site_id, hour * HOUR_S // DAY_S, audiences.items())
        self._hours.add(site_id, hour, placements.items())

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Mapping[str, Demand]]:
        """Returns the demand of each hour since 1970, by placement, in one round trip."""
        return [_demand(_counts(found)) for found in self._hours.read(site_id, hours)]

    def days(self, site_id: str, days: Sequence[int]) -> list[Mapping[Audience, int]]:
        """Returns the slots asked for on each UTC day since 1970, by audience, in one round trip."""
        told = map(_counts, self._days.read(site_id, days))
        return [{Audience(*name.split(_SEPARATOR)): count for name, count in found.items()} for found in told]


def _counts(entries: Mapping[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(count) for name, count in entries.items()}


def _demand(fields: Mapping[str, int]) -> dict[str, Demand]:
    return {name[1:]: Demand(asked, fields.get(f"f{name[1:]}", 0)) for name, asked in fields.items() if name[0] == "a"}
