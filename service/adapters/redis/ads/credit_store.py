"""Keeps a site's credits in the store, a field of one hash each; one is never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import cast

import orjson
import redis
from redis.exceptions import WatchError

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import CREDITS
from service.domain.errors import Conflict
from service.domain.events.sums.credit import Credit, Withdrawn

MAX_CREDITS = 1_000


class RedisCreditStore:
    """A CreditStore on Redis; a site has at most `limit` credits, beside those that reverse one."""

    def __init__(self, client: redis.Redis, limit: int = MAX_CREDITS) -> None:
        self._client = client
        self._limit = limit

    def add(self, site_id: str, make: Callable[[list[Credit]], Credit]) -> Credit:
        """Keeps and returns the credit that `make` makes in view of those that are kept. Raises Conflict."""
        key = CREDITS.name(site=site_id)
        with translate(), self._client.pipeline(transaction=True) as pipe:
            pipe.watch(key)  # type: ignore[no-untyped-call]
            kept = _read(cast("dict[bytes, bytes]", pipe.hgetall(key)))
            credit = make(kept)
            if not credit.reverses and sum(not one.reverses for one in kept) >= self._limit:
                raise Conflict(f"The site has {self._limit:,} credits, as many as it may; withdraw more hours in one.")
            pipe.multi()
            pipe.hset(key, credit.id, _packed(credit))
            try:
                pipe.execute()
            except WatchError as error:
                raise Conflict("Another credit was given at the same time; send this one again.") from error
        return credit

    def all(self, site_id: str) -> list[Credit]:
        """Returns every credit, the oldest first."""
        with translate():
            return _read(cast("dict[bytes, bytes]", self._client.hgetall(CREDITS.name(site=site_id))))


def _read(records: dict[bytes, bytes]) -> list[Credit]:
    return sorted(map(_credit, records.values()), key=lambda credit: (credit.created_at, credit.id))


def _packed(credit: Credit) -> bytes:
    """The record; what few credits have is left out where it is empty, which an earlier version reads too."""
    values = asdict(credit)
    if not credit.reverses:
        del values["reverses"]
    return orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS)


def _credit(raw: bytes) -> Credit:
    values = orjson.loads(raw)
    hours = {int(hour): Withdrawn(**withdrawn) for hour, withdrawn in values.pop("hours").items()}
    return Credit(**values, hours=hours)
