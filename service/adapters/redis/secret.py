"""The key that signs event addresses, made once and shared by every process on the same store."""

from __future__ import annotations

import secrets
from typing import cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import SECRET


class SharedSecret:
    """The store's signing key; asked for once in each process, then kept, since it never changes."""

    def __init__(self, client: redis.Redis, configured: str = "") -> None:
        """A `configured` key is used as it is, and the store never asked."""
        self._client = client
        self._key: bytes | None = configured.encode() or None

    def key(self) -> bytes:
        """Returns the key, 64 hex digits unless configured; the first process to ask makes it.

        Raises StoreUnavailable while this process has not learnt it.
        """
        if self._key is None:
            with translate():
                self._client.set(SECRET.pattern, secrets.token_hex(32), nx=True)
                self._key = cast("bytes", self._client.get(SECRET.pattern))
        return self._key
