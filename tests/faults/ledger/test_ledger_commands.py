"""A decision costs the store a fixed number of commands, whatever its slots, candidates and budgets."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, SecondPrice, SlotPlan, Step
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    FlightStatus,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.reader.frequency import Capped, ReaderCap, counted_reader
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

# GET of the page view, TIME, HMGET, HSET, SET of the page view.
COMMANDS = 5
# With frequency caps: GET and SET of what the reader was shown; of each of the minutes whose decisions are settled, at
# most two in a call, the marks.
READER_COMMANDS, SETTLED_MINUTES = 2, 2


@pytest.fixture
def ledger(redis: redis_client.Redis) -> RedisLedger:
    """Thirty flights of ten campaigns of three advertisers."""
    flights = [
        auctioned(
            f"f{n}", 1_000_000, campaign=f"c{n % 10}", advertiser=f"a{n % 3}", lifetime_cap=1_000_000, daily_cap=500_000
        )
        for n in range(1, 31)
    ]
    owners = [*(Advertiser(f"a{n}") for n in range(3)), *(Campaign(f"c{n}", "a0") for n in range(10))]
    RedisInventoryStore(redis).apply("s", inventory(*owners, *flights), 0)
    ledger = RedisLedger(redis)
    ledger.reserve("s", "warm", [])
    return ledger


def _plans(slots: int, caps: tuple[ReaderCap, ...] = ()) -> list[SlotPlan]:
    day = cap_day(time.time(), "UTC")
    candidates = [Candidate(n, n, day, campaign=n % 10 + 1, advertiser=n % 3 + 1, caps=caps) for n in range(1, 31)]
    return [SlotPlan(f"s{place}", 1, tuple(candidates[: 8 + place])) for place in range(slots)]


def _steps(slots: int) -> list[Step]:
    """A plan in which each slot has a flight of its own, and then every other."""
    planned = [Step(((slot, slot),)) for slot in range(slots)]
    return [*planned, *(Step(tuple((slot, place) for slot in range(slots)), one_of=True) for place in range(8))]


def _set_clock(ledger: RedisLedger, redis: redis_client.Redis, minutes: int) -> None:
    """Moves the ledger's clock, and lets it delete the marks that are too old by then."""
    redis.hset("sf:{s}:ledger", "test_offset_s", 60 * minutes)
    ledger.reserve("s", "warm", [])


def _commands(redis: redis_client.Redis) -> int:
    """How many commands the last call ran in the store."""
    told = redis.info("commandstats")
    ran = sum(stats["calls"] for name, stats in told.items() if name not in ("cmdstat_fcall", "cmdstat_info"))
    return ran - told.get("cmdstat_config|resetstat", {"calls": 0})["calls"]


@pytest.mark.parametrize("slots", [1, 3, 20])
def test_a_decision_is_five_commands(ledger: RedisLedger, redis: redis_client.Redis, slots: int) -> None:
    redis.config_resetstat()
    answer = ledger.reserve("s", f"view-{slots}", _plans(slots), steps=_steps(slots))
    assert all(answer.slots)
    assert _commands(redis) == COMMANDS


@pytest.mark.parametrize("slots", [1, 20])
def test_a_readers_caps_are_two_commands_more_and_one_for_each_minute_that_is_settled(
    ledger: RedisLedger, redis: redis_client.Redis, slots: int
) -> None:
    plans = _plans(slots, tuple(ReaderCap(of, window, 1_000) for of in Capped for window in range(4)))
    reader = counted_reader("s", "r", None, time.time(), "UTC", b"k")
    for page in range(3):
        redis.config_resetstat()
        assert all(ledger.reserve("s", f"view-{page}", plans, steps=_steps(slots), reader=reader).slots)
        assert _commands(redis) == COMMANDS + READER_COMMANDS
        _set_clock(ledger, redis, page + 1)
    _set_clock(ledger, redis, 10)
    redis.config_resetstat()
    ledger.reserve("s", "later", plans, steps=_steps(slots), reader=reader)
    assert _commands(redis) == COMMANDS + READER_COMMANDS + SETTLED_MINUTES


def test_a_page_view_counts_its_own_caps_at_no_cost(ledger: RedisLedger, redis: redis_client.Redis) -> None:
    plans = _plans(3, (ReaderCap(Capped.FLIGHT, 1, 1),))
    redis.config_resetstat()
    assert all(ledger.reserve("s", "view", plans, steps=_steps(3)).slots)
    assert _commands(redis) == COMMANDS


@pytest.mark.parametrize(("paused", "more"), [(0, 0), (1, 1), (4, 1), (5, 2)])
def test_a_second_price_costs_commands_only_where_rivals_cannot_be_served(
    ledger: RedisLedger, redis: redis_client.Redis, paused: int, more: int
) -> None:
    store = RedisInventoryStore(redis)
    flights = store.load("s").flights
    gone = [replace(flights[f"f{n}"], status=FlightStatus.PAUSED) for n in range(2, paused + 2)]
    store.apply("s", InventoryChanges(tuple(gone)), store.version("s"))
    plan = _plans(1)[0]
    by_rivals = SecondPrice(tuple((place, 900_000 - place) for place in range(1, 8)))
    priced = replace(plan, candidates=(replace(plan.candidates[0], second_price=by_rivals), *plan.candidates[1:]))
    redis.config_resetstat()
    answer = ledger.reserve("s", "view", [priced], steps=_steps(1)).slots[0]
    assert answer is not None
    assert (answer.flight, answer.price_micros) == (1, 900_000 - 1 - paused)
    assert _commands(redis) == COMMANDS + more


def test_a_repeat_is_no_more_than_that(ledger: RedisLedger, redis: redis_client.Redis) -> None:
    first = ledger.reserve("s", "view", _plans(3), steps=_steps(3))
    redis.config_resetstat()
    assert ledger.reserve("s", "view", _plans(3), steps=_steps(3)) == first
    assert _commands(redis) <= COMMANDS
