"""Counts what block words and topics cost in the store, a hash for each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import BLOCKING
from service.domain.ads.targeting.blocking import Blocked

DAY_S = 86_400


class RedisBlockingCounter:
    """A BlockingCounter on Redis; a day's counts are kept for BLOCKING.ttl_s seconds after its last one."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def add(self, site_id: str, counts: Mapping[Blocked, int], at: float) -> None:
        """Adds to the day, in UTC, of `at` (seconds since 1970)."""
        if not counts:
            return
        key = BLOCKING.name(site=site_id, day=int(at // DAY_S))
        with translate():
            pipe = self._client.pipeline(transaction=True)
            for one, count in counts.items():
                pipe.hincrby(key, f"{one.flight} {one.kind} {one.name}", count)
            pipe.expire(key, cast("int", BLOCKING.ttl_s))
            pipe.execute()

    def counted(self, site_id: str, first_day: int, last_day: int) -> Mapping[Blocked, int]:
        """Returns what was counted on these days and between them, as days since 1970."""
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for day in range(first_day, last_day + 1):
                pipe.hgetall(BLOCKING.name(site=site_id, day=day))
            days = cast("list[dict[bytes, bytes]]", pipe.execute())
        total: Counter[Blocked] = Counter()
        for of_day in days:
            for field, count in of_day.items():
                total[_blocked(field.decode())] += int(count)
        return total


def _blocked(field: str) -> Blocked:
    flight, kind, name = field.split(" ", 2)
    return Blocked(int(flight), "word" if kind == "word" else "topic", name)
