"""Events are added up once, whoever dies: sums agree with the ledger, and the stream keeps what is not yet taken."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path

import pytest
import redis as redis_client
from click.testing import CliRunner

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.events import event_form, event_stream
from service.adapters.redis.events.event_stream import GROUP, RedisEventStream, RedisRollups
from service.adapters.redis.redis_keys import all_keys
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.cli import main
from service.domain.ads.booking.ledger import Delivery
from service.domain.ads.inventory import (
    Campaign,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.durations import HOUR_S
from service.domain.events.sums.rollup import OTHER, Cell, Dimension, Sums, roll_up
from service.domain.events.tokens import AdToken
from service.domain.events.validity.agents import Device
from service.domain.sites.site import Site
from service.usecases.events.roll_up_events import RollUpEvents
from tests.faults.events.shop import CLICK, IMPRESSION, VIEW, Shop

pytestmark = pytest.mark.redis

STREAM = "sf:{s}:events"


@pytest.fixture
def shop(redis: redis_client.Redis) -> Shop:
    return Shop(redis, cap=100_000)


@pytest.fixture
def stream(redis: redis_client.Redis) -> RedisEventStream:
    return RedisEventStream(redis)


def worker(redis: redis_client.Redis, name: str, dead_after_ms: int = 0) -> RollUpEvents:
    """A consumer; to it all others are dead unless told otherwise."""
    sites = RedisSiteStore(redis)
    sites.put(Site("s"))
    return RollUpEvents(RedisEventStream(redis), sites, name, dead_after_ms)


def send(shop: Shop, pages: int, seed: int = 1, cap_then: int | None = None) -> None:
    """Events as they come: some twice, some invalid, some of a house ad, from all sections and devices.

    `cap_then` is what the campaign may spend from when all is reserved.
    """
    chance = random.Random(seed)
    reserved = [shop.reserve(f"{seed}-{page}") for page in range(pages)]
    if cap_then is not None:
        capped = InventoryChanges((Campaign("c", "a", lifetime_cap=cap_then),))
        inventory = RedisInventoryStore(shop.client)
        inventory.apply("s", capped, inventory.version("s"))
    for one in reserved:
        for kind in chance.choices((IMPRESSION, VIEW, CLICK), k=3):
            token = shop.token(one, kind, section=chance.choice(("politics", "sport", "")))
            shop.ledger.book(token, chance.choice((None, None, None, "bot")), chance.choice(list(Device)))
        shop.ledger.book(AdToken(IMPRESSION, "s", 0, 0, 0, 1, 1, 1))


def hour_sums(redis: redis_client.Redis) -> dict[Cell, Sums]:
    """The sums of this hour and the one before it."""
    now = int(time.time() // HOUR_S)
    total: dict[Cell, Sums] = {}
    for cells in RedisRollups(redis).hours("s", [now - 1, now]):
        for cell, sums in cells.items():
            total.setdefault(cell, Sums()).add(sums)
    return total


def as_delivered(sums: Sums) -> tuple[int, ...]:
    """What a delivery tells too."""
    return (sums.gross[0], *sums.net, *sums.unbilled, sums.spend_micros)


def told(delivery: Delivery) -> tuple[int, ...]:
    """The same of a delivery."""
    return (
        delivery.gross_impressions, delivery.net_impressions, delivery.views, delivery.clicks,
        delivery.unbilled_impressions, delivery.unbilled_views, delivery.unbilled_clicks, delivery.spend_micros,
    )  # fmt: skip


def test_the_sums_are_the_ledgers_to_the_unit(shop: Shop, redis: redis_client.Redis) -> None:
    send(shop, 40, cap_then=30_000)
    recorded = len(shop.recorded())
    assert recorded >= 40 * 4
    assert worker(redis, "one").work_off() == recorded
    sums = hour_sums(redis)
    delivery = shop.ledger.delivery("s", [1])[0]
    assert as_delivered(sums[Cell(Dimension.FLIGHT, 1)]) == told(delivery)
    assert delivery.unbilled_impressions > 0
    reasons = {cell.value: sum(one.gross) for cell, one in sums.items() if cell.dimension is Dimension.REASON}
    assert reasons == delivery.invalid
    for dimension in (Dimension.CREATIVE, Dimension.PLACEMENT, Dimension.DEVICE):
        total = Sums()
        for cell, one in sums.items():
            if cell.dimension is dimension:
                total.add(one)
        assert as_delivered(total) == told(delivery)


def test_workers_share_a_stream_and_none_counts_twice(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream
) -> None:
    send(shop, 40)
    batches = [(name, stream.take("s", name, 50)) for name in ("one", "two", "one", "two")]
    for name, batch in batches:
        assert batch is not None
        assert stream.apply("s", name, batch, roll_up(batch.events))
        assert not stream.apply("s", name, batch, roll_up(batch.events))
    worker(redis, "three").work_off()
    assert as_delivered(hour_sums(redis)[Cell(Dimension.FLIGHT, 1)]) == told(shop.ledger.delivery("s", [1])[0])


def test_the_batch_of_a_dead_worker_is_taken_over_and_its_return_changes_nothing(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream
) -> None:
    send(shop, 40)
    lost = stream.take("s", "stalled", 60)
    assert lost is not None
    heir = worker(redis, "heir")
    heir.work_off()
    assert heir.work_off_dead() == 60
    assert not stream.apply("s", "stalled", lost, roll_up(lost.events))
    assert as_delivered(hour_sums(redis)[Cell(Dimension.FLIGHT, 1)]) == told(shop.ledger.delivery("s", [1])[0])


def test_a_worker_that_is_only_slow_keeps_its_batch(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream
) -> None:
    send(shop, 10)
    slow = stream.take("s", "slow", 20)
    assert slow is not None
    assert worker(redis, "other", dead_after_ms=60_000).work_off_dead() == 0
    assert stream.apply("s", "slow", slow, roll_up(slow.events))


def test_the_stream_keeps_what_any_consumer_has_not_taken(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream
) -> None:
    send(shop, 20)
    redis.xgroup_create(STREAM, "another", id="0")
    entries = redis.xlen(STREAM)
    worker(redis, "one").work_off()
    assert redis.xlen(STREAM) == entries
    third = redis.xrange(STREAM)[2][0]
    redis.xgroup_setid(STREAM, "another", third)
    assert stream.trim("s") == 3
    redis.xgroup_destroy(STREAM, "another")
    stream.trim("s")
    assert redis.xlen(STREAM) == 0


def test_what_is_being_added_up_stays_in_the_stream(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream
) -> None:
    send(shop, 20)
    stream.take("s", "slow", 10)
    entries = redis.xlen(STREAM)
    worker(redis, "quick", dead_after_ms=60_000).work_off()
    assert redis.xlen(STREAM) == entries


def test_until_when_all_is_added_up_is_told(shop: Shop, redis: redis_client.Redis, stream: RedisEventStream) -> None:
    """Nothing waits before the first event; then all do, then those that a dead worker took, then the later ones."""
    assert stream.added_up_to("s") == math.inf
    send(shop, 5)
    [(first, _)] = redis.xrange(keys.EVENTS.name(site="s"), count=1)
    assert stream.added_up_to("s") == 0
    assert stream.take("s", "dead", 3) is not None
    assert stream.added_up_to("s") == int(first.split(b"-")[0]) / 1_000
    worker(redis, "one").work_off_dead()
    assert 0 < stream.added_up_to("s") < math.inf
    worker(redis, "one").work_off()
    assert stream.added_up_to("s") == math.inf
    send(shop, 1, seed=2)
    assert stream.added_up_to("s") < math.inf


def test_an_entry_that_cannot_be_read_is_set_aside_with_the_reason(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream
) -> None:
    send(shop, 3)
    poison = [redis.xadd(STREAM, {"e": raw}) for raw in (b"\x63\0\0", b"")]
    redis.xadd(STREAM, {"other": "field"})
    send(shop, 3, seed=2)
    worker(redis, "one").work_off()
    assert as_delivered(hour_sums(redis)[Cell(Dimension.FLIGHT, 1)]) == told(shop.ledger.delivery("s", [1])[0])
    aside = [fields for _, fields in redis.xrange("sf:{s}:poisoned")]
    assert len(aside) == 3
    assert aside[0] == {b"id": poison[0], b"reason": b"form 99, this version reads form 1", b"e": b"\x63\0\0"}
    state = stream.state("s")
    assert (state.entries, state.set_aside) == (0, 3)
    assert state.last_set_aside is not None
    assert state.last_set_aside[1]


def test_only_the_latest_unreadable_entries_are_kept(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "MAX_POISONED", 5)
    poison = [redis.xadd(STREAM, {"e": b"\x63"}) for _ in range(8)]
    worker(redis, "one").work_off()
    assert [fields[b"id"] for _, fields in redis.xrange("sf:{s}:poisoned")] == poison[-5:]


def test_what_a_version_could_not_read_is_put_back_for_one_that_can_and_counts_in_its_own_hour(
    shop: Shop, redis: redis_client.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while a new version is rolled out and old workers still run; what no version can read is dropped."""

    def run(*words: str) -> str:
        where = ("--site", "s", "--redis-url", redis_url, "--data-dir", str(tmp_path))
        done = CliRunner().invoke(main, ["ads", "unreadable", *words, *where])
        assert done.exit_code == 0, done.output
        return done.stdout

    RedisSiteStore(redis).put(Site("s"))
    send(shop, 5)
    events = shop.recorded()
    redis.xadd(STREAM, {"e": b""})
    monkeypatch.setattr(event_form, "VERSION", 2)
    worker(redis, "old").work_off()
    assert hour_sums(redis) == {}
    assert run().count("form 1, this version reads form 2") == len(events)
    assert run("--put-back").startswith("Put 0 back; ")
    monkeypatch.undo()
    assert run("--put-back") == f"Put {len(events)} back; 1 cannot be read.\n"
    again, _ = event_stream.read_entries(redis.xrange(STREAM))
    assert again == events
    worker(redis, "new").work_off()
    assert as_delivered(hour_sums(redis)[Cell(Dimension.FLIGHT, 1)]) == told(shop.ledger.delivery("s", [1])[0])
    assert (run("--drop"), run()) == ("Dropped 1.\n", "Nothing is set aside.\n")


def test_a_stream_that_another_trimmed_under_a_slow_consumer_costs_what_was_trimmed_alone(
    shop: Shop, stream: RedisEventStream, redis: redis_client.Redis
) -> None:
    """What the consumer had in hand is added up; what nobody had read is gone, and the ledger says how much."""
    send(shop, 10)
    batch = stream.take("s", "slow", 10)
    assert batch is not None
    lost = redis.xlen(STREAM) - 20
    redis.xtrim(STREAM, maxlen=20, approximate=False)
    assert stream.apply("s", "slow", batch, roll_up(batch.events))
    worker(redis, "two").work_off()
    total = hour_sums(redis)[Cell(Dimension.FLIGHT, 1)]
    assert sum(total.gross) == 10 + 20
    assert sum(as_delivered(total)) < sum(told(shop.ledger.delivery("s", [1])[0]))
    assert lost > 0


def test_what_another_trimmed_of_a_dead_consumers_batch_is_let_go_and_the_rest_added_up(
    shop: Shop, stream: RedisEventStream, redis: redis_client.Redis
) -> None:
    send(shop, 10)
    assert stream.take("s", "dead", 10) is not None
    left = redis.xlen(STREAM) - 4
    redis.xtrim(STREAM, maxlen=left, approximate=False)
    worker(redis, "two").work_off_dead()
    worker(redis, "two").work_off()
    assert sum(hour_sums(redis)[Cell(Dimension.FLIGHT, 1)].gross) == left
    assert redis.xpending(STREAM, GROUP)["pending"] == 0


def test_an_hour_has_room_for_so_many_cells_and_sums_the_rest_together(
    shop: Shop, redis: redis_client.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "MAX_CELLS", 12)
    house = AdToken(IMPRESSION, "s", 0, 0, 0, 1, 1, 1)
    for n in range(60):
        shop.ledger.book(AdToken(IMPRESSION, "s", 0, 0, 0, 1, 1, 1, section=f"section-{n}"))
        if n % 20 == 0:
            worker(redis, "one").work_off()
    shop.ledger.book(house)
    worker(redis, "one").work_off()
    sums = hour_sums(redis)
    sections = [one.gross[0] for cell, one in sums.items() if cell.dimension is Dimension.SECTION]
    assert sum(sections) == 60
    assert sums[Cell(Dimension.SECTION, 1, OTHER)].gross[0] > 40
    assert sums[Cell(Dimension.FLIGHT, 1)].gross[0] == 61


BOUNDED = {
    "ledger": "its budgets, which inventory names",
    "events": "STANDFIRST_MAX_WAITING_EVENTS",
    "poisoned": "MAX_POISONED",
    "checkpoint": "its budgets",
    "flight": "its kinds and reasons",
    "used": "MARKS_KEPT_MINUTES of them",
    "inventory": "what was loaded",
    "inventory-changes": "200 changes of up to 100 ids each",
    "numbers": "what was ever loaded",
    "versions": "its kinds",
    "site": "one record",
}


def test_every_key_that_events_leave_has_an_end(shop: Shop, redis: redis_client.Redis) -> None:
    """A key that stays is one of the few whose size something else bounds."""
    send(shop, 30)
    redis.xadd(STREAM, {"e": b""})
    worker(redis, "one").work_off()
    families = set()
    for key in redis.scan_iter("sf:{s}:*"):
        family = key.decode().split(":")[2]
        families.add(family)
        assert redis.ttl(key) > 0 or family in BOUNDED, key
    assert {"rollup", "rollup-day", "rollup-flights", "view", *BOUNDED} <= families
    of_sites = [spec for spec in all_keys() if spec.pattern.startswith("sf:{<site>}:")]
    kept = {spec.pattern.split(":")[2] for spec in of_sites if spec.ttl_s}
    assert not kept & BOUNDED.keys()


def test_a_dead_consumer_is_known_until_all_that_it_left_is_taken_over(
    shop: Shop, redis: redis_client.Redis, stream: RedisEventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store forgets a consumer's open entries with it."""
    monkeypatch.setattr(event_stream, "FORGOTTEN_AFTER_MS", -1)
    send(shop, 10)
    entries = redis.xlen(STREAM)
    assert stream.take("s", "dead", entries) is not None
    assert stream.claim("s", "heir", 3, 0) is not None
    assert redis.xpending(STREAM, event_stream.GROUP)["pending"] == entries


def test_a_busy_sites_consumers_are_forgotten_when_they_are_gone(
    shop: Shop, redis: redis_client.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "FORGOTTEN_AFTER_MS", -1)
    send(shop, 2)
    worker(redis, "gone").work_off()
    worker(redis, "here").work_off_dead()
    assert "gone" not in {told["name"].decode() for told in redis.xinfo_consumers(STREAM, GROUP)}
