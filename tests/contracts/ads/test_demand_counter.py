"""What a DemandCounter keeps."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.redis_keys import AUDIENCES, DEMAND
from service.domain.ads.forecast.demand import Audience, Demand

pytestmark = pytest.mark.redis

HOUR = 480_000
DAY = HOUR // 24
MADRID, LAHORE = Audience("sidebar", "world", "ES", "mobile", "en"), Audience("sidebar", "sport: local", "PK")
FOOT = Audience("article-foot")


@pytest.fixture
def counter(redis: redis_client.Redis) -> RedisDemandCounter:
    """An empty one."""
    return RedisDemandCounter(redis)


def test_an_hour_tells_its_slots_by_placement(counter: RedisDemandCounter) -> None:
    counter.add("courier", HOUR, {MADRID: Demand(3, 2), LAHORE: Demand(1, 0), FOOT: Demand(4, 0)})
    counter.add("courier", HOUR, {MADRID: Demand(1, 1)})
    counter.add("courier", HOUR + 1, {FOOT: Demand(9, 9)})
    assert counter.hours("courier", [HOUR, HOUR + 2]) == [{"sidebar": Demand(5, 3), "article-foot": Demand(4, 0)}, {}]


def test_a_day_tells_its_slots_by_audience(counter: RedisDemandCounter) -> None:
    counter.add("courier", HOUR, {MADRID: Demand(3, 2), LAHORE: Demand(1, 0)})
    counter.add("courier", HOUR + 23, {MADRID: Demand(2, 0), FOOT: Demand(1, 0)})
    counter.add("courier", HOUR + 24, {MADRID: Demand(50, 0)})
    assert counter.days("courier", [DAY, DAY + 2]) == [{MADRID: 5, LAHORE: 1, FOOT: 1}, {}]


def test_sites_are_counted_apart(counter: RedisDemandCounter) -> None:
    counter.add("other", HOUR, {MADRID: Demand(1, 0)})
    assert (counter.hours("courier", [HOUR]), counter.days("courier", [DAY])) == ([{}], [{}])


def test_hours_and_days_are_forgotten_and_a_full_day_takes_no_more_audiences(redis: redis_client.Redis) -> None:
    counter = RedisDemandCounter(redis, max_audiences=1)
    counter.add("courier", HOUR, {MADRID: Demand(3, 2), LAHORE: Demand(1, 0)})
    assert counter.days("courier", [DAY]) == [{MADRID: 3}]
    assert counter.hours("courier", [HOUR]) == [{"sidebar": Demand(4, 2)}]
    for spec, key in (
        (DEMAND, DEMAND.name(site="courier", hour=HOUR)),
        (AUDIENCES, AUDIENCES.name(site="courier", day=DAY)),
    ):
        assert 0 < redis.ttl(key) <= (spec.ttl_s or 0)
