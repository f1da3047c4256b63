"""Every counter is recomputed from its events: what agrees is told, what was altered is found."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import redis as redis_client
from click.testing import CliRunner, Result

from service.adapters.redis.events.event_stream import RedisEventStream
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.cli import main
from service.domain.events.tokens import AdToken
from service.domain.sites.site import Site
from service.usecases.events.roll_up_events import RollUpEvents
from tests.faults.events.shop import CLICK, IMPRESSION, VIEW, Shop

pytestmark = pytest.mark.redis

# Where a record's counters stand: see record.lua. Booked units are in millionths.
SPENT_AT = 45 + 40
COUNTERS = {
    "valid impressions": 53, "valid views": 61, "valid clicks": 69,
    "impressions": SPENT_AT + 24, "views": SPENT_AT + 48, "clicks": SPENT_AT + 72, "spend_micros": SPENT_AT,
}  # fmt: skip


@pytest.fixture
def shop(redis: redis_client.Redis) -> Shop:
    RedisSiteStore(redis).put(Site("s"))
    shop = Shop(redis, cap=100_000)
    for n in range(12):
        one = shop.reserve(f"v{n}")
        for kind in (IMPRESSION, VIEW, CLICK)[: 1 + n % 3]:
            shop.ledger.book(shop.token(one, kind), "bot" if n == 5 else None)
    shop.ledger.book(shop.token(shop.reserve("click"), CLICK))
    shop.ledger.book(AdToken(IMPRESSION, "s", 0, 0, 0, 1, 1, 1))
    return shop


def add_up(redis: redis_client.Redis) -> None:
    """What a worker does."""
    sites = RedisSiteStore(redis)
    sites.put(Site("s"))
    RollUpEvents(RedisEventStream(redis), sites, "worker").work_off()


def reconcile(redis_url: str, tmp_path: Path, *words: str) -> Result:
    """Runs the command."""
    shared = ["--redis-url", redis_url, "--data-dir", str(tmp_path), "--json"]
    return CliRunner().invoke(main, ["ads", "reconcile", "--site", "s", *words, *shared])


def spoil(redis: redis_client.Redis, budget: str, number: int, at: int = SPENT_AT) -> None:
    """Writes a number into a budget's record, what it has spent unless told otherwise."""
    record = redis.hget("sf:{s}:ledger", budget)
    redis.hset("sf:{s}:ledger", budget, record[:at] + struct.pack("<d", number) + record[at + 8 :])


@pytest.mark.parametrize("added_up", ["nothing", "half", "all"])
def test_counters_agree_wherever_their_events_are(
    shop: Shop, redis: redis_client.Redis, redis_url: str, tmp_path: Path, added_up: str
) -> None:
    if added_up != "nothing":
        add_up(redis)
    if added_up == "half":
        shop.ledger.book(shop.token(shop.reserve("later")))
        RedisEventStream(redis).take("s", "stalled", 100)
        shop.ledger.book(shop.token(shop.reserve("last")))
    answer = reconcile(redis_url, tmp_path)
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout) == {"budgets": 3, "differences": [], "accepted": False}


@pytest.mark.parametrize(("budget", "name"), [("f1", "flight f"), ("c1", "campaign c"), ("a1", "advertiser a")])
def test_a_counter_that_was_altered_is_found_and_may_be_accepted(
    shop: Shop, redis: redis_client.Redis, redis_url: str, tmp_path: Path, budget: str, name: str
) -> None:
    add_up(redis)
    spoil(redis, budget, 5_000)
    answer = reconcile(redis_url, tmp_path)
    assert answer.exit_code == 1
    (found,) = json.loads(answer.stdout)["differences"]
    assert (found["id"], found["measure"], found["in_ledger"]) == (name, "spend_micros", 5_000)
    assert reconcile(redis_url, tmp_path, "--accept").exit_code == 0
    shop.ledger.book(shop.token(shop.reserve("after")))
    assert reconcile(redis_url, tmp_path).exit_code == 0


@pytest.mark.parametrize("measure", COUNTERS)
def test_each_counter_of_a_flight_is_compared(
    shop: Shop, redis: redis_client.Redis, redis_url: str, tmp_path: Path, measure: str
) -> None:
    spoil(redis, "f1", 99_000_000, COUNTERS[measure])
    (found,) = json.loads(reconcile(redis_url, tmp_path).stdout)["differences"]
    assert (found["id"], found["measure"]) == ("flight f", measure)


def test_an_event_that_is_missing_from_the_stream_is_found(
    shop: Shop, redis: redis_client.Redis, redis_url: str, tmp_path: Path
) -> None:
    redis.xdel("sf:{s}:events", redis.xrange("sf:{s}:events")[0][0])
    answer = reconcile(redis_url, tmp_path)
    assert answer.exit_code == 1
    assert {found["id"] for found in json.loads(answer.stdout)["differences"]} == {
        "flight f", "campaign c", "advertiser a",
    }  # fmt: skip


def test_a_site_without_a_ledger_has_nothing_that_differs(
    redis: redis_client.Redis, redis_url: str, tmp_path: Path
) -> None:
    RedisSiteStore(redis).put(Site("s"))
    assert reconcile(redis_url, tmp_path).exit_code == 0
