"""A reservation beside a bare PING through the same client: server time, the whole call, commands, many clients."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import redis

from bench import reserve_together
from bench.figures import report, spread
from bench.ledger_site import load, plans, steps
from service.adapters.redis.ads.ledger import RedisLedger
from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded.joining import join_embedded_store
from service.domain.ads.booking.ledger import SlotPlan

SIZES = (100, 1_000, 10_000)
CALLS = 600
ROUNDS = 5


def run() -> None:
    """Prints the figures for one slot and three, at each number of flights, and of many clients at the largest."""
    folder = tempfile.TemporaryDirectory(prefix="sf-bench-", ignore_cleanup_errors=True)
    with folder as name, join_embedded_store(Path(name) / "data") as store:
        client = connect(store.url, 5_000)
        for flights in SIZES:
            site = f"bench-{flights}"
            load(client, site, flights)
            for slots in (1, 3):
                _measure(client, site, flights, slots)
        reserve_together.measure(store.url, site, flights)
        close(client)


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


def _turns(
    client: redis.Redis, ledger: RedisLedger, site: str, asked: Sequence[list[SlotPlan]], turn: int
) -> tuple[float, float]:
    """Returns the median microseconds of a PING and of a reservation."""
    pings, calls = [], []
    for number, page in enumerate(asked):
        began = time.perf_counter()
        client.ping()
        pinged = time.perf_counter()
        answer = ledger.reserve(site, f"{turn}-{number}-{len(page)}", page, steps=steps(len(page)))
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
