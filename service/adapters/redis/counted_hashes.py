"""Hashes of counts in the store, one for each hour or day of a site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import KeySpec
from service.adapters.redis.scripts import Script

BATCH = 1_000


class CountedHashes:
    """One family of such hashes; each is kept for the family's ttl_s seconds after its last count."""

    def __init__(self, client: redis.Redis, spec: KeySpec, most: int) -> None:
        """A hash has at most `most` entries: what finds it full is not counted."""
        self._client = client
        self._spec = spec
        self._most = most
        self._count = Script(client, "count_bounded")

    def add(self, site_id: str, period: int, counts: Iterable[tuple[str | bytes, int]]) -> None:
        """Adds counts to an hour or day since 1970, an entry each. Raises StoreUnavailable."""
        entries = iter(counts)
        with translate():
            while batch := list(islice(entries, BATCH)):
                words: list[int | str | bytes] = [cast("int", self._spec.ttl_s), self._most]
                for entry, count in batch:
                    words += [entry, count]
                self._count([self._key(site_id, period)], words)

    def read(self, site_id: str, periods: Sequence[int]) -> list[dict[bytes, bytes]]:
        """Returns the entries of each hour or day, in one round trip. Raises StoreUnavailable."""
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for period in periods:
                pipe.hgetall(self._key(site_id, period))
            return cast("list[dict[bytes, bytes]]", pipe.execute())

    def _key(self, site_id: str, period: int) -> str:
        return self._spec.name(site=site_id, hour=period, day=period)
