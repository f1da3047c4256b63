"""The slots of a page are decided together: what stands together, who keeps whom away, how many of one advertiser."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightCreative,
    Placement,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.plan.asking_order import UNKNOWN_ECPM, Demand
from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.sheet.export import exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.usecases.ads.delivery.fill_slots import FillSlots
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from service.usecases.ads.loading.load_inventory import LoadInventory

pytestmark = pytest.mark.redis

SITE = Site("s")
TOP = Placement("top", sizes=((728, 90),), formats=("image",))
SIDE = Placement("side", sizes=((300, 250),), formats=("image", "native"))
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f", "placements": "sidebar", "creative": "k",
    "format": "native", "headline": "Boats", "landing_url": "https://acme.example/", "price": "2.00",
}  # fmt: skip
NOW = 1_780_000_000.0


class Page:
    """A site's inventory and ledger in a real store, and a page with slots of these placements."""

    def __init__(self, client: redis_client.Redis) -> None:
        self.store, self.ledger = RedisInventoryStore(client), RedisLedger(client)
        self.views = itertools.count()
        client.hset("sf:{s}:ledger", "test_offset_s", int(NOW) - int(client.time()[0]))

    def load(self, *entities: Entity) -> None:
        """Loads flights with whatever creatives they name, of the size that their names end in."""
        named = {link.id: one.advertiser for one in entities if isinstance(one, Flight) for link in one.creatives}
        creatives = [_creative(name, advertiser) for name, advertiser in named.items()]
        owners = [] if any(isinstance(one, Advertiser) for one in entities) else [Advertiser("a"), Campaign("c", "a")]
        changes = InventoryChanges((TOP, SIDE, *owners, *creatives, *entities))
        self.store.apply("s", changes, self.store.version("s"))

    def shows(self, *placements: str, view: str | None = None) -> list[str]:
        """The flights shown in slots of these placements; a dash where nothing is."""
        snapshots = InventorySnapshots(self.store, lambda _: (lambda _: np.array([], np.uint64),))
        slots = tuple(SlotRequest(f"{name}-{place}", name) for place, name in enumerate(placements))
        filler = FillSlots(snapshots, self.ledger, PaceKeeper(snapshots, self.ledger, 5), lambda: b"k" * 32)
        answer = filler.fill(SlotsRequest(SITE, view or f"view-{next(self.views)}", slots), NOW)
        return [one.choice.candidate.flight.id if one else "-" for one in answer.slots.values()]


def _creative(name: str, advertiser: str) -> Creative:
    width, _, height = name.rpartition(" ")[2].partition("x")
    if not height:
        return Creative(name, advertiser, "native", "https://a.example/")
    return Creative(name, advertiser, "image", "https://a.example/", width=int(width), height=int(height))


def flight(
    name: str, creatives: Sequence[str] = (), tier: Tier = Tier.PRICE, price: int = 1_000, **terms: Any
) -> Flight:
    """A flight in both placements, with one native creative unless others are named."""
    links = tuple(FlightCreative(one) for one in creatives or (f"k-{name}",))
    model = None if tier is Tier.HOUSE else PriceModel.CPM
    return Flight(
        name, terms.pop("campaign", "c"), terms.pop("advertiser", "a"), tier, price_model=model,
        price_micros=0 if tier is Tier.HOUSE else price, placements=("top", "side"), creatives=links, **terms,
    )  # fmt: skip


@pytest.fixture
def page(redis: redis_client.Redis) -> Page:
    return Page(redis)


def test_two_that_are_worth_more_are_shown_and_their_rival_is_not(page: Page) -> None:
    page.load(
        flight("rival", price=9_000, labels=("cars",)),
        *(flight(name, price=6_000, exclude_labels=("cars",)) for name in ("one", "two")),
    )
    assert sorted(page.shows("side", "side")) == ["one", "two"]
    assert page.shows("side") == ["rival"]


def test_a_flight_makes_room_in_the_only_slot_that_another_fits(page: Page) -> None:
    page.load(flight("wide", ["w 300x250", "w 728x90"], price=9_000), flight("narrow", ["n 300x250"], price=5_000))
    assert page.shows("side", "top") == ["narrow", "wide"]


def test_a_roadblock_has_every_slot_that_it_can_take(page: Page) -> None:
    page.load(
        flight("block", ["b 300x250", "b2 300x250", "b 728x90"], Tier.SPONSORSHIP, roadblock="flight"),
        flight("other", price=9_000),
    )
    assert page.shows("side", "top", "side") == ["block", "block", "block"]
    assert page.shows("side") == ["block"]


def test_a_roadblock_with_too_few_creatives_is_not_shown_at_all(page: Page) -> None:
    page.load(flight("block", ["b 300x250"], Tier.SPONSORSHIP, roadblock="flight"), flight("one"), flight("two"))
    assert sorted(page.shows("side", "side")) == ["one", "two"]


def test_flights_of_a_campaign_block_the_road_together(page: Page) -> None:
    page.load(
        flight("left", ["l 300x250"], Tier.STANDARD, roadblock="campaign", labels=("cars",), exclude_labels=("cars",)),
        flight("above", ["u 728x90"], Tier.STANDARD, roadblock="campaign", labels=("cars",), exclude_labels=("cars",)),
        flight("other", price=9_000),
    )
    assert page.shows("side", "top") == ["left", "above"]


def test_a_roadblock_whose_budget_ends_within_it_makes_way_whole(page: Page) -> None:
    page.load(
        flight("block", ["b 300x250", "b 728x90"], Tier.SPONSORSHIP, roadblock="flight",
               cap_unit=Unit.IMPRESSIONS, lifetime_cap=3),
        flight("next", ["n 300x250", "n 728x90"], Tier.STANDARD, roadblock="flight"),
        flight("other", price=9_000),
    )  # fmt: skip
    assert page.shows("side", "top") == ["block", "block"]
    assert page.shows("side", "top") == ["next", "next"]


def test_a_roadblock_that_is_held_back_leaves_its_slots_to_others(page: Page) -> None:
    page.load(flight("block", ["b 300x250"], Tier.STANDARD, roadblock="flight"), flight("other"))
    snapshot = InventorySnapshots(page.store, lambda _: (lambda _: np.array([], np.uint64),)).current("s")
    columns = snapshot.placements["side"]
    facts = SlotFacts(NOW)
    assert [columns.flights[at].flight.id for at in columns.together(facts, house=False)] == ["block"]
    held_back = np.array([snapshot_number(snapshot, "block")])
    columns.take_up(Demand(held_back, np.array([np.nan]), np.array([UNKNOWN_ECPM]), np.array([True])))
    assert columns.together(facts, house=False) == []


def snapshot_number(snapshot: InventorySnapshot, flight_id: str) -> int:
    """The number of a flight."""
    return next(n for n, one in snapshot.flights_by_number.items() if one.flight.id == flight_id)


def test_companions_have_a_slot_of_each_of_their_sizes_or_none(page: Page) -> None:
    page.load(
        flight("pair", ["p 300x250", "p 728x90"], Tier.STANDARD, companions=("300x250", "728x90")),
        flight("other", price=9_000),
    )
    assert page.shows("side", "top", "side") == ["pair", "pair", "other"]
    assert page.shows("side") == ["other"]


def test_an_advertiser_has_no_more_ads_on_a_page_than_its_limit(page: Page) -> None:
    page.load(
        Advertiser("big", page_limit=1), Campaign("bigs", "big"), Advertiser("a"), Campaign("c", "a"),
        *(flight(f"big-{n}", price=9_000 - n, advertiser="big", campaign="bigs") for n in range(3)), flight("small"),
    )  # fmt: skip
    assert page.shows("side", "side", "side", view="v") == ["big-0", "small", "-"]
    assert page.shows("side", "side", "side", "side", view="v") == ["big-0", "small", "-", "-"]


def test_house_ads_keep_the_same_rules(page: Page) -> None:
    page.load(
        Advertiser("a", page_limit=1), Campaign("c", "a"), Advertiser("own"), Campaign("owns", "own"),
        flight("paid", price=9_000), flight("limited", tier=Tier.HOUSE),
        flight("block", ["b 300x250", "b2 300x250"], Tier.HOUSE, roadblock="flight", advertiser="own", campaign="owns"),
    )  # fmt: skip
    assert page.shows("side", "side") == ["paid", "-"]
    assert page.shows("side") == ["paid"]


@pytest.mark.parametrize("tier", [Tier.SPONSORSHIP, Tier.STANDARD])
def test_a_guaranteed_flight_outweighs_what_is_dearer(page: Page, tier: Tier) -> None:
    page.load(
        flight("booked", tier=tier, price=1_000, labels=("cars",)),
        *(flight(name, price=900_000, exclude_labels=("cars",)) for name in ("one", "two")),
    )
    assert sorted(page.shows("side", "side")) == ["-", "booked"]


def test_the_columns_load_and_export_as_unchanged(page: Page) -> None:
    load = LoadInventory(page.store, lambda: "plan")
    wide = {"format": "image", "headline": "", "width": "728", "height": "90", "image_url": "https://a.example/b.png"}
    rows = [
        {**ROW, "advertiser_limit": "2", "roadblock": "campaign", "placements": "sidebar|article-foot"},
        {**ROW, "advertiser_limit": "2", "flight": "g", "creative": "k2", "companions": "728X90 | 300x250", **wide},
    ]
    load.apply(SITE, [SheetRow(line, row) for line, row in enumerate(rows, 2)])
    inventory = page.store.load("s")
    assert (inventory.flights["f"].roadblock, inventory.advertisers["acme"].page_limit) == ("campaign", 2)
    assert inventory.flights["g"].companions == ("728x90", "300x250")
    plan = load.plan(SITE, [SheetRow(line, dict(row)) for line, row in enumerate(exported_rows(inventory), 2)])
    assert (plan.faults, plan.summary["create"], plan.summary["update"]) == ((), [], [])


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"roadblock": "page"}, "roadblock"),
        ({"roadblock": "flight", "companions": "1x1|2x2"}, "companions"),
        ({"companions": "300x250"}, "companions"),
        ({"companions": "300|250"}, "companions"),
        ({"advertiser_limit": "0"}, "advertiser_limit"),
        ({"advertiser_limit": "21"}, "advertiser_limit"),
    ],
)
def test_what_the_columns_cannot_hold_is_a_fault(page: Page, cells: dict[str, str], column: str) -> None:
    plan: Callable[..., Any] = LoadInventory(page.store, lambda: "plan").plan
    assert {fault.column for fault in plan(SITE, [SheetRow(2, {**ROW, **cells})]).faults} == {column}
