"""What a TeaserCounter counts."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.counted_hashes import BATCH
from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.adapters.redis.redis_keys import TEASERS
from service.domain.durations import DAY_S
from service.domain.engagement.teaser_events import TeaserAct, TeaserPlace, day_of

pytestmark = pytest.mark.redis

NOON = 1_772_366_400.0
TODAY = day_of(NOON)
FIRST = TeaserPlace(2**64 - 1, "must-read", 1, "m-1", "control")
CLICK, VIEW, DWELL = TeaserAct.CLICK, TeaserAct.VIEW, TeaserAct.DWELL_MS


@pytest.fixture
def counter(redis: redis_client.Redis) -> RedisTeaserCounter:
    """An empty one."""
    return RedisTeaserCounter(redis)


def test_counts_of_a_day_add_up_by_act_and_place(counter: RedisTeaserCounter) -> None:
    bare = TeaserPlace(7)
    counter.add("courier", {(CLICK, FIRST): 1, (DWELL, bare): 40_000}, NOON)
    counter.add("courier", {(CLICK, FIRST): 2, (VIEW, FIRST): 5, (DWELL, bare): 1}, NOON + 100)
    assert counter.days("courier", [TODAY]) == [{(CLICK, FIRST): 3, (VIEW, FIRST): 5, (DWELL, bare): 40_001}]


def test_a_place_is_told_by_each_of_its_parts(counter: RedisTeaserCounter) -> None:
    places = [
        TeaserPlace(7),
        TeaserPlace(7, position=3),
        TeaserPlace(7, "related"),
        TeaserPlace(7, "related", 3),
        TeaserPlace(7, "related", 3, "m"),
        TeaserPlace(7, variant="b"),
    ]
    counts = {(act, place): number for number, place in enumerate(places, 1) for act in TeaserAct}
    counter.add("courier", counts, NOON)
    assert counter.days("courier", [TODAY]) == [counts]


def test_days_and_sites_are_counted_apart_and_answered_as_asked(counter: RedisTeaserCounter) -> None:
    counter.add("courier", {(CLICK, FIRST): 1}, NOON)
    counter.add("courier", {(CLICK, FIRST): 2}, NOON + DAY_S)
    counter.add("other", {(CLICK, FIRST): 4}, NOON)
    assert counter.days("courier", [TODAY + 1, TODAY + 2, TODAY]) == [{(CLICK, FIRST): 2}, {}, {(CLICK, FIRST): 1}]


def test_more_places_than_one_call_of_the_store_takes_are_all_counted(counter: RedisTeaserCounter) -> None:
    many = {(VIEW, TeaserPlace(number, "related", 1)): 1 for number in range(2 * BATCH + 1)}
    counter.add("courier", many, NOON)
    assert counter.days("courier", [TODAY]) == [many]


def test_a_full_day_takes_no_more_places_and_is_forgotten_after_its_time(redis: redis_client.Redis) -> None:
    counter = RedisTeaserCounter(redis, max_entries=2)
    counter.add("courier", {(VIEW, TeaserPlace(number)): 1 for number in range(5)}, NOON)
    counter.add("courier", {(VIEW, TeaserPlace(1)): 1, (VIEW, TeaserPlace(9)): 1}, NOON)
    assert counter.days("courier", [TODAY]) == [{(VIEW, TeaserPlace(0)): 1, (VIEW, TeaserPlace(1)): 2}]
    assert 0 < redis.ttl(TEASERS.name(site="courier", day=TODAY)) <= (TEASERS.ttl_s or 0)
