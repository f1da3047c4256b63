"""The rest of a line is planned anew: after a late start, a pause, or other terms; and goals beyond reach are told."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import redis as redis_client

from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.learnt_values import traffics
from service.domain.ads.booking.standing import Standing, Standings
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory import Flight, FlightStatus, Unit
from service.domain.ads.pacing.line import line_of
from service.domain.money.money import MICROS
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.usecases.ads.forecast.forecast_avails import ForecastSupply
from service.usecases.ads.loading.foresee_goals import MOST_WARNINGS, ForeseeGoals
from service.usecases.ads.loading.load_inventory import LoadInventory, SheetPlan
from service.usecases.ads.loading.manage_entities import ManageEntities
from service.usecases.ads.loading.replan_flights import ReplanFlights
from tests.makers.memory_inventory import MemoryInventoryStore

HOUR, DAY = 3_600, 86_400
SITE = Site("s", timezone="UTC")
BEGIN = 1_793_491_200  # 2026-11-01
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f", "placements": "sidebar", "creative": "k",
    "format": "native", "headline": "Boats", "landing_url": "https://acme.example/", "price": "2.00", "goal": "1000",
    "starts_at": "2026-11-01", "ends_at": "2026-11-10",
}  # fmt: skip


class ToldLedger:
    """A ledger in which every flight has booked what the test says, in impressions."""

    def __init__(self) -> None:
        self.booked, self.asked = 0, 0

    def standings(self, site_id: str, flights: Any, now: float) -> Standings:  # noqa: ARG002
        """As told."""
        self.asked += len(flights)
        booked = {Unit.IMPRESSIONS: self.booked * MICROS, Unit.MONEY: self.booked * 2_000}
        return Standings(int(now // 60), tuple(Standing(booked) for _ in flights))


class Desk:
    """A site's inventory at a time that the test sets."""

    def __init__(self, redis: redis_client.Redis) -> None:
        self.store, self.ledger, self.now, ids = MemoryInventoryStore(), ToldLedger(), BEGIN - DAY, itertools.count()
        self.demand, self.traffic = RedisDemandCounter(redis), traffics(redis)
        supply = ForecastSupply(self.demand, self.traffic, lambda: self.now)
        replan = ReplanFlights(self.ledger, lambda: self.now)  # type: ignore[arg-type]
        plan_id, foresee = lambda: f"plan-{next(ids)}", ForeseeGoals(supply)
        self.load = LoadInventory(self.store, plan_id, replan=replan, foresee=foresee)
        self.entities = ManageEntities(self.store, replan=replan)

    def apply(self, *rows: dict[str, str], **cells: str) -> SheetPlan:
        """Loads rows, or the one row with these cells."""
        return self.load.apply(SITE, [SheetRow(at, row) for at, row in enumerate(rows or ({**ROW, **cells},), 2)])

    @property
    def flight(self) -> Flight:
        return self.store.load("s").flights["f"]

    def planned(self, at: float) -> int:
        """What the flight's line plans by a time, in whole impressions."""
        line = line_of(self.flight)
        assert line is not None
        return round(line.planned(at) / MICROS)


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def test_a_flight_loaded_in_time_follows_its_own_dates(desk: Desk) -> None:
    desk.apply()
    assert (desk.flight.planned_from, desk.flight.planned_after, desk.ledger.asked) == (None, 0, 0)
    assert desk.planned(BEGIN + 5 * DAY) == 515


def test_a_flight_loaded_late_is_spread_over_what_is_left(desk: Desk) -> None:
    desk.now = BEGIN + 5 * DAY
    desk.apply()
    assert desk.planned(desk.now) == 0
    assert desk.planned(BEGIN + 7.5 * DAY) == pytest.approx(515, abs=1)


def test_a_sheet_loaded_again_is_unchanged_and_leaves_the_line(desk: Desk) -> None:
    desk.now = BEGIN + 5 * DAY
    desk.apply()
    desk.now += DAY
    again = desk.apply()
    assert (again.summary["update"], desk.flight.planned_from) == ([], BEGIN + 5 * DAY)
    desk.apply(sections="world")
    assert desk.flight.planned_from == BEGIN + 5 * DAY


@pytest.mark.parametrize("by", ["call", "sheet"])
def test_after_a_pause_the_rest_is_planned_from_what_was_had(desk: Desk, by: str) -> None:
    desk.apply()

    def turn(status: FlightStatus) -> None:
        if by == "sheet":
            desk.apply(status=str(status))
        else:
            desk.entities.set_status("s", "f", status)

    desk.now, desk.ledger.booked = BEGIN + 2 * DAY, 206
    turn(FlightStatus.PAUSED)
    desk.now = BEGIN + 6 * DAY
    turn(FlightStatus.ACTIVE)
    assert (desk.flight.planned_from, desk.flight.planned_after) == (BEGIN + 6 * DAY, 206 * MICROS)
    assert desk.planned(BEGIN + 8 * DAY) == pytest.approx(206 + 794 * 0.515, abs=1)
    turn(FlightStatus.ACTIVE)
    assert desk.flight.planned_from == BEGIN + 6 * DAY


def test_a_pause_before_the_start_leaves_the_line(desk: Desk) -> None:
    desk.apply()
    desk.entities.set_status("s", "f", FlightStatus.PAUSED)
    desk.entities.set_status("s", "f", FlightStatus.ACTIVE)
    assert desk.flight.planned_from is None


@pytest.mark.parametrize("cells", [{"goal": "2000"}, {"ends_at": "2026-11-20"}, {"hours": "8-20"}, {"pacing": "front"}])
def test_other_terms_plan_the_rest_anew(desk: Desk, cells: dict[str, str]) -> None:
    desk.apply()
    desk.now, desk.ledger.booked = BEGIN + 4 * DAY, 400
    desk.apply(**cells)
    assert (desk.flight.planned_from, desk.flight.planned_after) == (BEGIN + 4 * DAY, 400 * MICROS)


def test_a_goal_in_money_is_planned_from_what_was_spent(desk: Desk) -> None:
    desk.apply(goal_type="budget", goal="2.00")
    desk.now, desk.ledger.booked = BEGIN + 4 * DAY, 400
    desk.apply(goal_type="budget", goal="3.00")
    assert desk.flight.planned_after == 800_000


def test_a_goal_beyond_the_forecast_is_warned_of_and_one_within_is_not(desk: Desk) -> None:
    assert desk.apply(goal="900000000").warnings == ()
    desk.traffic.keep("s", Traffic("UTC", BEGIN // HOUR, 4.0, (1.0,) * 168, (0.3,) * 168, {"sidebar": 10.0}))
    assert desk.apply(goal="2000").warnings == ()
    [warning] = desk.apply(goal="9000").warnings
    assert warning.startswith("flight f: needs 9,000 impressions, its slots are forecast to be 2,400 (at most 3,")
    assert desk.apply(goal="9000", status="paused").warnings == ()


def test_many_warnings_are_counted(desk: Desk) -> None:
    desk.traffic.keep("s", Traffic("UTC", BEGIN // HOUR, 4.0, (1.0,) * 168, (0.3,) * 168, {"sidebar": 10.0}))
    rows = [{**ROW, "flight": f"f{n}", "goal": "90000"} for n in range(MOST_WARNINGS + 7)]
    warnings = desk.apply(*rows).warnings
    assert (len(warnings), warnings[-1]) == (MOST_WARNINGS + 1, "and 7 more flights need more than is forecast")


def test_a_flight_that_no_placement_can_serve_is_warned_of_once(desk: Desk) -> None:
    picture = {"format": "image", "width": "7", "height": "7", "image_url": "https://acme.example/a.png"}
    [warning] = desk.apply(placements="sidebar|article-foot", **picture).warnings
    assert warning.startswith("flight f: no placement can serve it")
    only_foot = {**picture, "width": "728", "height": "90", "creative": "k2"}
    [warning] = desk.apply(placements="sidebar|article-foot", **only_foot).warnings
    assert warning.endswith("of the placement sidebar")
