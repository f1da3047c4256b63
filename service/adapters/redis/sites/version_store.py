"""Reads the counters of what has changed in every site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import SITES, VERSIONS
from service.domain.ports import Versions

KINDS = tuple(field.name for field in fields(Versions))


class RedisVersionStore:
    """A VersionStore on Redis: one round trip a call, a second one when a site has appeared since the last."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._known: tuple[str, ...] = ()

    def all(self) -> Mapping[str, Versions]:
        """Returns the versions of every site, by site id."""
        with translate():
            asked = self._known
            named, found = self._ask(asked)
            new = tuple(sorted(named - set(asked)))
            if new:
                found |= self._ask(new)[1]
        self._known = tuple(sorted(named))
        return {site_id: found[site_id] for site_id in self._known}

    def _ask(self, site_ids: Iterable[str]) -> tuple[set[str], dict[str, Versions]]:
        site_ids = tuple(site_ids)
        pipe = self._client.pipeline(transaction=False)
        pipe.smembers(SITES.pattern)
        for site_id in site_ids:
            pipe.hmget(VERSIONS.name(site=site_id), KINDS)
        named, *rows = pipe.execute()
        found = {
            site_id: Versions(*(int(count or 0) for count in cast("list[bytes | None]", row)))
            for site_id, row in zip(site_ids, rows, strict=True)
        }
        return {site_id.decode() for site_id in cast("set[bytes]", named)}, found
