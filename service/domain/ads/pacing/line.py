"""Pacing: how much of its goal a flight may have delivered by now, and how fast it may catch up with that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from service.domain.ads.booking.budget_terms import flight_terms
from service.domain.ads.booking.ledger import WINDOW_MINUTES, extra_minutes
from service.domain.ads.inventory import Flight, Placement, PriceModel, Tier, Unit
from service.domain.ads.pacing.course import EQUAL_TRAFFIC, Course, TrafficCurve
from service.domain.events.tokens import EventKind
from service.domain.money.money import MICROS

# A line runs ahead of an equal spread, so that what readers' beacons lose can still be made up for before the end.
LEAD_RATIO = 0.03
# A line is whole this many windows of its event before the end: what was reserved last can still book or be given anew.
WINDOWS_BEFORE_END = 2
# ... but a short flight still spreads over this part of its time.
LEAST_SPREAD_RATIO = 0.75
# A flight that is behind catches up at most so many times as fast as planned, but in the last part of its time.
CATCH_UP = 2
LAST_PART_RATIO = 0.1
# What catching up may take at once: events, and a part of the goal. Without it, traffic that comes in gusts is missed.
AT_ONCE_EVENTS = 3
AT_ONCE_RATIO = 0.005

HOURS_OF_WEEK = 168
_GOLDEN_RATIO = 0.618_033_988_749_895
_UNIT_EVENTS = {
    Unit.IMPRESSIONS: EventKind.IMPRESSION,
    Unit.VIEWS: EventKind.VIEW,
    Unit.CLICKS: EventKind.CLICK,
}
_BILLED_EVENTS = {
    PriceModel.CPM: EventKind.IMPRESSION,
    PriceModel.VCPM: EventKind.VIEW,
    PriceModel.CPC: EventKind.CLICK,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A flight's planned course from what it had at its beginning (`after`) to its goal, micros of money or of units.

    It goes from `begins_at` to `ends_at` (seconds since 1970) by its `course`, `whole` weighed seconds in all; without
    one every second is alike. `grain` is what one event, `event`, books at most; `phase`, below 1, is the part of a
    grain by which the line runs ahead.
    """

    unit: Unit
    event: EventKind
    goal: int
    after: int
    grain: int
    phase: float
    front: bool
    begins_at: float
    ends_at: float
    course: Course | None = None
    whole: float = 0.0

    def planned(self, now: float) -> float:
        """Returns what is planned by `now`, without regard to grains."""
        share = self._share(now)
        if self.front:  # half as fast again as on average at first, half as fast at last
            share = share * (3 - share) / 2
        return self.after + (self.goal - self.after) * min(1.0, share * (1 + LEAD_RATIO))

    def due(self, now: float) -> int:
        """Returns what may be delivered by `now`: never falling, in whole grains, all of the goal at last."""
        planned = self.planned(now)
        if planned >= self.goal:
            return self.goal
        return min(self.goal, int(planned / self.grain + self.phase) * self.grain)

    def at_last(self, now: float) -> bool:
        """Returns whether the line is in its last part, in which a flight may catch up at any speed."""
        return now >= self.ends_at - LAST_PART_RATIO * (self.ends_at - self.begins_at)

    @property
    def at_once(self) -> float:
        """What a flight that is behind may deliver at once."""
        return AT_ONCE_EVENTS * self.grain + AT_ONCE_RATIO * self.goal

    def _share(self, now: float) -> float:
        """The part of its course that is over."""
        if now <= self.begins_at:
            return 0.0
        if now >= self.ends_at:
            return 1.0
        if self.course is None:
            return (now - self.begins_at) / (self.ends_at - self.begins_at)
        return min(1.0, self.course.between(self.begins_at, now) / self.whole)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that a flight may have delivered at a time, so that it catches up no faster than it may."""

    amount: float
    at: float


def allowance(line: Line, before: Allowance | None, done: float, now: float) -> Allowance:
    """Returns what a flight that has `done` so much may have by `now`; `before` is the allowance at an earlier look.

    It grows CATCH_UP times as fast as the line and is never far above what is done: chances missed are not saved up.
    """
    most = done + line.at_once
    if before is not None:
        most = min(most, before.amount + CATCH_UP * (line.planned(now) - line.planned(before.at)))
    return Allowance(most, now)


def due(line: Line, allowed: Allowance | None, now: float) -> int:
    """Returns the most that the flight may have booked and held by `now`, in the line's unit."""
    on_line = line.due(now)
    if allowed is None or line.at_last(now):
        return on_line
    return min(on_line, int(allowed.amount + CATCH_UP * (line.planned(now) - line.planned(allowed.at))))


def line_of(
    flight: Flight, curve: TrafficCurve = EQUAL_TRAFFIC, placements: Mapping[str, Placement] = MappingProxyType({})
) -> Line | None:
    """Returns the flight's line to its goal, or else to its lifetime cap; `placements` are known by id.

    None where nothing is paced: `asap`, a house ad, a flat price or a share, no end, or nothing to spread.
    """
    begins = [at for at in (flight.starts_at, flight.planned_from) if at is not None]
    target = _target(flight)
    if target is None or flight.ends_at is None or not begins:
        return None
    unit, goal, event = target
    begin = max(begins)
    spread = flight.ends_at - begin
    if spread <= 0 or flight.planned_after >= goal:
        return None
    early = WINDOWS_BEFORE_END * 60 * _window_minutes(flight, event, placements)
    end = max(flight.ends_at - early, begin + LEAST_SPREAD_RATIO * spread)
    course, phase = _course(flight, curve), flight.number * _GOLDEN_RATIO % 1
    whole = course.between(begin, end) if course else 0.0
    return Line(
        unit, event, goal, flight.planned_after, _grain(flight, unit), phase, flight.pacing == "front",
        float(begin), end, course if whole > 0 else None, whole,
    )  # fmt: skip


def _window_minutes(flight: Flight, event: EventKind, placements: Mapping[str, Placement]) -> int:
    """For how long a reservation of the flight waits for its event, in the placement that waits longest."""
    if event is not EventKind.IMPRESSION:
        return WINDOW_MINUTES[event]
    own = (extra_minutes(placements[name].window_s) for name in flight.placements if name in placements)
    return WINDOW_MINUTES[event] + max(own, default=0)


def is_paced(flight: Flight) -> bool:
    """Returns whether the flight's terms ask for a line: an end, and an amount to spread until then."""
    return flight.ends_at is not None and has_target(flight)


def has_target(flight: Flight) -> bool:
    """Returns whether there is an amount to spread: a goal or a lifetime cap of a flight that is not `asap`."""
    return _target(flight) is not None


def target_unit(flight: Flight) -> Unit | None:
    """Returns the unit of what a flight is paced to; None where nothing is paced."""
    target = _target(flight)
    return target[0] if target else None


def _target(flight: Flight) -> tuple[Unit, int, EventKind] | None:
    """The unit and amount that the flight is paced to, and the event that books them."""
    if flight.pacing == "asap" or flight.tier is Tier.HOUSE or flight.goal_type == "share":
        return None
    billed = _BILLED_EVENTS.get(flight.price_model or PriceModel.FLAT)
    terms = flight_terms(flight)
    by_goal = terms.goal is not None
    unit, amount = (terms.goal_unit, terms.goal) if by_goal else (terms.cap_unit, terms.lifetime_cap)
    event = _UNIT_EVENTS.get(unit, billed)
    return (unit, amount, event) if amount and event is not None else None


def _grain(flight: Flight, unit: Unit) -> int:
    if unit is not Unit.MONEY:
        return MICROS
    return max(1, flight.price_micros if flight.price_model is PriceModel.CPC else -(-flight.price_micros // 1_000))


def _course(flight: Flight, curve: TrafficCurve) -> Course | None:
    """The course that the flight's line follows; None where every second of its time is alike."""
    weighed = curve if flight.pacing == "traffic" else EQUAL_TRAFFIC
    if not (flight.days or flight.hours or weighed.weights):
        return None
    timezone = flight.timezone if flight.days or flight.hours else ""
    return Course(timezone, flight.days, flight.hours, weighed)
