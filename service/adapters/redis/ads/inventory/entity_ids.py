"""Which id each number of a site's inventory stands for, also of what is no longer in it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import cast

import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.inventory.records import entity_of
from service.adapters.redis.connection import translate
from service.domain.ads.entity_ids import unknown_id
from service.domain.ads.inventory import DEFAULT_PLACEMENTS, Advertiser, Kind

SCANNED = 2_000
MOST_KNOWN = 100_000
"""Ids of all sites that are remembered, some 15 MB; a site that makes them more is asked for its own anew."""

Known = dict[tuple[Kind, int], str]


class RedisEntityIds:
    """EntityIds on Redis; what was found is remembered, since a number is one entity's for ever."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._known: dict[str, Known] = {}

    def of(self, site_id: str, numbers: Mapping[Kind, Set[int]]) -> Mapping[tuple[Kind, int], str]:
        """Returns the id of each of these numbers, those of placements that every site has included."""
        wanted = {(kind, number) for kind, some in numbers.items() for number in some}
        if sum(map(len, self._known.values())) + len(wanted - self._of_site(site_id).keys()) > MOST_KNOWN:
            self._known.clear()
        known = self._of_site(site_id)
        if lacking := wanted - known.keys():
            known |= self._found(site_id, lacking)
            # Not remembered: a load that puts its numbers in the place of the old ones may hide some from one look.
            return known | {named: unknown_id(named[1]) for named in lacking - known.keys()}
        return known

    def currencies(self, site_id: str, advertisers: Set[str]) -> Mapping[str, str]:
        """Returns in which currency each of these advertisers pays, by id; without those that are gone."""
        ids = sorted(advertisers)
        if not ids:
            return {}
        with translate():
            found = self._client.hmget(keys.INVENTORY.name(site=site_id), [f"advertisers:{one}" for one in ids])
        stored = {one: entity_of("advertisers", record) for one, record in zip(ids, found, strict=True) if record}
        return {one: advertiser.currency for one, advertiser in stored.items() if isinstance(advertiser, Advertiser)}

    def _of_site(self, site_id: str) -> Known:
        return self._known.setdefault(site_id, {("placements", one.number): one.id for one in _FIXED})

    def _found(self, site_id: str, lacking: Set[tuple[Kind, int]]) -> Known:
        """Those of the numbers that the site ever gave, by a look at all that it gave."""
        found: Known = {}
        with translate():
            for name, number in self._client.hscan_iter(keys.NUMBERS.name(site=site_id), count=SCANNED):
                kind, _, entity_id = cast("bytes", name).decode().partition(":")
                named = cast("Kind", kind), int(number)
                if named in lacking:
                    found[named] = entity_id
        return found


_FIXED = tuple(DEFAULT_PLACEMENTS.values())
