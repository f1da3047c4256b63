"""The store's client: it answers, it never waits long, and its absence is StoreUnavailable."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis as redis_client

from service.adapters.redis.connection import connect, translate
from service.domain.errors import StoreUnavailable


@pytest.mark.redis
def test_a_client_answers_bytes(redis: redis_client.Redis) -> None:
    redis.set("name", "value")
    assert redis.get("name") == b"value"


def test_an_absent_store_is_unavailable_at_once(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nobody", 2_000)
    started_at = time.monotonic()
    with pytest.raises(StoreUnavailable), translate():
        client.ping()
    assert time.monotonic() - started_at < 1


@pytest.mark.redis
def test_a_store_that_hangs_is_unavailable_after_one_timeout(redis: redis_client.Redis, redis_url: str) -> None:
    client = connect(redis_url, 100)
    client.ping()
    redis.client_pause(600)
    started_at = time.monotonic()
    with pytest.raises(StoreUnavailable), translate():
        client.set("name", "value")
    assert 0.05 < time.monotonic() - started_at < 0.4
    redis.client_unpause()


@pytest.mark.redis
def test_a_connection_closed_by_the_server_is_replaced_without_a_fault(
    redis: redis_client.Redis, redis_url: str
) -> None:
    client = connect(redis_url, 1_000)
    client.ping()
    redis.client_kill_filter(_type="normal", skipme=True)
    assert client.ping()


@pytest.mark.redis
def test_a_wrong_command_is_a_bug_and_stays_one(redis: redis_client.Redis) -> None:
    with pytest.raises(redis_client.ResponseError), translate():
        redis.execute_command("NOSUCHCOMMAND")
