"""Counts offers and clicks of teasers in the store, a hash for each hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import redis

from service.adapters.redis.counted_hashes import CountedHashes
from service.adapters.redis.redis_keys import ENGAGEMENT
from service.domain.engagement.examination import THOUSANDTHS
from service.domain.engagement.rates import NO_COUNTS, Counts, summed
from service.domain.engagement.read_decay import hour_of

MAX_ENTRIES = 60_000
"""Entries of an hour: twenty thousand articles offered, looked at and followed, about 4.5 MB."""

OFFERED, LOOKS, CLICKS = b"o", b"l", b"c"
ENTRY = np.dtype([("mark", "S1"), ("id_hash", "<u8")])
"""The name of an entry, as redis_keys.ENGAGEMENT tells."""


class RedisEngagementCounter:
    """An EngagementCounter on Redis; an hour is kept for ENGAGEMENT.ttl_s seconds after its last count."""

    def __init__(self, client: redis.Redis, max_entries: int = MAX_ENTRIES) -> None:
        self._hours = CountedHashes(client, ENGAGEMENT, max_entries)

    def add(self, site_id: str, counts: Counts, at: float) -> None:
        """Adds whole counts to the hour of `at`; an article that finds the hour full is not counted."""
        self._hours.add(site_id, hour_of(at), _entries(counts))

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Counts]:
        """Returns the counts of each hour since 1970 that is asked for, in one round trip."""
        return [_with_looks(_counts(answer)) for answer in self._hours.read(site_id, hours)]


def _entries(counts: Counts) -> Iterator[tuple[bytes, int]]:
    hashes = counts.id_hash.astype("<u8")
    looks = np.rint(counts.looks * THOUSANDTHS)
    for mark, column in ((OFFERED, counts.offered), (LOOKS, looks), (CLICKS, counts.clicks)):
        some = np.flatnonzero(column)
        for place, count in zip(some.tolist(), column[some].astype(int).tolist(), strict=True):
            yield mark + hashes[place].tobytes(), count


def _counts(answer: dict[bytes, bytes]) -> Counts:
    """Returns an hour's counts: read as arrays, for there are tens of thousands, and page calls wait for the thread."""
    if not answer:
        return NO_COUNTS
    entries = np.frombuffer(b"".join(answer), ENTRY)
    counted = np.array(list(answer.values())).astype(float)
    clicks, offered, looks = (np.where(entries["mark"] == mark, counted, 0.0) for mark in (CLICKS, OFFERED, LOOKS))
    return summed(entries["id_hash"].astype(np.uint64), [clicks, offered, looks / THOUSANDTHS])


def _with_looks(counts: Counts) -> Counts:
    """Returns the counts; what has offers and no looks, as those written before them, was looked at each time."""
    return replace(counts, looks=np.where(counts.looks > 0, counts.looks, counts.offered))
