"""Keeps sites in the store, one JSON record each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import orjson
import redis
from redis.client import Pipeline

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import SITE, SITES, VERSIONS
from service.domain.errors import NotFound
from service.domain.guard import Guard
from service.domain.sites.site import Site

FIELDS = frozenset(Site.__dataclass_fields__)


class RedisSiteStore:
    """A SiteStore on Redis; every change moves the site's version, which pollers look at."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get(self, site_id: str) -> Site:
        """Returns the site. Raises NotFound."""
        with translate():
            record = cast("bytes | None", self._client.get(SITE.name(site=site_id)))
        if record is None:
            raise NotFound("site", site_id)
        return unpack_site(record)

    def put(self, site: Site, guard: Guard[Site] | None = None) -> bool:
        """Keeps the site; True if it is new. The list of sites comes last: whoever finds a site there can read it."""
        key = SITE.name(site=site.id)

        def write(pipe: Pipeline) -> None:
            if guard is not None:
                found = cast("bytes | None", pipe.get(key))
                guard(None if found is None else unpack_site(found))
                pipe.multi()
            pipe.set(key, orjson.dumps(site), get=True)
            pipe.hincrby(VERSIONS.name(site=site.id), "site", 1)

        with translate():
            done = self._client.transaction(write, *([key] if guard else []))
            self._client.sadd(SITES.pattern, site.id)
        return cast("Sequence[bytes | None]", done)[0] is None

    def remove(self, site_id: str) -> bool:
        """Forgets the site's record alone; False if there was none. The list of sites comes first: put does it last."""
        with translate():
            self._client.srem(SITES.pattern, site_id)
            return bool(self._client.delete(SITE.name(site=site_id)))

    def all(self) -> list[Site]:
        """Returns every site, by id."""
        with translate():
            ids = sorted(cast("set[bytes]", self._client.smembers(SITES.pattern)))
            pipe = self._client.pipeline(transaction=False)
            for site_id in ids:
                pipe.get(SITE.name(site=site_id.decode()))
            records = cast("Sequence[bytes | None]", pipe.execute())
        return [unpack_site(record) for record in records if record is not None]


def unpack_site(record: bytes) -> Site:
    """Returns the site of a record; a field of a later version of the service is passed over."""
    given: dict[str, Any] = {name: value for name, value in orjson.loads(record).items() if name in FIELDS}
    for name in ("domains", "origins", "languages"):
        given[name] = tuple(given.get(name, ()))
    return Site(**given)
