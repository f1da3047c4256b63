"""What an EngagementCounter counts."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.counted_hashes import BATCH
from service.adapters.redis.page.engagement_counter import RedisEngagementCounter
from service.adapters.redis.redis_keys import ENGAGEMENT
from service.domain.engagement.rates import Counts, counts_of

pytestmark = pytest.mark.redis

NOON = 1_772_366_400.0
HOUR = 3_600
AT_NOON = int(NOON // HOUR)
LARGEST = 2**64 - 1


@pytest.fixture
def counter(redis: redis_client.Redis) -> RedisEngagementCounter:
    """An empty one."""
    return RedisEngagementCounter(redis)


def rows(counts: Counts) -> list[tuple[int, float, float]]:
    """The counts as rows of hash, clicks and offers."""
    return list(zip(counts.id_hash.tolist(), counts.clicks.tolist(), counts.offered.tolist(), strict=True))


def test_counts_of_an_hour_add_up_by_article(counter: RedisEngagementCounter) -> None:
    counter.add("courier", counts_of([(7, 1, 10), (LARGEST, 0, 4)]), NOON)
    counter.add("courier", counts_of([(7, 2, 5)]), NOON + HOUR - 1)
    assert rows(counter.hours("courier", [AT_NOON])[0]) == [(7, 3, 15), (LARGEST, 0, 4)]


def test_hours_are_answered_in_the_order_asked(counter: RedisEngagementCounter) -> None:
    counter.add("courier", counts_of([(7, 0, 1)]), NOON)
    counter.add("courier", counts_of([(8, 0, 1)]), NOON + HOUR)
    later, none, noon = counter.hours("courier", [AT_NOON + 1, AT_NOON + 2, AT_NOON])
    assert (rows(later), rows(none), rows(noon)) == ([(8, 0, 1)], [], [(7, 0, 1)])


def test_a_click_without_an_offer_is_counted(counter: RedisEngagementCounter) -> None:
    counter.add("courier", counts_of([(7, 1, 0)]), NOON)
    assert rows(counter.hours("courier", [AT_NOON])[0]) == [(7, 1, 0)]


def test_sites_are_counted_apart(counter: RedisEngagementCounter) -> None:
    counter.add("courier", counts_of([(7, 1, 1)]), NOON)
    assert rows(counter.hours("other", [AT_NOON])[0]) == []


def test_more_articles_than_one_call_of_the_store_takes_are_all_counted(counter: RedisEngagementCounter) -> None:
    many = [(n, float(n % 2), 1.0) for n in range(1, 2 * BATCH)]
    counter.add("courier", counts_of(many), NOON)
    assert rows(counter.hours("courier", [AT_NOON])[0]) == many


def test_looks_are_told_beside_offers_to_the_thousandth(counter: RedisEngagementCounter) -> None:
    counter.add("courier", counts_of([(7, 1, 3, 1.125), (8, 0, 2, 0.5)]), NOON)
    counter.add("courier", counts_of([(7, 0, 1, 0.001)]), NOON)
    found = counter.hours("courier", [AT_NOON])[0]
    assert found.offered.tolist() == [4, 2]
    assert found.looks.tolist() == pytest.approx([1.126, 0.5])


def test_offers_that_were_counted_without_looks_were_looked_at_each_time(redis: redis_client.Redis) -> None:
    redis.hset(ENGAGEMENT.name(site="courier", hour=AT_NOON), b"o" + (7).to_bytes(8, "little"), 20)
    assert RedisEngagementCounter(redis).hours("courier", [AT_NOON])[0].looks.tolist() == [20]


def test_a_full_hour_counts_on_for_those_that_it_holds_and_takes_no_others(redis: redis_client.Redis) -> None:
    counter = RedisEngagementCounter(redis, max_entries=3)
    counter.add("courier", counts_of([(n, 0, 1) for n in range(5)]), NOON)
    counter.add("courier", counts_of([(0, 0, 1), (1, 4, 1), (9, 0, 1)]), NOON)
    assert rows(counter.hours("courier", [AT_NOON])[0]) == [(0, 0, 2), (1, 0, 2), (2, 0, 1)]


def test_an_hour_is_forgotten_after_its_time(redis: redis_client.Redis) -> None:
    RedisEngagementCounter(redis).add("courier", counts_of([(7, 1, 1)]), NOON)
    assert 0 < redis.ttl(ENGAGEMENT.name(site="courier", hour=AT_NOON)) <= (ENGAGEMENT.ttl_s or 0)
