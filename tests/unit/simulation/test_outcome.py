"""What a simulated flight came to is judged and drawn."""

from __future__ import annotations

import pytest
from defusedxml import ElementTree

from service.domain.ads.inventory import Unit
from service.domain.ads.pacing.line import Line
from service.domain.events.tokens import EventKind
from service.simulation.outcome import FlightOutcome, Point, burst_ratio, distance_ratio
from service.simulation.picture import picture
from service.simulation.scenario import SCENARIOS, Gust, Span

LINE = Line(Unit.IMPRESSIONS, EventKind.IMPRESSION, 1_000, 0, 1, 0.0, False, 0.0, 100.0)


def outcome(
    delivered: float = 1_000, eligible: int = 5_000, distance: float = 0.0, burst: float = 0.0
) -> FlightOutcome:
    """A flight of 1,000 impressions."""
    points = (Point(0, 0, 0), Point(3_600, 1_000, delivered))
    return FlightOutcome("f", 1_000, eligible, 1_200, points, distance, burst)


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (outcome(delivered=979), "only 97.9%"),
        (outcome(delivered=1_001), "past the goal"),
        (outcome(distance=0.021), "from the line"),
        (outcome(burst=0.006), "catching up"),
    ],
)
def test_each_part_of_the_bar_is_told_when_missed(found: FlightOutcome, word: str) -> None:
    assert len(found.faults(0.0)) == 1
    assert word in found.faults(0.0)[0]


def test_a_flight_without_supply_need_not_reach_its_goal() -> None:
    assert outcome(delivered=600, eligible=1_200, distance=0.3).faults(loss_ratio=0.3) == []
    assert outcome(delivered=600, eligible=1_500, distance=0.3).faults(loss_ratio=0.3) != []
    assert outcome().faults(0.0) == []


def test_the_distance_from_the_line_is_a_root_mean_square() -> None:
    assert distance_ratio((Point(0, 0, 30), Point(1, 100, 60)), 1_000) == pytest.approx(0.0353553, rel=1e-5)
    assert distance_ratio((), 1_000) == 0


def test_a_burst_is_what_is_above_twice_the_planned_rate() -> None:
    steady = tuple(Point(at, 0, 10 * at) for at in range(0, 100, 10))
    assert burst_ratio(steady, LINE, 1_000, 1) == 0
    leap = (Point(0, 0, 0), Point(10, 0, 300))
    assert burst_ratio(leap, LINE, 1_000, 1) == pytest.approx((300 - 2 * 103 - 8) / 1_000)
    assert burst_ratio((Point(85, 0, 0), Point(95, 0, 900)), LINE, 1_000, 1) == 0


def test_the_picture_is_a_panel_for_each_flight() -> None:
    drawn = ElementTree.fromstring(picture([("a & b", outcome()), ("c", outcome(delivered=500))]))
    assert len(drawn.findall("{*}path[@class='due']")) == len(drawn.findall("{*}path[@class='delivered']")) == 2
    assert drawn.findtext("{*}text") == "a & b, f: 1,000 of 1,000 in 1 hours (pale: due)"


def test_a_scenarios_traffic_follows_its_shape_gusts_and_outages() -> None:
    found = SCENARIOS["outage"]
    begin = found.begins_at
    assert found.views_a_second(begin + 30.5 * 3_600) == 0
    assert found.views_a_second(begin) == pytest.approx(8_000 / 86_400)
    spiky = SCENARIOS["spikes"]
    assert spiky.views_a_second(spiky.begins_at + 21 * 3_600) == pytest.approx(5 * 8_000 / 86_400)
    assert Gust(1, 2).holds(1)
    assert not Span(1, 2).holds(2)


def test_the_day_on_which_clocks_change_is_in_its_scenario() -> None:
    found = SCENARIOS["clock-change"]
    assert found.flights[0].span == Span(0, 47)
    assert found.timezone == "Europe/Madrid"
