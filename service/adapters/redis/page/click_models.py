"""Keeps click models in the store: a few numbers each as JSON, signed, the one in use first."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import asdict
from hashlib import blake2b, sha256
from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import CLICK_MODELS
from service.domain.engagement.click_model import MOST_CLICK_MODELS, NONE_BEFORE, ClickModel, ClickModelInUse
from service.domain.errors import Conflict, ModelUnusable

_ALTERED = (
    "The click model of {} is altered: learn it anew with `standfirst models clicks`, or go back with --rollback."
)


class RedisClickModels:
    """ClickModels on Redis."""

    def __init__(self, client: redis.Redis, key: Callable[[], bytes]) -> None:
        """`key` signs models, so that nobody who only writes to the store makes one; it may raise StoreUnavailable."""
        self._client = client
        self._key = key

    def get(self, site_id: str) -> ClickModel | None:
        """Returns the model in use; None for the default. Raises ModelUnusable for one that is altered."""
        with translate():
            raw = cast("bytes | None", self._client.lindex(CLICK_MODELS.name(site=site_id), 0))
        return None if raw is None else self._read(site_id, raw).model

    def put(self, site_id: str, used: ClickModelInUse) -> None:
        """Has it used from now on."""
        name, body = CLICK_MODELS.name(site=site_id), orjson.dumps(asdict(used))
        signed = orjson.dumps({"body": body.decode(), "mac": self._mac(site_id, body)})
        with translate():
            pipe = self._client.pipeline()
            pipe.lpush(name, signed)
            pipe.ltrim(name, 0, MOST_CLICK_MODELS - 1)
            pipe.execute()

    def history(self, site_id: str) -> list[ClickModelInUse]:
        """Returns those that were put in use, the present one last, without those altered."""
        found = []
        for raw in reversed(self._raw(site_id, MOST_CLICK_MODELS)):
            try:
                found.append(self._read(site_id, raw))
            except ModelUnusable:
                continue
        return found

    def rollback(self, site_id: str) -> ClickModelInUse:
        """Has the one before the present one used again, and returns it. Raises Conflict and ModelUnusable."""
        last = self._raw(site_id, 2)
        before = self._read(site_id, last[1]) if len(last) > 1 else ClickModelInUse()
        if not last or (len(last) == 1 and self._read(site_id, last[0]).model is None):
            raise Conflict(NONE_BEFORE)
        with translate():
            # That one alone: whoever goes back at the same time does not go back twice.
            self._client.lrem(CLICK_MODELS.name(site=site_id), 1, last[0].decode())
        return before

    def _raw(self, site_id: str, most: int) -> list[bytes]:
        with translate():
            return cast("list[bytes]", self._client.lrange(CLICK_MODELS.name(site=site_id), 0, most - 1))

    def _read(self, site_id: str, raw: bytes) -> ClickModelInUse:
        try:
            signed = orjson.loads(raw)
            body, mac = signed["body"].encode(), signed["mac"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnusable(_ALTERED.format(site_id)) from error
        if not hmac.compare_digest(str(mac), self._mac(site_id, body)):
            raise ModelUnusable(_ALTERED.format(site_id))
        told = orjson.loads(body)
        model, gain = told["model"], told["gain"]
        return ClickModelInUse(model and ClickModel(**model), told["at"], gain and tuple(gain))

    def _mac(self, site_id: str, body: bytes) -> str:
        key = sha256(self._key()).digest()
        return blake2b(site_id.encode() + b"\0" + body, digest_size=16, key=key, person=b"sf clicks 1").hexdigest()
