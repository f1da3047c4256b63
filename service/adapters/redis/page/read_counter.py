"""Counts reads of articles in the store, a hash for each hour."""

from __future__ import annotations

from collections.abc import Mapping

import redis

from service.adapters.redis.counted_hashes import CountedHashes
from service.adapters.redis.redis_keys import READS
from service.domain.engagement.read_decay import decayed_reads, hour_of

MAX_ARTICLES = 1_000_000
"""Articles of an hour that are counted: all that a site may have."""


class RedisReadCounter:
    """A ReadCounter on Redis; an hour's reads are kept for READS.ttl_s seconds after its last one."""

    def __init__(self, client: redis.Redis) -> None:
        self._hours = CountedHashes(client, READS, MAX_ARTICLES)

    def add(self, site_id: str, reads: Mapping[str, int], at: float) -> None:
        """Adds reads by article id to the hour of `at` (seconds since 1970)."""
        self._hours.add(site_id, hour_of(at), reads.items())

    def recent(self, site_id: str, at: float, hours: int) -> Mapping[str, float]:
        """Returns reads by article id over the last hours, each hour's weight halved every six hours."""
        newest = hour_of(at)
        return decayed_reads(
            (age_h, {article_id.decode(): int(count) for article_id, count in reads.items()})
            for age_h, reads in enumerate(self._hours.read(site_id, range(newest, newest - hours, -1)))
        )
