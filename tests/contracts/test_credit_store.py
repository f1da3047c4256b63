"""What a CreditStore keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis.ads.credit_store import RedisCreditStore
from service.domain.errors import Conflict
from service.domain.events.sums.credit import Credit, Withdrawn

pytestmark = pytest.mark.redis

HOURS = {490_001: Withdrawn(10, 5, 1, 20_000), 490_003: Withdrawn(1, spend_micros=2**52)}
FIRST = Credit("c1", 7, "spring", 490_000, 490_004, "Shown beside a disaster – اردو", 1_764_000_000.5, HOURS)


@pytest.fixture
def store(redis: redis_client.Redis) -> RedisCreditStore:
    """An empty one."""
    return RedisCreditStore(redis)


def test_credits_are_read_as_they_were_given_the_oldest_first(store: RedisCreditStore) -> None:
    later = replace(FIRST, id="a", begins=490_004, ends=490_005, created_at=FIRST.created_at + 1, hours={})
    store.put("courier", later)
    store.put("courier", FIRST)
    assert store.all("courier") == [FIRST, later]
    assert FIRST.total == Withdrawn(11, 5, 1, 20_000 + 2**52)
    assert store.all("other") == []


@pytest.mark.parametrize(("begins", "ends"), [(490_003, 490_010), (489_000, 490_001), (490_001, 490_002)])
def test_an_hour_of_a_flight_is_withdrawn_once(store: RedisCreditStore, begins: int, ends: int) -> None:
    store.put("courier", FIRST)
    with pytest.raises(Conflict):
        store.put("courier", replace(FIRST, id="c2", begins=begins, ends=ends))
    store.put("courier", replace(FIRST, id="c3", flight=8, begins=begins, ends=ends))
    store.put("herald", replace(FIRST, id="c2", begins=begins, ends=ends))
    assert [credit.id for credit in store.all("courier")] == ["c1", "c3"]


def test_a_site_has_a_bounded_number_of_credits(redis: redis_client.Redis) -> None:
    store = RedisCreditStore(redis, limit=1)
    store.put("courier", FIRST)
    with pytest.raises(Conflict, match="as many as it may"):
        store.put("courier", replace(FIRST, id="c2", flight=8))
