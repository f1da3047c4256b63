"""Keeps what was learnt of each site's placements in the store, one value for a site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import PLACE_EFFECTS
from service.domain.ads.forecast.place_effects import NO_EFFECTS, PlaceEffect, PlaceEffects

Written = Mapping[str, list[float]]


class RedisPlaceEffectsStore:
    """A PlaceEffectsStore on Redis; what is learnt no more is forgotten after PLACE_EFFECTS.ttl_s seconds."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, site_id: str) -> PlaceEffects:
        """Returns what was learnt last; NO_EFFECTS before anything was."""
        with translate():
            raw = cast("bytes | None", self._client.get(PLACE_EFFECTS.name(site=site_id)))
        if raw is None:
            return NO_EFFECTS
        told = orjson.loads(raw)
        return PlaceEffects(_read(told["placements"]), _read(told["flights"]))

    def keep(self, site_id: str, effects: PlaceEffects) -> None:
        """Keeps what was learnt, in place of what was before."""
        written = {"placements": _written(effects.placements), "flights": _written(effects.flights)}
        with translate():
            self._client.set(PLACE_EFFECTS.name(site=site_id), orjson.dumps(written), ex=PLACE_EFFECTS.ttl_s)


def _written(effects: Mapping[int, PlaceEffect]) -> Written:
    return {str(number): [round(one.views, 4), round(one.clicks, 4)] for number, one in effects.items()}


def _read(written: Written) -> dict[int, PlaceEffect]:
    return {int(number): PlaceEffect(*effects) for number, effects in written.items()}
