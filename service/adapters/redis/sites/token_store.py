"""Keeps access tokens in the store, one JSON record each, without their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import TOKEN, TOKENS
from service.domain.sites.access import Scope, Token


class RedisTokenStore:
    """A TokenStore on Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get(self, token_id: str) -> Token | None:
        """Returns the token, or None if unknown or revoked."""
        with translate():
            record = cast("bytes | None", self._client.get(TOKEN.name(token_id=token_id)))
        return unpack_token(record) if record is not None else None

    def put(self, token: Token) -> None:
        """Keeps the token."""
        with translate():
            self._client.set(TOKEN.name(token_id=token.id), pack_token(token))
            self._client.sadd(TOKENS.pattern, token.id)

    def all(self) -> list[Token]:
        """Returns every token, by id."""
        with translate():
            ids = sorted(cast("set[bytes]", self._client.smembers(TOKENS.pattern)))
            pipe = self._client.pipeline(transaction=False)
            for token_id in ids:
                pipe.get(TOKEN.name(token_id=token_id.decode()))
            records = cast("Sequence[bytes | None]", pipe.execute())
        return [unpack_token(record) for record in records if record is not None]

    def revoke(self, token_id: str) -> bool:
        """Forgets the token; False if it was not there."""
        with translate():
            gone = self._client.delete(TOKEN.name(token_id=token_id))
            self._client.srem(TOKENS.pattern, token_id)
        return bool(gone)


def pack_token(token: Token) -> bytes:
    """Returns the token's record."""
    return orjson.dumps(
        {
            "id": token.id,
            "secret_hash": token.secret_hash,
            "scopes": sorted(token.scopes),
            "site": token.site,
            "created_at": token.created_at,
            "name": token.name,
        }
    )


def unpack_token(record: bytes) -> Token:
    """Returns the token of a record; a scope that this version does not know grants nothing."""
    given = orjson.loads(record)
    known = {scope.value for scope in Scope}
    scopes = frozenset(Scope(scope) for scope in given["scopes"] if scope in known)
    return Token(given["id"], given["secret_hash"], scopes, given["site"], given["created_at"], given.get("name", ""))
