"""A reservation beside a bare PING through the same client: server time, the whole call, commands, many clients."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import redis

from bench.figures import report, spread
from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded import join_embedded_store
from service.adapters.redis.inventory_store import RedisInventoryStore
from service.adapters.redis.ledger import RedisLedger
from service.domain.allocation import PAID_CANDIDATES
from service.domain.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    InventoryChanges,
    PriceModel,
    Tier,
)
from service.domain.ledger import Candidate, SlotPlan, cap_day

ADVERTISERS = 40
SIZES = (100, 1_000, 10_000)
CALLS = 600
ROUNDS = 5
AMPLE = 8_000_000_000_000


def run() -> None:
    """Prints the figures for one slot and three, at each number of flights."""
    folder = tempfile.TemporaryDirectory(prefix="sf-bench-", ignore_cleanup_errors=True)
    with folder as name, join_embedded_store(Path(name) / "data") as store:
        client = connect(store.url, 5_000)
        for flights in SIZES:
            site = f"bench-{flights}"
            _load(client, site, flights)
            for slots in (1, 3):
                _measure(client, site, flights, slots)
        close(client)


def _load(client: redis.Redis, site: str, flights: int) -> None:
    caps = {"lifetime_cap": AMPLE, "daily_cap": AMPLE}
    advertisers = [Advertiser(f"a{n}", **caps) for n in range(ADVERTISERS)]
    campaigns = [Campaign(f"c{n}", f"a{n % ADVERTISERS}", **caps) for n in range(flights)]
    sold = [
        Flight(
            f"f{n}", f"c{n}", f"a{n % ADVERTISERS}", Tier.PRICE, price_model=PriceModel.CPM, price_micros=2_000_000,
            creatives=(FlightCreative(f"k{n}"),), **caps,
        )
        for n in range(flights)
    ]  # fmt: skip
    creatives = [Creative(f"k{n}", f"a{n % ADVERTISERS}", "native", "https://a.example/") for n in range(flights)]
    changes = InventoryChanges((*advertisers, *campaigns, *sold, *creatives))
    RedisInventoryStore(client).apply(site, changes, 0)


def _measure(client: redis.Redis, site: str, flights: int, slots: int) -> None:
    """Prints the medians of each round: pings and reservations take turns, so that both meet the same machine."""
    ledger, chance = RedisLedger(client), random.Random(1)
    ledger.reserve(site, "warm", plans(chance, flights, slots))
    pings, calls, server, commands = [], [], [], 0.0
    for turn in range(ROUNDS):
        client.config_resetstat()
        ping_us, call_us = _turns(client, ledger, site, [plans(chance, flights, slots) for _ in range(CALLS)], turn)
        server_us, commands = _told(client)
        pings.append(ping_us)
        calls.append(call_us)
        server.append(server_us)
    report(
        f"reserve_{slots}_slots",
        unit="microseconds",
        flights=flights,
        budgets="flight, campaign, advertiser, each with a daily and a lifetime cap",
        ping=spread(pings),
        call=spread(calls),
        server=spread(server),
        times_ping=round(statistics.median(call / ping for call, ping in zip(calls, pings, strict=True)), 2),
        commands=round(commands, 2),
    )


def plans(chance: random.Random, flights: int, slots: int) -> list[SlotPlan]:
    """Returns full shortlists of flights drawn at random."""
    day = cap_day(time.time(), "UTC")
    drawn = chance.sample(range(flights), PAID_CANDIDATES + slots - 1)
    candidates = [Candidate(n + 1, n + 1, day, (), (), n + 1, n % ADVERTISERS + 1) for n in drawn]
    return [SlotPlan(f"s{place}", 1, tuple(candidates[: PAID_CANDIDATES + place])) for place in range(slots)]


def _turns(
    client: redis.Redis, ledger: RedisLedger, site: str, asked: Sequence[list[SlotPlan]], turn: int
) -> tuple[float, float]:
    """Returns the median microseconds of a PING and of a reservation."""
    pings, calls = [], []
    for number, page in enumerate(asked):
        began = time.perf_counter()
        client.ping()
        pinged = time.perf_counter()
        answer = ledger.reserve(site, f"{turn}-{number}-{len(page)}", page)
        calls.append(time.perf_counter() - pinged)
        pings.append(pinged - began)
        assert all(answer.slots)
    return statistics.median(pings) * 1e6, statistics.median(calls) * 1e6


def _told(client: redis.Redis) -> tuple[float, float]:
    """Returns the server's mean microseconds of a reservation, and the commands that one runs."""
    told = client.info("commandstats")
    calls = told["cmdstat_fcall"]["calls"]
    within = ("get", "time", "hmget", "hset", "set", "smismember", "unlink", "hget", "exists")
    ran = sum(told[f"cmdstat_{name}"]["calls"] for name in within if f"cmdstat_{name}" in told)
    return told["cmdstat_fcall"]["usec_per_call"], ran / calls
