"""Caps of campaigns and advertisers: read from the sheet, held to one unit, exported, lifted aloud, reported."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import redis as redis_client

from service.adapters.redis.ads.credit_store import RedisCreditStore
from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.learnt_values import traffics
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, SlotPlan
from service.domain.ads.inventory import Inventory, Unit
from service.domain.sheet.export import exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.usecases.ads.loading.load_inventory import LoadInventory, SheetPlan
from service.usecases.ads.reports.report_delivery import ReportDelivery
from service.usecases.ads.reports.report_pace import ReportPace

pytestmark = pytest.mark.redis

SITE = Site("s", timezone="Europe/Madrid", currency="EUR")
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f1", "placements": "sidebar", "creative": "k1",
    "format": "native", "headline": "Boats", "landing_url": "https://acme.example/", "price": "2.00",
}  # fmt: skip
OTHER = {**ROW, "flight": "f2", "creative": "k2"}
NOON = 1_780_000_000


class Desk:
    """A site's inventory and ledger in a real store."""

    def __init__(self, client: redis_client.Redis) -> None:
        self.store, self.ledger = RedisInventoryStore(client), RedisLedger(client)
        ids = itertools.count()
        self.load = LoadInventory(self.store, lambda: f"plan-{next(ids)}")
        self.client = client
        self.views = itertools.count()
        client.hset("sf:{s}:ledger", "test_offset_s", NOON - int(client.time()[0]))

    def plan(self, *rows: dict[str, str]) -> SheetPlan:
        """Plans a sheet of these rows."""
        return self.load.plan(SITE, [SheetRow(line, row) for line, row in enumerate(rows, 2)])

    def apply(self, *rows: dict[str, str]) -> Inventory:
        """Applies the rows."""
        self.load.apply(SITE, [SheetRow(line, row) for line, row in enumerate(rows, 2)])
        return self.store.load("s")

    def served(self, flight: int, pages: int) -> int:
        """How many of so many page views get the flight, by its number."""
        plan = [SlotPlan("slot", 1, (Candidate(flight, flight, cap_day(NOON, "Europe/Madrid")),))]
        return sum(self.ledger.reserve("s", f"v{next(self.views)}", plan).slots[0] is not None for _ in range(pages))

    def budgets(self) -> list[dict[str, Any]]:
        """The shared budgets of the report."""
        pace = ReportPace(traffics(self.client), RedisDemandCounter(self.client), lambda: NOON)
        return list(
            ReportDelivery(self.store, self.ledger, RedisCreditStore(self.client), pace)
            .by_flight("s", "EUR", list)
            .budgets
        )


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


@pytest.mark.parametrize("owner", ["campaign", "advertiser"])
@pytest.mark.parametrize("scope", ["daily", "lifetime"])
def test_flights_share_the_cap_of_their_owner(desk: Desk, owner: str, scope: str) -> None:
    caps = {"cap_unit": "impressions", f"{owner}_{scope}_cap": "3"}
    desk.apply({**ROW, **caps}, {**OTHER, **caps})
    assert (desk.served(1, 2), desk.served(2, 2), desk.served(1, 1)) == (2, 1, 0)


def test_a_cap_in_money_is_shared_by_flights_of_all_price_models(desk: Desk) -> None:
    caps = {"campaign_lifetime_cap": "0.35"}
    desk.apply({**ROW, **caps}, {**OTHER, **caps, "price_model": "cpc", "price": "0.30"})
    # A click of 0.30 is held at 3 %, the bound of an unknown rate: 38 of them, and 4 impressions in what is left.
    assert desk.served(2, 60) == 38
    assert desk.served(1, 6) == 4


def test_a_flat_price_is_set_aside_once_a_day(desk: Desk) -> None:
    desk.apply({**ROW, "price_model": "flat", "price": "10.00", "tier": "sponsorship", "lifetime_cap": "15.00"})
    assert desk.served(1, 5) == 5


def test_a_flat_price_that_no_cap_has_room_for_is_not_served(desk: Desk) -> None:
    desk.apply({**ROW, "price_model": "flat", "price": "10.00", "tier": "sponsorship", "lifetime_cap": "9.99"})
    assert desk.served(1, 1) == 0


def test_owners_caps_are_exported_and_load_again_as_unchanged(desk: Desk) -> None:
    caps = {"cap_unit": "clicks", "campaign_daily_cap": "5", "advertiser_lifetime_cap": "70"}
    inventory = desk.apply({**ROW, **caps}, {**OTHER, **caps, "goal_type": "share", "goal": "30%"})
    assert inventory.campaigns["spring"].cap_unit is Unit.CLICKS
    assert inventory.flights["f2"].goal == 30
    plan = desk.plan(*(dict(row) for row in exported_rows(inventory)))
    assert plan.faults == ()
    assert (plan.summary["create"], plan.summary["update"]) == ([], [])


def test_rows_of_one_campaign_must_agree_on_its_cap(desk: Desk) -> None:
    plan = desk.plan({**ROW, "campaign_daily_cap": "5.00"}, OTHER)
    assert [(fault.line, fault.column) for fault in plan.faults] == [(3, "campaign_daily_cap")]


def test_a_unit_that_another_flight_of_the_owner_does_not_count_in_is_refused(desk: Desk) -> None:
    desk.apply(ROW)
    plan = desk.plan({**OTHER, "cap_unit": "clicks", "advertiser_daily_cap": "5"})
    assert [(fault.line, fault.column) for fault in plan.faults] == [(2, "cap_unit")]
    assert "as its flight 'f1'" in plan.faults[0].message


def test_a_sheet_that_lifts_a_cap_says_so(desk: Desk) -> None:
    desk.apply({**ROW, "campaign_daily_cap": "5.00", "lifetime_cap": "9.00"})
    warnings = desk.plan(ROW).warnings
    assert "campaign spring: the sheet lifts its daily_cap" in warnings
    assert "flight f1: the sheet lifts its lifetime_cap" in warnings


def test_the_report_tells_what_stands_against_shared_caps(desk: Desk) -> None:
    desk.apply({**ROW, "campaign_daily_cap": "5.00", "advertiser_lifetime_cap": "70.00"})
    told = {(budget["kind"], budget["id"]): budget for budget in desk.budgets()}
    assert told["campaign", "spring"] == {
        "kind": "campaign", "id": "spring", "cap_unit": "money", "currency": "EUR", "lifetime_cap": None,
        "booked": "0.00", "daily_cap": "5.00", "latest_day": None, "booked_on_day": "0.00",
    }  # fmt: skip
    assert told["advertiser", "acme"]["lifetime_cap"] == "70.00"
