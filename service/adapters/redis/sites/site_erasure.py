"""Erases every key of a site from the store."""

from __future__ import annotations

from itertools import chain, islice

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import site_patterns

BATCH = 500


def erase_site_keys(client: redis.Redis, site_id: str) -> int:
    """Deletes every key of the site, in batches so that others are served meanwhile; returns how many there were.

    Raises StoreUnavailable; keys that were deleted before stay so.
    """
    with translate():
        found = chain.from_iterable(client.scan_iter(match=each, count=BATCH) for each in site_patterns(site_id))
        count = 0
        while keys := list(islice(found, BATCH)):
            count += int(client.unlink(*keys))
        return count
