"""Counts what pages ask for in the store: a hash for each hour by placement, one for each day by audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import AUDIENCES, DEMAND, KeySpec
from service.adapters.redis.scripts import Script
from service.domain.ads.forecast.demand import DAY_S, HOUR_S, Audience, Demand, by_placement

MAX_AUDIENCES = 5_000
"""Audiences of a day, of some 80 bytes each: 0.4 MB at most. One that finds the day full is in its hour alone."""

MAX_PLACEMENTS = 2_000
BATCH = 1_000
_SEPARATOR = "\x1f"


class RedisDemandCounter:
    """A DemandCounter on Redis; hours are kept for DEMAND.ttl_s seconds, days for AUDIENCES.ttl_s."""

    def __init__(self, client: redis.Redis, max_audiences: int = MAX_AUDIENCES) -> None:
        self._client = client
        self._max_audiences = max_audiences
        self._count = Script(client, "count_bounded")

    def add(self, site_id: str, hour: int, counts: Mapping[Audience, Demand]) -> None:
        """Adds to an hour since 1970, and to its day in UTC; the hour last, so that no hour is counted twice."""
        audiences = {_SEPARATOR.join(audience).rstrip(_SEPARATOR): one.asked for audience, one in counts.items()}
        placements: dict[str, int] = {}
        for name, demand in by_placement(counts).items():
            placements |= {f"a{name}": demand.asked} | ({f"f{name}": demand.filled} if demand.filled else {})
        day = AUDIENCES.name(site=site_id, day=hour * HOUR_S // DAY_S)
        with translate():
            self._add(AUDIENCES, day, self._max_audiences, audiences)
            self._add(DEMAND, DEMAND.name(site=site_id, hour=hour), MAX_PLACEMENTS, placements)

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Mapping[str, Demand]]:
        """Returns the demand of each hour since 1970, by placement, in one round trip."""
        return [_demand(found) for found in self._read([DEMAND.name(site=site_id, hour=hour) for hour in hours])]

    def days(self, site_id: str, days: Sequence[int]) -> list[Mapping[Audience, int]]:
        """Returns the slots asked for on each UTC day since 1970, by audience, in one round trip."""
        told = self._read([AUDIENCES.name(site=site_id, day=day) for day in days])
        return [{Audience(*name.split(_SEPARATOR)): count for name, count in found.items()} for found in told]

    def _add(self, spec: KeySpec, key: str, most: int, counts: Mapping[str, int]) -> None:
        entries = iter(counts.items())
        while batch := list(islice(entries, BATCH)):
            words: list[int | str] = [cast("int", spec.ttl_s), most]
            for name, count in batch:
                words += [name, count]
            self._count([key], words)

    def _read(self, keys: Sequence[str]) -> list[dict[str, int]]:
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for key in keys:
                pipe.hgetall(key)
            answers = cast("list[dict[bytes, bytes]]", pipe.execute())
        return [{name.decode(): int(count) for name, count in answer.items()} for answer in answers]


def _demand(fields: Mapping[str, int]) -> dict[str, Demand]:
    return {name[1:]: Demand(asked, fields.get(f"f{name[1:]}", 0)) for name, asked in fields.items() if name[0] == "a"}
