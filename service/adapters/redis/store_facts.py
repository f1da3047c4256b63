"""Asks the store what it is, how it is set and how fast it writes, for `standfirst doctor`."""

from __future__ import annotations

import statistics
import time
from contextlib import suppress
from typing import cast

import redis
from redis.exceptions import ResponseError

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.usecases.doctor import StoreFacts

WRITES = 15
"""Writes that are timed, one after the other: with `appendfsync always` each waits for a sync of its own."""


def store_facts(client: redis.Redis) -> StoreFacts:
    """Returns what the store tells of itself; None for what it keeps to itself. Raises StoreUnavailable."""
    with translate():
        about = cast("dict[str, object]", client.info())
        before = time.time()
        seconds, micros = client.time()
        after = time.time()
    return StoreFacts(
        name=str(about.get("server_name", "redis")),
        version=str(about.get("valkey_version") or about.get("redis_version", "")),
        # Valkey tells the Redis version whose commands it speaks.
        redis_version=str(about.get("redis_version", "")),
        role=str(about.get("role", "master")),
        maxmemory_policy=_setting(client, "maxmemory-policy") or _text(about.get("maxmemory_policy")),
        appendonly=_setting(client, "appendonly") or _yes_no(about.get("aof_enabled")),
        appendfsync=_setting(client, "appendfsync"),
        ahead_s=seconds + micros / 1e6 - (before + after) / 2,
        write_ms=_write_ms(client),
    )


def _write_ms(client: redis.Redis) -> float | None:
    """Returns the median milliseconds of a write; None where the store takes none."""
    took_s = []
    with translate(), suppress(ResponseError):
        for _ in range(WRITES):
            began = time.perf_counter()
            client.set(keys.PROBE.name(), b"", ex=keys.PROBE.ttl_s)
            took_s.append(time.perf_counter() - began)
    return 1_000 * statistics.median(took_s) if took_s else None


def _setting(client: redis.Redis, name: str) -> str | None:
    """Returns one setting; None where a managed service refuses to tell."""
    try:
        with translate():
            told = cast("dict[bytes, bytes]", client.config_get(name))
    except ResponseError:
        return None
    value = next(iter(told.values()), None)
    return value.decode() if isinstance(value, bytes) else _text(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _yes_no(value: object) -> str | None:
    return None if value is None else "yes" if value in (1, "1") else "no"
