"""What a CreditStore keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis.ads.credit_store import RedisCreditStore
from service.domain.errors import Conflict
from service.domain.events.sums.credit import Credit, Withdrawn, left_of

pytestmark = pytest.mark.redis

HOURS = {490_001: Withdrawn(10, 5, 1, 20_000), 490_003: Withdrawn(1, spend_micros=2**52)}
FIRST = Credit("c1", 7, "spring", 490_000, 490_004, "Shown beside a disaster – اردو", 1_764_000_000.5, HOURS)


@pytest.fixture
def store(redis: redis_client.Redis) -> RedisCreditStore:
    """An empty one."""
    return RedisCreditStore(redis)


def test_credits_are_read_as_they_were_given_the_oldest_first(store: RedisCreditStore) -> None:
    later = replace(FIRST, id="a", begins=490_004, ends=490_005, created_at=FIRST.created_at + 1, hours={})
    for credit in (later, FIRST):
        assert store.add("courier", lambda _, given=credit: given) == credit
    assert store.all("courier") == [FIRST, later]
    assert FIRST.total == Withdrawn(11, 5, 1, 20_000 + 2**52)
    assert store.all("other") == []


def test_of_two_given_at_once_neither_is_made_without_a_look_at_the_other(store: RedisCreditStore) -> None:
    def make(given: list[Credit]) -> Credit:
        assert given == []
        store.add("courier", lambda _: FIRST)
        return replace(FIRST, id="c2")

    with pytest.raises(Conflict, match="at the same time"):
        store.add("courier", make)
    assert store.all("courier") == [FIRST]


def test_what_credits_have_withdrawn_of_a_flight_is_not_left() -> None:
    later, other = replace(FIRST, hours={490_003: Withdrawn(2)}), replace(FIRST, flight=8)
    hours = {490_001: Withdrawn(10, 5, 1, 20_000), 490_002: Withdrawn(7), 490_003: Withdrawn(4, 1, 0, 2**52 + 9)}
    left = {490_002: Withdrawn(7), 490_003: Withdrawn(1, 1, 0, 9)}
    assert left_of(hours, 7, [FIRST, later, other]) == left
    assert left_of(hours, 9, [FIRST]) == hours


def test_a_site_has_a_bounded_number_of_credits(redis: redis_client.Redis) -> None:
    store = RedisCreditStore(redis, limit=1)
    store.add("courier", lambda _: FIRST)
    with pytest.raises(Conflict, match="as many as it may"):
        store.add("courier", lambda _: replace(FIRST, id="c2", flight=8))
    back = replace(FIRST, id="c3", created_at=FIRST.created_at + 1, reverses="c1")
    assert store.add("courier", lambda _: back) == back
    assert store.all("courier") == [FIRST, back]
