"""Counts what block words and topics cost in the store, a hash for each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import redis

from service.adapters.redis.counted_hashes import CountedHashes
from service.adapters.redis.redis_keys import BLOCKING
from service.domain.ads.targeting.blocking import Blocked
from service.domain.durations import DAY_S

MAX_BLOCKED = 1_000_000
"""Flights and their words of a day that are counted: ten for each flight of the largest inventory."""


class RedisBlockingCounter:
    """A BlockingCounter on Redis; a day's counts are kept for BLOCKING.ttl_s seconds after its last one."""

    def __init__(self, client: redis.Redis) -> None:
        self._days = CountedHashes(client, BLOCKING, MAX_BLOCKED)

    def add(self, site_id: str, counts: Mapping[Blocked, int], at: float) -> None:
        """Adds to the day, in UTC, of `at` (seconds since 1970)."""
        entries = ((f"{one.flight} {one.kind} {one.name}", count) for one, count in counts.items())
        self._days.add(site_id, int(at // DAY_S), entries)

    def counted(self, site_id: str, first_day: int, last_day: int) -> Mapping[Blocked, int]:
        """Returns what was counted on these days and between them, as days since 1970."""
        total: Counter[Blocked] = Counter()
        for of_day in self._days.read(site_id, range(first_day, last_day + 1)):
            for field, count in of_day.items():
                total[_blocked(field.decode())] += int(count)
        return total


def _blocked(field: str) -> Blocked:
    flight, kind, name = field.split(" ", 2)
    return Blocked(int(flight), "word" if kind == "word" else "topic", name)
