"""Runs a scenario: readers open pages, slots are filled by the service's own code, beacons come or are lost."""

from __future__ import annotations

import heapq
import random
import time
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.forecast.traffic import Traffic, learn
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.pacing.course import EQUAL_TRAFFIC, TrafficCurve
from service.domain.ads.pacing.line import HOURS_OF_WEEK, Line, line_of
from service.domain.ads.slot import SlotRequest
from service.domain.durations import DAY_S, HOUR_S
from service.domain.events.tokens import AdToken, read_token
from service.domain.money.money import MICROS
from service.domain.ports import TermIds
from service.domain.sites.site import Site
from service.simulation.outcome import FlightOutcome, Point, burst_ratio, distance_ratio
from service.simulation.scenario import Scenario, SimulatedFlight
from service.usecases.ads.delivery.fill_slots import FillSlots
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_pace import PaceKeeper
from service.usecases.ads.loading.manage_entities import ManageEntities
from service.usecases.ads.loading.replan_flights import ReplanFlights

STEP_S = 60
SITE = Site("simulation")
KEY = b"a key for tokens that nobody else sees"
SLOT = (SlotRequest("slot", "sidebar"),)


@dataclass(slots=True)
class _Leg:
    """A part of a flight's course that one line plans."""

    line: Line
    points: list[Point] = field(default_factory=list)


@dataclass(slots=True)
class _Course:
    """One flight while it runs: a leg up to its first pause, and one from each resumption on."""

    simulated: SimulatedFlight
    number: int = 0
    begins_at: float = 0.0
    ends_at: float = 0.0
    eligible: int = 0
    taken: int = 0
    taken_paused: int = 0
    paused: bool = False
    legs: list[_Leg] = field(default_factory=list)

    def runs(self, at: float) -> bool:
        return self.number > 0 and not self.paused and self.begins_at <= at < self.ends_at

    def take(self) -> None:
        self.taken += 1
        self.taken_paused += self.paused


class Simulation:
    """One run on a store that is empty, and is its own; `client` must not retry."""

    def __init__(self, scenario: Scenario, client: redis.Redis) -> None:
        self._scenario = scenario
        self._client = client
        self._store, self._ledger = RedisInventoryStore(client), RedisLedger(client)
        self._snapshots = InventorySnapshots(self._store, lambda _: (_no_words,))
        self._gusts = np.random.default_rng(scenario.seed)
        self._traffic = _learnt(scenario, self._gusts)
        self._pace = PaceKeeper(self._snapshots, self._ledger, STEP_S, lambda _: self._traffic)
        self._slots = FillSlots(self._snapshots, self._ledger, self._pace, lambda: KEY)
        self._chance = random.Random(scenario.seed)  # noqa: S311
        self._beacons: list[tuple[float, int, AdToken]] = []
        self._serial = count()
        self._sidebar = replace(DEFAULT_PLACEMENTS["sidebar"], window_s=scenario.window_s)
        self._now = 0.0
        self._manage = ManageEntities(self._store, replan=ReplanFlights(self._ledger, lambda: self._now))
        self._courses = [_Course(one) for one in scenario.flights]

    def run(self) -> list[FlightOutcome]:
        """Returns what each flight came to."""
        begins_at, ends_at = self._scenario.begins_at, self._scenario.begins_at + self._scenario.days * DAY_S
        self._set_clock(begins_at)
        for at in range(begins_at, ends_at + self._scenario.window_s + 3 * STEP_S, STEP_S):
            self._set_clock(at)
            self._load(at)
            self._pause_and_resume(at)
            self._book_until(at)
            if (at - begins_at) % HOUR_S == 0:
                self._note(at)
            rate = self._scenario.views_a_second(at) if at < ends_at else 0.0
            if rate:
                self._pace.look(at)
            for moment in sorted(
                self._chance.uniform(at, at + STEP_S) for _ in range(self._gusts.poisson(rate * STEP_S))
            ):
                self._book_until(moment)
                self._open_page(moment)
        self._note(ends_at)
        return [self._outcome(course) for course in self._courses]

    @property
    def _curve(self) -> TrafficCurve:
        return self._traffic.curve if self._traffic else EQUAL_TRAFFIC

    def _set_clock(self, at: float) -> None:
        self._now = at
        self._client.hset(keys.LEDGER.name(site=SITE.id), "test_offset_s", str(int(at - time.time())))

    def _load(self, at: int) -> None:
        """Loads the flights whose time of loading has come."""
        begins_at = self._scenario.begins_at
        for course in self._courses:
            if course.number or begins_at + course.simulated.loaded_h * HOUR_S > at:
                continue
            flight = _flight(course.simulated, begins_at, at, self._scenario.timezone)
            creative = Creative(f"k-{flight.id}", "a", "native", "https://a.example/")
            changes = InventoryChanges((Advertiser("a"), Campaign("c", "a"), self._sidebar, flight, creative))
            self._store.apply(SITE.id, changes, self._store.version(SITE.id))
            loaded = self._store.load(SITE.id).flights[flight.id]
            course.number = loaded.number
            self._begin_leg(course, loaded)
            course.begins_at, course.ends_at = float(loaded.starts_at or at), float(loaded.ends_at or at)
            self._snapshots.refresh(SITE.id)

    def _begin_leg(self, course: _Course, flight: Flight) -> None:
        if line := line_of(flight, self._curve):
            course.legs.append(_Leg(line))

    def _pause_and_resume(self, at: int) -> None:
        """Pauses and resumes the flights whose time for it has come, as an operator does."""
        at_h = (at - self._scenario.begins_at) / HOUR_S
        for course in self._courses:
            paused = course.simulated.is_paused(at_h)
            if not course.number or paused == course.paused:
                continue
            course.paused = paused
            status = FlightStatus.PAUSED if paused else FlightStatus.ACTIVE
            flight = self._manage.set_status(SITE.id, course.simulated.id, status)
            if not paused:
                self._begin_leg(course, flight)
            self._snapshots.refresh(SITE.id)

    def _open_page(self, at: float) -> None:
        lot = self._chance.random()
        section = f"s{int(lot * 100)}"
        for course in self._courses:
            course.eligible += course.runs(at) and lot < course.simulated.pages_ratio
        asked = SlotsRequest(SITE, str(next(self._serial)), SLOT, section=section)
        shown = self._slots.fill(asked, at).slots["slot"]
        if shown is None:
            return
        number = shown.choice.candidate.flight.number
        next(one for one in self._courses if one.number == number).take()
        if self._chance.random() >= self._scenario.loss_ratio:
            token = read_token(shown.impression_url.rpartition("/")[2], KEY)
            assert isinstance(token, AdToken)  # noqa: S101 - signed a line above
            heapq.heappush(
                self._beacons, (at + self._chance.uniform(*self._scenario.beacons_s), next(self._serial), token)
            )

    def _book_until(self, at: float) -> None:
        while self._beacons and self._beacons[0][0] <= at:
            self._ledger.book(heapq.heappop(self._beacons)[2])

    def _note(self, at: float) -> None:
        running = [
            one for one in self._courses if one.legs and not one.paused and one.begins_at <= at <= one.ends_at + HOUR_S
        ]
        found = self._ledger.standings(SITE.id, [one.number for one in running], at).flights
        for course, standing in zip(running, found, strict=True):
            leg, delivered = course.legs[-1], standing.booked.get(Unit.IMPRESSIONS, 0)
            leg.points.append(Point(at, leg.line.due(at) / MICROS, delivered / MICROS))

    def _outcome(self, course: _Course) -> FlightOutcome:
        own, goal = course.simulated, course.simulated.goal
        points = tuple(point for leg in course.legs for point in leg.points)
        burst = max((burst_ratio(tuple(leg.points), leg.line, goal, MICROS) for leg in course.legs), default=0.0)
        distance = distance_ratio(points, goal)
        return FlightOutcome(own.id, goal, course.eligible, course.taken, points, distance, burst, course.taken_paused)


def _flight(one: SimulatedFlight, begins_at: int, now: int, timezone: str) -> Flight:
    sections = tuple(f"s{n}" for n in range(round(one.pages_ratio * 100))) if one.pages_ratio < 1 else ()
    return Flight(
        one.id, "c", "a", Tier.STANDARD, goal_type="impressions", goal=one.goal, pacing=one.pacing,
        starts_at=int(begins_at + one.span.begin_h * HOUR_S), ends_at=int(begins_at + one.span.end_h * HOUR_S),
        planned_from=now, price_model=PriceModel.CPM, price_micros=2_000_000, placements=("sidebar",),
        sections=sections, hours=one.hours, timezone=timezone, creatives=(FlightCreative(f"k-{one.id}"),),
    )  # fmt: skip


def _learnt(scenario: Scenario, chance: np.random.Generator) -> Traffic | None:
    """What the weeks before a scenario teach of its traffic."""
    until_hour = scenario.begins_at // HOUR_S
    hours = range(until_hour - scenario.learnt_weeks * HOURS_OF_WEEK, until_hour)
    rates = [scenario.views_a_second((hour + 0.5) * HOUR_S) for hour in hours]
    return learn(scenario.timezone, hours.start, {"sidebar": [int(chance.poisson(rate * HOUR_S)) for rate in rates]})


def _no_words(_: str) -> TermIds:
    return np.array([], np.uint64)
