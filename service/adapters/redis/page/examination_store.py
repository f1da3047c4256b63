"""Keeps in the store how likely readers look at each place of a site's pages, a few kilobytes a site."""

from __future__ import annotations

from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import EXAMINATION
from service.domain.events.examination import NOTHING_LEARNT, Examination


class RedisExaminationStore:
    """An ExaminationStore on Redis; what no worker learns anew is forgotten after EXAMINATION.ttl_s seconds."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get(self, site_id: str) -> Examination:
        """Returns what was last learnt of the site; NOTHING_LEARNT before. Raises StoreUnavailable."""
        with translate():
            found = cast("bytes | None", self._client.get(EXAMINATION.name(site=site_id)))
        if found is None:
            return NOTHING_LEARNT
        known = orjson.loads(found)
        places = {(widget, position): chance for widget, position, chance in known["places"]}
        return Examination(places, known["clicks"])

    def put(self, site_id: str, examination: Examination) -> None:
        """Keeps what was learnt in place of what was known. Raises StoreUnavailable."""
        places = [[*place, chance] for place, chance in examination.by_place.items()]
        value = orjson.dumps({"clicks": examination.clicks, "places": places})
        with translate():
            self._client.set(EXAMINATION.name(site=site_id), value, ex=EXAMINATION.ttl_s)
