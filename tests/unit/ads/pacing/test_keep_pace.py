"""What a process knows of paced flights between two looks at the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from service.domain.ads.booking.standing import Standing, Standings
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Creative,
    Flight,
    FlightCreative,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.errors import StoreUnavailable
from service.domain.money.money import MICROS
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from tests.makers.memory_inventory import MemoryInventoryStore

HOUR = 3_600
PACED = Flight(
    "paced", "c", "a", Tier.STANDARD, price_model=PriceModel.CPM, price_micros=1_000_000, starts_at=0,
    ends_at=1_000 * HOUR, goal_type="impressions", goal=100_000, placements=("sidebar",),
    creatives=(FlightCreative("k"),),
)  # fmt: skip
BY_TRAFFIC = replace(PACED, id="by-traffic", pacing="traffic")
FAST = replace(PACED, id="fast", pacing="asap", goal=5)


class ToldLedger:
    """A ledger in which every flight stands as the test says."""

    def __init__(self) -> None:
        self.asked: list[Sequence[int]] = []
        self.booked, self.held, self.lapsing, self.net, self.away = 0, 0, 0, 0, False

    def standings(self, site_id: str, flights: Sequence[int], now: float) -> Standings:  # noqa: ARG002
        """As told, at the minute of `now`."""
        if self.away:
            raise StoreUnavailable("away")
        self.asked.append(flights)
        of_unit = {Unit.IMPRESSIONS: self.booked * MICROS}
        holds = {Unit.IMPRESSIONS: self.held * MICROS}, {Unit.IMPRESSIONS: self.lapsing * MICROS}
        return Standings(int(now // 60), tuple(Standing(of_unit, *holds, self.net) for _ in flights))


class Desk:
    """Two flights, one of them paced, and a keeper that looks at a told ledger."""

    def __init__(self) -> None:
        self.store = MemoryInventoryStore()
        self.store.apply("s", InventoryChanges((Creative("k", "a", "native", "https://a.example/"), PACED, FAST)), 0)
        self.snapshots = InventorySnapshots(self.store, lambda _: (lambda _: np.array([], np.uint64),))
        self.ledger = ToldLedger()
        self.keeper = PaceKeeper(self.snapshots, self.ledger, 5)  # type: ignore[arg-type]
        found = self.snapshots.current("s").flights_by_number.values()
        self.paced, self.fast = (
            next(one.flight for one in found if one.flight.id == name) for name in ("paced", "fast")
        )

    def held_back(self) -> set[str]:
        """The flights that a page does not ask for though it suits them."""
        of_placement, facts = self.snapshots.current("s").placements["sidebar"], SlotFacts(500 * HOUR)
        asked = {of_placement.flights[at].flight.id for at in of_placement.paid(facts, 0, 10)}
        suited = set(of_placement.goals_suited(facts).tolist())
        return {one.flight.id for one in of_placement.flights if one.flight.number in suited} - asked

    def not_due(self) -> frozenset[str]:
        """The flights that pacing gives nothing, of all, at the five hundredth hour."""
        snapshot = self.snapshots.current("s")
        return self.keeper.not_due("s", snapshot, snapshot.flights.keys(), 500 * HOUR)

    def due(self, now: float) -> float:
        """What the paced flight may have, in impressions."""
        amount = self.keeper.due("s", self.paced, now)
        assert amount is not None
        return amount / MICROS


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_before_the_first_look_a_flight_follows_its_line(desk: Desk) -> None:
    assert desk.due(500 * HOUR) == pytest.approx(51_500, rel=1e-3)
    assert desk.keeper.due("s", desk.fast, 500 * HOUR) is None


def test_flights_that_are_paced_or_promised_are_read_all_at_once(desk: Desk) -> None:
    desk.keeper.look(500 * HOUR)
    assert desk.ledger.asked == [[desk.paced.number, desk.fast.number]]


def test_a_promise_that_is_kept_is_not_asked_for(desk: Desk) -> None:
    desk.ledger.booked = 4
    desk.keeper.look(500 * HOUR)
    assert desk.held_back() == set()
    desk.ledger.booked = 5
    desk.keeper.look(500 * HOUR)
    assert desk.held_back() == {"fast"}


def test_what_is_known_of_flights_outlives_a_change_of_the_inventory(desk: Desk) -> None:
    desk.ledger.booked = 5
    desk.keeper.look(500 * HOUR)
    desk.store.apply("s", InventoryChanges((replace(PACED, name="Renamed"),)), desk.store.version("s"))
    desk.snapshots.refresh("s")
    assert desk.held_back() == {"fast"}


def test_a_placement_that_waits_longer_makes_the_line_whole_the_sooner(desk: Desk) -> None:
    desk.ledger.booked, at = 51_400, 500 * HOUR
    desk.keeper.look(at)
    usual = desk.due(at)
    longer = replace(DEFAULT_PLACEMENTS["sidebar"], window_s=900)
    desk.store.apply("s", InventoryChanges((longer,)), desk.store.version("s"))
    desk.snapshots.refresh("s")
    desk.keeper.look(at)
    assert desk.due(at) == pytest.approx(usual * (1 + 26 / 60_000), abs=1)
    assert desk.due(at) > usual


def test_one_that_is_behind_gets_a_little_at_once_and_then_twice_its_rate(desk: Desk) -> None:
    desk.ledger.booked = 20_000
    desk.keeper.look(500 * HOUR)
    assert desk.due(500 * HOUR) == 20_000 + 3 + 500
    assert desk.due(510 * HOUR) == pytest.approx(20_503 + 2 * 1_030, rel=1e-3)


def test_one_that_gets_nothing_until_the_next_look_is_not_asked_for(desk: Desk) -> None:
    desk.ledger.booked = 51_600
    desk.keeper.look(500 * HOUR)
    assert desk.not_due() == {"paced"}
    desk.ledger.booked = 51_000
    assert desk.not_due() == set()


def test_the_loss_of_beacons_is_measured_as_holds_lapse(desk: Desk) -> None:
    for minute in range(300):
        desk.ledger.net, desk.ledger.lapsing = 70 * minute, 30
        desk.keeper.look(500 * HOUR + 60 * minute)
        desk.keeper.look(500 * HOUR + 60 * minute + 30)
    assert desk.keeper.kept_ratio("s") == pytest.approx(0.7, abs=0.01)


def test_while_the_store_is_away_what_was_known_stays_in_force(desk: Desk) -> None:
    desk.ledger.booked = 51_600
    desk.keeper.look(500 * HOUR)
    known = desk.due(501 * HOUR)
    desk.ledger.away = True
    with pytest.raises(StoreUnavailable):
        desk.keeper.look(501 * HOUR)
    assert desk.due(501 * HOUR) == known
    assert desk.not_due() == {"paced"}


def test_by_traffic_every_hour_is_alike_until_the_week_is_learnt_and_the_line_then_follows_it() -> None:
    told: list[Traffic | None] = [None]
    store = MemoryInventoryStore()
    store.apply("s", InventoryChanges((BY_TRAFFIC,)), 0)
    snapshots = InventorySnapshots(store, lambda _: (lambda _: np.array([], np.uint64),))
    keeper = PaceKeeper(snapshots, ToldLedger(), 5, lambda _: told[0])  # type: ignore[arg-type]
    [found] = snapshots.current("s").flights_by_number.values()

    def risen(begin: float, end: float) -> float:
        line = keeper._of("s").line(found.flight)
        assert line is not None
        return line.planned(end) - line.planned(begin)

    keeper.look(24 * HOUR)
    assert risen(24 * HOUR, 30 * HOUR) == pytest.approx(risen(36 * HOUR, 42 * HOUR))
    told[0] = Traffic("UTC", 24, 1.0, tuple(0.0 if at % 24 < 12 else 2.0 for at in range(168)), (0.3,) * 168)
    keeper.look(24 * HOUR + 30)
    assert risen(24 * HOUR, 30 * HOUR) > 0
    keeper.look(24 * HOUR + 600)
    assert risen(24 * HOUR, 30 * HOUR) == 0
    assert risen(36 * HOUR, 42 * HOUR) == pytest.approx(6 / 500 * 103_000 * MICROS, rel=0.01)
