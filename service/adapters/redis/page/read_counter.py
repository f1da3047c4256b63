"""Counts reads of articles in the store, a hash for each hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import READS
from service.domain.events.read_decay import decayed_reads, hour_of


class RedisReadCounter:
    """A ReadCounter on Redis; an hour's reads are kept for READS.ttl_s seconds after its last one."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def add(self, site_id: str, reads: Mapping[str, int], at: float) -> None:
        """Adds reads by article id to the hour of `at` (seconds since 1970)."""
        if not reads:
            return
        key = READS.name(site=site_id, hour=hour_of(at))
        with translate():
            pipe = self._client.pipeline(transaction=True)
            for article_id, count in reads.items():
                pipe.hincrby(key, article_id, count)
            pipe.expire(key, cast("int", READS.ttl_s))
            pipe.execute()

    def recent(self, site_id: str, at: float, hours: int) -> Mapping[str, float]:
        """Returns reads by article id over the last hours, each hour's weight halved every six hours."""
        newest = hour_of(at)
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for age_h in range(hours):
                pipe.hgetall(READS.name(site=site_id, hour=newest - age_h))
            answers = cast("list[dict[bytes, bytes]]", pipe.execute())
        return decayed_reads(
            (age_h, {article_id.decode(): int(count) for article_id, count in reads.items()})
            for age_h, reads in enumerate(answers)
        )
