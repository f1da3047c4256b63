"""Keeps click models in the store, a few numbers a site as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import CLICK_MODEL
from service.domain.events.click_model import ClickModel


class RedisClickModels:
    """ClickModels on Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get(self, site_id: str) -> ClickModel | None:
        """Returns the model in use; None for none. Raises StoreUnavailable."""
        with translate():
            found = cast("bytes | None", self._client.get(CLICK_MODEL.name(site=site_id)))
        return None if found is None else ClickModel(**orjson.loads(found))

    def put(self, site_id: str, model: ClickModel | None) -> None:
        """Has the model used from now on; None: none. Raises StoreUnavailable."""
        name = CLICK_MODEL.name(site=site_id)
        with translate():
            if model is None:
                self._client.delete(name)
            else:
                self._client.set(name, orjson.dumps(asdict(model)))
