"""What a TokenStore keeps."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.secret import SharedSecret
from service.adapters.redis.sites.token_store import RedisTokenStore, unpack_token
from service.domain.sites.access import Scope, Token

pytestmark = pytest.mark.redis

BOUND = Token("aaaaaaaaaaaa", "0" * 64, frozenset({Scope.RENDER, Scope.ADS}), "courier", 1_700_000_000, "renderer")
FREE = Token("bbbbbbbbbbbb", "1" * 64, frozenset({Scope.ADMIN}), None, 1_700_000_001)


@pytest.fixture
def tokens(redis: redis_client.Redis) -> RedisTokenStore:
    """An empty one."""
    return RedisTokenStore(redis)


@pytest.mark.parametrize("token", [BOUND, FREE], ids=["of one site", "of every site"])
def test_a_token_comes_back_as_it_was_put(tokens: RedisTokenStore, token: Token) -> None:
    tokens.put(token)
    assert tokens.get(token.id) == token


def test_an_unknown_token_is_none(tokens: RedisTokenStore) -> None:
    assert tokens.get("cccccccccccc") is None


def test_all_tokens_are_listed_by_id(tokens: RedisTokenStore) -> None:
    tokens.put(FREE)
    tokens.put(BOUND)
    assert tokens.all() == [BOUND, FREE]


def test_a_revoked_token_is_gone(tokens: RedisTokenStore) -> None:
    tokens.put(BOUND)
    assert tokens.revoke(BOUND.id) is True
    assert tokens.get(BOUND.id) is None
    assert tokens.all() == []
    assert tokens.revoke(BOUND.id) is False


def test_a_scope_of_a_later_version_grants_nothing() -> None:
    record = b'{"id":"aaaaaaaaaaaa","secret_hash":"0","scopes":["render","moon"],"site":null,"created_at":1}'
    assert unpack_token(record).scopes == {Scope.RENDER}


def test_every_process_learns_the_same_signing_key(redis) -> None:  # type: ignore[no-untyped-def]
    first, second = SharedSecret(redis), SharedSecret(redis)
    assert first.key() == second.key()
    assert len(first.key()) == 64


def test_a_configured_signing_key_is_taken_as_it_is(redis) -> None:  # type: ignore[no-untyped-def]
    assert SharedSecret(redis, "given").key() == b"given"
    assert redis.keys() == []
