"""Pacing: the line that a flight's delivery follows, and how fast it may come back to it."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.inventory import Flight, Placement, PriceModel, Tier, Unit
from service.domain.ads.pacing.course import Course, TrafficCurve
from service.domain.ads.pacing.line import CATCH_UP, LEAD_RATIO, Allowance, Line, allowance, due, line_of
from service.domain.money.money import MICROS

MONDAY = int(datetime(2026, 3, 23, tzinfo=ZoneInfo("UTC")).timestamp())
HOUR, DAY = 3_600, 86_400
GOALS = {"impressions": Unit.IMPRESSIONS, "views": Unit.VIEWS, "clicks": Unit.CLICKS, "budget": Unit.MONEY}


def flight(**terms: Any) -> Flight:
    """A flight of a week with a goal of 7,000 impressions, unless told else."""
    own: dict[str, Any] = {
        "starts_at": MONDAY, "ends_at": MONDAY + 7 * DAY, "goal_type": "impressions", "goal": 7_000,
        "price_model": PriceModel.CPM, "price_micros": 2_000_000, "number": 3,
    }  # fmt: skip
    return Flight("f", "c", "a", Tier.STANDARD, **{**own, **terms})


def line(**terms: Any) -> Line:
    """The line of a flight that has one."""
    found = line_of(flight(**terms))
    assert found is not None
    return found


@st.composite
def flights(draw: st.DrawFn) -> Flight:
    """Any flight that has a line."""
    begin = MONDAY + draw(st.integers(0, 40 * DAY))
    goal_type = draw(st.sampled_from(sorted(GOALS)))
    return flight(
        starts_at=begin,
        ends_at=begin + draw(st.integers(60, 20 * DAY)),
        timezone=draw(st.sampled_from(["UTC", "Europe/Madrid", "Asia/Karachi", "Asia/Kathmandu", "America/New_York"])),
        goal_type=goal_type,
        goal=draw(st.integers(1, 10_000_000)) * (MICROS // 100 if goal_type == "budget" else 1),
        price_model=draw(st.sampled_from([PriceModel.CPM, PriceModel.VCPM, PriceModel.CPC])),
        price_micros=draw(st.integers(1, 90_000_000)),
        pacing=draw(st.sampled_from(["even", "front", "traffic"])),
        days=draw(st.sampled_from([(), (0, 2, 5), (6,)])),
        hours=draw(st.sampled_from([(), tuple(range(7, 20)), (2,), (0, 12, 23)])),
        number=draw(st.integers(1, 1_000_000)),
    )


CURVES = st.one_of(
    st.just(TrafficCurve()),
    st.lists(st.floats(0, 1_000), min_size=168, max_size=168).map(lambda w: TrafficCurve("Europe/Madrid", tuple(w))),
)


@given(flights(), CURVES, st.lists(st.floats(-0.1, 1.1), min_size=2, max_size=20))
def test_a_line_never_falls_never_passes_the_goal_and_is_whole_at_the_end(
    one: Flight, curve: TrafficCurve, parts: list[float]
) -> None:
    found = line_of(one, curve)
    assert found is not None
    assert one.starts_at is not None
    assert one.ends_at is not None
    times = sorted(one.starts_at + part * (one.ends_at - one.starts_at) for part in parts)
    told = [found.due(at) for at in times]
    assert told == sorted(told)
    assert all(0 <= amount <= found.goal for amount in told)
    assert found.due(one.starts_at) == 0
    assert found.due(one.ends_at) == found.goal


@given(flights(), CURVES, st.floats(0, 1))
def test_a_line_has_no_steps_but_grains(one: Flight, curve: TrafficCurve, part: float) -> None:
    found = line_of(one, curve)
    assert found is not None
    at = found.begins_at + part * (found.ends_at - found.begins_at)
    assert abs(found.due(at) - found.planned(at)) <= found.grain
    steepest = 1 / (found.ends_at - found.begins_at)
    if found.course is not None:
        steepest = max(found.course.curve.weights, default=1.0) / found.whole
    fastest = 1.5 * (1 + LEAD_RATIO) * steepest * found.goal
    assert found.planned(at + 1) - found.planned(at) <= fastest * (1 + 1e-6) + 1e-3


def test_an_even_line_leads_by_three_in_a_hundred() -> None:
    assert line().planned(MONDAY + 3.5 * DAY) == pytest.approx(1.03 * 3_500 * MICROS, rel=1e-3)


def test_a_line_is_whole_two_windows_before_the_end() -> None:
    assert line().ends_at == MONDAY + 7 * DAY - 4 * 60


@pytest.mark.parametrize(
    ("terms", "minutes"), [({}, 30), ({"goal_type": "views"}, 10), ({"placements": ("sidebar", "unknown")}, 4)]
)
def test_where_a_placement_waits_longer_for_impressions_the_line_is_whole_the_sooner(
    terms: dict[str, Any], minutes: int
) -> None:
    placements = {"sidebar": Placement("sidebar"), "lazy": Placement("lazy", window_s=900)}
    found = line_of(flight(**{"placements": ("sidebar", "lazy"), **terms}), placements=placements)
    assert found is not None
    assert found.ends_at == MONDAY + 7 * DAY - minutes * 60
    assert line(goal_type="views").ends_at == MONDAY + 7 * DAY - 10 * 60
    assert line(goal_type="clicks").ends_at == MONDAY + 7 * DAY - 120 * 60
    assert line(goal_type="clicks", ends_at=MONDAY + HOUR).ends_at == MONDAY + 0.75 * HOUR


def test_fifty_impressions_over_a_week_fall_due_one_by_one() -> None:
    found = line(goal=50)
    told = [found.due(MONDAY + second) for second in range(0, 7 * DAY, 60)]
    steps = [after - before for before, after in pairwise(told) if after != before]
    assert steps == [MICROS] * 50


def test_lines_of_a_day_do_not_tick_together() -> None:
    first = [next(s for s in range(DAY) if line(goal=50, number=n).due(MONDAY + s)) for n in range(1, 11)]
    assert max(first) - min(first) > 2 * HOUR


def test_a_front_loaded_line_has_more_than_half_at_half_time() -> None:
    found = line(pacing="front")
    assert found.planned(MONDAY + 3.5 * DAY) == pytest.approx(1.03 * 0.625 * 7_000 * MICROS, rel=1e-3)


def test_day_parts_are_where_the_line_rises() -> None:
    found = line(days=(0, 1), hours=(9, 10), timezone="Europe/Madrid")
    nine = MONDAY + 8 * HOUR  # in Madrid
    assert found.planned(nine) == 0
    assert found.planned(nine + HOUR) == pytest.approx(1.03 * 7_000 * MICROS / 4)
    assert found.planned(nine + 2 * HOUR) == found.planned(nine + DAY)
    assert found.due(nine + DAY + 2 * HOUR) == found.goal


def test_the_day_on_which_the_clock_springs_forward_has_an_hour_less() -> None:
    sunday = int(datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Madrid")).timestamp())
    night = line(starts_at=sunday, ends_at=sunday + 23 * HOUR, hours=(1, 2, 3), timezone="Europe/Madrid", goal=300)
    assert night.planned(sunday + 2 * HOUR) == pytest.approx(1.03 * 150 * MICROS)
    assert night.due(sunday + 3 * HOUR) == night.goal


def test_a_line_by_traffic_rises_as_the_sites_traffic_does() -> None:
    weights = tuple(3.0 if 8 <= hour % 24 < 20 else 1.0 for hour in range(168))
    found = line_of(flight(pacing="traffic"), TrafficCurve("UTC", weights))
    assert found is not None
    by_day = found.planned(MONDAY + 12 * HOUR) - found.planned(MONDAY + 11 * HOUR)
    by_night = found.planned(MONDAY + 3 * HOUR) - found.planned(MONDAY + 2 * HOUR)
    assert by_day == pytest.approx(3 * by_night)
    assert line(pacing="traffic").planned(MONDAY + DAY) == line().planned(MONDAY + DAY)


def test_the_rest_is_planned_anew_from_what_was_delivered() -> None:
    found = line(planned_from=MONDAY + 5 * DAY, planned_after=1_000 * MICROS)
    assert found.planned(MONDAY + 5 * DAY) == 1_000 * MICROS
    assert found.planned(MONDAY + 6 * DAY) == pytest.approx(MICROS * (1_000 + 1.03 * 3_000), rel=0.002)


@pytest.mark.parametrize(
    "terms",
    [
        {"pacing": "asap"},
        {"ends_at": None},
        {"starts_at": None},
        {"goal": None, "goal_type": None},
        {"goal_type": "share", "goal": 50},
        {"price_model": PriceModel.FLAT, "goal_type": "budget"},
    ],
)
def test_some_flights_are_not_paced(terms: dict[str, Any]) -> None:
    assert line_of(flight(**terms)) is None


def test_a_flight_without_a_goal_is_paced_to_its_lifetime_cap() -> None:
    found = line(goal=None, goal_type=None, lifetime_cap=14 * MICROS)
    assert (found.unit, found.goal, found.grain) == (Unit.MONEY, 14 * MICROS, 2_000)


def caught_up(found: Line, since: float, until: float, every: float) -> list[tuple[float, float]]:
    """What a flight that had nothing by `since` has after each look, if it takes all that it may."""
    done, allowed, steps = 0.0, None, []
    at = since
    while at < until:
        allowed = allowance(found, allowed, done, at)
        at += every
        done = max(done, due(found, allowed, at))
        steps.append((at, done))
    return steps


def test_a_flight_that_is_behind_catches_up_at_twice_its_rate_until_it_is_on_its_line() -> None:
    found = line()
    steps = caught_up(found, MONDAY + DAY, MONDAY + 5 * DAY, 60)
    for (begin, before), (end, after) in zip(steps, steps[30:], strict=False):
        assert after - before <= CATCH_UP * (found.planned(end) - found.planned(begin)) + found.at_once
    assert steps[1_500][1] == found.due(steps[1_500][0])


def test_in_the_last_tenth_it_catches_up_at_any_speed() -> None:
    found, at = line(), MONDAY + 6.5 * DAY
    assert due(found, Allowance(0.0, at), at) == found.due(at)


def test_chances_missed_are_not_saved_up() -> None:
    found, at = line(), MONDAY + 2 * DAY
    start = allowance(found, None, 0.0, at)
    later = allowance(found, start, 0.0, at + DAY)
    assert later.amount == start.amount == found.at_once


def summed(course: Course, begin: int, end: int) -> float:
    """The weighed seconds between two whole minutes, minute by minute."""
    total = 0.0
    for at in range(begin, end, 60):
        local = datetime.fromtimestamp(at, ZoneInfo(course.timezone))
        runs = local.weekday() in (course.days or range(7)) and local.hour in (course.hours or range(24))
        total += 60 * course.curve.weight(at) if runs else 0.0
    return total


@pytest.mark.parametrize(
    ("timezone", "begins"),
    [("Europe/Madrid", "2026-03-28T20:10"), ("America/New_York", "2026-10-31T22:30"),
     ("Asia/Kathmandu", "2026-06-20T01:05"), ("Asia/Karachi", "2026-12-28T13:00")],
)  # fmt: skip
def test_a_course_is_its_hours_minute_by_minute_also_where_clocks_change(timezone: str, begins: str) -> None:
    curve = TrafficCurve("Europe/Madrid", tuple(float(1 + at % 24) for at in range(168)))
    begin = int(datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo(timezone)).timestamp())
    for days, hours in (((), ()), ((0, 6), ()), ((), (0, 2, 3, 13)), ((5, 6), tuple(range(7, 20)))):
        course = Course(timezone, days, hours, curve)
        end = begin + 3 * DAY + 1_800
        assert course.between(begin, end) == pytest.approx(summed(course, begin, end), rel=1e-9)


def test_a_course_of_years_is_the_sum_of_its_parts() -> None:
    course = Course("Europe/Madrid", (), (9, 10), TrafficCurve())
    cuts = [MONDAY, MONDAY + 90 * DAY + 5, MONDAY + 600 * DAY, MONDAY + 3 * 365 * DAY]
    assert course.between(cuts[0], cuts[-1]) == pytest.approx(sum(course.between(*pair) for pair in pairwise(cuts)))
    assert course.between(cuts[0], cuts[-1]) == pytest.approx(3 * 365 * 2 * HOUR, rel=1e-3)
