"""Keeps what was learnt of each site's traffic in the store, one value of some 4 kB for a site."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import TRAFFIC
from service.domain.ads.forecast.traffic import Traffic


class RedisTrafficStore:
    """A TrafficStore on Redis; what is learnt no more is forgotten after TRAFFIC.ttl_s seconds."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, site_id: str) -> Traffic | None:
        """Returns what was learnt last; None before anything was."""
        with translate():
            raw = cast("bytes | None", self._client.get(TRAFFIC.name(site=site_id)))
        if raw is None:
            return None
        fields: dict[str, Any] = orjson.loads(raw)
        return Traffic(**{**fields, "weights": tuple(fields["weights"]), "spreads": tuple(fields["spreads"])})

    def keep(self, site_id: str, traffic: Traffic) -> None:
        """Keeps what was learnt, in place of what was before."""
        rounded = tuple(round(weight, 5) for weight in traffic.weights), tuple(round(one, 4) for one in traffic.spreads)
        fields = asdict(traffic) | {"weights": rounded[0], "spreads": rounded[1]}
        with translate():
            self._client.set(TRAFFIC.name(site=site_id), orjson.dumps(fields), ex=TRAFFIC.ttl_s)
