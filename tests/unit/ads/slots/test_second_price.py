"""A flight with a second price pays the least that keeps its place: never above its bid, never below the floor."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import redis as redis_client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Placement,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.plan.asking_order import TIERS
from service.domain.ads.plan.choices import Choice
from service.domain.ads.plan.second_price import second_prices
from service.domain.ads.response.response import ecpm_micros
from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.checklist import TargetedFlight
from service.domain.events.booking import EventStatus
from service.domain.events.tokens import AdToken, read_token
from service.domain.sheet.export import exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.usecases.ads.delivery.fill_slots import FillSlots
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from service.usecases.ads.loading.load_inventory import LoadInventory

SITE = Site("s")
KEY = b"k" * 32
NOW = 1_780_000_000.0
PAID = (PriceModel.CPM, PriceModel.VCPM, PriceModel.CPC)
EURO = 1_000_000


def auctioned(name: str, price_micros: int, auction: str = "second", **terms: object) -> Flight:
    """A flight of an advertiser of its own in the auction for the sidebar."""
    own: dict[str, object] = {
        "advertiser": f"a-{name}", "tier": Tier.PRICE, "price_model": PriceModel.CPM, "price_micros": price_micros,
        "placements": ("sidebar",), "creatives": (FlightCreative(f"k-{name}"),), "auction": auction,
    }  # fmt: skip
    return Flight(name, f"c-{name}", **{**own, **terms})  # type: ignore[arg-type]


def prices(*flights: Flight, floor_micros: int | None = None) -> list[int | None]:
    """The prices of a slot's flights, all of which could be served, and which stand in the order of what they bring."""
    shown = Creative("k", "a", "native", "https://a.example/")
    choices = [
        Choice(TargetedFlight(one, (shown,), (), ()), shown, (TIERS[one.tier], -ecpm_micros(one))) for one in flights
    ]
    found = second_prices(choices, floor_micros)
    return [one and (one.rivals[0][1] if one.rivals else one.least_micros) for one in found]


def test_it_pays_what_the_next_advertiser_bids() -> None:
    assert prices(auctioned("a", 5 * EURO), auctioned("b", 3 * EURO), auctioned("c", 2 * EURO, "first")) == [
        3 * EURO, 2 * EURO, None,
    ]  # fmt: skip


def test_a_floor_above_the_next_bid_is_the_price_and_without_either_it_is_the_bid() -> None:
    assert prices(auctioned("a", 5 * EURO), auctioned("b", 1 * EURO), floor_micros=2 * EURO)[0] == 2 * EURO
    assert prices(auctioned("a", 5 * EURO), floor_micros=2 * EURO) == [2 * EURO]
    assert prices(auctioned("a", 5 * EURO)) == [None]


def test_flights_of_one_advertiser_do_not_raise_each_others_price() -> None:
    own = auctioned("b", 4 * EURO, advertiser="a-a")
    assert prices(auctioned("a", 5 * EURO), own, auctioned("c", 3 * EURO))[:2] == [3 * EURO, 3 * EURO]


def test_a_click_is_priced_by_what_it_is_expected_to_bring() -> None:
    by_click = auctioned("a", EURO, price_model=PriceModel.CPC)
    assert ecpm_micros(by_click) == 2 * EURO
    assert prices(by_click, auctioned("b", EURO)) == [EURO // 2, None]


@given(
    st.lists(st.tuples(st.integers(1, 9_000), st.sampled_from(PAID), st.booleans(), st.integers(0, 3)), max_size=8),
    st.none() | st.integers(1, 9 * EURO),
)  # fmt: skip
def test_no_price_is_above_the_bid_nor_brings_less_than_the_floor_or_the_next(
    bids: list[tuple[int, PriceModel, bool, int]], floor: int | None
) -> None:
    flights = [
        auctioned(
            str(n), price * 1_000, "second" if second else "first", price_model=PriceModel(model), advertiser=f"{a}"
        )
        for n, (price, model, second, a) in enumerate(bids)
    ]
    flights = sorted((one for one in flights if ecpm_micros(one) >= (floor or 0)), key=ecpm_micros, reverse=True)
    found = prices(*flights, floor_micros=floor)
    for at, (one, price) in enumerate(zip(flights, found, strict=True)):
        if price is None:
            continue
        assert one.auction == "second"
        assert 0 < price <= one.price_micros
        assert one.price_model is PriceModel.CPC or price % 1_000 == 0
        rivals = [ecpm_micros(other) for other in flights[at + 1 :] if other.advertiser != one.advertiser]
        brings = ecpm_micros(one) * price / one.price_micros
        assert brings >= max(floor or 0, *rivals, 0) - 1


class Shop:
    """Flights in a real store, and pages with one slot."""

    def __init__(self, client: redis_client.Redis, *flights: Flight, floor: int | None = None) -> None:
        self.store, self.ledger = RedisInventoryStore(client), RedisLedger(client)
        client.hset("sf:{s}:ledger", "test_offset_s", int(NOW) - int(client.time()[0]))
        buyers = [Advertiser(name) for name in dict.fromkeys(f.advertiser for f in flights)]
        owners = [*buyers, *(Campaign(f.campaign, f.advertiser) for f in flights)]
        shown = [Creative(f.creatives[0].id, f.advertiser, "native", "https://a.example/") for f in flights]
        sidebar = Placement("sidebar", formats=("native",), floor_micros=floor, number=1)
        self.store.apply("s", InventoryChanges((sidebar, *owners, *shown, *flights)), 0)
        snapshots = InventorySnapshots(self.store, lambda _: (lambda _: np.array([], np.uint64),))
        self.slots = FillSlots(snapshots, self.ledger, PaceKeeper(snapshots, self.ledger, 5), lambda: KEY)
        self.views = itertools.count()

    def page(self) -> tuple[str, AdToken] | None:
        """Which flight a page shows, and the token of its impression."""
        asked = SlotsRequest(SITE, f"v{next(self.views)}", (SlotRequest("slot", "sidebar"),))
        shown = self.slots.fill(asked, NOW).slots["slot"]
        if shown is None:
            return None
        token = read_token(shown.impression_url.rpartition("/")[2], KEY)
        assert isinstance(token, AdToken)
        return shown.choice.candidate.flight.id, token

    def priced(self) -> tuple[str, int] | None:
        """Which flight a page shows, and what it pays."""
        shown = self.page()
        return shown and (shown[0], shown[1].price_micros)

    def pause(self, name: str) -> None:
        """Pauses a flight in the store; this worker does not know it yet."""
        paused = replace(self.store.load("s").flights[name], status=FlightStatus.PAUSED)
        self.store.apply("s", InventoryChanges((paused,)), self.store.version("s"))


@pytest.mark.redis
def test_the_second_price_is_reserved_signed_and_billed(redis: redis_client.Redis) -> None:
    shop = Shop(redis, auctioned("a", 5 * EURO), auctioned("b", 3 * EURO))
    shown = shop.page()
    assert shown is not None
    flight, token = shown
    assert (flight, token.price_micros) == ("a", 3 * EURO)
    assert shop.ledger.book(token).amount_micros == 3_000


@pytest.mark.redis
@pytest.mark.parametrize("floor", [None, EURO])
def test_who_has_nothing_left_or_was_paused_sets_no_price_though_a_worker_still_asks_for_it(
    redis: redis_client.Redis, floor: int | None
) -> None:
    spent = {"cap_unit": Unit.IMPRESSIONS, "lifetime_cap": 1, "pacing": "asap"}
    shop = Shop(
        redis, auctioned("a", 6 * EURO, **spent), auctioned("b", 5 * EURO), auctioned("c", 4 * EURO, **spent),
        auctioned("d", 2 * EURO, "first"), floor=floor,
    )  # fmt: skip
    assert [shop.priced() for _ in range(2)] == [("a", 5 * EURO), ("b", 4 * EURO)]
    shop.pause("c")
    assert shop.priced() == ("b", 2 * EURO)
    shop.pause("d")
    assert shop.priced() == ("b", floor or 5 * EURO)


@pytest.mark.redis
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=6),
    st.none() | st.integers(1, 5),
)  # fmt: skip
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_price_is_set_by_the_best_that_still_has_room_and_never_passes_the_bid_or_the_floor(
    redis: redis_client.Redis, drawn: list[tuple[int, int, bool, int]], floor: int | None
) -> None:
    redis.flushdb()
    flights = {
        str(n): auctioned(
            str(n), bid * EURO, "second" if second else "first", pacing="asap",
            advertiser=f"a{owner}", cap_unit=Unit.IMPRESSIONS, lifetime_cap=most,
        )
        for n, (bid, most, second, owner) in enumerate(drawn) if bid >= (floor or 0)
    }  # fmt: skip
    shop = Shop(redis, *flights.values(), floor=floor and floor * EURO)
    room = {name: one.lifetime_cap or 0 for name, one in flights.items()}
    while shown := shop.priced():
        name, price = shown
        own = flights[name]
        rivals = [
            flights[other].price_micros for other, left in room.items()
            if left and flights[other].price_micros <= own.price_micros and flights[other].advertiser != own.advertiser
        ]  # fmt: skip
        least = max([*rivals, (floor or 0) * EURO])
        assert price == (least or own.price_micros if own.auction == "second" else own.price_micros)
        room[name] -= 1
    assert set(room.values()) <= {0}


@pytest.mark.redis
def test_a_budget_lasts_as_long_as_the_second_price_lets_it(redis: redis_client.Redis) -> None:
    terms = {"cap_unit": Unit.MONEY, "lifetime_cap": 30_000}
    shop = Shop(redis, auctioned("a", 5 * EURO, **terms), auctioned("b", 3 * EURO, "first", pacing="asap"))
    shown = [page for page in (shop.page() for _ in range(15)) if page is not None]
    assert [flight for flight, _ in shown] == ["a"] * 10 + ["b"] * 5
    assert sum(shop.ledger.book(token).amount_micros for flight, token in shown if flight == "a") == 30_000
    assert shop.ledger.book(shown[0][1]).status is EventStatus.REPLAY


@pytest.mark.redis
def test_what_a_worker_asks_above_the_price_in_the_ledger_is_not_paid(redis: redis_client.Redis) -> None:
    shop = Shop(redis, auctioned("a", 5 * EURO), auctioned("b", 4 * EURO, "first"))
    assert shop.page() is not None  # the worker holds the price of 5
    lower = shop.store.load("s").flights["a"]
    changes = InventoryChanges((replace(lower, price_micros=2 * EURO),))
    shop.store.apply("s", changes, shop.store.version("s"))
    shown = shop.page()
    assert shown is not None
    assert (shown[0], shown[1].price_micros) == ("a", 2 * EURO)


@pytest.mark.redis
def test_who_may_not_stand_on_the_page_sets_no_price(redis: redis_client.Redis) -> None:
    top = auctioned("top", 9 * EURO, "first", placements=("top",), exclude_labels=("cars",))
    shop = Shop(
        redis, top, auctioned("a", 5 * EURO), auctioned("b", 4 * EURO, labels=("cars",)), auctioned("c", 3 * EURO)
    )
    shop.store.apply("s", InventoryChanges((Placement("top", formats=("native",), number=2),)), 1)
    asked = (SlotRequest("first", "top"), SlotRequest("slot", "sidebar"))
    shown = shop.slots.fill(SlotsRequest(SITE, "v", asked), NOW).slots
    prices = {}
    for name, slot in shown.items():
        assert slot is not None
        token = read_token(slot.impression_url.rpartition("/")[2], KEY)
        assert isinstance(token, AdToken)
        prices[name, slot.choice.candidate.flight.id] = token.price_micros
    assert prices == {("first", "top"): 9 * EURO, ("slot", "a"): 3 * EURO}


ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f", "placements": "sidebar", "creative": "k",
    "format": "native", "headline": "Boats", "landing_url": "https://acme.example/", "price": "2.00",
    "auction": "second",
}  # fmt: skip


@pytest.mark.redis
@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({}, None),
        ({"auction": "third"}, "auction"),
        ({"goal": "100"}, "auction"),
        ({"price_model": "flat"}, "auction"),
        ({"price": "2.0005"}, "price"),
        ({"price": "2.0005", "price_model": "cpc"}, None),
    ],
)
def test_the_column_is_for_auctioned_flights_and_loads_again_unchanged(
    redis: redis_client.Redis, cells: dict[str, str], fault: str | None
) -> None:
    store = RedisInventoryStore(redis)
    ids = itertools.count()
    load = LoadInventory(store, lambda: f"plan-{next(ids)}")
    plan = load.plan(SITE, [SheetRow(2, {**ROW, **cells})])
    assert [one.column for one in plan.faults] == ([fault] if fault else [])
    if fault:
        return
    load.apply(SITE, [SheetRow(2, {**ROW, **cells})])
    assert store.load("s").flights["f"].auction == "second"
    again = load.plan(SITE, [SheetRow(line, row) for line, row in enumerate(exported_rows(store.load("s")), 2)])
    assert (again.summary["create"], again.summary["update"]) == ([], [])
