"""What a ShownLog keeps."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.page.shown_log import CHUNK, RedisShownLog
from service.adapters.redis.redis_keys import SHOWN
from service.domain.engagement.shown_pages import FollowedTeaser, ShownEvent, ShownPage, ShownTeaser
from service.domain.widgets.kind import PARTS

pytestmark = pytest.mark.redis

LARGEST = 2**64 - 1
FEATURES = tuple(n / 8 for n in range(len(PARTS)))
PAGE = ShownPage(LARGEST, 1_772_366_400, (
    ShownTeaser(7, "must-read", 1, 0.5, FEATURES), ShownTeaser(LARGEST, "ours", 50, 0.25, FEATURES[::-1])))  # fmt: skip
FOLLOWED = FollowedTeaser(LARGEST, 7)


@pytest.fixture
def log(redis: redis_client.Redis) -> RedisShownLog:
    """An empty one."""
    return RedisShownLog(redis)


def test_events_are_kept_in_their_order_and_for_their_site_alone(log: RedisShownLog) -> None:
    log.add("courier", [PAGE, FOLLOWED])
    log.add("courier", [ShownPage(1, 5, ())])
    assert list(log.events("courier")) == [PAGE, FOLLOWED, ShownPage(1, 5, ())]
    assert list(log.events("herald")) == []


def test_more_events_than_one_answer_of_the_store_has_are_all_read(log: RedisShownLog) -> None:
    many: list[ShownEvent] = [FollowedTeaser(n, n) for n in range(2 * CHUNK)]
    log.add("courier", many)
    assert list(log.events("courier")) == many


def test_the_last_ones_are_kept_small_and_lapse_by_themselves(redis: redis_client.Redis) -> None:
    log = RedisShownLog(redis, most_events=500)
    page = ShownPage(3, 5, tuple(ShownTeaser(n, "must-read", n + 1, 0.5, FEATURES) for n in range(10)))
    log.add("courier", [page] * 2_000)
    name = SHOWN.name(site="courier")
    assert 500 <= redis.xlen(name) < 700
    assert redis.memory_usage(name, samples=0) / redis.xlen(name) < 450
    assert 0 < redis.ttl(name) <= (SHOWN.ttl_s or 0)
