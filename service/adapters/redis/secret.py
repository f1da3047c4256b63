"""The key that signs event addresses, made once and shared by every process on the same store."""

from __future__ import annotations

import secrets
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import SECRET


def shared_secret(client: redis.Redis) -> bytes:
    """Returns the store's signing key, 64 hex digits; the first to ask makes it. Raises StoreUnavailable."""
    with translate():
        client.set(SECRET.pattern, secrets.token_hex(32), nx=True)
        return cast("bytes", client.get(SECRET.pattern))
