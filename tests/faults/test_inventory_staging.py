"""A large change of an inventory is made in slices, and yet all or nothing, whoever is killed or comes between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.inventory.staging import InventoryStaging
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.inventory.words import SLICE, Words, slices_of
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.ads.ledger.library import LedgerLibrary
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, SlotPlan
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.errors import Conflict

pytestmark = pytest.mark.redis

MANY = SLICE + 100
IMPRESSION_MICROS = 1_000


def flight(number: int, lifetime_cap: int | None = None) -> Flight:
    """A flight of one creative."""
    return Flight(
        f"f{number}", "c", "a", Tier.PRICE, price_model=PriceModel.CPM, price_micros=1_000 * IMPRESSION_MICROS,
        lifetime_cap=lifetime_cap, creatives=(FlightCreative(f"k{number}"),),
    )  # fmt: skip


def creative(number: int, *, killed: bool = False) -> Creative:
    """Its creative."""
    return Creative(f"k{number}", "a", "native", "https://a.example/", killed=killed)


OWNERS = (Advertiser("a", "Acme"), Campaign("c", "a"))
FIRST = InventoryChanges(
    (*OWNERS, flight(1, lifetime_cap=10 * IMPRESSION_MICROS), flight(2), flight(3), *(creative(n) for n in (1, 2, 3)))
)
NEW = range(4, MANY)
# Caps the first flight at one impression, forgets the second, kills the third's creative, names owners that nobody
# loaded, and adds many flights.
LARGE = InventoryChanges(
    (
        flight(1, lifetime_cap=IMPRESSION_MICROS),
        creative(3, killed=True),
        replace(flight(4), campaign="unloaded", advertiser="unloaded"),
        *(flight(n) for n in NEW[1:]),
        *(creative(n) for n in NEW),
    ),
    (("flights", "f2"), ("creatives", "k2")),
)
STAGED = (keys.STAGED, keys.STAGED_NUMBERS, keys.STAGED_TERMS)
DUE = (keys.DUE, keys.DUE_NUMBERS, keys.DUE_TERMS)


class Killed(Exception):
    """What ends a load between two slices."""


class Desk:
    """A site with a small inventory."""

    def __init__(self, client: redis_client.Redis, site: str = "s") -> None:
        self.client = client
        self.site = site
        self.store = RedisInventoryStore(client)
        self.ledger = RedisLedger(client)
        self.store.apply(site, FIRST, 0)

    def serves(self, number: int, view: str) -> bool:
        """Whether a page view is given the flight, and its creative, of this number."""
        plan = SlotPlan("slot", 1, (Candidate(number, number, cap_day(time.time(), "UTC")),))
        return self.ledger.reserve(self.site, view, [plan]).slots[0] is not None

    def staging(self) -> InventoryStaging:
        """A load of what the store has now."""
        return InventoryStaging(self.client, LedgerLibrary(self.client), self.site, self.store.version(self.site))

    def named(self, *families: keys.KeySpec) -> set[bytes]:
        """The keys of these families that are there."""
        patterns = (family.name(site=self.site).partition("<")[0] + "*" for family in families)
        return {key for pattern in patterns for key in self.client.scan_iter(match=pattern)}

    def all_of(self, family: keys.KeySpec) -> dict[bytes, bytes]:
        """What a hash of the site holds."""
        return self.client.hgetall(family.name(site=self.site))


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def cut(after: int, act: Callable[[], object]) -> Iterator[list[Words]]:
    """The slices of the large change; `act` runs after so many."""
    for number, changes in enumerate(slices_of(LARGE)):
        if number == after:
            act()
        yield changes


def kill() -> None:
    """Ends the load."""
    raise Killed


def test_a_large_change_leaves_what_small_ones_would(desk: Desk, redis: redis_client.Redis) -> None:
    twin = Desk(redis, "t")
    assert desk.store.apply("s", LARGE, 1) == 2
    for version, entity in enumerate(LARGE.put, 1):
        twin.store.apply("t", InventoryChanges((entity,)), version)
    twin.store.apply("t", InventoryChanges(remove=LARGE.remove), twin.store.version("t"))
    for family in (keys.INVENTORY, keys.NUMBERS):
        assert desk.all_of(family) == twin.all_of(family)
    assert {**desk.all_of(keys.LEDGER), b"head": b""} == {**twin.all_of(keys.LEDGER), b"head": b""}
    assert desk.store.load("s").version == 2
    assert desk.named(*STAGED, *DUE) == set()


def test_what_was_reserved_before_counts_against_a_cap_that_comes_in_a_large_change(desk: Desk) -> None:
    assert desk.serves(1, "before")
    desk.store.apply("s", LARGE, 1)
    assert not desk.serves(1, "after")
    assert [number for number in (2, 3) if desk.serves(number, f"of-{number}")] == []
    assert desk.serves(MANY - 1, "new")


@pytest.mark.parametrize("slices", range(sum(1 for _ in slices_of(LARGE))))
def test_a_load_that_is_killed_changed_nothing_and_leaves_nothing_for_ever(desk: Desk, slices: int) -> None:
    before = [desk.all_of(family) for family in (keys.INVENTORY, keys.NUMBERS, keys.LEDGER, keys.VERSIONS)]
    with pytest.raises(Killed):
        desk.staging().switch(cut(slices, kill))
    assert [desk.all_of(one) for one in (keys.INVENTORY, keys.NUMBERS, keys.LEDGER, keys.VERSIONS)] == before
    assert desk.named(*STAGED)
    assert all(desk.client.ttl(key) > 0 for key in desk.named(*STAGED))
    assert desk.store.apply("s", LARGE, 1) == 2


@pytest.mark.parametrize("bound", [0, 1, SLICE])
def test_a_load_killed_after_its_switch_is_ended_by_whoever_reads_next(desk: Desk, bound: int) -> None:
    assert desk.staging().switch(slices_of(LARGE)) == 2
    if bound:
        names = [one.name(site="s") for one in (keys.LEDGER, keys.INVENTORY, keys.NUMBERS, *DUE)]
        LedgerLibrary(desk.client)("bind_inventory", "s", names, [bound])
    assert f"flights:f{MANY - 1}".encode() not in desk.all_of(keys.INVENTORY)
    inventory = RedisInventoryStore(desk.client).load("s")
    assert (inventory.version, len(inventory.flights)) == (2, MANY - 2)
    assert desk.serves(inventory.flights[f"f{MANY - 1}"].number, "view")
    assert desk.named(*STAGED, *DUE) == set()


def test_nobody_changes_an_inventory_while_another_is_due(desk: Desk) -> None:
    desk.staging().switch(slices_of(LARGE))
    with pytest.raises(Conflict):
        desk.store.apply("s", InventoryChanges((flight(1),)), 2)
    with pytest.raises(Conflict):
        desk.staging().switch(slices_of(LARGE))
    desk.store.load("s")
    assert desk.store.apply("s", InventoryChanges((flight(1),)), 2) == 3


@pytest.mark.parametrize("slices", [0, 1, 2])
def test_a_pause_in_the_midst_of_a_load_stands_and_the_load_is_refused(desk: Desk, slices: int) -> None:
    paused = InventoryChanges((replace(flight(1), status=FlightStatus.PAUSED),))
    with pytest.raises(Conflict, match="changed meanwhile"):
        desk.staging().switch(cut(slices, lambda: desk.store.apply("s", paused, 1)))
    assert desk.store.load("s").flights["f1"].status is FlightStatus.PAUSED
    assert not desk.serves(1, "view")
    assert desk.named(*STAGED) == set()


def test_of_two_loads_at_once_one_is_made_and_the_other_told(desk: Desk) -> None:
    other = InventoryChanges(tuple(creative(n) for n in range(10_000, 10_000 + MANY)))
    with pytest.raises(Conflict):
        desk.staging().switch(cut(1, lambda: desk.store.apply("s", other, 1)))
    inventory = desk.store.load("s")
    assert set(inventory.flights) == {"f1", "f2", "f3"}
    assert sorted(one.number for one in inventory.creatives.values()) == list(range(1, MANY + 4))
    assert desk.named(*STAGED, *DUE) == set()


def test_a_load_that_stood_still_until_its_keys_expired_is_given_up(desk: Desk) -> None:
    with pytest.raises(Conflict, match="stood still"):
        desk.staging().switch(cut(1, lambda: desk.client.delete(*desk.named(keys.STAGED_NUMBERS))))
    assert desk.store.version("s") == 1
    assert desk.named(*STAGED) == set()
