"""Many processes at once on one campaign's budget: never overspent, and what they were told is what was billed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.inventory import Campaign, Unit
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

CAP = 300_000
PRICE = 1_500_333  # a CPM that divides into no whole micros
PAGES = 120

# Each process reserves and books; every third event is sent twice, every fifth reservation is left alone.
READER = """
import json, sys, time
from service.adapters.redis.connection import connect
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.events.tokens import AdToken, EventKind
from service.domain.ads.booking.ledger import Candidate, SlotPlan
from service.domain.ads.booking.cap_day import cap_day
url, name, pages = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = RedisLedger(connect(url, 60_000))
print("ready", flush=True)
sys.stdin.readline()
told = served = 0
for n in range(pages):
    flight = 1 + n % 2
    plan = SlotPlan("slot", 1, (Candidate(flight, flight, cap_day(time.time(), "UTC")),))
    view = f"shared-{n}" if n % 4 == 0 else f"{name}-{n}"
    one = ledger.reserve("s", view, [plan]).slots[0]
    if one is None or n % 5 == 4:
        continue
    served += 1
    token = AdToken(EventKind.IMPRESSION, "s", one.epoch, one.minute, one.serial, one.flight, 1, 1, one.model,
                    one.price_micros, one.view_ppm, one.click_ppm, one.day)
    for _ in range(2 if n % 3 == 0 else 1):
        told += ledger.book(token).amount_micros
print(json.dumps({"told": told, "served": served}))
"""


@pytest.mark.parametrize("processes", [6, pytest.param(16, marks=pytest.mark.slow)])
def test_processes_never_overspend_one_budget(redis: redis_client.Redis, redis_url: str, processes: int) -> None:
    """Two flights without caps of their own spend what their campaign may."""
    flights, campaign = [auctioned(name, PRICE) for name in ("f", "g")], Campaign("c", "a", lifetime_cap=CAP)
    RedisInventoryStore(redis).apply("s", inventory(*flights, campaign), 0)
    answers = _race([[redis_url, str(n), str(PAGES)] for n in range(processes)])
    ledger = RedisLedger(redis)
    spent = [delivery.spend_micros for delivery in ledger.delivery("s", [1, 2])]
    assert sum(answer["told"] for answer in answers) == sum(spent)
    assert min(spent) > 0
    assert sum(spent) == ledger.booked("s", [1], [])[0].life[Unit.MONEY] <= CAP
    # 200 impressions fit the cap; the readers ask for far more, so nearly all of it is spent or still held.
    assert sum(delivery.net_impressions for delivery in ledger.delivery("s", [1, 2])) > 100
    assert sum(delivery.invalid["replay"] for delivery in ledger.delivery("s", [1, 2])) > 0


def _race(arguments: list[list[str]]) -> list[dict[str, Any]]:
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for words in arguments
    ]
    try:
        assert all(reader.stdout and reader.stdout.readline() == "ready\n" for reader in readers)
        for reader in readers:
            assert reader.stdin is not None
            reader.stdin.write("go\n")
            reader.stdin.flush()
        return [json.loads(reader.communicate(timeout=100)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
