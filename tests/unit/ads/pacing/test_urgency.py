"""How urgent a guaranteed flight is, and that the most urgent one is asked first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Creative, Flight, FlightCreative, Inventory, PriceModel, Tier, Unit
from service.domain.ads.inventory_snapshot import build_snapshot
from service.domain.ads.pacing.course import TrafficCurve
from service.domain.ads.pacing.urgency import PAGES_KEPT, Share, Sightings, hours_left, runs_now, still_to_show, urgency
from service.domain.ads.plan.asking_order import UNKNOWN_ECPM, Demand
from service.domain.ads.response.response import NEW_RESPONSE, Response
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.money.money import MICROS

HOUR = 3_600
MONDAY = int(datetime(2026, 3, 23, tzinfo=UTC).timestamp())


def flight(name: str = "f", **terms: object) -> Flight:
    """A standard flight of 1,000 impressions over a hundred hours from Monday on, unless other terms are named."""
    own: dict[str, object] = {
        "tier": Tier.STANDARD, "goal_type": "impressions", "goal": 1_000, "starts_at": MONDAY,
        "ends_at": MONDAY + 100 * HOUR, "price_model": PriceModel.CPM, "price_micros": 2 * MICROS,
        "placements": ("sidebar",), "creatives": (FlightCreative("k"),),
    }  # fmt: skip
    return Flight(name, "c", "a", **{**own, **terms})  # type: ignore[arg-type]


def booked(unit: Unit, amount: int, held: int = 0) -> Standing:
    """A flight that has booked and holds so much of a unit."""
    return Standing({unit: amount}, {unit: held})


def test_urgency_is_what_is_left_to_show_over_the_chances_left() -> None:
    half = Share(pages=99, suited=49)
    assert urgency(800, half, 100) == pytest.approx(800 / 50)
    assert urgency(800, half, 10) == pytest.approx(800 / 5)
    assert urgency(800, half, 0) > 800


def test_what_is_held_counts_as_far_as_it_is_expected_to_be_booked() -> None:
    standing = booked(Unit.IMPRESSIONS, 200 * MICROS, held=200 * MICROS)
    assert still_to_show(flight(), standing, 0.5, NEW_RESPONSE) == pytest.approx(700)


def test_a_flight_that_has_all_has_nothing_to_show_and_one_without_a_goal_no_amount() -> None:
    assert still_to_show(flight(), booked(Unit.IMPRESSIONS, 1_001 * MICROS), 1.0, NEW_RESPONSE) == 0
    assert still_to_show(flight(goal=None, goal_type=None), Standing(), 1.0, NEW_RESPONSE) is None


@pytest.mark.parametrize(
    ("terms", "to_show"),
    [
        ({"goal_type": "budget", "goal": 2 * MICROS}, 1_000),
        ({"goal_type": "budget", "goal": 2 * MICROS, "price_model": PriceModel.VCPM}, 2_000),
        ({"goal_type": "budget", "goal": 2 * MICROS, "price_model": PriceModel.CPC}, 100),
        ({"goal_type": "views", "goal": 500}, 1_000),
        ({"goal_type": "clicks", "goal": 5}, 500),
        ({"goal": None, "goal_type": None, "cap_unit": Unit.IMPRESSIONS, "lifetime_cap": 300}, 300),
    ],
)
def test_money_views_and_clicks_are_counted_in_the_impressions_that_they_take(
    terms: dict[str, object], to_show: float
) -> None:
    assert still_to_show(flight(**terms), Standing(), 1.0, Response(0.5, 0.01)) == pytest.approx(to_show)


def test_a_flight_of_which_nothing_was_seen_is_taken_for_a_broad_one_and_learns_quickly() -> None:
    assert Share().ratio == 1
    assert Share().after(99, 9, runs=True).ratio == pytest.approx(0.1)


def test_pages_count_only_in_the_hours_in_which_a_flight_runs() -> None:
    by_day = Share().after(100, 50, runs=True).after(300, 50, runs=False).after(400, 100, runs=True)
    assert by_day.ratio == pytest.approx(101 / 201)


def test_what_was_seen_long_ago_fades() -> None:
    share, pages, suited = Share(), 0, 0.0
    for part in [1.0] * 30 + [0.1] * 200:
        pages, suited = pages + 1_000, suited + 1_000 * part
        share = share.after(pages, suited, runs=True)
    assert share.ratio == pytest.approx(0.1, abs=0.001)
    assert share.pages <= 2 * PAGES_KEPT


def test_a_few_pages_of_each_second_are_looked_at() -> None:
    sightings = Sightings()
    assert [sightings.looks(at) for at in (1.0, 1.1, 1.2, 1.9, 2.0)] == [True, True, False, False, True]
    sightings.note(np.array([3, 70]))
    sightings.note(np.array([3]))
    assert (sightings.pages, sightings.of(3), sightings.of(70), sightings.of(99)) == (2, 2, 1, 0)


@given(
    st.integers(0, 20 * 24 * 60), st.integers(0, 20 * 24 * 60),
    st.sets(st.integers(0, 6), max_size=3), st.sets(st.integers(0, 23), max_size=5), st.booleans(),
)  # fmt: skip
def test_the_hours_left_are_those_of_each_minute_until_the_end(
    begin: int, length: int, days: set[int], hours: set[int], learnt: bool
) -> None:
    now, ends_at = MONDAY + 60 * begin, MONDAY + 60 * (begin + length)
    one = flight(ends_at=ends_at, days=tuple(sorted(days)), hours=tuple(sorted(hours)))
    curve = TrafficCurve("UTC", tuple(1 + hour % 24 / 10 for hour in range(168))) if learnt else TrafficCurve()
    each = (curve.weight(at) / 60 for at in range(now, ends_at, 60) if runs_now(one, at))
    assert hours_left(one, now, curve) == pytest.approx(sum(each), abs=1e-6)


def test_the_most_urgent_is_asked_first_whatever_its_end() -> None:
    flights = [flight("sooner"), flight("later", ends_at=MONDAY + 200 * HOUR), flight("unmeasured")]
    flights = [replace(one, number=number) for number, one in enumerate(flights, 1)]
    inventory = Inventory(
        1, flights={one.id: one for one in flights}, creatives={"k": Creative("k", "a", "native", "https://a.example/")}
    )
    placement = build_snapshot(inventory, lambda _: np.array([], np.uint64)).placements["sidebar"]
    facts = SlotFacts(MONDAY + HOUR)

    def asked() -> list[str]:
        return [placement.flights[at].flight.id for at in placement.paid(facts, 0, 10)]

    assert asked()[-1] == "later"
    numbers, urgencies, no_ecpm = np.array([1, 2]), np.array([0.5, 0.9]), np.full(2, UNKNOWN_ECPM)
    placement.take_up(Demand(numbers, urgencies, no_ecpm, np.array([False, False])))
    assert asked() == ["later", "sooner", "unmeasured"]
    placement.take_up(Demand(numbers, urgencies, no_ecpm, np.array([False, True])))
    assert asked() == ["sooner", "unmeasured"]
