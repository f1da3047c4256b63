"""A store with a ledger of the first form keeps every booking, hold, mark and kill when it is brought over."""

from __future__ import annotations

import time

import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, SlotPlan
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.events.booking import Booking, EventStatus
from service.domain.events.tokens import AdToken, EventKind

pytestmark = pytest.mark.redis

FLIGHT = b"""{"id":"f","campaign":"c","advertiser":"a","tier":"price","price_model":"cpm","price_micros":2000000,
"lifetime_cap":10000,"creatives":[{"id":"k"}]}"""
# What cmsgpack makes of a hold of one impression at a minute and day: {{minute, day, 2000, 0, 0, 0}}.
PACK = "return cmsgpack.pack({{tonumber(ARGV[1]), tonumber(ARGV[2]), 2000, 0, 0, 0}})"


@pytest.fixture
def ledger(redis: redis_client.Redis) -> RedisLedger:
    """One flight that has spent 4,000 of its 10,000 micros and holds 2,000; creative 2 is killed."""
    redis.hset("sf:{s}:numbers", mapping={"campaigns:c": 1, "advertisers:a": 1, "flights:f": 1, "creatives:k": 1})
    redis.hset("sf:{s}:inventory", "flights:f", FLIGHT)
    redis.hset("sf:{s}:versions", "inventory", 1)
    redis.sadd("sf:{s}:killed", 2)
    now = int(redis.time()[0])
    day = cap_day(now, "UTC").number
    redis.hset("sf:{s}:ledger", mapping={"epoch": 77, "clock_s": now, "minute": now // 60, "serial": 5, "swept": 9})
    old = {
        "state": "active", "model": 1, "price": 2_000_000, "cap_unit": "m", "lifetime_cap": 10_000, "daily_cap": "",
        "goal_unit": "i", "goal": "", "life_m": 4_000, "life_i": 2_000_000, "billed": 2, "day": day, "day_m": 4_000,
        "net_impressions": 2, "gross_impressions": 3, "holds": redis.eval(PACK, 0, now // 60, day),
    }  # fmt: skip
    redis.hset("sf:{s}:flight:1", mapping=old)
    return RedisLedger(redis)


def _reserved(ledger: RedisLedger, creative: int = 1) -> int:
    """How many of five page views get the flight."""
    plan = SlotPlan("slot", 1, (Candidate(1, creative, cap_day(time.time(), "UTC")),))
    answers = [ledger.reserve("s", f"view-{n}", [plan]).slots[0] for n in range(5)]
    return sum(answer is not None for answer in answers)


def test_what_was_spent_and_held_still_counts_against_the_cap(ledger: RedisLedger) -> None:
    assert _reserved(ledger) == 2


def test_the_report_tells_what_it_told_before(ledger: RedisLedger) -> None:
    delivery = ledger.delivery("s", [1])[0]
    assert (delivery.spend_micros, delivery.net_impressions, delivery.gross_impressions) == (4_000, 2, 3)


def test_an_event_of_before_is_booked_and_gives_its_hold_back(ledger: RedisLedger, redis: redis_client.Redis) -> None:
    now = int(redis.time()[0])
    day = cap_day(now, "UTC").number
    token = AdToken(EventKind.IMPRESSION, "s", 77, now // 60, 3, 1, 1, 1, 1, 2_000_000, 600_000, 10_000, day)
    assert ledger.book(token) == Booking(EventStatus.BILLED, 2_000)
    assert ledger.book(token).status is EventStatus.REPLAY
    assert _reserved(ledger) == 2


def test_a_killed_creative_stays_killed(ledger: RedisLedger) -> None:
    assert _reserved(ledger, creative=2) == 0


def test_a_load_of_inventory_brings_the_ledger_over_too(ledger: RedisLedger, redis: redis_client.Redis) -> None:
    store = RedisInventoryStore(redis)
    flight = store.load("s").flights["f"]
    store.apply("s", InventoryChanges((flight,)), 1)
    assert ledger.delivery("s", [1])[0].spend_micros == 4_000
    assert _reserved(ledger) == 2


def test_a_new_serial_number_is_none_that_was_given_before(ledger: RedisLedger, redis: redis_client.Redis) -> None:
    last = (int(redis.hget("sf:{s}:ledger", "minute")), int(redis.hget("sf:{s}:ledger", "serial")))
    plan = SlotPlan("slot", 1, (Candidate(1, 1, cap_day(time.time(), "UTC")),))
    answer = ledger.reserve("s", "view", [plan]).slots[0]
    assert answer is not None
    assert answer.epoch == 77
    assert (answer.minute, answer.serial) > last
