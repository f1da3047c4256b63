"""A day of readers in seconds, while store, server and workers are killed in turn: what was told is taken, once.

Each kind of event agrees everywhere: told to readers, ledger, hourly sums, files. Acts on teasers are counted in
processes, so those of the minutes before a kill may be missing: no others.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.ads.ledger.moments import RedisLedgerMoments
from service.adapters.redis.events.event_stream import RedisEventStream, RedisRollups
from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.adapters.redis.sites.token_store import RedisTokenStore
from service.domain.ads.inventory import Placement, PriceModel
from service.domain.durations import HOUR_S
from service.domain.engagement.teaser_events import TeaserAct, day_of
from service.domain.events.sums.reconciliation import differences
from service.domain.events.sums.rollup import Dimension, roll_up
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.usecases.sites.manage_access import Access
from tests.e2e.killed_host import KEY, Host, VirtualClock
from tests.e2e.simulated_readers import SENT, SLOTS, TEASERS, Diary, Reader, page_of
from tests.faults.killed_store import Store
from tests.makers.adverts import auctioned, inventory

pytestmark = [pytest.mark.redis, pytest.mark.e2e]

STEPS = 48
STEP_S = 1_800
FULL_PAGE, NO_ANSWER = (200, TEASERS), (0, 0)
PRICES = {"cpm": 2_000_000, "vcpm": 3_000_000, "cpc": 200_000}
Agreed = dict[tuple[int, str, str], tuple[int, int, int]]
"""Gross events, net ones and micros, by hour since 1970, flight, and kind."""


@dataclass
class Town:
    """A host on a store that syncs before it answers, whose clock is a day behind; its readers, and where files go."""

    store: Store
    clock: VirtualClock
    host: Host
    token: str
    out: Path


@pytest.fixture
def town(
    store_server: Path, tmp_path: Path, serve: Any, environment: dict[str, str], wait_until: Callable[..., Any]
) -> Iterator[Town]:
    with ExitStack() as stack:
        store = Store(store_server, tmp_path, "always")
        stack.callback(store.kill)
        clock = VirtualClock(store, "s", tmp_path / "clock", -STEPS * STEP_S)
        RedisSiteStore(store.client).put(Site("s"))
        flights = [
            auctioned(
                name, PRICES[name], campaign=f"c-{name}", advertiser=f"a-{name}", price_model=PriceModel(name),
                placements=(name,),
            )
            for name in SLOTS
        ]  # fmt: skip
        placements = [Placement(name, formats=("native",)) for name in SLOTS]
        RedisInventoryStore(store.client).apply("s", inventory(*placements, *flights), 0)
        access = Access(RedisTokenStore(store.client), time.time, lookup=RedisTokenStore(store.client).get)
        token, _ = access.create("s", [Scope.RENDER, Scope.CONTENT])
        settings = {
            "STANDFIRST_REDIS_URL": store.url, "STANDFIRST_SECRET_KEY": KEY,
            "STANDFIRST_EXPORT_URL": str(tmp_path / "out"), "STANDFIRST_EXPORT_EVERY_S": "1",
        }  # fmt: skip
        host = Host(tmp_path / "host", serve, environment, {**settings, **clock.settings})
        stack.callback(host.stop_workers)
        for n in range(2 * TEASERS):
            article = {"url": f"https://s.example/{n}", "title": f"Story {n} of {TITLES[n]}", "text": TITLES[n] * 9,
                       "published_at": "2026-01-01T00:00:00Z"}  # fmt: skip
            assert host.served.call("PUT", f"/v1/articles/a-{n}", article, Authorization=f"Bearer {token}")[0] in (
                200,
                201,
            )
        town = Town(store, clock, host, token, tmp_path / "out")
        wait_until(lambda: all(_asked(town) == (TEASERS, len(SLOTS)) for _ in range(8)), 20)
        yield town


def _asked(town: Town) -> tuple[int, int]:
    """How many teasers and ads a page has."""
    asked = {"site": "s", **page_of(f"asked {time.monotonic_ns()}")}
    page = town.host.served.call("POST", "/v1/page", asked, Authorization=f"Bearer {town.token}")[1]
    return len(page["widgets"]["w"]["items"]), sum(slot is not None for slot in page["slots"].values())


TITLES = (
    "bridges and ferries ",
    "an old organ ",
    "chowder recipes ",
    "tax on pears ",
    "a lost goat ",
    "the cup final ",
)


def live(town: Town, wait_until: Callable[..., Any], pages: int, readers: int, rounds: int) -> tuple[Diary, set[int]]:
    """Lets the day pass while readers read, and kills store, server and worker in turn; the steps of those that lose
    what processes counted."""
    diary, kills = Diary(pages // STEPS), set[int]()
    own = [range(n, pages, readers) for n in range(readers)]
    sending = [Reader(lambda: town.host.served.port, town.token, numbers, diary) for numbers in own]
    for reader in sending:
        reader.start()
    every = STEPS // (3 * rounds)
    for step in range(STEPS):
        turn, since = divmod(step, every)
        if since == 1 and turn < 3 * rounds:
            kills |= _kill(town, turn, step)
        elif since == 3 and turn % 3 == 0:
            town.store.start()
            town.clock.set_store()
        wait_until(diary.is_step_over, 60)
        if town.store.is_up:  # a host sells again once its journal is booked, which takes the same time at any speed
            wait_until(lambda: _asked(town)[1], 30)
        town.clock.pass_time(STEP_S)
        diary.step += 1
        if town.store.is_up:
            town.clock.set_store()
    for reader in sending:
        reader.join(60)
    town.clock.pass_time(60)  # processes write down what they counted
    return diary, {step + near for step in kills for near in (-1, 0, 1, 2)}


def _kill(town: Town, turn: int, step: int) -> set[int]:
    """Kills one of the three; returns the step if what processes counted of teasers may be lost."""
    if turn % 3 == 0:
        town.store.kill()
        if turn % 2 == 1:
            town.host.kill_server()
        return {step}
    if turn % 3 == 1:
        town.host.kill_server()
        return {step}
    town.host.kill_worker()
    return set()


def settle(town: Town, wait_until: Callable[..., Any]) -> None:
    """Waits until nothing waits: no journal, and no entry of the stream but what dead workers still hold."""
    wait_until(lambda: not town.host.journal_waits, 30)
    stream = RedisEventStream(town.store.client, is_exported=True)

    def worked_off() -> bool:
        while (batch := stream.claim("s", "the test", 10_000, 1_000)) is not None:
            stream.apply("s", "the test", batch, roll_up(batch.events))
        stream.trim("s")
        return stream.state("s").entries == 0

    wait_until(worked_off, 60)


def summed(town: Town) -> Agreed:
    """What the hourly sums say of the day's hours."""
    now = int(town.clock.now() // HOUR_S)
    hours = range(now - 26, now + 1)
    found: Agreed = {}
    for hour, cells in zip(hours, RedisRollups(town.store.client).hours("s", hours), strict=True):
        for cell, sums in cells.items():
            if cell.dimension is Dimension.FLIGHT:
                for kind in SENT:
                    if sums.gross[kind]:
                        spend = sums.spend_micros if SLOTS[cell.flight - 1] == BILLS[kind] else 0
                        found[hour, SLOTS[cell.flight - 1], kind.name.lower()] = sums.gross[kind], sums.net[kind], spend
    return found


BILLS = ("cpm", "vcpm", "cpc")
"""The price model that bills each kind of event."""


SUMS_OF_FILES = """
    select epoch("at")::bigint // 3600 as hour, flight_id, kind, count(*),
           count(*) filter (status in ('billed', 'counted', 'unbilled')), sum(spend_micros)::bigint
    from events group by all
"""


def exported(town: Town) -> Agreed:
    """What DuckDB reads of all files, each row counted: a row that stood in two files would show."""
    files = duckdb.read_parquet(f"{town.out}/site=s/*/*.parquet")
    twice = files.query("events", "select count(*) - count(distinct event_id) from events")
    assert twice.fetchall() == [(0,)]
    found = files.query("events", SUMS_OF_FILES).fetchall()
    return {(hour, flight, kind): tuple(counts) for hour, flight, kind, *counts in found}


def agree(town: Town, diary: Diary) -> None:
    """Told, ledger, sums and files agree: whoever was told is booked; of a lost answer the event may be booked too."""
    ledger, delivered = RedisLedger(town.store.client), Counter[str]()
    for name, delivery in zip(SLOTS, ledger.delivery("s", [1, 2, 3]), strict=True):
        net = delivery.net_impressions, delivery.views, delivery.clicks
        for kind in SENT:
            told, tried = (sum(slot == name for _, slot in one[kind]) for one in (diary.told, diary.tried))
            assert 0 < told <= net[kind] <= tried
            delivered[kind.name.lower()] += net[kind]
        cost = PRICES[name] if name == "cpc" else PRICES[name] // 1_000
        assert delivery.spend_micros == cost * net[SLOTS.index(name)]
    assert differences(RedisLedgerMoments(town.store.client).at_once("s")) == []
    found = exported(town)
    assert found == summed(town)
    # An hour for all of which the store is away may have no ad.
    assert len({hour for hour, _, _ in found}) >= 20
    for kind, count in delivered.items():
        assert sum(net for (_, _, name), (_, net, _) in found.items() if name == kind) == count


def agree_on_teasers(town: Town, diary: Diary, at_risk: set[int], wait_until: Callable[..., Any]) -> None:
    """Acts on teasers are counted once, but for those that a killed process had not yet written down."""
    today = day_of(town.clock.now())

    def counted() -> Counter[TeaserAct]:
        acts: Counter[TeaserAct] = Counter()
        for counts in RedisTeaserCounter(town.store.client).days("s", range(today - 2, today + 1)):
            for (act, _), count in counts.items():
                acts[act] += count
        return acts

    tried, risked = Counter[TeaserAct](), Counter[TeaserAct]()
    for (step, act), count in diary.acts_tried.items():
        tried[act] += count
        risked[act] += count if step in at_risk else 0
    wait_until(lambda: all(counted()[act] >= told - risked[act] for act, told in diary.acts_told.items()), 20)
    for act, count in counted().items():
        if act is not TeaserAct.DWELL_MS:
            assert count <= tried[act] + risked[act]


def go(town: Town, wait_until: Callable[..., Any], pages: int, readers: int, rounds: int) -> Diary:
    """Lives the day, waits until it is worked off, and looks at the sums."""
    diary, at_risk = live(town, wait_until, pages, readers, rounds)
    settle(town, wait_until)
    agree(town, diary)
    agree_on_teasers(town, diary, at_risk, wait_until)
    again = {"events": [{"token": one} for one in diary.tokens[-20:]]}
    answer = town.host.served.call("POST", "/v1/events", again, Authorization=f"Bearer {town.token}")[1]
    assert answer["outcomes"].keys() == {"replay"}
    return diary


def test_a_day_of_kills_loses_nothing_that_was_told(town: Town, wait_until: Callable[..., Any]) -> None:
    diary = go(town, wait_until, pages=240, readers=4, rounds=1)
    assert diary.answers.keys() <= {FULL_PAGE, NO_ANSWER}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_day_of_many_kills_loses_nothing_that_was_told(town: Town, wait_until: Callable[..., Any]) -> None:
    diary = go(town, wait_until, pages=4_800, readers=8, rounds=3)
    # Servers that start while the store is away among them: those know tokens and articles from their host's disk.
    assert diary.answers.keys() <= {FULL_PAGE, NO_ANSWER}
    assert diary.answers[FULL_PAGE] > 0.8 * diary.pages
