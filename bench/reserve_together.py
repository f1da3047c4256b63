"""Sixteen clients at once: reservations a second beside GETs a second of the same clients on the same server."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time

from bench.figures import report, spread
from bench.ledger_site import plans, steps
from service.adapters.redis.ads.ledger import RedisLedger
from service.adapters.redis.connection import close, connect

CLIENTS = 16
GETS = 1_500
CALLS = 300
ROUNDS = 3
SLOTS = 3


def measure(url: str, site: str, flights: int) -> None:
    """Prints both rates and their ratio; each client is a process, and all begin a round together."""
    words = [sys.executable, "-m", "bench.reserve_together", url, site, str(flights)]
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
    report(
        f"reserve_{SLOTS}_slots_{CLIENTS}_clients",
        unit="calls a second",
        flights=flights,
        reference="GET of the same Python clients; redis-benchmark is not part of the embedded store",
        get=spread(rates["get"]),
        reserve=spread(rates["reserve"]),
        share=spread(ratios),
    )


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


def _client(url: str, site: str, flights: int, name: str) -> None:
    client = connect(url, 5_000)
    ledger, chance = RedisLedger(client), random.Random(name)
    asked = [plans(chance, flights, SLOTS) for _ in range(CALLS)]
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
    _client(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
