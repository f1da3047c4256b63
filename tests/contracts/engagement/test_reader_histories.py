"""What ReaderHistories keep."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.page.reader_histories import RedisReaderHistories
from service.adapters.redis.redis_keys import HISTORY, SESSION_HISTORY
from service.domain.engagement.reader_history import KEPT_S, MOST_KEPT, SESSION_S, Whose

pytestmark = pytest.mark.redis

NOON = 1_772_366_400.25
ADA, IN_A_SESSION = Whose("a1", "a0"), Whose("s1", is_session=True)
LARGEST = 2**64 - 1


@pytest.fixture
def histories(redis: redis_client.Redis) -> RedisReaderHistories:
    """An empty one."""
    return RedisReaderHistories(redis)


def test_a_page_recalls_what_was_read_before_it_and_is_itself_noted(histories: RedisReaderHistories) -> None:
    assert histories.recall("courier", ADA, 7, NOON) == []
    assert histories.recall("courier", ADA, None, NOON + 1) == [7]
    assert histories.recall("courier", ADA, LARGEST, NOON + 2) == [7]
    assert histories.recall("courier", ADA, None, NOON + 3) == [7, LARGEST]


def test_what_is_read_again_is_the_last_and_stands_once(histories: RedisReaderHistories) -> None:
    histories.note("courier", ADA, [1, 2, 3], NOON)
    histories.note("courier", ADA, [1], NOON + 1)
    read = histories.recall("courier", ADA, None, NOON + 2)
    assert (sorted(read), read[-1]) == ([1, 2, 3], 1)


def test_readers_sites_and_sessions_are_kept_apart(histories: RedisReaderHistories) -> None:
    histories.note("courier", ADA, [1], NOON)
    histories.note("courier", IN_A_SESSION, [2], NOON)
    assert histories.recall("courier", Whose("b1", "b0"), None, NOON) == []
    assert histories.recall("herald", ADA, None, NOON) == []
    assert histories.recall("courier", Whose("a1", is_session=True), None, NOON) == []
    assert histories.recall("courier", IN_A_SESSION, None, NOON) == [2]


def test_last_months_articles_come_before_this_months(histories: RedisReaderHistories) -> None:
    histories.note("courier", Whose("a0"), [1, 2], NOON)
    histories.note("courier", ADA, [3], NOON + 5)
    assert sorted(histories.recall("courier", ADA, None, NOON + 6)[:2]) == [1, 2]
    assert histories.recall("courier", ADA, None, NOON + 6)[2:] == [3]


def test_the_last_ones_are_kept_and_none_for_longer_than_told(histories: RedisReaderHistories) -> None:
    for n in range(MOST_KEPT + 5):
        histories.note("courier", ADA, [n], NOON + n)
    read = histories.recall("courier", ADA, None, NOON + 200)
    assert read == list(range(5, MOST_KEPT + 5))
    assert histories.recall("courier", ADA, None, NOON + KEPT_S + 50) == list(range(51, MOST_KEPT + 5))


def test_an_erased_reader_is_forgotten_in_both_months_and_others_are_not(histories: RedisReaderHistories) -> None:
    histories.note("courier", Whose("a0"), [1], NOON)
    histories.note("courier", ADA, [2], NOON)
    histories.note("courier", Whose("b1"), [3], NOON)
    assert histories.erase("courier", ADA) == 2
    assert histories.erase("courier", ADA) == 0
    assert histories.recall("courier", ADA, None, NOON) == []
    assert histories.recall("courier", Whose("b1"), None, NOON) == [3]


def test_each_record_lapses_by_itself_and_is_small(redis: redis_client.Redis) -> None:
    histories = RedisReaderHistories(redis)
    for n in range(MOST_KEPT):
        histories.note("courier", ADA, [LARGEST - n], NOON + n)
    histories.recall("courier", IN_A_SESSION, 5, NOON)
    name = HISTORY.name(site="courier", digest="a1")
    assert 0 < redis.ttl(name) <= KEPT_S
    assert 0 < redis.ttl(SESSION_HISTORY.name(site="courier", digest="s1")) <= SESSION_S
    assert redis.memory_usage(name) < 3_500


def test_a_page_costs_one_round_trip(redis: redis_client.Redis) -> None:
    histories = RedisReaderHistories(redis)
    histories.note("courier", ADA, [1], NOON)
    before = redis.info("stats")["total_reads_processed"]
    histories.recall("courier", ADA, 7, NOON)
    assert redis.info("stats")["total_reads_processed"] - before == 2, "the page's, and the one that asks"
