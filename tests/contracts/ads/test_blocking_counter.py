"""What a BlockingCounter counts."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.ads.blocking_counter import RedisBlockingCounter
from service.adapters.redis.redis_keys import BLOCKING
from service.domain.ads.targeting.blocking import Blocked

pytestmark = pytest.mark.redis

DAY_S = 86_400
NOON = 20_000 * DAY_S + 43_200.0
WORD, TOPIC = Blocked(7, "word", "city bank 24"), Blocked(7, "topic", "violence")


@pytest.fixture
def counter(redis: redis_client.Redis) -> RedisBlockingCounter:
    """An empty one."""
    return RedisBlockingCounter(redis)


def test_counts_of_the_days_asked_for_add_up(counter: RedisBlockingCounter) -> None:
    counter.add("courier", {WORD: 2, TOPIC: 1}, NOON)
    counter.add("courier", {WORD: 3}, NOON + DAY_S)
    counter.add("courier", {WORD: 50}, NOON + 2 * DAY_S)
    assert counter.counted("courier", 20_000, 20_001) == {WORD: 5, TOPIC: 1}


def test_sites_are_counted_apart_and_nothing_is_no_work(counter: RedisBlockingCounter) -> None:
    counter.add("courier", {}, NOON)
    counter.add("other", {WORD: 1}, NOON)
    assert counter.counted("courier", 20_000, 20_000) == {}


def test_a_day_is_forgotten_after_its_time(redis: redis_client.Redis) -> None:
    RedisBlockingCounter(redis).add("courier", {WORD: 1}, NOON)
    assert 0 < redis.ttl(BLOCKING.name(site="courier", day=20_000)) <= (BLOCKING.ttl_s or 0)
