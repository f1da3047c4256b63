"""Kills, stalls and power cuts under load: what was told was billed, once, within the cap, whatever the store lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import close, connect
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, Reservation, SlotPlan
from service.domain.ads.inventory import (
    Campaign,
    Unit,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.errors import StoreUnavailable
from service.domain.events.booking import EventStatus
from service.domain.events.tokens import AdToken, EventKind
from tests.faults.killed_store import Store, stalled
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

PRICE = 2_000_000
COST = 2_000
CAP = 200_000_000  # more than readers can spend while a test looks on
FIELDS = len(Reservation._fields)

# Reserves and books until the store is gone; prints each event's reservation and cost as soon as it is told.
READER = """
import sys, time
from service.adapters.redis.connection import connect
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.errors import StoreUnavailable
from service.domain.events.tokens import AdToken, EventKind
from service.domain.ads.booking.ledger import Candidate, SlotPlan
from service.domain.ads.booking.cap_day import cap_day
ledger = RedisLedger(connect(sys.argv[1], 60_000))
n = 0
while True:
    n += 1
    plan = SlotPlan("slot", 1, (Candidate(1, 1, cap_day(time.time(), "UTC")),))
    try:
        one = ledger.reserve("s", f"{sys.argv[2]}-{n}", [plan]).slots[0]
        if one is None:
            break
        token = AdToken(EventKind.IMPRESSION, "s", one.epoch, one.minute, one.serial, 1, 1, 1, one.model,
                        one.price_micros, one.view_ppm, one.click_ppm, one.day)
        told = ledger.book(token).amount_micros
    except StoreUnavailable:
        break
    print(*one, told, flush=True)
"""


@pytest.fixture
def durable(store_server: Path, tmp_path: Path) -> Iterator[Store]:
    """A store that syncs before it answers, with one flight, whose campaign has a cap."""
    yield from _open(store_server, tmp_path, "always")


@pytest.fixture
def relaxed(store_server: Path, tmp_path: Path) -> Iterator[Store]:
    """The same, but syncing once a second."""
    yield from _open(store_server, tmp_path, "everysec")


def _open(server: Path, folder: Path, appendfsync: str) -> Iterator[Store]:
    store = Store(server, folder, appendfsync)
    campaign = Campaign("c", "a", lifetime_cap=CAP)
    RedisInventoryStore(store.client).apply("s", inventory(auctioned(price_micros=PRICE), campaign), 0)
    yield store
    store.kill()


def _readers(store: Store, count: int) -> list[subprocess.Popen[str]]:
    """Starts readers and waits until each has been told of its first event, of COST."""
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, store.url, str(n)],
            stdout=subprocess.PIPE, text=True,
        )
        for n in range(count)
    ]  # fmt: skip
    for reader in readers:
        assert reader.stdout is not None
        reader.stdout.readline()
    return readers


def _told(readers: list[subprocess.Popen[str]]) -> list[tuple[Reservation, int]]:
    """Each reservation that a reader was told an event's cost of, but its first, and that cost; whole lines only."""
    told = []
    for reader in readers:
        assert reader.stdout is not None
        numbers = [tuple(map(int, line.split())) for line in reader.stdout if line.endswith("\n")]
        told += [(Reservation(*found[:FIELDS]), found[FIELDS]) for found in numbers]
        reader.wait(timeout=60)
        reader.stdout.close()
    return told


def _token(one: Reservation) -> AdToken:
    return AdToken(
        EventKind.IMPRESSION, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1,
        one.model, one.price_micros, one.view_ppm, one.click_ppm, one.day,
    )  # fmt: skip


def _reserve(ledger: RedisLedger, view: str) -> Reservation | None:
    plan = SlotPlan("slot", 1, (Candidate(1, 1, cap_day(time.time(), "UTC")),))
    return ledger.reserve("s", view, [plan]).slots[0]


def _cap(store: Store, micros: int) -> None:
    stored = RedisInventoryStore(store.client)
    stored.apply("s", InventoryChanges((Campaign("c", "a", lifetime_cap=micros),)), stored.version("s"))


def _spent(store: Store) -> int:
    """What the flight has spent, which is what its campaign has."""
    ledger = RedisLedger(store.client)
    spent = ledger.delivery("s", [1])[0].spend_micros
    assert ledger.booked("s", [1], [])[0].life[Unit.MONEY] == spent
    return spent


def test_what_was_told_survives_a_kill_of_the_store(durable: Store) -> None:
    """Each reader may have one event booked that it was not told of; none is told that was not booked."""
    readers = _readers(durable, 3)
    durable.kill()
    told = _told(readers)
    durable.start()
    spent = _spent(durable)
    sum_told = 3 * COST + sum(cost for _, cost in told)
    assert sum_told <= spent <= sum_told + 3 * COST
    ledger = RedisLedger(durable.client)
    assert {ledger.book(_token(one)).status for one, _ in told} <= {EventStatus.REPLAY}
    assert _spent(durable) == spent


def test_killed_readers_leave_holds_that_lapse_and_nothing_else(durable: Store) -> None:
    readers = _readers(durable, 3)
    for reader in readers:
        os.kill(reader.pid, signal.SIGKILL)
    told = _told(readers)
    spent = _spent(durable)
    sum_told = 3 * COST + sum(cost for _, cost in told)
    assert sum_told <= spent <= sum_told + 3 * COST
    now = int(durable.client.time()[0])
    durable.client.hset("sf:{s}:ledger", "test_offset_s", 240)
    ledger = RedisLedger(durable.client)
    free = 20
    _cap(durable, spent + free * COST)
    served = [_reserve(ledger, f"after-{now}-{n}") for n in range(free + 1)]
    assert [one is not None for one in served] == [True] * free + [False]


def test_a_power_cut_takes_nothing_from_a_store_that_syncs_always(durable: Store) -> None:
    """The file is cut where it stood when the last answer had come."""
    ledger = RedisLedger(durable.client)
    told = [one for n in range(20) if (one := _reserve(ledger, f"v{n}")) and ledger.book(_token(one)).amount_micros]
    durable.cut_power(durable.log_file.stat().st_size)
    assert _spent(durable) == len(told) * COST == 20 * COST
    assert {RedisLedger(durable.client).book(_token(one)).status for one in told} == {EventStatus.REPLAY}


def test_a_power_cut_may_lose_the_last_second_but_never_overspends(relaxed: Store) -> None:
    """Bookings and their marks are lost together: what comes again is billed once, within the cap."""
    _cap(relaxed, 200 * COST)
    ledger = RedisLedger(relaxed.client)
    kept = [one for n in range(50) if (one := _reserve(ledger, f"a{n}")) and ledger.book(_token(one)).amount_micros]
    open_before = [_reserve(ledger, f"b{n}") for n in range(30)]
    synced = relaxed.synced_bytes()
    lost = [one for one in open_before if one and ledger.book(_token(one)).amount_micros]
    lost += [one for n in range(100) if (one := _reserve(ledger, f"c{n}")) and ledger.book(_token(one)).amount_micros]
    assert len(lost) == 130
    relaxed.cut_power(synced)

    assert _spent(relaxed) == len(kept) * COST
    ledger = RedisLedger(relaxed.client)
    assert {ledger.book(_token(one)).status for one in kept} == {EventStatus.REPLAY}
    again = [ledger.book(_token(one)).status for one in lost]
    assert again[:30] == [EventStatus.BILLED] * 30
    repeats = {ledger.book(_token(one)).status for one in lost}
    assert repeats == {EventStatus.REPLAY}
    n = 0
    while one := _reserve(ledger, f"d{n}"):
        ledger.book(_token(one))
        n += 1
    assert n > 0
    assert _spent(relaxed) <= 200 * COST


def test_a_store_that_stalls_reserves_once_for_whoever_asks_again(durable: Store) -> None:
    """The call that was given up is carried out when the stall is over; its repeat gets that answer."""
    patient = RedisLedger(durable.client)
    _cap(durable, COST)
    patient.reserve("s", "warm", [])
    hasty_client = connect(durable.url, 50)
    with stalled(durable.client), pytest.raises(StoreUnavailable):
        _reserve(RedisLedger(hasty_client), "view")
    first = _reserve(patient, "view")
    assert first is not None
    assert _reserve(patient, "other") is None
    assert _reserve(patient, "view") == first
    assert patient.book(_token(first)).amount_micros == COST
    close(hasty_client)
