"""What is simulated, as data: the site's traffic, what goes wrong, and the flights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from service.domain.durations import HOUR_S
from service.domain.sites.time_zones import zone

# The share of a day's page views in each hour, in hundredths: a news site by day, and one that sleeps at night.
BY_DAY = (2, 1, 1, 1, 1, 2, 4, 6, 7, 6, 5, 5, 6, 6, 5, 5, 5, 6, 6, 6, 5, 4, 3, 2)
DEAD_NIGHTS = (0, 0, 0, 0, 0, 0, 4, 7, 8, 7, 6, 6, 7, 7, 6, 6, 6, 6, 6, 6, 5, 4, 3, 0)
ALIKE = (1,) * 24


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of a scenario, from its begin: `begin_h` up to `end_h`."""

    begin_h: float
    end_h: float

    def holds(self, at_h: float) -> bool:
        """Returns whether an hour lies in it."""
        return self.begin_h <= at_h < self.end_h


@dataclass(frozen=True, slots=True)
class Gust(Span):
    """Hours in which there is so many times the traffic."""

    times: float = 5.0


@dataclass(frozen=True, slots=True)
class SimulatedFlight:
    """A flight of impressions: its goal, its hours, when it is loaded, and the part of pages that it may stand on.

    Each of its `pauses` ends with a resumption.
    """

    id: str
    goal: int
    span: Span
    loaded_h: float = 0.0
    pages_ratio: float = 1.0
    pacing: Literal["even", "front", "asap", "traffic"] = "even"
    hours: tuple[int, ...] = ()
    pauses: tuple[Span, ...] = ()

    def is_paused(self, at_h: float) -> bool:
        """Returns whether it is paused at an hour of the scenario."""
        return any(pause.holds(at_h) for pause in self.pauses)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. Times are hours since its first midnight in the site's time zone; pages have one slot.

    An impression is waited for `window_s`, and its beacon, where it is not lost, comes within `beacons_s` of the page.
    The site's traffic was learnt from as many weeks before as `learnt_weeks`.
    """

    name: str
    days: int
    views_a_day: int
    flights: tuple[SimulatedFlight, ...]
    first_day: str = "2026-03-09"
    timezone: str = "Europe/Madrid"
    shape: tuple[int, ...] = BY_DAY
    gusts: tuple[Gust, ...] = ()
    outages: tuple[Span, ...] = ()
    loss_ratio: float = 0.0
    window_s: int = 120
    beacons_s: tuple[float, float] = (0.5, 20.0)
    learnt_weeks: int = 0
    seed: int = 1
    slow: bool = field(default=False, compare=False)

    @property
    def begins_at(self) -> int:
        """The first second, since 1970."""
        return int(datetime.fromisoformat(self.first_day).replace(tzinfo=zone(self.timezone)).timestamp())

    def views_a_second(self, at: float) -> float:
        """Returns the expected rate of page views at a time in seconds since 1970; 0 while the store is away."""
        at_h = (at - self.begins_at) / HOUR_S
        if any(outage.holds(at_h) for outage in self.outages):
            return 0.0
        share = self.shape[datetime.fromtimestamp(at, zone(self.timezone)).hour] / sum(self.shape)
        times = next((gust.times for gust in self.gusts if gust.holds(at_h)), 1.0)
        return self.views_a_day * share / HOUR_S * times


_WHOLE = Span(0, 72)
_SCENARIOS = (
    Scenario("short", 1, 2_400, (SimulatedFlight("even", 1_000, Span(0, 24)),), shape=ALIKE, loss_ratio=0.3),
    Scenario("steady", 3, 8_000, (SimulatedFlight("even", 12_000, _WHOLE),), shape=ALIKE, slow=True),
    Scenario(
        "spikes", 3, 8_000, (SimulatedFlight("even", 9_000, _WHOLE),),
        shape=ALIKE, gusts=(Gust(20, 22), Gust(45, 46)), slow=True,
    ),
    Scenario("dead-nights", 3, 8_000, (SimulatedFlight("by-day", 9_000, _WHOLE, hours=tuple(range(6, 23))),),
             shape=DEAD_NIGHTS, slow=True),
    Scenario(
        "learnt-nights", 3, 8_000, (SimulatedFlight("traffic", 12_000, _WHOLE, pacing="traffic"),),
        shape=DEAD_NIGHTS, learnt_weeks=4, slow=True,
    ),
    Scenario(
        "nights-at-change", 3, 8_000, (SimulatedFlight("traffic", 12_000, Span(0, 71), pacing="traffic"),),
        first_day="2026-03-28", shape=DEAD_NIGHTS, learnt_weeks=4, slow=True,
    ),
    Scenario(
        "clock-change", 2, 8_000, (SimulatedFlight("even", 7_000, Span(0, 47)),),
        first_day="2026-03-28", shape=ALIKE, slow=True,
    ),
    Scenario("late-start", 3, 8_000, (SimulatedFlight("late", 8_000, _WHOLE, loaded_h=24),), shape=ALIKE, slow=True),
    Scenario(
        "paused", 3, 8_000, (SimulatedFlight("paused", 10_000, _WHOLE, pauses=(Span(20, 29.5), Span(50, 51))),),
        shape=ALIKE, slow=True,
    ),
    Scenario(
        "outage", 3, 8_000, (SimulatedFlight("even", 10_000, _WHOLE),), shape=ALIKE, outages=(Span(30, 31),), slow=True
    ),
    Scenario(
        "lost-beacons", 3, 8_000, (SimulatedFlight("even", 10_000, _WHOLE),), shape=ALIKE, loss_ratio=0.3, slow=True
    ),
    Scenario(
        "late-beacons", 3, 8_000, (SimulatedFlight("even", 10_000, _WHOLE),),
        shape=ALIKE, loss_ratio=0.3, window_s=900, beacons_s=(0.5, 600.0), slow=True,
    ),
    Scenario(
        "broad-and-narrow", 3, 8_000,
        (SimulatedFlight("broad", 12_000, _WHOLE), SimulatedFlight("narrow", 2_000, _WHOLE, pages_ratio=0.1)),
        shape=ALIKE, slow=True,
    ),
    Scenario(
        "competing", 3, 8_000,
        (SimulatedFlight("first", 7_000, _WHOLE), SimulatedFlight("second", 7_000, Span(0, 71.9)),
         SimulatedFlight("front", 6_000, _WHOLE, pacing="front")),
        shape=ALIKE, slow=True,
    ),
    Scenario("tiny", 3, 4_000, (SimulatedFlight("tiny", 50, _WHOLE),), shape=ALIKE, slow=True),
    Scenario("too-little-supply", 3, 6_000, (SimulatedFlight("hungry", 24_000, _WHOLE),), shape=ALIKE, slow=True),
)  # fmt: skip
SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in _SCENARIOS}
