"""Keeps in the store which model each site serves from."""

from __future__ import annotations

from dataclasses import asdict

import orjson
import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.domain.errors import Conflict
from service.domain.ports import ModelPointer

KEPT = 100


class RedisModelPointers:
    """Implements ModelPointers as a list a site, the serving model last."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def history(self, site_id: str) -> list[ModelPointer]:
        """Returns the models promoted so far, the serving one last."""
        with translate():
            rows = self._client.lrange(keys.MODELS.name(site=site_id), 0, -1)
        return [ModelPointer(**orjson.loads(row)) for row in rows]

    def promote(self, site_id: str, pointer: ModelPointer) -> None:
        """Makes this the serving model; the 100 last are kept."""
        name = keys.MODELS.name(site=site_id)
        with translate(), self._client.pipeline(transaction=True) as pipe:
            pipe.rpush(name, orjson.dumps(asdict(pointer)))
            pipe.ltrim(name, -KEPT, -1)
            pipe.hincrby(keys.VERSIONS.name(site=site_id), "model", 1)
            pipe.execute()

    def rollback(self, site_id: str) -> ModelPointer:
        """Drops the serving model and returns the one before it. Raises Conflict if there is none."""
        name = keys.MODELS.name(site=site_id)
        with translate(), self._client.pipeline(transaction=True) as pipe:
            pipe.watch(name)  # type: ignore[no-untyped-call]
            rows = pipe.lrange(name, -2, -1)
            if len(rows) < 2:
                raise Conflict("There is no earlier model to roll back to; `standfirst models train` makes one.")
            pipe.multi()
            pipe.rpop(name)
            pipe.hincrby(keys.VERSIONS.name(site=site_id), "model", 1)
            try:
                pipe.execute()
            except redis.WatchError as error:
                raise Conflict("Another model was promoted at this moment; look again.") from error
        return ModelPointer(**orjson.loads(rows[0]))
