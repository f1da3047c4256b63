"""Keeps what writes were answered in the store, a string each: what was called, then the answer, packed."""

from __future__ import annotations

import zlib
from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import ANSWERED
from service.domain.errors import Conflict, InvalidInput
from service.domain.sites.answered_calls import AT_WORK_S, KEPT_S, MOST_BYTES, GivenAnswer

CALL_BYTES = 16


class RedisAnsweredCalls:
    """An AnsweredCalls on Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def claim(self, site_id: str, digest: str, call: bytes) -> GivenAnswer | None:
        """Returns None for the first call, else what that was answered, as the port says."""
        with translate():
            name = ANSWERED.name(site=site_id, digest=digest)
            kept = cast("bytes | None", self._client.set(name, call, nx=True, ex=AT_WORK_S, get=True))
        if kept is None:
            return None
        if kept[:CALL_BYTES] != call:
            raise InvalidInput.one("Idempotency-Key", "was sent with another call; each call has a key of its own")
        if len(kept) == CALL_BYTES:
            raise Conflict("The first call with this Idempotency-Key is still at work; ask again in a moment.")
        return _unpacked(kept[CALL_BYTES:])

    def keep(self, site_id: str, digest: str, call: bytes, answer: GivenAnswer) -> None:
        """Keeps the answer, without a body that is too large."""
        with translate():
            self._client.set(ANSWERED.name(site=site_id, digest=digest), call + _packed(answer), ex=KEPT_S)

    def release(self, site_id: str, digest: str) -> None:
        """Forgets a call that failed."""
        with translate():
            self._client.delete(ANSWERED.name(site=site_id, digest=digest))


def _packed(answer: GivenAnswer) -> bytes:
    body = None if answer.body is None else zlib.compress(answer.body, 1)
    kept = body if body is not None and len(body) <= MOST_BYTES else b""
    return orjson.dumps([answer.status, dict(answer.headers)]) + b"\n" + kept


def _unpacked(packed: bytes) -> GivenAnswer:
    head, _, body = packed.partition(b"\n")
    status, headers = orjson.loads(head)
    return GivenAnswer(status, headers, zlib.decompress(body) if body else None)
