"""What a ReadCounter counts."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.page.read_counter import RedisReadCounter
from service.adapters.redis.redis_keys import READS

pytestmark = pytest.mark.redis

NOON = 1_772_366_400.0
HOUR = 3_600


@pytest.fixture
def reads(redis: redis_client.Redis) -> RedisReadCounter:
    """An empty one."""
    return RedisReadCounter(redis)


def test_reads_of_an_hour_add_up(reads: RedisReadCounter) -> None:
    reads.add("courier", {"a-1": 2, "a-2": 1}, NOON)
    reads.add("courier", {"a-1": 3}, NOON + HOUR - 1)
    assert reads.recent("courier", NOON + HOUR - 1, 24) == {"a-1": 5.0, "a-2": 1.0}


def test_a_read_counts_half_after_six_hours_and_a_quarter_after_twelve(reads: RedisReadCounter) -> None:
    reads.add("courier", {"a-1": 8}, NOON)
    assert reads.recent("courier", NOON + 6 * HOUR, 24) == {"a-1": 4.0}
    assert reads.recent("courier", NOON + 12 * HOUR, 24) == {"a-1": 2.0}


def test_reads_beyond_the_hours_asked_for_do_not_count(reads: RedisReadCounter) -> None:
    reads.add("courier", {"a-1": 8}, NOON)
    assert reads.recent("courier", NOON + 2 * HOUR, 2) == {}
    assert reads.recent("courier", NOON - HOUR, 24) == {}


def test_sites_are_counted_apart(reads: RedisReadCounter) -> None:
    reads.add("courier", {"a-1": 8}, NOON)
    assert reads.recent("other", NOON, 24) == {}


def test_no_reads_are_no_work(reads: RedisReadCounter) -> None:
    reads.add("courier", {}, NOON)
    assert reads.recent("courier", NOON, 24) == {}


def test_an_hour_is_forgotten_after_its_time(redis: redis_client.Redis) -> None:
    RedisReadCounter(redis).add("courier", {"a-1": 1}, NOON)
    assert 0 < redis.ttl(READS.name(site="courier", hour=int(NOON // HOUR))) <= (READS.ttl_s or 0)
