"""A reservation beside a bare PING through the same client: server time, the whole call, commands, many clients."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import redis

from bench.ads import reserve_together
from bench.figures.figures import report, spread
from bench.sites.ledger_site import load, plans, steps
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded.joining import join_embedded_store
from service.domain.ads.booking.ledger import SlotPlan

SIZES = (100, 1_000, 10_000, 100_000)
SLOTS = (1, 3)
CALLS = 150
ROUNDS = 25


class Round(NamedTuple):
    """What one round found: medians in microseconds, the server's mean, and the commands of a reservation."""

    ping_us: float
    call_us: float
    server_us: float
    commands: float


def run() -> None:
    """Prints the figures for one slot and three, at each number of flights, and of many clients at the largest."""
    folder = tempfile.TemporaryDirectory(prefix="sf-bench-", ignore_cleanup_errors=True)
    with folder as name, join_embedded_store(Path(name) / "data") as store:
        client = connect(store.url, 5_000)
        for flights in SIZES:
            load(client, _site(flights), flights)
        for slots in SLOTS:
            _measure(client, slots)
        for slots in SLOTS:
            reserve_together.measure(store.url, _site(SIZES[-1]), SIZES[-1], slots)
        close(client)


def _site(flights: int) -> str:
    return f"bench-{flights}"


def _measure(client: redis.Redis, slots: int) -> None:
    """Prints the medians of the rounds, in each of which all sizes have their turn: all meet the same machine."""
    ledger, chance = RedisLedger(client), random.Random(1)
    for flights in SIZES:
        ledger.reserve(_site(flights), "warm", plans(chance, flights, slots))
    rounds: dict[int, list[Round]] = {flights: [] for flights in SIZES}
    for turn in range(ROUNDS):
        for flights in SIZES:
            client.config_resetstat()
            asked = [plans(chance, flights, slots) for _ in range(CALLS)]
            took = _turns(client, ledger, _site(flights), asked, turn)
            rounds[flights].append(Round(*took, *_told(client)))
    for flights, of_size in rounds.items():
        beside = zip(of_size, rounds[SIZES[0]], strict=True)
        report(
            f"reserve_{slots}_slots",
            unit="microseconds",
            flights=flights,
            budgets="flight, campaign, advertiser, each with a daily and a lifetime cap",
            ping=spread([one.ping_us for one in of_size]),
            call=spread([one.call_us for one in of_size]),
            server=spread([one.server_us for one in of_size]),
            times_ping=round(statistics.median(one.call_us / one.ping_us for one in of_size), 2),
            times_server_of_fewest=round(statistics.median(one.server_us / few.server_us for one, few in beside), 2),
            commands=round(of_size[-1].commands, 2),
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
