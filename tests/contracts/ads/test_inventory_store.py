"""What every inventory store does, in memory and in a real store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis import Redis

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.inventory.words import SLICE
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    KINDS,
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Inventory,
    Kind,
    Placement,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ads.inventory_store import (
    MOST_FOLLOWED,
    ChangedFlights,
    InventoryChanges,
    InventoryStore,
    KeptPlan,
)
from service.domain.errors import Conflict, NotFound
from tests.makers.memory_inventory import MemoryInventoryStore

FLIGHT = Flight(
    "f1", "spring", "acme", Tier.STANDARD, status=FlightStatus.PAUSED, starts_at=5, ends_at=9, timezone="Asia/Karachi",
    goal_type="budget", goal=9_000_000_000_000_000, price_model=PriceModel.VCPM, price_micros=1, cap_unit=Unit.CLICKS,
    daily_cap=3, placements=("sidebar",), keywords=("کشتی", "ferry boat"), days=(0, 6), hours=(23,), labels=("cars",),
    creatives=(FlightCreative("k1", 3), FlightCreative("k2")),
)  # fmt: skip
CREATIVE = Creative("k1", "acme", "image", "https://acme.example/?a=1&b=“2”", width=300, height=250, image_alt="A car")
ALL = InventoryChanges((Advertiser("acme", "Acme"), Campaign("spring", "acme"), FLIGHT, CREATIVE))


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest) -> InventoryStore:
    if request.param == "memory":
        return MemoryInventoryStore()
    return RedisInventoryStore(request.getfixturevalue("redis"))


def test_a_new_site_has_two_placements_and_nothing_else(store: InventoryStore) -> None:
    inventory = store.load("s")
    assert {name: one.number for name, one in inventory.placements.items()} == {"sidebar": 1, "article-foot": 2}
    assert (inventory.version, inventory.flights, store.version("s")) == (0, {}, 0)


def test_what_is_applied_is_loaded_with_every_field(store: InventoryStore) -> None:
    assert store.apply("s", ALL, 0) == 1
    inventory = store.load("s")
    assert inventory.flights == {"f1": replace(FLIGHT, number=1)}
    assert inventory.creatives == {"k1": replace(CREATIVE, number=1)}
    assert inventory.advertisers == {"acme": Advertiser("acme", "Acme", number=1)}
    assert inventory.campaigns == {"spring": Campaign("spring", "acme", number=1)}
    assert inventory.version == store.version("s") == 1


def test_a_part_is_one_entity_of_the_whole(store: InventoryStore) -> None:
    store.apply("s", ALL, 0)
    store.apply("s", InventoryChanges((Placement("top", formats=("image",)),)), 1)
    whole = store.load("s")
    for kind, entity_id in (("flights", "f1"), ("creatives", "k1"), ("placements", "top"), ("placements", "sidebar")):
        part = store.part("s", [(kind, entity_id)])
        assert part.of_kind(kind)[entity_id] == whole.of_kind(kind)[entity_id]
        assert part.version == whole.version
        assert sum(len(part.of_kind(each)) for each in KINDS) == (3 if entity_id not in DEFAULT_PLACEMENTS else 2)
    assert store.part("s", [("flights", "f2")]) == Inventory(2)
    assert store.part("none", [("flights", "f1")]) == Inventory()


def test_changes_against_another_version_are_refused_whole(store: InventoryStore) -> None:
    store.apply("s", ALL, 0)
    with pytest.raises(Conflict):
        store.apply("s", InventoryChanges((replace(FLIGHT, ends_at=1),), (("creatives", "k1"),)), 0)
    assert store.load("s").flights["f1"].ends_at == 9
    assert "k1" in store.load("s").creatives


def test_a_number_is_kept_for_ever_and_never_given_again(store: InventoryStore) -> None:
    store.apply("s", ALL, 0)
    store.apply("s", InventoryChanges(remove=(("flights", "f1"),)), 1)
    store.apply("s", InventoryChanges((replace(FLIGHT, id="f2"),)), 2)
    store.apply("s", InventoryChanges((FLIGHT, replace(FLIGHT, id="f2", ends_at=12))), 3)
    assert {name: one.number for name, one in store.load("s").flights.items()} == {"f1": 1, "f2": 2}


def test_what_was_removed_is_still_told_by_its_number(store: InventoryStore) -> None:
    placements = {1: "sidebar", 2: "article-foot"}
    assert store.ids_by_number("s", ("flights", "placements")) == {"flights": {}, "placements": placements}
    store.apply("s", ALL, 0)
    store.apply("s", InventoryChanges(remove=(("flights", "f1"), ("creatives", "k1"))), 1)
    store.apply("s", InventoryChanges((replace(FLIGHT, id="f2"), Placement("top"))), 2)
    assert store.ids_by_number("s", ("flights", "advertisers", "placements")) == {
        "flights": {1: "f1", 2: "f2"}, "advertisers": {1: "acme"}, "placements": {**placements, 3: "top"},
    }  # fmt: skip


def test_a_placement_of_ones_own_follows_the_two(store: InventoryStore) -> None:
    changes = InventoryChanges((Placement("top", sizes=((728, 90),), floor_micros=5), Placement("sidebar")))
    store.apply("s", changes, 0)
    placements = store.load("s").placements
    assert placements["top"] == Placement("top", sizes=((728, 90),), floor_micros=5, number=3)
    assert placements["sidebar"] == Placement("sidebar", number=1)
    assert placements["article-foot"].number == 2


def test_a_placement_of_all_sites_comes_back_when_its_changes_are_removed(store: InventoryStore) -> None:
    store.apply("s", InventoryChanges((Placement("sidebar"),)), 0)
    store.apply("s", InventoryChanges(remove=(("placements", "sidebar"),)), 1)
    assert store.load("s").placements["sidebar"].sizes == ((300, 250), (300, 600))


def test_sites_know_nothing_of_each_other(store: InventoryStore) -> None:
    store.apply("s", ALL, 0)
    assert store.load("t").flights == {}
    assert store.version("t") == 0


def test_a_plan_is_applied_as_it_was_kept(store: InventoryStore) -> None:
    store.apply("s", InventoryChanges((Advertiser("old"),)), 0)
    changes = InventoryChanges(ALL.put, (("advertisers", "old"),))
    summary = {"create": [{"id": "f1"}], "warnings": []}
    store.keep_plan("s", "p1", KeptPlan(changes, 1, summary))
    assert store.plan_summary("s", "p1") == summary
    assert store.load("s").flights == {}
    assert store.apply_plan("s", "p1") == 2
    inventory = store.load("s")
    assert inventory.flights == {"f1": replace(FLIGHT, number=1)}
    assert list(inventory.advertisers) == ["acme"]
    with pytest.raises(Conflict):
        store.apply_plan("s", "p1")


def test_a_plan_without_changes_leaves_the_version(store: InventoryStore) -> None:
    store.apply("s", ALL, 0)
    store.keep_plan("s", "p1", KeptPlan(InventoryChanges(), 1, {}))
    assert store.apply_plan("s", "p1") == store.version("s") == 1


@pytest.mark.parametrize(("site", "plan_id"), [("s", "p2"), ("t", "p1")])
def test_a_plan_is_found_by_its_site_and_id_alone(store: InventoryStore, site: str, plan_id: str) -> None:
    store.keep_plan("s", "p1", KeptPlan(InventoryChanges(), 0, {}))
    with pytest.raises(NotFound):
        store.plan_summary(site, plan_id)
    with pytest.raises(NotFound):
        store.apply_plan(site, plan_id)


def nobody(_: Kind, __: int) -> tuple[str, ...]:
    """No flights."""
    return ()


@pytest.mark.redis
def test_what_a_few_changes_wrote_is_told_since_each_mark(redis: Redis) -> None:
    store = RedisInventoryStore(redis)
    store.apply("s", ALL, 0)
    first = store.mark("s").name
    assert store.changed_flights("s", first, nobody) == ChangedFlights(first, Inventory(1))
    store.apply("s", InventoryChanges((replace(FLIGHT, name="New"),)), 1)
    second = store.mark("s").name
    assert store.changed_flights("s", first, nobody) == ChangedFlights(second, store.load("s"))
    assert store.load("s").flights["f1"].name == "New"
    assert store.changed_flights("s", second, nobody) == ChangedFlights(second, Inventory(2))
    assert store.changed_flights("s", "another", nobody) is None
    store.apply("s", InventoryChanges((replace(CREATIVE, killed=True),)), 2)
    third = store.mark("s").name
    assert store.changed_flights("s", second, nobody) == ChangedFlights(third, Inventory(3), alone=False)
    of_creative = {("creatives", 1): ["f1"]}
    touched = store.changed_flights("s", second, lambda kind, number: of_creative[kind, number])
    assert touched == ChangedFlights(third, store.load("s"), alone=False)


@pytest.mark.redis
def test_placements_that_were_written_are_told_and_one_that_is_gone_is_not(redis: Redis) -> None:
    store = RedisInventoryStore(redis)
    store.apply("s", ALL, 0)
    first = store.mark("s").name
    store.apply("s", InventoryChanges((Placement("new"), Placement("sidebar", floor_micros=5))), 1)
    second, now = store.mark("s").name, store.load("s").placements
    told = {name: now[name] for name in ("new", "sidebar")}
    assert store.changed_flights("s", first, nobody) == ChangedFlights(second, Inventory(2), False, told)
    store.apply("s", InventoryChanges(remove=(("placements", "new"),)), 2)
    assert store.changed_flights("s", second, nobody) is None


@pytest.mark.redis
def test_a_flight_that_was_forgotten_and_a_large_load_are_not_told(redis: Redis) -> None:
    store = RedisInventoryStore(redis)
    store.apply("s", ALL, 0)
    first = store.mark("s").name
    store.apply("s", InventoryChanges(remove=(("flights", "f1"),)), 1)
    assert store.changed_flights("s", first, nobody) is None
    before = store.mark("s").name
    store.apply("s", InventoryChanges(tuple(replace(FLIGHT, id=f"g{n}") for n in range(SLICE + 1))), 2)
    assert store.changed_flights("s", before, nobody) is None
    loaded = store.mark("s").name
    assert store.changed_flights("s", loaded, nobody) == ChangedFlights(loaded, Inventory(3))


@pytest.mark.redis
def test_a_change_that_touches_many_flights_is_not_told(redis: Redis) -> None:
    store = RedisInventoryStore(redis)
    store.apply("s", ALL, 0)
    first = store.mark("s").name
    store.apply("s", InventoryChanges((Campaign("spring", "acme", "Spring"),)), 1)
    many = [f"f{number}" for number in range(MOST_FOLLOWED + 1)]
    assert store.changed_flights("s", first, lambda *_: many) is None


def test_ids_are_told_in_order_and_parts_are_of_several_kinds(store: InventoryStore) -> None:
    store.apply("s", InventoryChanges((*ALL.put, replace(FLIGHT, id="f0"), Placement("top"))), 0)
    assert store.ids("s", "flights") == ["f0", "f1"]
    assert store.ids("s", "placements") == ["article-foot", "sidebar", "top"]
    assert store.ids("none", "campaigns") == []
    whole, part = store.load("s"), store.part("s", [("flights", "f0"), ("campaigns", "spring"), ("creatives", "none")])
    assert (part.flights, part.campaigns) == ({"f0": whole.flights["f0"]}, whole.campaigns)
    assert (part.creatives, part.advertisers, part.placements) == ({}, {}, DEFAULT_PLACEMENTS)
