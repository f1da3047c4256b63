"""Sixteen clients at once: reservations a second beside GETs a second, of the same clients and of redis-benchmark."""

from __future__ import annotations

import csv
import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from bench.figures.figures import report, spread
from bench.sites.ledger_site import plans, steps
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import close, connect

BENCHMARK = "redis-benchmark"
CLIENTS = 16
GETS = 1_500
CALLS = 300
ROUNDS = 3


def measure(url: str, site: str, flights: int, slots: int) -> None:
    """Prints both rates and their ratio; each client is a process, and all begin a round together."""
    words = [sys.executable, "-m", "bench.ads.reserve_together", url, site, str(flights), str(slots)]
    clients = [
        subprocess.Popen([*words, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(CLIENTS)
    ]
    try:
        rates: dict[str, list[float]] = {"get": [], "reserve": []}
        for _ in range(ROUNDS):
            for work, calls in (("get", GETS), ("reserve", CALLS)):
                rates[work].append(CLIENTS * calls / _round_s(clients, work))
    finally:
        for client in clients:
            client.kill()
            client.wait()
    ratios = [ours / theirs for ours, theirs in zip(rates["reserve"], rates["get"], strict=True)]
    beside_benchmark: dict[str, Any] = {}
    if shutil.which(BENCHMARK):
        loaded = [_benchmark_gets(url) for _ in range(ROUNDS)]
        share = statistics.median(rates["reserve"]) / statistics.median(loaded)
        beside_benchmark = {"redis_benchmark_get": spread(loaded), "share_of_redis_benchmark": round(share, 3)}
    report(
        f"reserve_{slots}_slots_{CLIENTS}_clients",
        unit="calls a second",
        flights=flights,
        reference="GET of the same Python clients, and of redis-benchmark where it is installed",
        get=spread(rates["get"]),
        reserve=spread(rates["reserve"]),
        share=spread(ratios),
        **beside_benchmark,
    )


def _benchmark_gets(url: str) -> float:
    """Returns the GETs a second that redis-benchmark reaches with as many connections."""
    parts = urlsplit(url)
    where = ["-s", parts.path] if parts.scheme == "unix" else ["-h", str(parts.hostname), "-p", str(parts.port)]
    words = [BENCHMARK, *where, "-c", str(CLIENTS), "-n", str(CLIENTS * GETS * 4), "-t", "get", "--csv"]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return float(next(row[1] for row in csv.reader(printed.splitlines()) if row and row[0] == "GET"))


def _round_s(clients: list[subprocess.Popen[str]], work: str) -> float:
    """Returns the seconds until the last client is done, from the moment when all are ready."""
    for client in clients:
        assert client.stdout is not None
        assert client.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for client in clients:
        assert client.stdin is not None
        client.stdin.write(f"{work}\n")
        client.stdin.flush()
    for client in clients:
        assert client.stdout is not None
        json.loads(client.stdout.readline())
    return time.perf_counter() - began


def _client(url: str, site: str, flights: int, slots: int, name: str) -> None:
    client = connect(url, 5_000)
    ledger, chance = RedisLedger(client), random.Random(name)
    asked = [plans(chance, flights, slots) for _ in range(CALLS)]
    print("ready", flush=True)
    for turn, line in enumerate(sys.stdin):
        if line.strip() == "get":
            for _ in range(GETS):
                client.get("sf:secret")
        else:
            for number, page in enumerate(asked):
                ledger.reserve(site, f"{name}-{turn}-{number}", page, steps=steps(len(page)))
        print(json.dumps(turn), flush=True)
        print("ready", flush=True)
    close(client)


if __name__ == "__main__":
    _client(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
